"""The overview: what it says of the sound, and of the artists behind a genre."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tests.app.conftest import words
from tests.ui.explore import selections

if TYPE_CHECKING:
    from mgc.ui.explore.selection import Known


def lengths(known: Known, *seconds: float) -> Known:
    """Return what is known with tracks of these lengths, one after the other."""
    measures = {
        track.id: SimpleNamespace(
            seconds=seconds[i % len(seconds)], sample_rate=22050, channels=1, peak_db=-1.0, rms_db=-18.0 - i, sha256=""
        )
        for i, track in enumerate(known.dataset.tracks)
    }
    report = SimpleNamespace(state="whole", findings=(), counts={}, measures=measures)
    return replace(known, report=report)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        ((30.0, 30.0), "The same for every track."),
        ((199.1, 200.0, 199.5), "From 199.1 to 200 s."),
        ((30.0, 30.0 + 1e-9), "The same for every track."),
    ],
)
def test_only_what_is_the_same_for_every_track_is_said_to_be(
    known: Known, seconds: tuple[float, ...], said: str
) -> None:
    app = selections.draw("overview", selections.selection(lengths(known, *seconds)))
    assert not app.exception
    length = next(one for one in app.metric if one.label == "Length")
    assert length.value in ("30 s", "199.5 s")
    captions = [caption.value for caption in app.caption]
    assert said in captions
    assert captions.count("The same for every track.") == 2 + (said == "The same for every track.")  # rate and peak


def test_a_genre_that_one_artist_fills_is_named_with_words_that_stay_words(known: Known) -> None:
    tracks = tuple(
        replace(track, artist="*The* <b>One</b>" if track.genre == "jazz" else f"Band {i}")
        for i, track in enumerate(known.dataset.tracks)
    )
    app = selections.draw(
        "overview", selections.selection(replace(known, dataset=replace(known.dataset, tracks=tracks)))
    )
    assert not app.exception
    assert "Most concentrated: 100\N{NO-BREAK SPACE}% of Jazz is \\*The\\* \\<b\\>One" in words(app)
    assert "Blues is" not in words(app)  # twelve bands of a song each: nobody is much of it
