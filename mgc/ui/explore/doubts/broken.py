"""What could not be used at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from mgc.ui.explore import export
from mgc.ui.explore.checking import KINDS

if TYPE_CHECKING:
    from mgc.doubt.report import Doubts
    from mgc.ui.explore.room import Room

__all__ = ["count", "show"]


def count(room: Room, found: Doubts) -> int:
    """Return how many things of the whole data set are broken: filters hide none of them."""
    return len(found.broken)


def show(room: Room, found: Doubts) -> None:
    """Draw the list."""
    st.markdown(
        "Files that are damaged, silent, too short, distorted or not what was published. Filters hide none of them."
    )
    if not found.broken:
        st.success("Nothing here is broken.", icon=":material/check_circle:")
        return
    rows = [(one.track, KINDS.get(one.kind, one.kind), one.sentence) for one in found.broken]
    export.table((("track", "kind", "what"), rows), key="broken", name=f"{room.id} broken")
