"""Which tracks a fair experiment leaves out, and why: unusable files, and all but one of each recording.

Conventions
-----------
Only hard evidence counts: broken, silent and too short files, exact duplicates, near duplicates that are confirmed, and
one recording under two labels. A candidate for a near duplicate, a doubtful label or an outlier is a reason to listen
and stays in. Of a pair the later track stays, as in the fault-filtered partition of GTZAN (Kereliuk, Sturm and Larsen
2015), so that the two can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mgc.audit.report import AuditReport
    from mgc.datasets.base import Track

__all__ = ["UNUSABLE", "Exclusion", "exclusions"]

Why = Literal["unusable", "two labels", "copy", "near copy"]

UNUSABLE: Final = ("broken", "silent", "short")


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A track to leave out.

    Attributes
    ----------
    track : str
        id
    why : "unusable", "two labels", "copy" or "near copy"
    other : str
        the track that stays in its place (for two labels: that is left out too); ``""`` for an unusable one
    likeness : float
        0..1 to the nearest of its duplicates; 1 for the same samples, 0 for an unusable track
    """

    track: str
    why: Why
    other: str = ""
    likeness: float = 0.0


def exclusions(report: AuditReport, tracks: Iterable[Track]) -> tuple[Exclusion, ...]:
    """Return the tracks to leave out, each once: unusable ones, then exact duplicates, then confirmed near ones.

    Parameters
    ----------
    report : AuditReport
        of the whole data set
    tracks : iterable of Track
        the data set's, in its order; findings about other tracks are skipped
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
