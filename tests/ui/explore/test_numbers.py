"""Where the numbers of a track come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlit.testing.v1 import AppTest

from tests.app.conftest import words
from tests.ui.explore import selections

if TYPE_CHECKING:
    from mgc.ui.explore.selection import Known

SCRIPT = """
import streamlit as st
from mgc.ui.explore import numbers
from mgc.ui.explore.hearing import Unheard
from tests.ui.explore.selections import HERE

track = HERE["room"].dataset.track(st.session_state["track"])
numbers.table(HERE["room"], track, Unheard("The decoder is busy."), key="numbers")
"""


def said(known: Known, track: str) -> str:
    selections.HERE["room"] = selections.selection(known)
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    app.session_state["track"] = track
    app.run()
    assert not app.exception
    return words(app)


def test_what_was_measured_is_said_to_be_though_the_track_cannot_be_heard_just_now(known: Known) -> None:
    assert "Computed from the audio" in said(known, "blues.00000")


def test_what_came_with_the_data_set_is_said_to_come_from_its_table(known: Known) -> None:
    assert "From the data set's own table" in said(known, "blues.00001")
