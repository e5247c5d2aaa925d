"""Presentation mode: ?present=1 on every page, with the songs and choices of the link."""

from __future__ import annotations

from tests.app.conftest import words


def test_presentation_mode_is_entered_left_and_kept_when_the_page_changes(app):
    app.run()
    assert app.button(key="frame_present").label == "Present"
    assert app.sidebar.caption
    app.button(key="frame_present").click().run()
    assert app.query_params["present"] == "1"
    app.switch_page("pages/about.py").run()
    assert not app.exception
    assert app.query_params["present"] == "1"
    assert not app.sidebar.caption
    assert "Files up to" not in words(app)
    app.button(key="frame_present").click().run()
    assert "present" not in app.query_params
    assert app.sidebar.caption
    app.switch_page("pages/classify.py").run()
    assert "present" not in app.query_params


def test_a_link_opens_a_page_in_presentation_mode_with_its_songs(app):
    app.query_params |= {"present": "1", "sample": "jazz"}
    app.run()
    assert not app.exception
    assert app.button(key="frame_present").label == "Exit"
    assert len(app.get("audio")) == 1
    assert "upload" not in words(app).lower()
