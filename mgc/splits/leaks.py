"""The audit of a split: what of the test part was also there while the model learnt."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mgc.errors import DatasetError
from mgc.splits.ties import Pairs, groups, names, singers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mgc.datasets.base import Track
    from mgc.splits.dealing import Fold, Split

__all__ = ["Leak", "audit"]


@dataclass(frozen=True, slots=True)
class Leak:
    """What of one fold's test part was also in its training or validation part, as counts.

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
        tested tracks of which the other side holds a near duplicate, of the pairs that the caller knows
    """

    tracks: int
    artists: int
    guests: int
    duplicates: int
    near: int = 0


def audit(split: Split, tracks: Iterable[Track], *, exact: Pairs = (), near: Pairs = ()) -> tuple[Leak, ...]:
    """Count for every fold what its test part shares with its training and validation parts (T-Q-1, T-Q-2).

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
    given = list(tracks)
    by_id = {track.id: track for track in given}
    copies = dict(zip(by_id, groups(list(by_id.values()), exact, by_artist=False).tolist(), strict=True))
    voices, alike = singers(given), _partners(near)

    def leak(fold: Fold) -> Leak:
        seen, tested = (_side(split, ids, by_id) for ids in ((*fold.train, *fold.validation), fold.test))
        artists = names(seen.values()) & names(tested.values())
        everybody = {who for one in seen for who in voices[one]} & {who for one in tested for who in voices[one]}
        held = defaultdict(set)
        for one in seen:
            held[copies[one]].add(one)
        twins = [one for one in tested if held.get(copies[one], set()) - {one}]
        cousins = [one for one in tested if any(copies[other] != copies[one] for other in alike[one] if other in seen)]
        return Leak(len(seen.keys() & tested.keys()), len(artists), len(everybody - artists), len(twins), len(cousins))

    return tuple(leak(fold) for fold in split.folds)


def _side(split: Split, ids: Iterable[str], by_id: dict[str, Track]) -> dict[str, Track]:
    """Return the tracks of one side by id; of rows, the tracks that they were cut from."""
    is_rows = split.protocol == "segments"
    named = sorted({name.rpartition(".")[0] if is_rows else name for name in ids})
    if strangers := [name for name in named if name not in by_id]:
        raise DatasetError(f"The split names {strangers[0]!r}, which is not among the tracks.")
    return {name: by_id[name] for name in named}


def _partners(pairs: Pairs) -> defaultdict[str, set[str]]:
    partners: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        partners[one].add(other)
        partners[other].add(one)
    return partners
