"""What others have counted in the same data set, beside what was found here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.audit.leaving import UNUSABLE
from mgc.ui.text import plain

if TYPE_CHECKING:
    from mgc.audit.report import Doubts

__all__ = ["show"]

# list -> (subject of what was published, what was found of it)
SUBJECTS: Final = {
    "copies": ("exact", "near"),
    "artists": ("artists",),
    "labels": ("labels",),
    "outliers": ("outliers",),
    "broken": ("broken",),
    "leave": ("leave_out",),
}
WORDS: Final = {
    "exact": ("exact pair", "exact pairs"),
    "near": ("near pair", "near pairs"),
    "labels": ("label in doubt", "labels in doubt"),
    "outliers": ("odd track", "odd tracks"),
    "broken": ("file that cannot be used", "files that cannot be used"),
}


def show(found: Doubts, which: str) -> None:
    """Draw the published counts that belong to a list; nothing for data sets that nobody has counted."""
    counted = [one for one in found.published if one.subject in SUBJECTS[which]]
    if not counted:
        return
    with st.container(border=True, gap="xsmall"):
        st.markdown("**What others have counted** in all 1,000 clips of GTZAN")
        st.markdown("\n".join(f"- **{one.count}** {plain(one.what)} ({plain(one.source)})" for one in counted))
        numbers = {subject: _number(found, subject) for subject in SUBJECTS[which] if subject in WORDS}
        here = [f"{number:,} {WORDS[subject][number != 1]}" for subject, number in numbers.items()]
        if here:
            st.caption(f"Found here, in what is here: {', '.join(here)}.")


def _number(found: Doubts, subject: str) -> int:
    if subject == "broken":
        return len({one.track for one in found.broken if one.kind in UNUSABLE})
    return len(getattr(found, subject))
