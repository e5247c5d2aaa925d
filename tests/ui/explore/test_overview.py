"""The overview: what it says of the sound, and of the artists behind a genre."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from mgc.datasets.measuring import Measure
from mgc.datasets.validation import Report
from mgc.extraction.job import Status
from tests.app.conftest import words
from tests.ui.explore import selections

if TYPE_CHECKING:
    from mgc.ui.explore.selection import Known


def lengths(known: Known, *seconds: float) -> Known:
    """Return what is known with tracks of these lengths, one after the other."""
    measures = {
        track.id: Measure(
            seconds=seconds[i % len(seconds)], sample_rate=22050, channels=1, peak_db=-1.0, rms_db=-18.0 - i, sha256=""
        )
        for i, track in enumerate(known.dataset.tracks)
    }
    report = Report(state="whole", findings=(), counts={}, measures=measures)
    return replace(known, report=report)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        ((30.0, 30.0), "The same for every track: Length 30 s, Sample rate 22.05 kHz, Peak \N{MINUS SIGN}1 dB."),
        ((199.1, 200.0, 199.5), "Nearly the same: Length 199.1 to 200 s."),
        ((30.0, 30.0 + 1e-9), "The same for every track: Length 30 s, Sample rate 22.05 kHz, Peak \N{MINUS SIGN}1 dB."),
    ],
)
def test_only_what_is_the_same_for_every_track_is_said_to_be(
    known: Known, seconds: tuple[float, ...], said: str
) -> None:
    app = selections.draw("overview", selections.selection(lengths(known, *seconds)))
    assert not app.exception
    assert said in words(app)
    assert "**Level (RMS)**" in words(app)  # differs, so it is drawn
    assert "**Peak**" not in words(app)  # a card that would say nothing


def test_of_ones_own_files_none_is_called_missing_that_cannot_be_read(known: Known) -> None:
    report = Report(state="partial", findings=(), counts={"broken": 1}, measures={})
    own = replace(known, report=report, dataset=replace(known.dataset, source="folder"))
    said = words(selections.draw("overview", selections.selection(own)))
    assert "Are its files whole?" in said
    assert "Some of its files cannot be read." in said
    assert "missing" not in said


def test_cards_with_nothing_to_say_are_left_out(known: Known) -> None:
    silent = tuple(replace(track, artist="", audio=None) for track in known.dataset.tracks)
    bare = replace(known, dataset=replace(known.dataset, tracks=silent))
    app = selections.draw("overview", selections.selection(bare))
    assert [card.label for card in app.metric] == ["Tracks", "Genres", "With audio"]


def test_a_genre_that_one_artist_fills_is_named_with_words_that_stay_words(known: Known) -> None:
    tracks = tuple(
        replace(track, artist="*The* <b>One</b>" if track.genre == "jazz" else f"Band {i}")
        for i, track in enumerate(known.dataset.tracks)
    )
    app = selections.draw(
        "overview", selections.selection(replace(known, dataset=replace(known.dataset, tracks=tracks)))
    )
    assert not app.exception
    assert "Most concentrated: 100\N{NO-BREAK SPACE}% of Jazz is by \\*The\\* \\<b\\>One" in words(app)
    assert "Blues is by" not in words(app)  # twelve bands of a song each: nobody is much of it


def test_while_the_sound_is_measured_only_what_waits_for_it_is_said_to_wait(
    known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mgc.extraction.job.status", lambda id: Status("running", done=3, total=36))
    app = selections.draw("overview", selections.selection(replace(known, collected=None)))
    assert "Features, Map and Audit appear once the features have been extracted" in words(app)
    assert "You can listen to the tracks now" in words(app)
    assert "explore_extract" not in {button.key for button in app.button}


def test_what_was_never_measured_can_be_measured_from_here(known: Known) -> None:
    app = selections.draw("overview", selections.selection(replace(known, collected=None)))
    assert "Extract the features of every track to see Features, Map and Audit" in words(app)
    assert app.button(key="explore_extract").label == "Extract features"


@pytest.mark.parametrize(("count", "said"), [(1, "1 track could not"), (2, "2 tracks could not")])
def test_what_could_not_be_measured_is_counted(monkeypatch: pytest.MonkeyPatch, count: int, said: str) -> None:
    failed = tuple((f"jazz.{i}", "It is no sound.") for i in range(count))
    monkeypatch.setattr("mgc.extraction.job.status", lambda id: Status("finished", 36, 36, failed=failed))
    script = "from mgc.ui.explore import extraction\nextraction.banner('small')"
    app = AppTest.from_string(script, default_timeout=60).run()
    assert app.expander[0].label.startswith(said)
