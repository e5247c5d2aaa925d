"""Which tracks a fair experiment would leave out, and why: what cannot be used, and all but one of each recording.

Conventions
-----------
Only hard evidence counts: broken, silent and too short files, copies, and one sound under two labels. A label that
merely sounds like another genre, or an odd track, is a reason to listen and stays. Of a pair the later track stays, as
in the fault-filtered partition of GTZAN (Kereliuk, Sturm and Larsen 2015), so that the two can be laid side by side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mgc.audit.report import Doubts
    from mgc.datasets.base import Track

__all__ = ["UNUSABLE", "Leaving", "leave_out"]

Why = Literal["unusable", "two labels", "copy", "near copy"]

UNUSABLE: Final = ("broken", "silent", "short")


@dataclass(frozen=True, slots=True)
class Leaving:
    """A track to leave out.

    Attributes
    ----------
    track : str
        id
    why : "unusable", "two labels", "copy" or "near copy"
    other : str
        the track that stays in its place (or, under two labels, goes too); ``""`` for an unusable one
    likeness : float
        0..1 to the next of its copies; 1 for the very same sound, 0 for an unusable track
    """

    track: str
    why: Why
    other: str = ""
    likeness: float = 0.0


def leave_out(found: Doubts, tracks: Iterable[Track]) -> tuple[Leaving, ...]:
    """Return the tracks to leave out, the surest first, each once.

    Parameters
    ----------
    found : Doubts
        of the whole data set
    tracks : iterable of Track
        the data set's, in its order: what is not among them is passed over
    """
    genres = {track.id: track.genre for track in tracks}
    order = {name: number for number, name in enumerate(genres)}
    gone: dict[str, Leaving] = {}
    for one in found.broken:
        if one.kind in UNUSABLE and one.track in genres:
            gone.setdefault(one.track, Leaving(one.track, "unusable"))
    same = [(pair.first, pair.second) for pair in found.exact if {pair.first, pair.second} <= genres.keys()]
    for first, second in same:
        if genres[first] != genres[second]:  # nobody can tell which of the two labels is right
            gone.setdefault(first, Leaving(first, "two labels", second, 1.0))
            gone.setdefault(second, Leaving(second, "two labels", first, 1.0))
    pairs: list[tuple[str, str, Why, float]] = [(*pair, "copy", 1.0) for pair in same]
    pairs += [
        (near.first, near.second, "near copy", near.likeness)
        for near in found.near
        if {near.first, near.second} <= genres.keys()
    ]
    for one_id, other_id, why, likeness in pairs:
        first, second = sorted((one_id, other_id), key=order.__getitem__)
        if first not in gone and second not in gone:
            gone[first] = Leaving(first, why, second, likeness)

    def staying(one: Leaving) -> Leaving:
        """Follow copies of copies to the one that stays; of two labels neither does."""
        other = one.other
        while one.why != "two labels" and other in gone:
            other = gone[other].other
        return replace(one, other=other)

    return tuple(staying(one) for one in gone.values())
