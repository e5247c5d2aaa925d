"""The audit of a split: what of the test part was also there while the model learnt.

It finds what it is given: copies that nobody compared, and artists whom nobody named, are not counted.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mgc.errors import DatasetError
from mgc.splits.ties import Pairs, groups, names, singers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mgc.datasets.base import Track
    from mgc.splits.dealing import Fold, Split

__all__ = ["Leak", "audit"]


@dataclass(frozen=True, slots=True)
class Leak:
    """What of one fold's test part was also in its training or validation part, as counts; and how those two are tied.

    Attributes
    ----------
    tracks : int
        tested tracks that are themselves on the other side
    artists : int
        artists heard on both sides
    guests : int
        artists that the two sides share only through a collaboration ("A and B" here, "B" there)
    duplicates : int
        tested tracks of which the other side holds the very same samples under another id
    near : int
        tested tracks of which the other side holds a near duplicate, of the pairs that the caller knows; being one
        passes on from pair to pair, also over exact copies and over tracks in no part
    validation : int
        tracks of the validation part that are tied to the training part in any of these ways. They flatter the choice
        of an epoch, not the test
    """

    tracks: int
    artists: int
    guests: int
    duplicates: int
    near: int = 0
    validation: int = 0


def audit(split: Split, tracks: Iterable[Track], *, exact: Pairs = (), near: Pairs = ()) -> tuple[Leak, ...]:
    """Count for every fold what its test part shares with its training and validation parts (T-Q-1, T-Q-2).

    What training and validation share is counted, too.

    Parameters
    ----------
    split : Split
    tracks : iterable of Track
        at least those in the split
    exact, near : tuple of (str, str)
        pairs of ids that were found to be exact or near duplicates, beside those that the tracks name themselves

    Returns
    -------
    tuple of Leak
        one a fold

    Raises
    ------
    DatasetError
        when the split names a track that is not among them
    """
    by_id = {track.id: track for track in tracks}
    given = list(by_id.values())
    itself = {id: number for number, id in enumerate(by_id)}
    copies = dict(zip(by_id, groups(given, exact, by_artist=False).tolist(), strict=True))
    kin = dict(zip(by_id, groups(given, (*exact, *near), by_artist=False).tolist(), strict=True))
    named, voices = names(given), singers(given)

    def leak(fold: Fold) -> Leak:
        train, validation, tested = (_tracks(split, ids, by_id) for ids in (fold.train, fold.validation, fold.test))
        seen = train | validation
        artists = {named[one] for one in seen} & {named[one] for one in tested} - {""}
        everybody = _heard(seen, voices) & _heard(tested, voices)
        families, sung = {kin[one] for one in train}, _heard(train, voices)
        return Leak(
            tracks=len(seen & tested),
            artists=len(artists),
            guests=len(everybody - artists),
            duplicates=_tied(tested, seen, copies, itself),
            near=_tied(tested, seen, kin, copies),
            validation=sum(kin[one] in families or not sung.isdisjoint(voices[one]) for one in validation),
        )

    return tuple(leak(fold) for fold in split.folds)


def _tracks(split: Split, ids: Iterable[str], by_id: Mapping[str, Track]) -> set[str]:
    """Return the ids of one part's tracks; of rows, those of the tracks that they were cut from."""
    is_rows = split.protocol == "segments"
    named = {name.rpartition(".")[0] if is_rows else name for name in ids}
    if strangers := named.difference(by_id):
        raise DatasetError(f"The split names {min(strangers)!r}, which is not among the tracks.")
    return named


def _heard(ids: Iterable[str], voices: Mapping[str, set[str]]) -> set[str]:
    return {who for one in ids for who in voices[one]}


def _tied(tested: set[str], seen: set[str], group: Mapping[str, int], same: Mapping[str, int]) -> int:
    """Count the tested tracks in whose group a track was seen that is not the same."""
    held: defaultdict[int, set[int]] = defaultdict(set)
    for one in seen:
        held[group[one]].add(same[one])
    return sum(any(other != same[one] for other in held[group[one]]) for one in tested)
