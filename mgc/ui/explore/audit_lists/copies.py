"""The same recording twice, to the sample or nearly; both can be heard side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.genres import display_name
from mgc.ui.explore import audition
from mgc.ui.explore.audit_lists import picked

if TYPE_CHECKING:
    from mgc.audit.report import Doubts
    from mgc.ui.explore.selection import Selection

__all__ = ["count", "show"]

KINDS: Final = {"samples": "Exact, by sound", "picture": "Exact, by picture"}
NEAR: Final = "Near"
Row = tuple[str, str, str, float, str]  # first, second, kind, likeness, what their labels and names say


def count(selection: Selection, found: Doubts) -> int:
    """Return how many pairs concern the chosen tracks."""
    return len(_rows(selection, found))


def show(selection: Selection, found: Doubts) -> None:
    """Draw the list and the opened pair."""
    st.markdown(
        "A recording that stands in the data twice makes every test easier than it looks: the model has heard the "
        "answer. *Exact* pairs are the same samples or the same picture; *near* pairs are candidates: cut or "
        "levelled otherwise, or no more than one drum machine at one tempo. *Likeness* says how much of two pictures, "
        "laid over each other at the best place, agrees: 1 is thirty seconds in every detail, 0.1 can be a few. "
        "Listen to both."
    )
    rows = _rows(selection, found)
    if not rows and "near" in found.unseen:
        st.info("No exact copies; near ones could not be looked for here.", icon=":material/search_off:")
        return
    if not rows:
        st.success("No copies among these tracks.", icon=":material/check_circle:")
        return
    exact = sum(row[2] != NEAR for row in rows)
    st.caption(f"{exact:,} exact, {len(rows) - exact:,} near. Click a row to open the pair.")
    head = ("first", "second", "kind", "likeness", "labels")
    at = picked.one_of(
        head,
        rows,
        key="copies",
        name=f"{selection.id} copies",
        column_config={
            "likeness": st.column_config.ProgressColumn("likeness", min_value=0.0, max_value=1.0, format="%.2f")
        },
    )
    first, second, kind, likeness, _ = rows[at]
    heard = all(selection.dataset.track(id).audio is not None for id in (first, second))
    st.markdown(f"**{kind}**, likeness {likeness:.2f}. {'What do you hear?' if heard else 'What do you see?'}")
    for column, id, side in zip(st.columns(2, gap="small"), (first, second), ("one", "other"), strict=True):
        with column:
            audition.card(selection, id, key=f"copy_{side}")


def _rows(selection: Selection, found: Doubts) -> list[Row]:
    genres = {track.id: track.genre for track in selection.dataset.tracks}

    def labels(one: str, other: str) -> str:
        here, there = genres.get(one, ""), genres.get(other, "")
        if here == there:
            return display_name(here)
        return f"{display_name(here)} against {display_name(there)}"

    rows = [(one.first, one.second, KINDS[one.by], 1.0, labels(one.first, one.second)) for one in found.exact]
    rows += [(one.first, one.second, NEAR, one.likeness, labels(one.first, one.second)) for one in found.near]
    return [row for row in rows if picked.concerns(selection, row[0], row[1])]
