"""Every view of Explore with 2, 3, 24 and 60 genres: drawn without a failure, with legends that fit."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mgc.audit import background as auditing
from mgc.charts.theme import MOST_IN_LEGEND
from mgc.datasets import registry
from mgc.datasets.base import Dataset, Track
from mgc.datasets.entry import Entry
from mgc.ui import explore, resources
from mgc.ui.explore import adding, selection
from tests.app import exploring

if TYPE_CHECKING:
    from pathlib import Path

EACH = 6  # tracks of a genre
QUERIES = [
    {"view": "overview"},
    {"view": "listen"},
    {"view": "features", "look": "one"},
    {"view": "features", "look": "one", "shape": "histogram"},
    {"view": "features", "look": "ranking"},
    {"view": "features", "look": "correlation"},
    {"view": "features", "look": "two"},
    {"view": "features", "look": "profile"},
    {"view": "map"},
    {"view": "map", "colour": "artist"},
    {"view": "map", "colour": "fold"},
    {"view": "audit"},
]


def known(count: int) -> selection.Known:
    """Return a data set of so many genres, measured and checked."""
    genres = [f"genre {i:02d}" for i in range(count)]
    tracks = tuple(
        Track(id=f"{genre.replace(' ', '-')}.{i}", genre=genre, artist=f"Band {genre} {i // 2}", seconds=30.0)
        for genre in genres
        for i in range(EACH)
    )
    held = exploring.collected(tracks)
    shift = np.repeat(np.arange(count, dtype=float), EACH)[:, None]
    held = replace(held, descriptors=np.abs(held.descriptors) + 1.0 + shift)
    dataset = Dataset(f"sized{count}", f"{count} genres", "Free.", tracks, {}, (), "folder")
    return selection.Known(dataset.id, f"r{count}", dataset, exploring.report(tracks), held)


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = exploring.Engine()
    for name in ("status", "start", "cancel"):
        monkeypatch.setattr(f"mgc.extraction.job.{name}", getattr(engine, name))
    monkeypatch.setattr(selection, "revision", lambda id: "r1")
    monkeypatch.setattr(resources, "start_warm_up", lambda: None)


@pytest.mark.parametrize("count", [*(pytest.param(one, marks=pytest.mark.nightly) for one in (2, 3, 24)), 60])
def test_every_view_is_drawn_with_any_number_of_genres(root: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    here = known(count)
    unchecked = replace(here, report=None)  # the audit keeps what it is given: no stand-in
    shown = [here]
    monkeypatch.setattr(explore, "known", lambda id: shown[0])
    registry.folder(here.id).mkdir(parents=True, exist_ok=True)
    auditing.audit(here.id, unchecked.dataset, here.collected, None)  # kept: no job is needed
    entry = Entry("studio", here.dataset.title, "studio", len(here.dataset.tracks))
    monkeypatch.setattr(adding, "_entries", lambda: {"studio": entry})
    for query in QUERIES:
        page = AppTest.from_file(str(root / "app.py"), default_timeout=60)
        for name, value in query.items():
            page.query_params[name] = value
        shown[0] = unchecked if query["view"] == "audit" else here
        page.switch_page("pages/explore.py").run()
        assert not page.exception, query
        assert not page.error, (query, page.error[0].value)
        for chart in page.get("plotly_chart"):
            figure = json.loads(chart.proto.spec)
            named = [trace for trace in figure["data"] if trace.get("showlegend", True) and trace.get("name")]
            if figure["layout"].get("showlegend"):
                assert len(named) <= MOST_IN_LEGEND + 4, query  # and what steps back: "unknown artist"
