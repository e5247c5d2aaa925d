"""Who is tested on what: four protocols, from leaky to strict, and the hash that pins each split.

Conventions
-----------
* ``segments``: rows of 3 s, shuffled; leaky on purpose (rows of one clip stand on both sides), to show what that does.
* ``tracks``: stratified k folds over clips; clips with the very same samples stay together.
* ``artists``: the same, and no artist stands on two sides; nor does anybody who sings along on another artist's track.
  A clip of an unknown artist is a group of its own.
* ``filtered``: one published partition, artists disjoint and faults removed (for GTZAN 443 / 197 / 290 clips; Kereliuk,
  Sturm and Larsen 2015). The clip jazz.00054 stands in its lists but has no usable file in Kaggle's edition: a split
  holds only tracks that it was given.

Within a fold the three parts are disjoint, and over the folds of ``tracks`` and ``artists`` each track is tested once.
Grouping and stratifying are scikit-learn's ``StratifiedGroupKFold``; another version of it may draw another split,
which is what the hash is for.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from mgc.datasets.base import normalised_artist
from mgc.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mgc.datasets.base import Track

__all__ = ["N_SEGMENTS", "PROTOCOLS", "SEED", "Fold", "Leak", "Protocol", "Split", "audit", "make_split"]

Protocol = Literal["tracks", "artists", "filtered", "segments"]
PROTOCOLS: Final[tuple[Protocol, ...]] = get_args(Protocol)

SEED: Final = 2002
N_SEGMENTS: Final = 10  # of 3 s in a clip of 30 s, as in Kaggle's table
_VALIDATION: Final = 8  # one eighth of the training part validates: 70 / 10 / 20 % at k = 5

_DESCRIPTIONS: Final[dict[Protocol, str]] = {
    "segments": "leaky: 3 s segments of one clip stand in training and test",
    "tracks": "{k} folds over clips, exact duplicates kept together; artists are mixed",
    "artists": "{k} folds over artists, as far as they are known: nobody heard in training is tested",
    "filtered": "the published fault-filtered partition: artists disjoint, faulty clips removed",
}


@dataclass(frozen=True, slots=True)
class Fold:
    """Ids of one fold's parts; for ``segments`` ids of rows such as ``"blues.00000.3"``."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """All folds of one protocol; ``hash`` is the sha256 of the ids in them, whatever made them."""

    protocol: Protocol
    k: int
    seed: int
    folds: tuple[Fold, ...]
    hash: str
    description: str


@dataclass(frozen=True, slots=True)
class Leak:
    """What of one fold's test part was also in its training or validation part, as counts.

    ``guests`` are artists that the two sides share only through a collaboration ("A and B" here, "B" there).
    """

    tracks: int
    artists: int
    guests: int
    duplicates: int


def make_split(tracks: Sequence[Track], protocol: Protocol, k: int = 5, seed: int = SEED) -> Split:
    """Split tracks by a protocol; the order of ``tracks`` does not matter.

    Parameters
    ----------
    tracks : sequence of Track
        what is to be split, ids all different
    protocol : str
        one of :data:`PROTOCOLS`
    k : int >= 2
        folds; ``filtered`` always has one
    seed : int
        of the shuffling; ``filtered`` does not depend on it

    Raises
    ------
    DatasetError
        when the tracks cannot be split that way: too few of a genre or of artists, no published partition
    """
    if protocol not in PROTOCOLS:
        raise DatasetError(f"Invalid protocol. Received: {protocol!r}. Expected: one of {', '.join(PROTOCOLS)}.")
    given = sorted(tracks, key=lambda track: track.id)
    if len({track.id for track in given}) < len(given):
        raise DatasetError("Two of the tracks to split have the same id.")
    folds: tuple[Fold, ...]
    if protocol == "filtered":
        k, folds = 1, (_published(given),)
    else:
        ids, genres, groups = _units(given, protocol)
        folds = tuple(_folds(ids, genres, groups, k, seed))
    description = _DESCRIPTIONS[protocol].format(k=k)
    return Split(protocol, k, seed, folds, _hash(folds), description)


def audit(split: Split, tracks: Iterable[Track]) -> tuple[Leak, ...]:
    """Count for every fold what its test part shares with its training and validation parts (T-Q-1, T-Q-2)."""
    by_id = {track.id: track for track in tracks}
    is_rows = split.protocol == "segments"
    singers = _singers(by_id.values())

    def side(ids: Iterable[str]) -> list[Track]:
        return [by_id[name] for name in sorted({name.rpartition(".")[0] if is_rows else name for name in ids})]

    leaks = []
    for fold in split.folds:
        seen, tested = side((*fold.train, *fold.validation)), side(fold.test)
        artists = _names(seen) & _names(tested)
        everybody = {who for t in seen for who in singers[t.id]} & {who for t in tested for who in singers[t.id]}
        seen_ids = {track.id for track in seen}
        twins = sum(track.duplicate_of in seen_ids for track in tested)
        shared = sum(track.id in seen_ids for track in tested)
        leaks.append(Leak(shared, len(artists), len(everybody - artists), twins))
    return tuple(leaks)


def _names(tracks: Iterable[Track]) -> set[str]:
    return {normalised_artist(track.artist) for track in tracks} - {""}


def _singers(tracks: Iterable[Track]) -> dict[str, set[str]]:
    """Return, by track id, the artist's name and those parts of it that are known as artists themselves.

    "Lauryn Hill and Bob Marley" is also Bob Marley, because he has tracks of his own; "Peaches and Herb" stays whole.
    """
    given = list(tracks)
    known = _names(given)
    return {
        track.id: (
            {normalised_artist(track.artist)}
            | {normalised_artist(part) for part in re.split(r",\s*|\s+&\s+|\s+and\s+", track.artist)} & known
        )
        - {""}
        for track in given
    }


def _groups(tracks: Sequence[Track], *, by_artist: bool) -> npt.NDArray[np.intp]:
    """Return a number per track, the same for tracks that a duplicate (or an artist) ties together."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    position = {track.id: number for number, track in enumerate(tracks)}
    ties = [(n, position[t.duplicate_of]) for n, t in enumerate(tracks) if t.duplicate_of in position]
    size = len(tracks)
    if by_artist:
        singers = _singers(tracks)
        voice = {name: size + number for number, name in enumerate(sorted(set().union(*singers.values())))}
        ties += [(n, voice[name]) for n, track in enumerate(tracks) for name in singers[track.id]]
        size += len(voice)
    rows, columns = np.array(ties, dtype=np.intp).reshape(-1, 2).T
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    return np.asarray(labels[: len(tracks)], dtype=np.intp)


def _units(
    tracks: Sequence[Track], protocol: Protocol
) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.str_], npt.NDArray[np.intp]]:
    """Return ids, genres and groups of what is dealt out: clips, or rows for ``segments``."""
    ids = np.array([track.id for track in tracks], dtype=np.str_)
    genres = np.array([track.genre for track in tracks], dtype=np.str_)
    if protocol != "segments":
        return ids, genres, _groups(tracks, by_artist=protocol == "artists")
    rows = np.array([f"{name}.{number}" for name in ids for number in range(N_SEGMENTS)], dtype=np.str_)
    return rows, np.repeat(genres, N_SEGMENTS), np.arange(len(rows))


def _folds(
    ids: npt.NDArray[np.str_], genres: npt.NDArray[np.str_], groups: npt.NDArray[np.intp], k: int, seed: int
) -> Iterable[Fold]:
    smallest = min(np.unique(genres, return_counts=True)[1], default=0)
    if not 2 <= k <= smallest:
        raise DatasetError(
            f"Invalid number of folds. Received: {k}. Expected: 2 to {smallest} (tracks of the rarest genre)."
        )
    deal = _dealer(ids, groups)
    dealt = deal(np.arange(len(ids)), genres, k, seed) if len(np.unique(groups)) >= k else []
    if not dealt or not all(len(test) for _, test in dealt):
        raise DatasetError(f"There are too few artists or different clips for {k} folds: one would test nothing.")
    for number, (rest, test) in enumerate(dealt):
        few = min(_VALIDATION, len(np.unique(groups[rest])), min(np.unique(genres[rest], return_counts=True)[1]))
        held_out = deal(rest, genres, int(few), seed + number) if few >= 2 else [(rest, rest[:0])]
        train, validation = min(held_out, key=lambda parts: _unevenness(genres[parts[1]], genres[rest], few))
        yield Fold(*(tuple(ids[part].tolist()) for part in (train, validation, test)))


Parts = list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]


def _dealer(ids: npt.NDArray[np.str_], groups: npt.NDArray[np.intp]) -> Callable[..., Parts]:
    """Return ``deal(positions, genres, k, seed) -> [(rest, part), ...]``, which keeps groups together."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    alone = len(np.unique(groups)) == len(ids)

    def deal(positions: npt.NDArray[np.intp], genres: npt.NDArray[np.str_], k: int, seed: int) -> Parts:
        # Where everything is a group of its own the plain splitter promises the same and is much faster (10,000 rows).
        kind = StratifiedKFold if alone else StratifiedGroupKFold
        together = None if alone else groups[positions]
        pairs = kind(k, shuffle=True, random_state=seed).split(positions, genres[positions], together)
        return [(positions[rest], positions[part]) for rest, part in pairs]

    return deal


def _unevenness(part: npt.NDArray[np.str_], whole: npt.NDArray[np.str_], n_parts: int) -> float:
    """Return how far a part's genres are from an even share: large artists make some parts lopsided."""
    names, counts = np.unique(whole, return_counts=True)
    mine = np.array([np.count_nonzero(part == name) for name in names])
    return float(np.sum((mine - counts / n_parts) ** 2))


def _published(tracks: Sequence[Track]) -> Fold:
    parts = {part: tuple(track.id for track in tracks if track.part == part) for part in ("train", "valid", "test")}
    if not parts["train"] or not parts["test"]:
        raise DatasetError("These tracks have no published partition: the protocol 'filtered' is known for GTZAN only.")
    return Fold(parts["train"], parts["valid"], parts["test"])


def _hash(folds: Sequence[Fold]) -> str:
    parts = [[sorted(fold.train), sorted(fold.validation), sorted(fold.test)] for fold in folds]
    return hashlib.sha256(json.dumps(parts, separators=(",", ":"), ensure_ascii=True).encode()).hexdigest()
