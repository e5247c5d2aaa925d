"""The audit of a data set: everything that may be wrong with it, in one record, and which tracks to leave out.

Conventions
-----------
Tracks are named by id. Lists are ranked, the strongest finding first. ``notes`` say what could not be examined.

Only hard evidence leads to an exclusion: broken, silent and too short files, exact duplicates, near duplicates that are
confirmed, and one recording under two labels. A candidate for a near duplicate, a doubtful label or an outlier is a
reason to listen and stays in. Of a pair the later track stays, as in the fault-filtered partition of GTZAN (Kereliuk,
Sturm and Larsen 2015), so that the two can be compared.

Published counts of GTZAN stand beside the findings. Sources: Sturm 2013, arXiv 1306.1461, who listened to all of it;
Kereliuk, Sturm and Larsen 2015, "Deep learning and music adversaries", for the fault-filtered partition; and the table
that :mod:`mgc.datasets.gtzan` ships, which names its own sources.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt

# imported at run time: mgc.audit.background reads these fields back from a file
from mgc.audit.duplicates import NearPair
from mgc.audit.labels import LabelIssue, LabelModel
from mgc.audit.outliers import Outlier
from mgc.datasets.base import normalised_artist
from mgc.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mgc.datasets.base import Dataset, Track
    from mgc.datasets.validation import Report
    from mgc.extraction.collected import Collected

__all__ = [
    "DOMINANT_SHARE", "STEPS", "UNUSABLE", "AuditReport", "BrokenFile", "Concentration", "ExactPair", "Exclusion",
    "Progress", "Published", "concentration", "examine", "exclusions", "is_dominated", "published",
]  # fmt: skip

Progress = Callable[[str, int, int], None]  # step, units done, units in all
STEPS: Final = ("Comparing pairs of tracks", "Fitting models to check labels", "Looking for outliers")  # in this order

UNUSABLE: Final = ("broken", "silent", "short")
# Kinds of findings (mgc.datasets.validation) that are faults of a track's own sound; an absent file is none
_BROKEN: Final = (*UNUSABLE, "clipped", "resampled", "altered")
_MOST: Final = 4_000  # tracks of which all pairs are compared: some 100 s and 500 MB
DOMINANT_SHARE: Final = 0.15  # of a genre by one artist: what GTZAN's blues, reggae and pop are known for
_NAMED: Final = 8  # genres named in a note; a set of 60 would fill a phone with them
_ABOVE_EQUAL: Final = 1.25  # times an equal share; otherwise a genre of six bands with two songs each would count

Subject = Literal["exact", "near", "artists", "labels", "outliers", "broken", "leave_out"]
Why = Literal["unusable", "two labels", "copy", "near copy"]


@dataclass(frozen=True, slots=True)
class Published:
    """A count that others published; ``subject`` names the list that it belongs beside."""

    subject: Subject
    count: int
    what: str
    source: str


_STURM: Final = "Sturm 2013"
_FILTERED: Final = "clips are left out of the fault-filtered partition, most of them repetitions"
# All 1,000 clips; a partial copy holds fewer.
_GTZAN: Final = (
    Published("exact", 14, "pairs of clips are the same file, byte for byte", "checksums of the published files"),
    Published("exact", 50, "clips are exact replicas, one of them in two genres", _STURM),
    Published("near", 22, "clips repeat a recording that is already in the data set", _STURM),
    Published("near", 13, "clips are other versions of music that is already in the data set", _STURM),
    Published("leave_out", 70, _FILTERED, "Kereliuk et al. 2015"),
    Published("artists", 35, "of 100 reggae clips are by Bob Marley", _STURM),
    Published("artists", 24, "of 100 pop clips are by Britney Spears", _STURM),
    Published("labels", 43, "labels are conspicuously wrong", _STURM),
    Published("labels", 63, "labels are contentious", _STURM),
    Published("outliers", 1, "clip is so distorted that only five of its seconds are usable", _STURM),
    Published("broken", 1, "file is broken in Kaggle's edition: jazz.00054", "Kaggle's file"),
)


@dataclass(frozen=True, slots=True)
class ExactPair:
    """Two identical tracks: in their samples or, where one has no sound, in their pictures."""

    first: str
    second: str
    by: Literal["samples", "picture"]


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """A track whose file is damaged or hardly music: the fault in one word and in one sentence."""

    track: str
    kind: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Concentration:
    """How the tracks of a genre spread over artists.

    The effective number of artists (inverse Simpson index) is the number that would be as diverse with equally many
    tracks each. Each track of an unknown artist counts as another artist; it is 0 when no artist is known.
    """

    genre: str
    tracks: int
    named: int  # tracks of a known artist
    artists: int  # that are known
    largest: str  # artist with most tracks; "" when none is known
    largest_tracks: int
    share: float  # 0..1, of the largest artist in all tracks
    effective: float


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The findings of an audit."""

    exact: tuple[ExactPair, ...]
    near: tuple[NearPair, ...]  # may be the same recording, cut or encoded differently; none of ``exact``
    artists: tuple[Concentration, ...]  # one per genre
    labels: tuple[LabelIssue, ...]
    outliers: tuple[Outlier, ...]
    broken: tuple[BrokenFile, ...]
    published: tuple[Published, ...]  # counts of others, for data sets that have any
    notes: tuple[str, ...]  # sentences on what could not be examined
    judge: LabelModel | None = None  # how good the model behind ``labels`` is here
    unseen: tuple[str, ...] = ()  # lists that are empty because nothing could be examined: "near", "labels", "outliers"

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and numbers, for the command line and for export."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A track to leave out."""

    track: str
    why: Why
    other: str = ""  # what stays in its place; for "two labels" that is left out too, for "unusable" there is none
    likeness: float = 0.0  # 0..1 to the nearest of its duplicates; 1 for the same samples, 0 for an unusable track


def examine(
    dataset: Dataset, collected: Collected, validation: Report | None = None, *, progress: Progress | None = None
) -> AuditReport:
    """Examine a data set; 1,000 tracks take about fifteen seconds on one free core. Writes nothing.

    Matrix products run on one thread meanwhile: on a busy machine several waited for each other four times as long.

    Parameters
    ----------
    dataset : Dataset
    collected : Collected
        what extraction measured; tracks that are not in the data set any more are skipped
    validation : Report or None
        without it ``broken`` has the data set's own faults only
    progress : callable or None
        called about twice a second with one of :data:`STEPS`, the units of it that are done (pairs, models, tracks) and
        all units. To cancel the audit it raises an exception (no DatasetError), which is passed on
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    from mgc.audit import duplicates
    from mgc.audit.labels import feature_table

    report = progress or (lambda _step, _done, _total: None)
    by_id = {track.id: track for track in dataset.tracks}
    rows = np.array([row for row, name in enumerate(collected.ids) if name in by_id], dtype=np.intp)
    tracks = [by_id[collected.ids[row]] for row in rows]
    pictures, widths = np.asarray(collected.pictures[rows]), np.asarray(collected.widths[rows])
    descriptors = np.asarray(collected.descriptors[rows])
    notes: list[str] = []
    exact = _exact([track.id for track in tracks], [collected.checksums[row] for row in rows], pictures, widths)
    same = {(pair.first, pair.second) for pair in exact}
    with threadpool_limits(1, user_api="blas"):
        near = _near(tracks, pictures, widths, same, report, notes)
        together = [*sorted(same), *((pair.first, pair.second) for pair in near)]
        table = feature_table(descriptors, pictures, widths)
        issues, model = _labels(tracks, sorted(same), together, table, report, notes)
        odd = _outliers(tracks, descriptors, report, notes)
    examined = {
        "near": len(tracks) <= _MOST and int((widths >= duplicates.LEAST_COLUMNS).sum()) > 1,
        "labels": model is not None,
        "outliers": odd is not None,
    }
    return AuditReport(
        exact=exact,
        near=near,
        artists=concentration(dataset.tracks, dataset.genres),
        labels=issues,
        outliers=odd or (),
        broken=_broken(dataset, validation),
        published=published(dataset),
        notes=tuple(notes),
        judge=model,
        unseen=tuple(name for name, is_examined in examined.items() if not is_examined),
    )


def published(dataset: Dataset) -> tuple[Published, ...]:
    """Return what others published about a data set; it is GTZAN when all its tracks are clips of GTZAN."""
    from mgc.datasets import gtzan

    known = {track.id: track.genre for track in gtzan.tracks()}
    mine = {track.id: track.genre for track in dataset.tracks}
    return _GTZAN if mine and mine.items() <= known.items() else ()


def concentration(tracks: Iterable[Track], genres: Sequence[str]) -> tuple[Concentration, ...]:
    """Count artists by genre, the most concentrated genre first; spellings of one name count as one artist.

    Where much of a genre is one artist, a model may learn a voice and a studio, not the genre.
    """
    given = list(tracks)
    found = [_concentration(genre, [track for track in given if track.genre == genre]) for genre in genres]
    return tuple(sorted(found, key=lambda one: -one.share))


def _concentration(genre: str, tracks: Sequence[Track]) -> Concentration:
    counts = Counter(normalised_artist(track.artist) for track in tracks)
    unknown = counts.pop("", 0)
    if not counts:
        return Concentration(genre, len(tracks), 0, 0, "", 0, 0.0, 0.0)
    name, most = min(counts.items(), key=lambda item: (-item[1], item[0]))
    spelt = Counter(track.artist for track in tracks if normalised_artist(track.artist) == name)
    return Concentration(
        genre,
        tracks=len(tracks),
        named=len(tracks) - unknown,
        artists=len(counts),
        largest=spelt.most_common(1)[0][0],
        largest_tracks=most,
        share=round(most / len(tracks), 4),
        effective=round(len(tracks) ** 2 / (sum(count**2 for count in counts.values()) + unknown), 2),
    )


def is_dominated(one: Concentration) -> bool:
    """Return whether one artist dominates a genre: has all of it, or far more than an equal share."""
    artists = one.artists + one.tracks - one.named  # each unknown one counts as another artist
    equal = 1 / max(artists, 1)
    return one.artists > 0 and one.share > DOMINANT_SHARE and (artists == 1 or one.share > _ABOVE_EQUAL * equal)


def exclusions(report: AuditReport, tracks: Iterable[Track]) -> tuple[Exclusion, ...]:
    """Return the tracks to leave out, each once: unusable ones, then exact duplicates, then confirmed near ones.

    ``report`` is that of the whole data set, ``tracks`` are the data set's in its order; findings about other tracks
    are skipped.
    """
    genres = {track.id: track.genre for track in tracks}
    order = {name: number for number, name in enumerate(genres)}
    out: dict[str, Exclusion] = {}
    for one in report.broken:
        if one.kind in UNUSABLE and one.track in genres:
            out.setdefault(one.track, Exclusion(one.track, "unusable"))
    same = [(pair.first, pair.second) for pair in report.exact if {pair.first, pair.second} <= genres.keys()]
    for first, second in same:
        if genres[first] != genres[second]:  # which of the two labels is right cannot be known
            out.setdefault(first, Exclusion(first, "two labels", second, 1.0))
            out.setdefault(second, Exclusion(second, "two labels", first, 1.0))
    pairs: list[tuple[str, str, Why, float]] = [(*pair, "copy", 1.0) for pair in same]
    pairs += [
        (near.first, near.second, "near copy", near.likeness)
        for near in report.near
        if near.confirmed_by and {near.first, near.second} <= genres.keys()
    ]
    for one_id, other_id, why, likeness in pairs:
        first, second = sorted((one_id, other_id), key=order.__getitem__)
        if first not in out and second not in out:
            out[first] = Exclusion(first, why, second, likeness)

    def resolved(one: Exclusion) -> Exclusion:
        """Name the duplicate that stays, where the one that was found is left out itself."""
        other = one.other
        while one.why != "two labels" and other in out:
            other = out[other].other
        return replace(one, other=other)

    return tuple(resolved(one) for one in out.values())


def _count(count: int) -> str:
    return f"{count:,} track{'s' * (count != 1)}"


def _exact(
    ids: Sequence[str], checksums: Sequence[str], pictures: npt.NDArray[np.uint8], widths: npt.NDArray[np.integer[Any]]
) -> tuple[ExactPair, ...]:
    from mgc.audit.duplicates import exact_pairs, identical_pictures

    # Silence has the same checksum everywhere and is no duplicate.
    sound = [
        checksum if picture.any() or not width else ""
        for checksum, picture, width in zip(checksums, pictures, widths, strict=True)
    ]
    has_sound = dict(zip(ids, sound, strict=True))
    # Pictures do not show how loud a track is: where both have sound, the samples decide.
    by_picture = [pair for pair in identical_pictures(ids, pictures) if not (has_sound[pair[0]] and has_sound[pair[1]])]
    return (
        *(ExactPair(*pair, "samples") for pair in exact_pairs(ids, sound)),
        *(ExactPair(*pair, "picture") for pair in by_picture),
    )


def _near(
    tracks: Sequence[Track],
    pictures: npt.NDArray[np.uint8],
    widths: npt.NDArray[np.integer[Any]],
    same: set[tuple[str, str]],
    report: Progress,
    notes: list[str],
) -> tuple[NearPair, ...]:
    """Return near pairs that are no exact ones, each with what confirms it."""
    from mgc.audit import duplicates

    if len(tracks) > _MOST:
        notes.append(f"Near duplicates were not searched for: at most {_MOST:,} tracks can be compared.")
        return ()
    if short := int((widths < duplicates.LEAST_COLUMNS).sum()):
        notes.append(f"Not searched for duplicates: {_count(short)} without a spectrogram of five seconds or more.")
    by_id = {track.id: track for track in tracks}
    found = duplicates.near_pairs(
        [track.id for track in tracks], pictures, widths, progress=lambda done, total: report(STEPS[0], done, total)
    )
    return tuple(
        replace(pair, confirmed_by=duplicates.confirmed_by(by_id[pair.first], by_id[pair.second], pair.likeness))
        for pair in found
        if (pair.first, pair.second) not in same
    )


def _labels(
    tracks: Sequence[Track],
    same: Sequence[tuple[str, str]],
    together: Sequence[tuple[str, str]],
    table: npt.NDArray[np.float64],
    report: Progress,
    notes: list[str],
) -> tuple[tuple[LabelIssue, ...], LabelModel | None]:
    """Return label issues, duplicates under two labels first, and how good the model behind them is."""
    from mgc.audit import labels

    sure = labels.conflicts(same, {track.id: track.genre for track in tracks})
    known = np.flatnonzero(np.isfinite(table).any(axis=1)).tolist()
    if len(known) < len(tracks):
        notes.append(
            f"The labels of {_count(len(tracks) - len(known))} could not be checked: there are no descriptors."
        )
    if few := labels.rare_genres([tracks[row] for row in known]):
        notes.append(f"Too few tracks to check the labels of {', '.join(few)}.")
    known = [row for row in known if tracks[row].genre not in few]
    judged = [tracks[row] for row in known]
    try:
        predicted, genres = labels.out_of_fold(
            judged, table[known], together=together, progress=lambda done, total: report(STEPS[1], done, total)
        )
    except DatasetError as error:
        notes.append(f"Labels were not checked. {error.user_message}")
        return sure, None
    if alone := sorted({judged[row].genre for row in np.flatnonzero(np.isnan(predicted).any(axis=1)).tolist()}):
        notes.append(f"Labels were not checked in genres with only one artist: {_listed(alone)}.")
    named = {issue.track for issue in sure}
    rest = (issue for issue in labels.find_issues(judged, predicted, genres) if issue.track not in named)
    return (*sure, *rest), labels.score_model(judged, predicted, genres)


def _listed(names: Sequence[str]) -> str:
    """Return names for a sentence, the first few of many."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _outliers(
    tracks: Sequence[Track], descriptors: npt.NDArray[np.float64], report: Progress, notes: list[str]
) -> tuple[Outlier, ...] | None:
    """Return outliers, None when too few tracks have descriptors."""
    from mgc.audit import outliers

    report(STEPS[2], 0, len(tracks))
    measured = int(np.isfinite(descriptors).all(axis=1).sum())
    if measured < outliers.LEAST:
        notes.append(f"Outliers were not searched for: {outliers.LEAST} tracks need descriptors, {measured} have them.")
        return None
    found = outliers.outliers([track.id for track in tracks], descriptors)
    report(STEPS[2], len(tracks), len(tracks))
    return found


def _broken(dataset: Dataset, validation: Report | None) -> tuple[BrokenFile, ...]:
    found = [BrokenFile(fault.subject, fault.kind, fault.sentence) for fault in dataset.faults if fault.kind in _BROKEN]
    if validation is not None:
        found += [BrokenFile(one.track, one.kind, one.sentence) for one in validation.findings if one.kind in _BROKEN]
    kept = {(one.track, one.kind): one for one in found}
    return tuple(sorted(kept.values(), key=lambda one: (_BROKEN.index(one.kind), one.track)))
