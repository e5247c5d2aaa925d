"""A small data set for the Explore page, with all that could have been worked out about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mgc.datasets.base import Dataset, Track
from mgc.datasets.measuring import Measure
from mgc.datasets.validation import Finding, Report
from mgc.extraction.collected import Collected
from mgc.extraction.job import Status
from mgc.ui.explore.selection import Known

if TYPE_CHECKING:
    from pathlib import Path

GENRES = ("blues", "jazz", "tango")


def tracks(per_genre: int = 12, audio: Path | None = None) -> tuple[Track, ...]:
    """Three genres; in each the first half is by one artist, the last of each is of nobody known."""
    return tuple(
        Track(
            id=f"{genre}.{i:05d}",
            genre=genre,
            artist="" if i == per_genre - 1 else f"{genre.capitalize()} Band {0 if i < per_genre // 2 else i}",
            title=f"Song <b>{i}</b>",
            seconds=30.0,
            audio=audio if i % 2 == 0 else None,
            part="test" if i == 0 else "train",
        )
        for genre in GENRES
        for i in range(per_genre)
    )


def collected(held: tuple[Track, ...], seed: int = 0) -> Collected:
    rng = np.random.default_rng(seed)
    n = len(held)
    middles = {genre: rng.normal(size=57) for genre in GENRES}
    table = np.stack([middles.get(track.genre, middles["jazz"]) for track in held]) + rng.normal(size=(n, 57))
    return Collected(
        ids=tuple(track.id for track in held),
        genres=tuple(track.genre for track in held),
        origins=tuple("audio" if track.audio else "table" for track in held),
        descriptors=table,
        segments=np.repeat(table, 2, axis=0),
        owners=np.repeat(np.arange(n, dtype=np.int32), 2),
        pictures=rng.integers(0, 255, (n, 128, 334), dtype=np.uint8),
        widths=np.full(n, 334, dtype=np.int32),
        thumbnails=rng.integers(0, 255, (n, 128, 33), dtype=np.uint8),
        embeddings=None,
        checksums=tuple("" for _ in held),
        seconds=np.full(n, 30.0),
    )


def report(held: tuple[Track, ...]) -> Report:
    findings = (
        Finding(kind="broken", track="jazz.00001", sentence="It has no RIFF header."),
        Finding(kind="absent", track="tango.00099", sentence="It is not here."),
    )
    measures = {
        track.id: Measure(
            seconds=30.0 - i / 100, sample_rate=22050, channels=1, peak_db=-1.0, rms_db=-18.0 - i, sha256=f"{i:x}"
        )
        for i, track in enumerate(held)
        if track.audio
    }
    return Report(state="partial", findings=findings, counts={"broken": 1, "absent": 1}, measures=measures)


def known(id: str = "small", *, measured: bool = True, checked: bool = True, audio: Path | None = None) -> Known:
    held = tracks(audio=audio)
    dataset = Dataset(id, "Small <i>set</i>", "Nobody's.", held, {}, (), "folder")
    return Known(id, "r1", dataset, report(held) if checked else None, collected(held) if measured else None)


class Engine:
    """Stands in for the extraction job: remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.now = Status("none")

    def status(self, id: str) -> Status:
        return self.now

    def start(self, id: str, kinds: tuple[str, ...] = ()) -> Status:
        self.asked.append(f"start {id}")
        self.now = Status("running", done=3, total=36, seconds_left=9.0)
        return self.now

    def cancel(self, id: str) -> Status:
        self.asked.append(f"cancel {id}")
        self.now = Status("cancelled", done=3, total=36)
        return self.now
