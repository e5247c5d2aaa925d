"""What was measured, and what waits for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mgc.extraction.job import Status
from tests.app.conftest import words
from tests.ui.explore import rooms

if TYPE_CHECKING:
    import pytest

    from mgc.ui.explore.room import Known


def test_while_the_sound_is_measured_only_what_waits_for_it_is_said_to_wait(
    known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mgc.extraction.job.status", lambda id: Status("running", done=3, total=36))
    app = rooms.draw("measured", rooms.room(replace(known, collected=None)))
    assert "Features, map and doubts can be seen when the sound has been measured" in words(app)
    assert "the tracks can be heard now" in words(app)
    assert not app.button


def test_what_was_never_measured_can_be_measured_from_here(known: Known) -> None:
    app = rooms.draw("measured", rooms.room(replace(known, collected=None)))
    assert "What features, map and doubts show needs numbers" in words(app)
    assert app.button(key="explore_extract").label == "Measure the sound"
