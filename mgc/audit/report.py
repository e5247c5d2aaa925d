"""The audit of a data set: everything that may be wrong with it, in one record.

Conventions
-----------
Tracks are named by id. Lists are ranked, the strongest finding first. ``notes`` say what could not be examined.

Published counts of GTZAN stand beside the findings. Sources: Sturm 2013, arXiv 1306.1461, who listened to all of it;
Kereliuk, Sturm and Larsen 2015, "Deep learning and music adversaries", for the fault-filtered partition; and the table
that :mod:`mgc.datasets.gtzan` ships, which names its own sources.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt

# at run time: cache.py reads these fields back from a file
from mgc.audit.artists import Concentration
from mgc.audit.duplicates import NearPair
from mgc.audit.labels import LabelIssue, LabelModel
from mgc.audit.outliers import Outlier
from mgc.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mgc.datasets.base import Dataset, Track
    from mgc.datasets.validation import Report
    from mgc.extraction.collected import Collected

__all__ = ["STEPS", "AuditReport", "BrokenFile", "ExactPair", "Progress", "Published", "examine", "published"]

Progress = Callable[[str, int, int], None]  # step, units done, units in all
STEPS: Final = ("Comparing pairs of tracks", "Fitting models to check labels", "Looking for outliers")  # in this order

# Kinds of findings (mgc.datasets.validation) that are faults of a track's own sound; an absent file is none
_BROKEN: Final = ("broken", "silent", "short", "clipped", "resampled", "altered")
_MOST: Final = 4_000  # tracks of which all pairs are compared: some 100 s and 500 MB
_TOO_MANY: Final = f"Near duplicates were not searched: that is done for up to {_MOST:,} tracks."

Subject = Literal["exact", "near", "artists", "labels", "outliers", "broken", "leave_out"]


@dataclass(frozen=True, slots=True)
class Published:
    """A count that others published; ``subject`` names the list that it belongs beside."""

    subject: Subject
    count: int
    what: str
    source: str


_STURM: Final = "Sturm 2013"
_INDEX: Final = "checksums of the published files"
# All 1,000 clips; a partial copy holds fewer.
_GTZAN: Final = (
    Published("exact", 14, "pairs of clips are the same file, byte for byte", _INDEX),
    Published("exact", 50, "clips are exact replicas, one of them in two genres", _STURM),
    Published("near", 22, "clips are from a recording that is there already", _STURM),
    Published("near", 13, "clips are other recordings of music that is there already", _STURM),
    Published(
        "leave_out",
        70,
        "clips are not in the fault-filtered partition, most of them as repetitions",
        "Kereliuk et al. 2015",
    ),
    Published("artists", 35, "of 100 reggae clips are by Bob Marley", _STURM),
    Published("artists", 24, "of 100 pop clips are by Britney Spears", _STURM),
    Published("labels", 43, "labels are conspicuously wrong", _STURM),
    Published("labels", 63, "labels are contentious", _STURM),
    Published("outliers", 1, "clip is distorted so much that all but five seconds are useless", _STURM),
    Published("broken", 1, "file is broken in Kaggle's edition only: jazz.00054", "the file itself"),
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
class AuditReport:
    """The findings of an audit.

    Attributes
    ----------
    exact : tuple of ExactPair
        pairs of identical tracks
    near : tuple of NearPair
        pairs that may be the same recording, cut or encoded differently; none of ``exact``
    artists : tuple of Concentration
        one per genre
    labels : tuple of LabelIssue
        tracks that sound like another genre
    outliers : tuple of Outlier
        tracks unlike all others
    broken : tuple of BrokenFile
    published : tuple of Published
        counts of others, for data sets that have any
    notes : tuple of str
        sentences on what could not be examined
    judge : LabelModel or None
        how good the model behind ``labels`` is here
    unseen : tuple of str
        lists that are empty because nothing could be examined: "near", "labels", "outliers"
    """

    exact: tuple[ExactPair, ...]
    near: tuple[NearPair, ...]
    artists: tuple[Concentration, ...]
    labels: tuple[LabelIssue, ...]
    outliers: tuple[Outlier, ...]
    broken: tuple[BrokenFile, ...]
    published: tuple[Published, ...]
    notes: tuple[str, ...]
    judge: LabelModel | None = None
    unseen: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and numbers, for the command line and for export."""
        return asdict(self)


def examine(
    dataset: Dataset, collected: Collected, validation: Report | None = None, *, progress: Progress | None = None
) -> AuditReport:
    """Examine a data set; 1,000 tracks take about fifteen seconds on one free core. Writes nothing.

    Matrix products run on one thread meanwhile: on a busy machine several waited for each other four times as long.

    Parameters
    ----------
    dataset : Dataset
    collected : Collected
        what extraction measured on it; tracks that are not in the data set any more are skipped
    validation : Report or None
        its validation, for ``broken``; without it only the data set's own faults are listed
    progress : callable or None
        called about twice a second with one of :data:`STEPS`, the units of it that are done (pairs, models, tracks) and
        all units. To cancel the audit it raises an exception (no DatasetError), which is passed on
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1, user_api="blas"):
        return _examine(dataset, collected, validation, progress or (lambda _step, _done, _total: None))


def _examine(dataset: Dataset, collected: Collected, validation: Report | None, report: Progress) -> AuditReport:
    from mgc.audit import artists, duplicates
    from mgc.audit.labels import feature_table

    by_id = {track.id: track for track in dataset.tracks}
    rows = np.array([row for row, name in enumerate(collected.ids) if name in by_id], dtype=np.intp)
    tracks = [by_id[collected.ids[row]] for row in rows]
    pictures, widths = np.asarray(collected.pictures[rows]), np.asarray(collected.widths[rows])
    descriptors = np.asarray(collected.descriptors[rows])
    exact = _exact([track.id for track in tracks], [collected.checksums[row] for row in rows], pictures, widths)
    same = {(pair.first, pair.second) for pair in exact}
    near, near_notes = _near(tracks, pictures, widths, same, report)
    issues, model, label_notes = _labels(
        tracks,
        sorted(same),
        [(pair.first, pair.second) for pair in near],
        feature_table(descriptors, pictures, widths),
        report,
    )
    odd, outlier_notes = _outliers(tracks, descriptors, report)
    compared = len(tracks) <= _MOST and int((widths >= duplicates.LEAST_COLUMNS).sum()) > 1
    examined = {"near": compared, "labels": model is not None, "outliers": not outlier_notes}
    return AuditReport(
        exact=exact,
        near=near,
        artists=artists.concentration(dataset.tracks, dataset.genres),
        labels=issues,
        outliers=odd,
        broken=_broken(dataset, validation),
        published=published(dataset),
        notes=(*near_notes, *label_notes, *outlier_notes),
        judge=model,
        unseen=tuple(name for name, is_examined in examined.items() if not is_examined),
    )


def published(dataset: Dataset) -> tuple[Published, ...]:
    """Return what others published about a data set; it is GTZAN when all its tracks are clips of GTZAN."""
    from mgc.datasets import gtzan

    known = {track.id: track.genre for track in gtzan.tracks()}
    mine = {track.id: track.genre for track in dataset.tracks}
    return _GTZAN if mine and mine.items() <= known.items() else ()


def _near(
    tracks: Sequence[Track],
    pictures: npt.NDArray[np.uint8],
    widths: npt.NDArray[np.integer[Any]],
    same: set[tuple[str, str]],
    report: Progress,
) -> tuple[tuple[NearPair, ...], list[str]]:
    """Return near pairs that are no exact ones, each with what confirms it, and notes."""
    from mgc.audit import duplicates

    if len(tracks) > _MOST:
        return (), [_TOO_MANY]
    notes = []
    if short := int((widths < duplicates.LEAST_COLUMNS).sum()):
        notes.append(f"{_count(short)} shorter than five seconds could not be compared with the others.")
    found = duplicates.near_pairs(
        [track.id for track in tracks],
        pictures,
        widths,
        progress=lambda done, total: report(STEPS[0], done, total),
    )
    by_id = {track.id: track for track in tracks}
    pairs = (
        replace(pair, confirmed_by=duplicates.confirmed_by(by_id[pair.first], by_id[pair.second], pair.likeness))
        for pair in found
        if (pair.first, pair.second) not in same
    )
    return tuple(pairs), notes


def _outliers(
    tracks: Sequence[Track], descriptors: npt.NDArray[np.float64], report: Progress
) -> tuple[tuple[Outlier, ...], list[str]]:
    """Return outliers, and a note when too few tracks have descriptors."""
    from mgc.audit import outliers

    report(STEPS[2], 0, len(tracks))
    measured = int(np.isfinite(descriptors).all(axis=1).sum())
    if measured >= outliers.LEAST:
        found = outliers.outliers([track.id for track in tracks], descriptors)
        report(STEPS[2], len(tracks), len(tracks))
        return found, []
    return (), [
        f"Outliers were not searched: that needs {outliers.LEAST} tracks with descriptors, here are {measured}."
    ]


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
    by_samples = exact_pairs(ids, sound)
    # Pictures do not show how loud a track is: where both have sound, the samples decide.
    by_picture = [pair for pair in identical_pictures(ids, pictures) if not (has_sound[pair[0]] and has_sound[pair[1]])]
    return (
        *(ExactPair(*pair, "samples") for pair in by_samples),
        *(ExactPair(*pair, "picture") for pair in by_picture),
    )


def _labels(
    tracks: Sequence[Track],
    same: Sequence[tuple[str, str]],
    alike: Sequence[tuple[str, str]],
    table: npt.NDArray[np.float64],
    report: Progress,
) -> tuple[tuple[LabelIssue, ...], LabelModel | None, list[str]]:
    """Return label issues, duplicates under two labels first, how good the model behind them is, and notes."""
    from mgc.audit import labels

    sure = labels.conflicts(same, {track.id: track.genre for track in tracks})
    notes = []
    known = np.flatnonzero(np.isfinite(table).any(axis=1))
    if len(known) < len(tracks):
        notes.append(f"The labels of {_count(len(tracks) - len(known))} could not be checked: nothing was measured.")
    few = labels.rare_genres([tracks[row] for row in known.tolist()])
    if few:
        notes.append(f"Too few tracks to check the labels of {', '.join(few)}.")
    known = np.array([row for row in known.tolist() if tracks[row].genre not in few], dtype=np.intp)
    judged = [tracks[row] for row in known.tolist()]
    try:
        predicted, genres = labels.out_of_fold(
            judged,
            table[known],
            together=[*same, *alike],
            progress=lambda done, total: report(STEPS[1], done, total),
        )
    except DatasetError as error:
        return sure, None, [*notes, f"Labels were not checked. {error.user_message}"]
    if alone := sorted({judged[row].genre for row in np.flatnonzero(np.isnan(predicted).any(axis=1)).tolist()}):
        notes.append(f"Labels were not checked where a genre has one artist only: {', '.join(alone)}.")
    named = {issue.track for issue in sure}
    rest = (issue for issue in labels.find_issues(judged, predicted, genres) if issue.track not in named)
    return (*sure, *rest), labels.score_model(judged, predicted, genres), notes


def _broken(dataset: Dataset, validation: Report | None) -> tuple[BrokenFile, ...]:
    found = [BrokenFile(fault.subject, fault.kind, fault.sentence) for fault in dataset.faults if fault.kind in _BROKEN]
    if validation is not None:
        found += [BrokenFile(one.track, one.kind, one.sentence) for one in validation.findings if one.kind in _BROKEN]
    kept = {(one.track, one.kind): one for one in found}
    return tuple(sorted(kept.values(), key=lambda one: (_BROKEN.index(one.kind), one.track)))
