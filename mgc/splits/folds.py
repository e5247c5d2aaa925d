"""Folds: which tracks train, validate and test under a protocol of :mod:`mgc.splits`, and the hash that pins them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from mgc.errors import DatasetError
from mgc.splits.groups import Pairs, groups

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mgc.datasets.base import Track

__all__ = ["FORMS", "N_SEGMENTS", "PROTOCOLS", "SEED", "Fold", "Form", "Protocol", "Split", "make_split"]

Protocol = Literal["tracks", "artists", "filtered", "segments"]
PROTOCOLS: Final[tuple[Protocol, ...]] = get_args(Protocol)

Form = Literal["written", "intended"]
# (folds, parts of the rest of which one validates, description): the source projects describe 64 / 16 / 20 %, but their
# ten folds give 72 / 18 / 10 %.
FORMS: Final[dict[Form, tuple[int, int, str]]] = {
    "written": (10, 5, "as written, 72 / 18 / 10 %"),
    "intended": (5, 5, "as intended, 64 / 16 / 20 %"),
}

SEED: Final = 2002
N_SEGMENTS: Final = 10  # of 3 s in a clip of 30 s, as in Kaggle's table; of a shorter track some do not exist
_VALIDATION: Final = 8  # one eighth of the training part validates: 70 / 10 / 20 % at k = 5

_DESCRIPTIONS: Final[dict[Protocol, str]] = {
    "segments": "leaky: 3 s segments of one clip are in both training and test",
    "tracks": "{k} folds over clips, known exact duplicates kept together; artists are mixed",
    "artists": "{k} folds over artists, as far as they are known: no artist is in both training and test",
    "filtered": "the published fault-filtered partition: artists disjoint, faulty clips removed",
}


@dataclass(frozen=True, slots=True)
class Fold:
    """Ids of one fold's parts; for ``segments`` ids of rows such as ``"blues.00000.3"``.

    Every track has :data:`N_SEGMENTS` rows, however long it is. A short track lacks the later ones (5 s hold one whole
    segment): skip the ids that a table does not have.
    """

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """All folds of one protocol; ``hash`` is the sha256 of the ids in them."""

    protocol: Protocol
    k: int
    seed: int
    folds: tuple[Fold, ...]
    hash: str
    description: str
    form: Form | None = None


def make_split(
    tracks: Sequence[Track],
    protocol: Protocol,
    k: int = 5,
    seed: int = SEED,
    *,
    form: Form | None = None,
    together: Pairs = (),
) -> Split:
    """Split tracks by a protocol; the order of ``tracks`` does not matter.

    Parameters
    ----------
    tracks : sequence of Track
        with different ids
    protocol : str
        one of :data:`PROTOCOLS`
    k : int >= 2
        folds, of 70 / 10 / 20 % at 5; ``filtered`` always has one
    seed : int
        of the shuffling; ``filtered`` does not depend on it
    form : "written" or "intended", optional
        one of :data:`FORMS`, whose number of folds replaces ``k``
    together : tuple of (str, str)
        pairs of ids, such as duplicates, that ``tracks`` and ``artists`` keep on one side

    Raises
    ------
    DatasetError
        when the tracks cannot be split that way: too few of a genre or of artists, no published partition
    """
    if protocol not in PROTOCOLS:
        raise DatasetError(f"Invalid protocol. Received: {protocol!r}. Expected: one of {', '.join(PROTOCOLS)}.")
    if form is not None and (form not in FORMS or protocol == "filtered"):
        raise DatasetError(f"Invalid form. Received: {form!r}. Expected: {' or '.join(FORMS)}, not with 'filtered'.")
    given = sorted(tracks, key=lambda track: track.id)
    if len({track.id for track in given}) < len(given):
        raise DatasetError("Two of the tracks to split have the same id.")
    description = _DESCRIPTIONS[protocol]
    folds: tuple[Fold, ...]
    if protocol == "filtered":
        k, folds = 1, (_published(given),)
    else:
        k, n_parts, told = FORMS[form] if form is not None else (k, _VALIDATION, "")
        folds = tuple(_folds(*_units(given, protocol, together), k, n_parts, seed))
        description += f"; {told}" if told else ""
    return Split(protocol, k, seed, folds, _hash(folds), description.format(k=k), form)


def _units(
    tracks: Sequence[Track], protocol: Protocol, together: Pairs
) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.str_], npt.NDArray[np.intp]]:
    """Return ids, genres and groups of the units that are split: clips, or rows for ``segments``."""
    ids = np.array([track.id for track in tracks], dtype=np.str_)
    genres = np.array([track.genre for track in tracks], dtype=np.str_)
    if protocol != "segments":
        return ids, genres, groups(tracks, together, by_artist=protocol == "artists")
    rows = np.array([f"{name}.{number}" for name in ids for number in range(N_SEGMENTS)], dtype=np.str_)
    return rows, np.repeat(genres, N_SEGMENTS), np.arange(len(rows))


def _folds(
    ids: npt.NDArray[np.str_],
    genres: npt.NDArray[np.str_],
    group: npt.NDArray[np.intp],
    k: int,
    n_parts: int,
    seed: int,
) -> Iterable[Fold]:
    smallest = min(np.unique(genres, return_counts=True)[1], default=0)
    if not 2 <= k <= smallest:
        raise DatasetError(
            f"Invalid number of folds. Received: {k}. Expected: 2 to {smallest} (tracks of the rarest genre)."
        )
    split = _splitter(ids, group)
    pairs = split(np.arange(len(ids)), genres, k, seed) if len(np.unique(group)) >= k else []
    if not pairs or not all(len(test) for _, test in pairs):
        raise DatasetError(f"There are too few artists or different clips for {k} folds: one would test nothing.")
    for number, (rest, test) in enumerate(pairs):
        few = min(n_parts, len(np.unique(group[rest])), min(np.unique(genres[rest], return_counts=True)[1]))
        held_out = split(rest, genres, int(few), seed + number) if few >= 2 else [(rest, rest[:0])]
        train, validation = min(held_out, key=lambda parts: _unevenness(genres[parts[1]], genres[rest], few))
        yield Fold(*(tuple(ids[part].tolist()) for part in (train, validation, test)))


Parts = list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]


def _splitter(ids: npt.NDArray[np.str_], group: npt.NDArray[np.intp]) -> Callable[..., Parts]:
    """Return ``split(positions, genres, k, seed) -> [(rest, part), ...]``, which keeps groups together."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    alone = len(np.unique(group)) == len(ids)

    def split(positions: npt.NDArray[np.intp], genres: npt.NDArray[np.str_], k: int, seed: int) -> Parts:
        # Where everything is a group of its own the plain splitter promises the same and is much faster (10,000 rows).
        kind = StratifiedKFold if alone else StratifiedGroupKFold
        together = None if alone else group[positions]
        pairs = kind(k, shuffle=True, random_state=seed).split(positions, genres[positions], together)
        return [(positions[rest], positions[part]) for rest, part in pairs]

    return split


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
