"""How long the rest of a job takes, told from the pace of what is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mgc.extraction.plan import Line, Plan

__all__ = ["FEW", "RECENT", "seconds_left"]

RECENT: Final = 40  # tracks whose pace counts
FEW: Final = 5  # tracks before which there is no pace


def seconds_left(lines: Sequence[Line], plan: Plan) -> float | None:
    """Return how long the rest takes [s]; None when it is too early to say.

    Tracks with sound take a hundred times as long as those without, so each kind has a pace of its own.
    """
    writers = {line.writer for line in lines}
    begun = {line.track: line.time for line in lines if line.event == "begun"}
    over = sorted((line for line in lines if line.event != "begun"), key=lambda line: line.time)
    left = 0.0
    for has_sound, total in ((True, plan.sounding), (False, plan.total - plan.sounding)):
        took = [line.time - begun.get(line.track, line.time) for line in over if line.sounding == has_sound]
        if total > len(took):
            recent = took[-RECENT:]
            if has_sound and len(recent) < FEW:
                return None
            left += (total - len(took)) * sum(recent) / max(1, len(recent))
    return left / max(1, len(writers))
