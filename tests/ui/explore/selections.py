"""One selection of the Explore page by itself, drawn under AppTest: real audio, everything else made up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from streamlit.testing.v1 import AppTest

from mgc.ui.explore.selection import NO_FILTERS, Known, Selection
from tests.app import exploring

if TYPE_CHECKING:
    from mgc.datasets.base import Track

HERE: dict[str, Selection] = {}

SCRIPT = """
from mgc.ui import links
from mgc.ui.explore import {view}
from tests.ui.explore.selections import HERE
{view}.show(HERE["room"])
links.publish()
"""


def selection(known: Known, *, chosen: tuple[Track, ...] | None = None) -> Selection:
    """Put filters' outcome around what is known."""
    tracks = known.dataset.tracks if chosen is None else chosen
    return Selection(known.id, known.revision, known.dataset, known.report, known.collected, tracks, NO_FILTERS)


def with_tracks(known: Known, *tracks: Track) -> Known:
    """Return what is known with some tracks changed."""
    changed = {track.id: track for track in tracks}
    held = tuple(changed.get(track.id, track) for track in known.dataset.tracks)
    return replace(known, dataset=replace(known.dataset, tracks=held))


def draw(view: str, here: Selection, **query: str) -> AppTest:
    """Draw a view of a selection, with a URL."""
    HERE["room"] = here
    app = AppTest.from_string(SCRIPT.format(view=view), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


__all__ = ["HERE", "draw", "exploring", "selection", "with_tracks"]
