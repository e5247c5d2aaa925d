"""Tracks that sound like another genre than the one on their label, beside what is typical of that genre."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from mgc.charts.theme import percent
from mgc.genres import display_name
from mgc.ui.explore import audition, numbers
from mgc.ui.explore.doubts import picked
from mgc.ui.text import plain

if TYPE_CHECKING:
    from mgc.doubt.labels import Doubted
    from mgc.doubt.report import Doubts
    from mgc.ui.explore.room import Room

__all__ = ["count", "show"]


def count(room: Room, found: Doubts) -> int:
    """Return how many of the chosen tracks have a label in doubt."""
    return len(_here(room, found))


def show(room: Room, found: Doubts) -> None:
    """Draw the list, the opened track, and a track that is typical of the genre it sounds like."""
    st.markdown(
        "Every track was judged by models that had heard **none of its artist's music**; these are the labels that "
        "confident learning (cleanlab) doubts most. The judge errs too: a place on this list is a reason to listen."
    )
    held = _here(room, found)
    if not held:
        st.success("No label of these tracks is in doubt.", icon=":material/check_circle:")
        return
    rows = [
        (one.track, display_name(one.given), display_name(one.looks_like), one.p, one.p_given, round(1 - one.score, 3))
        for one in held
    ]
    head = ("track", "label", "sounds like", "how likely", "its label", "doubt")
    bars = {
        name: st.column_config.ProgressColumn(name, min_value=0.0, max_value=1.0, format="percent")
        for name in ("how likely", "its label")
    }
    at = picked.one_of(head, rows, key="labels", name=f"{room.id} labels", column_config=bars)
    _opened(room, held[at])


def _opened(room: Room, one: Doubted) -> None:
    other = one.twin or numbers.typical(room, one.looks_like)
    given, like = display_name(one.given), display_name(one.looks_like)
    left, right = st.columns(2, gap="small")
    with left:
        note = f"Sounds like {like} ({percent(one.p)}), less like {given} ({percent(one.p_given)})."
        audition.card(room, one.track, key="label_track", heading="The track in doubt", note=note)
    if other is None:
        return
    with right:
        if one.twin:
            audition.card(room, other, key="label_twin", heading="The very same sound, labelled otherwise")
        else:
            note = f"Its numbers lie nearest to the middle of {like}."
            audition.card(room, other, key="label_typical", heading=f"Typical {plain(like)}", note=note)


def _here(room: Room, found: Doubts) -> list[Doubted]:
    return [one for one in found.labels if picked.concerns(room, one.track)]
