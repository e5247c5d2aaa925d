from __future__ import annotations

import io
import wave

import numpy as np

from mgc import studio
from mgc.ui import resources
from mgc.ui.resources import ResultCache, wav


def test_our_own_clip_is_rendered_once_per_process(monkeypatch):
    resources.sample_wav.clear()
    rendered = []
    monkeypatch.setattr(
        studio, "render", lambda genre, band: rendered.append((genre, band)) or np.zeros(10, np.float32)
    )
    assert resources.sample_wav("country") == resources.sample_wav("country")
    resources.sample_wav.clear()
    assert rendered == [("country", "Barn owl")]


def test_the_record_of_the_one_table_is_read_afresh():
    assert not hasattr(resources.one_table, "clear")


def test_a_cache_keeps_what_was_asked_for_last():
    cache: ResultCache[int] = ResultCache(size=2)
    cache.put(("a",), 1)
    cache.put(("b",), 2)
    assert cache.get(("a",)) == 1
    cache.put(("c",), 3)
    assert cache.get(("b",)) is None
    assert cache.get(("a",)) == 1
    assert cache.get(("c",)) == 3


def test_samples_become_a_wav_and_come_back():
    y = np.sin(np.linspace(0, 100, 22_050)).astype(np.float32)
    with wave.open(io.BytesIO(wav(y))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (22_050, 1, 22_050)
        back = np.frombuffer(file.readframes(22_050), "<i2") / 32_767
    np.testing.assert_allclose(back, y, atol=1e-4)


def test_samples_that_are_too_loud_are_turned_down_and_not_clipped():
    y = 2.0 * np.sin(np.linspace(0, 100, 22_050)).astype(np.float32)
    with wave.open(io.BytesIO(wav(y))) as file:
        back = np.frombuffer(file.readframes(22_050), "<i2") / 32_767
    np.testing.assert_allclose(back, y / np.abs(y).max(), atol=1e-4)
