"""What was measured, and what waits for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from mgc.extraction.job import Status
from tests.app.conftest import words
from tests.ui.explore import selections

if TYPE_CHECKING:
    from mgc.ui.explore.selection import Known


def test_while_the_sound_is_measured_only_what_waits_for_it_is_said_to_wait(
    known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mgc.extraction.job.status", lambda id: Status("running", done=3, total=36))
    app = selections.draw("measured", selections.selection(replace(known, collected=None)))
    assert "Features, map and audit open when the tracks have been measured" in words(app)
    assert "you can listen to the tracks now" in words(app)
    assert not app.button


def test_what_was_never_measured_can_be_measured_from_here(known: Known) -> None:
    app = selections.draw("measured", selections.selection(replace(known, collected=None)))
    assert "What features, map and audit show needs numbers" in words(app)
    assert app.button(key="explore_extract").label == "Measure the sound"


@pytest.mark.parametrize(("count", "said"), [(1, "1 track could not"), (2, "2 tracks could not")])
def test_what_could_not_be_measured_is_counted(monkeypatch: pytest.MonkeyPatch, count: int, said: str) -> None:
    failed = tuple((f"jazz.{i}", "It is no sound.") for i in range(count))
    monkeypatch.setattr("mgc.extraction.job.status", lambda id: Status("finished", 36, 36, failed=failed))
    app = AppTest.from_string("from mgc.ui.explore import extraction\nextraction.banner('small')").run()
    assert app.expander[0].label.startswith(said)
