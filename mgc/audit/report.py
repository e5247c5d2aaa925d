"""Everything that there is to doubt about a data set, in one record.

Conventions
-----------
Tracks are named by id. Lists are ranked, the most doubtful first. What could not be looked at is said in ``notes``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt

# at run time: kept.py reads these fields back from a file
from mgc.audit.artists import Concentration
from mgc.audit.duplicates import Near
from mgc.audit.labels import Doubted, Judge
from mgc.audit.outliers import Outlier
from mgc.audit.published import Published
from mgc.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mgc.datasets.base import Dataset, Track
    from mgc.datasets.validation import Report
    from mgc.extraction.collected import Collected

__all__ = ["Broken", "Doubts", "Exact", "Say", "examine"]

Say = Callable[[str, int, int], None]  # what is done, steps done, steps in all

# Kinds of findings (mgc.datasets.validation) that make a track's own sound doubtful; absent ones are no doubt
_BROKEN: Final = ("broken", "silent", "short", "clipped", "resampled", "altered")
_MOST: Final = 4_000  # tracks that are all compared with each other: some 100 s and 500 MB
_TOO_MANY: Final = f"Near copies were not looked for: that is done for up to {_MOST:,} tracks."


@dataclass(frozen=True, slots=True)
class Exact:
    """Two tracks with the very same sound, by their samples or, where one has no sound, by their pictures."""

    first: str
    second: str
    by: Literal["samples", "picture"]


@dataclass(frozen=True, slots=True)
class Broken:
    """A track whose file is damaged or hardly music: what is wrong in one word and in one sentence."""

    track: str
    kind: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Doubts:
    """What was found.

    Attributes
    ----------
    exact : tuple of Exact
        pairs of tracks with the same sound
    near : tuple of Near
        pairs with the same recording, cut or encoded differently; none of ``exact``
    artists : tuple of Concentration
        one per genre
    labels : tuple of Doubted
        tracks that sound like another genre
    outliers : tuple of Outlier
        tracks unlike all others
    broken : tuple of Broken
    published : tuple of Published
        what others counted, for data sets of which that is known
    notes : tuple of str
        sentences on what could not be looked at
    judge : Judge or None
        how good the judge behind ``labels`` is here
    unseen : tuple of str
        lists that are empty because nothing could be looked at: "near", "labels", "outliers"
    """

    exact: tuple[Exact, ...]
    near: tuple[Near, ...]
    artists: tuple[Concentration, ...]
    labels: tuple[Doubted, ...]
    outliers: tuple[Outlier, ...]
    broken: tuple[Broken, ...]
    published: tuple[Published, ...]
    notes: tuple[str, ...]
    judge: Judge | None = None
    unseen: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and numbers, for the command line and for export."""
        return asdict(self)


def examine(dataset: Dataset, collected: Collected, report: Report | None = None, *, tell: Say | None = None) -> Doubts:
    """Look at a data set from all sides; 1,000 tracks take about fifteen seconds on one free core.

    Parameters
    ----------
    dataset : Dataset
    collected : Collected
        what extraction measured on it; tracks that are not in the data set any more are passed over
    report : Report or None
        its validation, for ``broken``; without it only the data set's own faults are listed
    tell : callable or None
        is told in a few words what is being done, how many steps of it are done, and how many there are
    """
    from mgc.audit import artists, duplicates
    from mgc.audit.numbers import side_by_side
    from mgc.audit.published import published

    say = tell or (lambda _what, _done, _total: None)
    by_id = {track.id: track for track in dataset.tracks}
    rows = np.array([row for row, name in enumerate(collected.ids) if name in by_id], dtype=np.intp)
    ids = tuple(collected.ids[row] for row in rows)
    pictures, widths = np.asarray(collected.pictures[rows]), np.asarray(collected.widths[rows])
    descriptors = np.asarray(collected.descriptors[rows])
    exact = _exact(ids, [collected.checksums[row] for row in rows], pictures, widths)
    same = {(pair.first, pair.second) for pair in exact}
    near, apart = _near(ids, pictures, widths, same, say)
    doubted, judged, unsaid = _labels(
        [by_id[name] for name in ids],
        sorted(same),
        [(pair.first, pair.second) for pair in near],
        side_by_side(descriptors, pictures, widths),
        say,
    )
    say("Looking for tracks unlike all others", 0, 1)
    odd, unmeasured = _odd(ids, descriptors)
    compared = len(ids) <= _MOST and int((widths >= duplicates.LEAST_COLUMNS).sum()) > 1
    looked = {"near": compared, "labels": judged is not None, "outliers": not unmeasured}
    return Doubts(
        exact=exact,
        near=near,
        artists=artists.concentration(dataset.tracks, dataset.genres),
        labels=doubted,
        outliers=odd,
        broken=_broken(dataset, report),
        published=published(dataset),
        notes=(*apart, *unsaid, *unmeasured),
        judge=judged,
        unseen=tuple(name for name, done in looked.items() if not done),
    )


def _near(
    ids: Sequence[str],
    pictures: npt.NDArray[np.uint8],
    widths: npt.NDArray[np.integer[Any]],
    same: set[tuple[str, str]],
    say: Say,
) -> tuple[tuple[Near, ...], list[str]]:
    """Return near pairs that are no exact ones, and notes."""
    from mgc.audit import duplicates

    if len(ids) > _MOST:
        return (), [_TOO_MANY]
    notes = []
    if short := int((widths < duplicates.LEAST_COLUMNS).sum()):
        notes.append(
            f"{_tracks(short)} could not be compared with the others: less than five seconds are there to see."
        )
    what = "Comparing every track with every other"
    found = duplicates.near_pairs(ids, pictures, widths, tell=lambda done, total: say(what, done, total))
    return tuple(pair for pair in found if (pair.first, pair.second) not in same), notes


def _odd(ids: Sequence[str], descriptors: npt.NDArray[np.float64]) -> tuple[tuple[Outlier, ...], list[str]]:
    """Return outliers, and a note when too little was measured to look for any."""
    from mgc.audit import outliers

    measured = int(np.isfinite(descriptors).all(axis=1).sum())
    if measured >= outliers.LEAST:
        return outliers.outliers(ids, descriptors), []
    return (), [f"Odd ones were not looked for: {outliers.LEAST} measured tracks are needed, here are {measured}."]


def _tracks(count: int) -> str:
    return f"{count:,} track{'s' * (count != 1)}"


def _exact(
    ids: Sequence[str], prints: Sequence[str], pictures: npt.NDArray[np.uint8], widths: npt.NDArray[np.integer[Any]]
) -> tuple[Exact, ...]:
    from mgc.audit.duplicates import exact_pairs, identical_pictures

    # Silence is the same everywhere, and no copy of anything.
    heard = [
        mark if picture.any() or not width else ""
        for mark, picture, width in zip(prints, pictures, widths, strict=True)
    ]
    sounding = dict(zip(ids, heard, strict=True))
    by_samples = exact_pairs(ids, heard)
    # Pictures do not show how loud a track is: where both have sound, the sound decides.
    by_picture = [pair for pair in identical_pictures(ids, pictures) if not (sounding[pair[0]] and sounding[pair[1]])]
    return (*(Exact(*pair, "samples") for pair in by_samples), *(Exact(*pair, "picture") for pair in by_picture))


def _labels(
    tracks: Sequence[Track],
    same: Sequence[tuple[str, str]],
    alike: Sequence[tuple[str, str]],
    table: npt.NDArray[np.float64],
    say: Say,
) -> tuple[tuple[Doubted, ...], Judge | None, list[str]]:
    """Return doubted labels, those of copies under two labels first, how good their judge is, and notes."""
    from mgc.audit import labels

    what = "Listening for labels that sound like others"
    sure = labels.conflicts(same, {track.id: track.genre for track in tracks})
    notes = []
    known = np.flatnonzero(np.isfinite(table).any(axis=1))
    if len(known) < len(tracks):
        notes.append(f"{_tracks(len(tracks) - len(known))} could not be judged: nothing was measured.")
    few = labels.rare([tracks[row] for row in known.tolist()])
    if few:
        notes.append(f"Too few tracks to judge the labels of {', '.join(few)}.")
    known = np.array([row for row in known.tolist() if tracks[row].genre not in few], dtype=np.intp)
    heard = [tracks[row] for row in known.tolist()]
    try:
        said, genres = labels.out_of_fold(
            heard, table[known], together=[*same, *alike], tell=lambda done, total: say(what, done, total)
        )
    except DatasetError as error:
        return sure, None, [*notes, f"Labels were not checked. {error.user_message}"]
    if unheard := sorted({heard[row].genre for row in np.flatnonzero(np.isnan(said).any(axis=1)).tolist()}):
        notes.append(f"Some tracks were not judged because all of a genre is one artist: {', '.join(unheard)}.")
    named = {doubt.track for doubt in sure}
    rest = (doubt for doubt in labels.doubtful(heard, said, genres) if doubt.track not in named)
    return (*sure, *rest), labels.judge(heard, said, genres), notes


def _broken(dataset: Dataset, report: Report | None) -> tuple[Broken, ...]:
    found = [Broken(fault.subject, fault.kind, fault.sentence) for fault in dataset.faults if fault.kind in _BROKEN]
    if report is not None:
        found += [Broken(one.track, one.kind, one.sentence) for one in report.findings if one.kind in _BROKEN]
    kept = {(one.track, one.kind): one for one in found}
    return tuple(sorted(kept.values(), key=lambda one: (_BROKEN.index(one.kind), one.track)))
