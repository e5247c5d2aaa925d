"""What a fair experiment would leave out, on hard evidence alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.audit.leaving import leave_out
from mgc.genres import display_name
from mgc.ui.explore import audition
from mgc.ui.explore.audit_lists import picked

if TYPE_CHECKING:
    from mgc.audit.leaving import Leaving
    from mgc.audit.report import Doubts
    from mgc.datasets.base import Track
    from mgc.ui.explore.selection import Selection

__all__ = ["count", "show"]

WORDS: Final = {
    "unusable": "cannot be used",
    "two labels": "one sound, two labels",
    "copy": "a copy of",
    "near copy": "nearly a copy of",
}


def count(selection: Selection, found: Doubts) -> int:
    """Return how many of the chosen tracks are better left out."""
    return len(_here(selection, found))


def show(selection: Selection, found: Doubts) -> None:
    """Draw the list and the opened track beside the one it repeats."""
    st.markdown(
        "Files that cannot be used, and all but one of each recording; of one sound under two labels none stays. What "
        "merely *sounds* wrong is not here: a test from which the hard tracks were taken is no test."
    )
    held = _here(selection, found)
    if not held:
        st.success("None of these tracks has to be left out.", icon=":material/check_circle:")
        return
    tracks = {track.id: track for track in selection.dataset.tracks}
    is_published = any(track.part for track in tracks.values())
    head = ("track", "why", "other", "genre", "likeness", *["published partition"] * is_published)
    rows = [_row(one, tracks[one.track], is_published=is_published) for one in held]
    bar = st.column_config.ProgressColumn("likeness", min_value=0.0, max_value=1.0, format="%.2f")
    at = picked.one_of(head, rows, key="leave", name=f"{selection.id} to leave out", column_config={"likeness": bar})
    if is_published:
        _compared(held, tracks)
    one = held[at]
    for column, id, side in zip(st.columns(2, gap="small"), (one.track, one.other), ("one", "other"), strict=True):
        with column:
            if id:
                heading = "To leave out" if side == "one" or one.why == "two labels" else "Stays"
                audition.card(selection, id, key=f"leave_{side}", heading=heading)


def _row(one: Leaving, track: Track, *, is_published: bool) -> tuple[str | float | None, ...]:
    said = ("left out" if track.part == "excluded" else "kept",) if is_published else ()
    return (one.track, WORDS[one.why], one.other, display_name(track.genre), one.likeness or None, *said)


def _compared(held: list[Leaving], tracks: dict[str, Track]) -> None:
    """Lay the list beside the partition that others made by ear."""
    theirs = {name for name, track in tracks.items() if track.part == "excluded"}
    same = sum(one.track in theirs or one.other in theirs for one in held)
    st.caption(
        f"Of these {len(held):,} repetitions and broken files the published fault-filtered partition leaves out "
        f"{same:,} too, the track itself or its twin; it leaves out {len(theirs):,} of the {len(tracks):,} clips here."
    )


def _here(selection: Selection, found: Doubts) -> list[Leaving]:
    return [
        one
        for one in leave_out(found, selection.dataset.tracks)
        if picked.concerns(selection, one.track, *[one.other] * bool(one.other))
    ]
