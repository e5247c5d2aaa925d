"""A row that is picked in a table: it is that row's, and no other's when the rows change."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

ROWS = [("a", 1), ("b", 2), ("c", 3)]

SCRIPT = """
import streamlit as st
from mgc.ui.explore.audit import pick_row

rows = st.session_state["rows"]
st.text(rows[pick_row(("track", "n"), rows, key="list", name="list")][0])
"""


def draw(rows: list[tuple[str, int]]) -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    app.session_state["rows"] = rows
    return app.run()


def pick(app: AppTest, row: int) -> AppTest:
    """Click a row, as a browser tells it."""
    key = app.dataframe[0].proto.id.split("-", 2)[2]  # "$$ID-hash-key"
    app.session_state[key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return app.run()


def test_the_first_row_is_opened_until_another_is_picked() -> None:
    app = draw(ROWS)
    assert app.text[0].value == "a"
    assert pick(app, 1).text[0].value == "b"
    assert app.run().text[0].value == "b"


def test_after_a_filter_no_row_is_taken_for_the_one_that_was_picked() -> None:
    app = pick(draw(ROWS), 1)
    app.session_state["rows"] = [("a", 1), ("c", 3)]  # what stands second now was never picked
    assert app.run().text[0].value == "a"
    app.session_state["rows"] = [("x", 1), ("y", 2), ("z", 3)]
    assert app.run().text[0].value == "x"
