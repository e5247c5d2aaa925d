"""Doubt: copies, artists, labels, odd ones, broken ones - each finding a reason to listen, none of them a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.ui import player
from mgc.ui.explore import extraction, findings, links
from mgc.ui.explore.audit_lists import artists, broken, copies, labels, leaving, outliers, published
from mgc.ui.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from mgc.audit.report import Doubts
    from mgc.ui.explore.selection import Selection

__all__ = ["show"]

LISTS: Final[dict[str, tuple[str, Callable[[Selection, Doubts], None], Callable[[Selection, Doubts], int]]]] = {
    "copies": ("Copies", copies.show, copies.count),
    "artists": ("Artists", artists.show, artists.count),
    "labels": ("Labels", labels.show, labels.count),
    "outliers": ("Odd ones", outliers.show, outliers.count),
    "broken": ("Broken", broken.show, broken.count),
    "leave": ("To leave out", leaving.show, leaving.count),
}


def show(selection: Selection) -> None:
    """Draw the view."""
    if not extraction.invite(selection, "The doubt view"):
        return
    found = findings.of(selection)
    if found is None:
        return
    words = {key: f"{label} ({count(selection, found):,})" for key, (label, _, count) in LISTS.items()}
    which = links.one("list", words, label="What to doubt", default="copies", label_visibility="collapsed")
    LISTS[which or "copies"][1](selection, found)
    player.one_at_a_time()  # pairs are there to be compared, not to be heard at once
    published.show(found, which or "copies")
    for note in found.notes:
        st.caption(plain(note))
