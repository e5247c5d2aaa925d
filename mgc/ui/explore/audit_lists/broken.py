"""What could not be used at all."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import streamlit as st

from mgc.audit.leaving import UNUSABLE
from mgc.ui.explore import export
from mgc.ui.explore.checking import KINDS

if TYPE_CHECKING:
    from mgc.audit.report import Doubts
    from mgc.ui.explore.selection import Selection

__all__ = ["count", "show"]


def count(selection: Selection, found: Doubts) -> int:
    """Return how many files of the whole data set cannot be used: filters hide none of them."""
    return len({one.track for one in found.broken if one.kind in UNUSABLE})


def show(selection: Selection, found: Doubts) -> None:
    """Draw the list."""
    st.markdown(
        "Files that are damaged, silent, too short, distorted or not what was published; counted above are those that "
        "cannot be used. Filters hide none of them."
    )
    if not found.broken:
        st.success("Nothing here is broken.", icon=":material/check_circle:")
        return
    numbers = Counter(one.kind for one in found.broken)
    kinds = {kind: f"{KINDS.get(kind, kind)} ({number:,})" for kind, number in numbers.items()}
    picked: str | None = next(iter(kinds))
    if len(kinds) > 1:
        picked = st.pills("Kind", list(kinds), format_func=kinds.__getitem__, default=picked, key="broken_kind")
    rows = [
        (one.track, KINDS.get(one.kind, one.kind), one.sentence) for one in found.broken if picked in (None, one.kind)
    ]
    export.table((("track", "kind", "what"), rows), key="broken", name=f"{selection.id} broken")
