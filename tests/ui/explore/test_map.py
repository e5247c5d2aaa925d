"""The map: methods, colours, neighbours, what a click does, and what is said when nothing was measured."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import streamlit as st

from mgc.ui.explore import map as view
from mgc.ui.explore import places
from tests.app.conftest import words
from tests.ui.explore import rooms

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from mgc.ui.explore.room import Known


def figure(app: AppTest) -> dict[str, Any]:
    (chart,) = app.get("plotly_chart")
    return dict(json.loads(chart.proto.spec))


def groups(app: AppTest) -> dict[str, int]:
    """How many points each group of the map has that can be clicked."""
    return {trace["name"]: len(trace["customdata"]) for trace in figure(app)["data"] if "customdata" in trace}


@pytest.mark.parametrize("method", view.METHODS)
def test_every_track_is_a_point(known: Known, method: str) -> None:
    app = rooms.draw("map", rooms.room(known), map=method)
    assert not app.exception
    assert groups(app) == {"Blues": 12, "Jazz": 12, "Tango": 12}


def test_the_map_is_coloured_by_artist_tempo_or_fold(known: Known) -> None:
    here = rooms.room(known)
    artists = groups(rooms.draw("map", here, colour="artist"))
    assert artists["Blues Band 0"] == 6
    assert artists["unknown artist"] == 3
    assert groups(rooms.draw("map", here, colour="tempo")) == {"tempo": 36}
    folds = groups(rooms.draw("map", here, colour="fold"))
    assert sum(folds.values()) == 36
    assert set(folds) == {f"fold {number}" for number in range(1, 6)}


def test_filters_hide_points_and_move_none(known: Known) -> None:
    jazz = tuple(track for track in known.dataset.tracks if track.genre == "jazz")
    whole, part = (rooms.draw("map", rooms.room(known, chosen=chosen)) for chosen in (None, jazz))
    assert groups(part) == {"Jazz": 12}
    before, after = (next(t for t in figure(app)["data"] if t.get("name") == "Jazz") for app in (whole, part))
    assert (before["x"], before["y"]) == (after["x"], after["y"])


def test_the_nearest_are_listed_without_the_track_itself(known: Known) -> None:
    app = rooms.draw("map", rooms.room(known), track="jazz.00002")
    assert "Nearest in all 57 numbers" in words(app)
    names = [text.value for text in app.text[1:]]
    assert len(names) == 5
    assert not any(name.startswith("jazz.00002") for name in names)


def test_a_neighbour_becomes_the_track_that_is_looked_at(known: Known) -> None:
    app = rooms.draw("map", rooms.room(known), track="jazz.00002")
    next(button for button in app.button if button.label == "Look at it").click().run()
    assert app.query_params["track"] != "jazz.00002"
    assert not app.exception


def test_a_click_names_the_track_and_asks_for_its_sound_once(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {
        "map_board": SimpleNamespace(selection=SimpleNamespace(points=[{"customdata": ["jazz.00004"]}]))
    }
    query: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)
    monkeypatch.setattr(st, "query_params", SimpleNamespace(**{"get_all": lambda name: []}))
    monkeypatch.setattr(view.links, "go", lambda **choices: query.update(choices))
    view._clicked()
    assert query == {"track": "jazz.00004"}
    assert [view._new_click(), view._new_click()] == [1, 0]
    state["map_board"].selection.points = []  # clicked beside every point
    view._clicked()
    assert view._new_click() == 0


def test_without_measurements_the_map_says_what_it_waits_for(known: Known) -> None:
    app = rooms.draw("map", rooms.room(replace(known, collected=None)))
    assert "A map is drawn as soon as" in words(app)


def test_tracks_of_which_nothing_was_measured_are_counted(known: Known) -> None:
    table = known.collected.descriptors.copy()
    table[:3] = np.nan
    known = replace(known, revision="r4", collected=replace(known.collected, descriptors=table))
    app = rooms.draw("map", rooms.room(known))
    assert "3 tracks are not on it" in words(app)
    assert "This track is not on the map" in words(app)
    assert groups(app)["Blues"] == 9


def test_embeddings_are_offered_where_there_are_some(known: Known) -> None:
    assert list(places.spaces(rooms.room(known))) == ["descriptors"]
    vectors = np.random.default_rng(1).normal(size=(36, 1024)).astype(np.float32)
    rich = replace(known, revision="r2", collected=replace(known.collected, embeddings=vectors))
    app = rooms.draw("map", rooms.room(rich), of="embeddings")
    assert "Nearest in all 1024 numbers" in words(app)


def test_too_few_artists_for_folds_is_a_sentence(known: Known) -> None:
    one = tuple(replace(track, artist="One and the same") for track in known.dataset.tracks)
    known = replace(known, revision="r3", dataset=replace(known.dataset, tracks=one))
    app = rooms.draw("map", rooms.room(known), colour="fold")
    assert not app.exception
    assert groups(app) == {"Blues": 12, "Jazz": 12, "Tango": 12}
