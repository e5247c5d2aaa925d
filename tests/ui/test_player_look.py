from __future__ import annotations

import json

import numpy as np
import pytest

from mgc.audio.clip import SR
from mgc.charts.spectrum_views import views
from mgc.features.spectrum import spectrum
from mgc.ui import player


@pytest.fixture(scope="module")
def drawn():
    t = np.arange(4 * SR) / SR
    return views(spectrum((0.5 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)))


def test_every_view_is_a_small_message_without_a_timeline(drawn):
    for name, view in drawn.items():
        data = player.look_payload(view, name=name, scope="here", seconds=4.0)
        assert (data["picture"] is None) == (data["peaks"] is not None)
        assert data["rows"] == data["genres"] == []
        assert len(json.dumps(data)) < 500_000


def test_onsets_are_a_curve_over_the_waveform(drawn):
    data = player.look_payload(drawn["onsets"], name="onsets", scope="here", seconds=4.0)
    assert len(data["curve"]) == len(drawn["onsets"].curve)
    assert data["peaks"]


def test_a_track_without_sound_has_no_cursor(drawn):
    assert player.look_payload(drawn["mel"], name="mel", scope="here", seconds=4.0, is_silent=True)["silent"]
    assert not player.look_payload(drawn["mel"], name="mel", scope="here", seconds=4.0)["silent"]


def test_a_track_without_sound_promises_no_keys_that_move_or_play_it(drawn):
    label = player.look_payload(drawn["mel"], name="mel", scope="here", seconds=4.0, is_silent=True)["label"]
    assert label == "Picture of the track, without its sound"
