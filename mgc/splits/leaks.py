"""Leaks of a split: what its test parts share with its training and validation parts.

Only known ties count: duplicates that were not compared and artists that are not named are not found.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mgc.errors import DatasetError
from mgc.splits.groups import Pairs, groups, names, singers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mgc.datasets.base import Track
    from mgc.splits.folds import Fold, Split

__all__ = ["Leak", "find_leaks"]


@dataclass(frozen=True, slots=True)
class Leak:
    """What one fold's test part shares with its other parts, as counts, and what validation shares with training.

    Attributes
    ----------
    tracks : int
        test tracks that are themselves in another part
    artists : int
        artists in the test part and in another
    guests : int
        artists that the test part shares only through a collaboration ("A and B" here, "B" there)
    duplicates : int
        test tracks with an exact duplicate in another part
    near : int
        test tracks with a near duplicate in another part, of the pairs that the caller knows; near duplicates of
        duplicates count, also over tracks in no part
    validation : int
        validation tracks that share any of these with the training part. They flatter the choice of an epoch, not the
        test score
    """

    tracks: int
    artists: int
    guests: int
    duplicates: int
    near: int = 0
    validation: int = 0


def find_leaks(split: Split, tracks: Iterable[Track], *, exact: Pairs = (), near: Pairs = ()) -> tuple[Leak, ...]:
    """Count for every fold what its test part shares with its training and validation parts.

    What validation shares with training is counted, too.

    Parameters
    ----------
    split : Split
    tracks : iterable of Track
        at least those in the split
    exact, near : tuple of (str, str)
        pairs of ids of duplicates, in addition to those that the tracks name themselves

    Returns
    -------
    tuple of Leak
        one per fold

    Raises
    ------
    DatasetError
        when the split names a track that is not in ``tracks``
    """
    by_id = {track.id: track for track in tracks}
    given = list(by_id.values())
    itself = {id: number for number, id in enumerate(by_id)}
    duplicates = dict(zip(by_id, groups(given, exact, by_artist=False).tolist(), strict=True))
    families = dict(zip(by_id, groups(given, (*exact, *near), by_artist=False).tolist(), strict=True))
    artist_of, artists_of = names(given), singers(given)

    def leak(fold: Fold) -> Leak:
        train, validation, tested = (_tracks(split, ids, by_id) for ids in (fold.train, fold.validation, fold.test))
        seen = train | validation
        artists = {artist_of[one] for one in seen} & {artist_of[one] for one in tested} - {""}
        all_artists = _artists(seen, artists_of) & _artists(tested, artists_of)
        train_families, train_artists = {families[one] for one in train}, _artists(train, artists_of)
        return Leak(
            tracks=len(seen & tested),
            artists=len(artists),
            guests=len(all_artists - artists),
            duplicates=_shared(tested, seen, duplicates, itself),
            near=_shared(tested, seen, families, duplicates),
            validation=sum(
                families[one] in train_families or not train_artists.isdisjoint(artists_of[one]) for one in validation
            ),
        )

    return tuple(leak(fold) for fold in split.folds)


def _tracks(split: Split, ids: Iterable[str], by_id: Mapping[str, Track]) -> set[str]:
    """Return the ids of one part's tracks; for rows, of the tracks that they were cut from."""
    is_rows = split.protocol == "segments"
    named = {name.rpartition(".")[0] if is_rows else name for name in ids}
    if unknown := named.difference(by_id):
        raise DatasetError(f"The split names {min(unknown)!r}, which is not among the tracks.")
    return named


def _artists(ids: Iterable[str], artists_of: Mapping[str, set[str]]) -> set[str]:
    return {artist for one in ids for artist in artists_of[one]}


def _shared(tested: set[str], seen: set[str], group: Mapping[str, int], same: Mapping[str, int]) -> int:
    """Count the test tracks whose group has a track in another part that is not the same."""
    held: defaultdict[int, set[int]] = defaultdict(set)
    for one in seen:
        held[group[one]].add(same[one])
    return sum(any(other != same[one] for other in held[group[one]]) for one in tested)
