"""The Compare page: runs side by side, and whether their difference is real."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from mgc.errors import ComparisonError
from mgc.runs import comparison
from mgc.ui import links, models
from mgc.ui.compare import better, calibration, choosing, confusion, curves, genres, ladder, scores
from mgc.ui.text import plain

if TYPE_CHECKING:
    from mgc.ui.compare.choosing import Chosen

__all__ = ["show"]

VIEWS = {
    "scores": ":material/leaderboard: Scores",
    "curves": ":material/show_chart: Curves",
    "confusion": ":material/grid_on: Confusion",
    "better": ":material/balance: Is it really better?",
    "genres": ":material/category: Genres",
    "calibration": ":material/speed: Calibration",
    "ladder": ":material/stairs: Ladder",
}


def show() -> None:
    """Draw the page."""
    links.follow("compare")
    try:
        view = links.one("view", VIEWS, label="View", default="scores", label_visibility="collapsed", width="stretch")
        if view == "ladder":  # which is made of recipes, not of chosen runs
            ladder.show()
            return
        chosen = choosing.choose()
        if not chosen.runs:
            st.info("Choose runs to compare.", icon=":material/compare_arrows:")
            return
        refused = _refused(chosen)
        badges = " ".join(models.badge(name) for name in chosen.protocols)
        st.markdown(badges)
        if len(chosen.runs) == 1:
            st.info("Choose a second run to compare this one with.", icon=":material/compare_arrows:")
        if refused and len(chosen.runs) > 1:
            st.warning(plain(refused), icon=":material/rule:")
        if view == "scores":
            scores.show(chosen, refused if len(chosen.runs) > 1 else "")
        elif view == "curves":
            curves.show(chosen)
        elif view == "confusion":
            confusion.show(chosen, refused)
        elif view == "genres":
            genres.show(chosen, refused if len(chosen.runs) > 1 else "")
        elif view == "calibration":
            calibration.show(chosen)
        else:
            better.show(chosen, refused)
    finally:
        links.publish()  # also when the page is run again before its end


def _refused(chosen: Chosen) -> str:
    """Return why the runs cannot be compared clip by clip, "" where they can."""
    try:
        comparison.check(chosen.runs, chosen.names)
    except ComparisonError as error:
        return error.user_message
    return ""
