"""The Explore page: one data set, filters for all views, and the one view that is looked at."""

from __future__ import annotations

from typing import Final

import streamlit as st

from mgc.ui import links
from mgc.ui.explore import adding, audit, extraction, features, listen, overview
from mgc.ui.explore import map as maps
from mgc.ui.explore.selection import NO_FILTERS, Filters, choose_filters, clear_filters, in_words, known

__all__ = ["VIEWS", "show"]

VIEWS: Final = {
    "overview": ":material/dashboard: Overview",
    "listen": ":material/graphic_eq: Listen and look",
    "features": ":material/bar_chart: Features",
    "map": ":material/scatter_plot: Map",
    "audit": ":material/troubleshoot: Audit",
}
_DRAW: Final = {
    "overview": overview.show,
    "listen": listen.show,
    "features": features.show,
    "map": maps.show,
    "audit": audit.show,
}


def show() -> None:
    """Draw the page."""
    links.follow("explore")
    try:
        _show()
    finally:
        links.publish()  # also when the page is run again before its end


def _show() -> None:
    id = adding.choose_set()
    if id is None:
        return
    here = known(id)
    extraction.banner(id)
    view = links.one("view", VIEWS, label="View", default="overview", label_visibility="collapsed", width="stretch")
    wanted = choose_filters(here.dataset, here.report)
    selection = here.under(wanted)
    _line(wanted, len(selection.chosen), len(here.dataset.tracks))
    if selection.chosen:
        _DRAW[view](selection)
    else:
        st.info("No track matches these filters.", icon=":material/filter_alt_off:")


def _line(wanted: Filters, shown: int, total: int) -> None:
    """Say how many tracks are shown, with a way back to all of them."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(in_words(wanted, shown, total), width="content")
        if wanted != NO_FILTERS:
            st.button("Show all", key="explore_clear", type="tertiary", on_click=clear_filters)
