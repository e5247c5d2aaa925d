"""Looking for what is wrong takes a while: it is done once per data set and revision, in the background, and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from mgc.audit import kept
from mgc.ui import resources
from mgc.ui.explore import work
from mgc.ui.text import plain

if TYPE_CHECKING:
    from mgc.audit.report import Doubts
    from mgc.ui.explore.selection import Selection
    from mgc.ui.explore.work import Work

__all__ = ["of"]


@st.cache_resource(show_spinner=False)
def _shelf() -> resources.ResultCache[Doubts]:
    return resources.ResultCache(4)


def of(selection: Selection) -> Doubts | None:
    """Return what was found; while it is looked for, draw how far that is and return None."""
    key = (selection.id, selection.revision)
    dataset, collected, report, shelf = selection.dataset, selection.collected, selection.report, _shelf()
    assert collected is not None  # noqa: S101 - callers ask extraction.invite first
    found = shelf.get(key)
    if found is not None:
        return found
    name = f"doubt-{selection.id}-{selection.revision}"
    current = work.find(name)
    if current is not None and current.sentence and not current.is_running:
        st.error(plain(current.sentence), icon=":material/error:")
        st.button("Try again", key="doubt_again", on_click=work.finish, args=(name,), icon=":material/refresh:")
        return None
    if current is None and (found := kept.find(selection.id, dataset, collected, report)):
        shelf.put(key, found)
        return found

    def job(current: Work) -> str:
        shelf.put(key, kept.doubts(selection.id, dataset, collected, report, current.say))
        return selection.id

    with st.container(border=True):
        st.markdown("**Looking for what is wrong.** It takes up to a minute, once.")
        work.start(name, job)
        work.watch(name)
    return None
