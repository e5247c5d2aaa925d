"""The Classify page: songs in, one line of inputs and menus once there is a song, and the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.ui import frame, models
from mgc.ui.classify import answers, sources
from mgc.ui.classify.sources import has_songs

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

__all__ = ["LEAD", "has_songs", "show"]

LEAD: Final = "Upload a song to see its genre, how it changes from second to second, and how sure the models are."


def show() -> None:
    """Draw the page."""
    with st.container():  # one element in both cases, so that the next one keeps its place
        if has_songs():  # then the answer comes first, and all else fits in a line
            line = frame.controls("classify")
            inputs: DeltaGenerator = line.popover("Songs", icon=":material/library_add:")
        else:
            inputs = st.container()
            line = frame.controls("classify")
    with inputs:
        songs = sources.songs()
    choice = models.choose(line)
    body = st.empty()  # one place for the landing cards and for the progress: the one replaces the other at once
    if choice and songs:
        answers.show(songs, choice, body)
    elif choice:
        with body.container():
            answers.invite()
