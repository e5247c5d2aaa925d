"""Tracks that sound like nothing else in the data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from mgc.charts import descriptor_names
from mgc.ui.explore import audition
from mgc.ui.explore.audit_lists import picked

if TYPE_CHECKING:
    from mgc.audit.outliers import Outlier
    from mgc.audit.report import Doubts
    from mgc.ui.explore.selection import Selection

__all__ = ["count", "show"]


def count(selection: Selection, found: Doubts) -> int:
    """Return how many of the chosen tracks stand far out."""
    return len(_here(selection, found))


def show(selection: Selection, found: Doubts) -> None:
    """Draw the list and the opened track."""
    st.markdown(
        "How far a track lies from its ten nearest neighbours, as a multiple of what is usual here. Odd is not wrong: "
        "it may be a distorted file, a scratch, or the only harpsichord."
    )
    held = _here(selection, found)
    if not held and "outliers" in found.unseen:
        st.info("Too few tracks were measured to say what is odd here.", icon=":material/search_off:")
        return
    if not held:
        st.success("No track stands far out.", icon=":material/check_circle:")
        return
    rows = [(one.track, one.distance, _why(one)) for one in held]
    at = picked.one_of(("track", "times as far", "what is odd"), rows, key="outliers", name=f"{selection.id} odd ones")
    audition.card(selection, held[at].track, key="outlier", note=f"{_why(held[at])}.")


def _why(one: Outlier) -> str:
    """Say which numbers are far from the average, and to which side."""
    words = [
        f"{descriptor_names.name(column)} {abs(z):.1f} deviations {'above' if z > 0 else 'below'}"
        for column, z in one.because
    ]
    return "; ".join(words)


def _here(selection: Selection, found: Doubts) -> list[Outlier]:
    return [one for one in found.outliers if picked.concerns(selection, one.track)]
