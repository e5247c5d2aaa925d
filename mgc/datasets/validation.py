"""Is a data set whole? Every file is read once; what is absent, broken or odd is named, nothing is skipped in silence.

Conventions
-----------
A :class:`Finding` speaks of one track (or file) and is of one of :data:`KINDS`. ``state`` is "altered" when a file is
not the one that was published, else "partial" when something is absent or broken, else "whole". Peaks and levels are in
dB of full scale, of the mono mix, never below :data:`FLOOR`. A report is kept beside a registered data set and holds
for as long as the set has the same tracks, and their files the same size and date.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from mgc import records
from mgc.datasets.base import stamps
from mgc.datasets.entry import write_json
from mgc.datasets.measuring import FLOOR, Measure, measure
from mgc.errors import DatasetError
from mgc.features.cache import Cache

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mgc.datasets.base import Dataset, Progress, Track
    from mgc.datasets.measuring import Reading

__all__ = ["FLOOR", "KINDS", "Finding", "Measure", "Report", "State", "kept", "validate"]

State = Literal["whole", "partial", "altered"]

KINDS: Final = (
    "broken", "absent", "altered", "duplicate", "short", "silent", "clipped", "resampled", "no picture", "unlabelled",
    "left-out",
)  # fmt: skip
SHORTEST: Final = 3.0  # s; one window of the models
CLIP_SECONDS: Final = 29.0  # GTZAN's clips have 29.9 to 30.65 s
FILE: Final = "validation.json"
CACHE: Final = "extraction/cache"  # below a data set's folder: what was measured, by content
_FORMAT: Final = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know: its kind, the track's id (or a file's name), and a sentence."""

    kind: str
    track: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Report:
    """What :func:`validate` found; ``counts`` has every kind that occurs, ``measures`` every track that was heard.

    ``stamps`` says of every track's files how long they were, and when they were last written to.
    """

    state: str
    findings: tuple[Finding, ...]
    counts: dict[str, int]
    measures: dict[str, Measure]
    format: int = _FORMAT
    stamps: dict[str, str] = field(default_factory=dict)

    def of(self, kind: str) -> tuple[Finding, ...]:
        """Return the findings of one kind."""
        return tuple(finding for finding in self.findings if finding.kind == kind)

    def sentence(self) -> str:
        """Say it in one line, e.g. ``"partial: 1 broken, 580 absent"``."""
        found = ", ".join(f"{self.counts[kind]} {kind}" for kind in KINDS if self.counts.get(kind))
        state = "complete" if self.state == "whole" else self.state
        return f"{state}: {found or 'no findings'}; {len(self.measures)} tracks decoded"


def validate(
    dataset: Dataset, progress: Progress | None = None, *, known: Mapping[str, Reading] | None = None
) -> Report:
    """Read every file of a data set and judge it; the report is kept beside a set that is in the registry.

    Content that the extraction has measured is not decoded again, nor are files opened whose readings are ``known`` (by
    track id). ``progress`` is called with (files read, files in all).
    """
    stamped = stamps(dataset)  # first: a file that changes while the others are read is another file afterwards
    place = _place(dataset.id)
    cache = None if place is None else Cache(place / CACHE)
    readings = measure([track for track in dataset.tracks if track.audio], progress, cache=cache, known=known)
    findings = [
        *(Finding(fault.kind, fault.subject, fault.sentence) for fault in dataset.faults),
        *_broken(readings),
        *_absent(dataset),
        *_pictures(dataset),
        *_altered(dataset, readings),
        *_duplicates(dataset, readings),
        *_odd(dataset, readings),
    ]
    counts = Counter(finding.kind for finding in findings)
    state: State = "altered" if counts["altered"] else "partial" if counts["absent"] or counts["broken"] else "whole"
    order = {kind: place for place, kind in enumerate(KINDS)}
    findings.sort(key=lambda finding: (order.get(finding.kind, len(order)), finding.track))
    measures = {name: reading.measure for name, reading in readings.items() if reading.measure is not None}
    report = Report(state, tuple(findings), dict(counts), measures, stamps=stamped)
    if place is not None:
        write_json(place / FILE, asdict(report))
    return report


def kept(name: str, dataset: Dataset | None = None) -> Report | None:
    """Return the report of the last validation of the data set with this id, if it is still as it was then.

    None when there was no validation, its file is damaged, or tracks or their files have changed since. ``dataset`` is
    as opened just now; else it is opened here, which takes 30 ms for 1,000 tracks.
    """
    from mgc.datasets import registry

    try:
        report = records.read(Report, (registry.folder(name) / FILE).read_bytes(), FILE)
        now = stamps(dataset if dataset is not None else registry.open_dataset(name))
    except (OSError, ValueError, DatasetError):
        return None
    return report if report.format == _FORMAT and report.stamps == now else None


def _place(name: str) -> Path | None:
    """Return the folder of a data set in the registry; None for one that was opened by hand."""
    from mgc.datasets import registry

    try:
        place = registry.folder(name)
    except DatasetError:
        return None
    return place if (place / "dataset.json").exists() else None


def _broken(readings: Mapping[str, Reading]) -> Iterator[Finding]:
    for name, reading in readings.items():
        if reading.error:
            kind = "absent" if reading.is_gone else "broken"
            yield Finding(kind, name, f"{name} cannot be decoded. {reading.error}")


def _absent(dataset: Dataset) -> Iterator[Finding]:
    """Name the clips that a whole GTZAN has and this one lacks, and files that are gone."""
    if dataset.source == "gtzan":
        from mgc.datasets import gtzan

        there = {track.id for track in dataset.tracks if track.audio is not None}
        there |= {fault.subject for fault in dataset.faults if fault.kind == "broken"}
        held = {track.id: track for track in dataset.tracks}
        for track in gtzan.tracks():
            if track.id not in there:
                yield Finding("absent", track.id, f"{track.id} has no audio file here{_left(held.get(track.id))}.")


def _left(track: Track | None) -> str:
    if track is None:
        return ""
    return (
        "; its picture and table rows are available" if track.picture is not None else "; its table rows are available"
    )


def _pictures(dataset: Dataset) -> Iterator[Finding]:
    """Look at the first bytes of each picture; what they show is for the extraction to find out."""
    for track in dataset.tracks:
        if track.picture is not None:
            try:
                with track.picture.open("rb") as file:
                    head = file.read(8)
            except OSError:
                head = b""
            if head != b"\x89PNG\r\n\x1a\n":
                yield Finding("broken", track.id, f"The picture of {track.id} is not a PNG file.")


def _altered(dataset: Dataset, readings: Mapping[str, Reading]) -> Iterator[Finding]:
    for track in dataset.tracks:
        reading = readings.get(track.id)
        if track.md5 and reading is not None and not reading.error and reading.md5 != track.md5:
            yield Finding("altered", track.id, f"The audio of {track.id} differs from the published file.")


def _duplicates(dataset: Dataset, readings: Mapping[str, Reading]) -> Iterator[Finding]:
    first: dict[str, str] = {}
    genres = {track.id: track.genre for track in dataset.tracks}
    for name in sorted(readings):
        found = readings[name].measure
        if found is None:
            continue
        other = first.setdefault(found.sha256, name)
        if other != name:
            label = "" if genres[other] == genres[name] else ", under another genre"
            yield Finding("duplicate", name, f"{name} has exactly the same samples as {other}{label}.")


def _odd(dataset: Dataset, readings: Mapping[str, Reading]) -> Iterator[Finding]:
    """Name what is too short, silent, clipped, or of another rate than the rest."""
    held = {name: reading.measure for name, reading in readings.items() if reading.measure is not None}
    is_gtzan = dataset.source == "gtzan"
    rates = Counter(found.sample_rate for found in held.values())
    usual = 22_050 if is_gtzan else rates.most_common(1)[0][0] if rates else 0
    lengths = sorted(found.seconds for found in held.values())
    shortest = CLIP_SECONDS if is_gtzan else max(SHORTEST, lengths[len(lengths) // 2] / 2) if lengths else 0.0
    for name, found in held.items():
        for kind, sentence in readings[name].odd:
            yield Finding(kind, name, f"{name}: {sentence}")
        if found.seconds < shortest:
            yield Finding("short", name, f"{name} is {found.seconds:.1f} s long; {shortest:.0f} s or more is expected.")
        if found.sample_rate != usual:
            yield Finding(
                "resampled",
                name,
                f"{name} has a sample rate of {found.sample_rate:,} Hz; {usual:,} Hz is usual in this data set.",
            )
