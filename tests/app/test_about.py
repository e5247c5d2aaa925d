"""The About page and the frame around every page."""

from __future__ import annotations

import pytest

from mgc.evaluation.one_table import Row
from mgc.models.card import ArtistInterval
from mgc.ui import resources
from tests.app import fakes
from tests.app.conftest import words


@pytest.fixture
def about(app):
    app.run()
    app.switch_page("pages/about.py")
    return app


def test_about_names_data_faults_licence_protocols_limits_and_sources(about):
    about.run()
    assert not about.exception
    said = words(about)
    for piece in (
        "Tzanetakis",
        "50 exact replicas",
        "No licence",
        "Fault-filtered",
        "1306.1461",
        "Ten genres",
        "streamlit",
    ):
        assert piece in said


def test_scores_stand_beside_their_protocol_interval_and_n(about):
    about.run()
    table = next(m.value for m in about.markdown if m.value.startswith("| Model | Protocol"))
    assert "| Vote | Fault-filtered | **60.0\N{NO-BREAK SPACE}%** (55.0" in table
    assert "n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}900" in table


def test_intervals_over_artists_are_those_of_the_card(about, monkeypatch):
    card = fakes.card()
    over = ArtistInterval(low=0.41, high=0.73, n_artists=124)
    scores = {name: one.model_copy(update={"accuracy_by_artist": over}) for name, one in card.scores.items()}
    monkeypatch.setattr(resources, "cards", lambda: ({"vote": card.model_copy(update={"scores": scores})}, ()))
    about.run()
    table = next(m.value for m in about.markdown if m.value.startswith("| Model | Protocol"))
    assert "n = 900); 41.0 % to 73.0 % over 124 artists" in table.replace("\N{NO-BREAK SPACE}", " ")


def test_a_model_trained_on_other_music_is_not_compared_with_the_shipped_ones(about, monkeypatch):
    card = fakes.card()
    mine = card.model_copy(update={"id": "mine", "title": "My own", "data": {"name": "studio", "clips": 60}})
    monkeypatch.setattr(resources, "cards", lambda: ({"vote": card, "mine": mine}, ()))
    about.run()
    table = next(m.value for m in about.markdown if m.value.startswith("| Model | Protocol"))
    assert "Vote" in table
    assert "My own" not in table
    assert "trained on other data are on the Train page" in words(about)


def test_both_works_of_sturm_are_cited(about):
    about.run()
    assert "An analysis of the GTZAN music genre dataset" in words(about)
    assert "1306.1461" in words(about)


def test_about_without_models_still_explains(about, monkeypatch):
    monkeypatch.setattr(resources, "cards", lambda: ({}, ("The model vote cannot be used. No file.",)))
    about.run()
    assert not about.exception
    assert "50 exact replicas" in words(about)
    assert [w.value for w in about.warning] == ["The model vote cannot be used. No file."]


def test_a_model_scored_under_one_protocol_only_is_shown(about, monkeypatch):
    monkeypatch.setattr(resources, "cards", lambda: ({"vote": fakes.card(protocols=("tracks",))}, ()))
    about.run()
    assert not about.exception
    assert not any(m.value.startswith("| Vote | Fault-filtered") for m in about.markdown)


def test_what_a_leak_is_worth_is_told_with_intervals_from_the_record(about, monkeypatch):
    rows = tuple(
        Row(protocol, model, value, value - 0.01, value + 0.01, rows=7891, clips=clips)
        for protocol, value, clips in (("segments", 0.9, 999), ("tracks", 0.7, 999), ("filtered", 0.4, 290))
        for model in ("Memory", "Line")
    )
    monkeypatch.setattr(resources, "one_table", lambda: rows)
    about.run()
    table = next(m.value for m in about.markdown if m.value.startswith("| Protocol | Memory | Line"))
    assert "| Segments (leaky) | **90\N{NO-BREAK SPACE}%**" in table
    assert "Artists" not in table
    assert "999 clips (290 when fault-filtered)" in words(about)


@pytest.mark.parametrize("path", ["pages/classify.py", "pages/about.py"])
def test_every_page_frames_itself(app, path):
    app.run()
    app.switch_page(path)
    app.run()
    assert not app.exception
    assert len(app.title) == 1
    assert "Files up to 20 MB" in words(app)
    assert [link.label for link in app.sidebar.get("page_link")] == ["Classify", "Explore", "Train", "Compare", "About"]


@pytest.mark.parametrize("name", ["classify", "explore", "compare", "about"])
def test_the_first_statement_of_a_page_is_its_frame(root, name):
    """On a fresh server a deep link runs the page without app.py, so the page must bring its frame (U-3)."""
    import ast

    tree = ast.parse((root / "pages" / f"{name}.py").read_text())
    statements = [s for s in tree.body if not isinstance(s, ast.Expr | ast.Import | ast.ImportFrom)]
    assert len(statements) == 1
    assert isinstance(statements[0], ast.With)
    assert ast.unparse(statements[0].items[0].context_expr).startswith("frame.page(")
