from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mgc.features import harmonic
from mgc.features.spectrum import spectrum

MAGNITUDES = st.floats(0, 2.0**14, width=32, allow_subnormal=False)


@given(arrays(np.float32, (4, 5), elements=MAGNITUDES))
def test_a_magnitude_is_kept_to_one_part_in_4096_or_is_192_db_under_the_peak(magnitude: np.ndarray) -> None:
    kept = harmonic._of_keys(*harmonic._keys(magnitude))
    deep = magnitude < magnitude.max() * 2.0**-31
    assert (kept[deep] <= magnitude.max() * 2.0**-31).all()
    np.testing.assert_allclose(kept[~deep], magnitude[~deep], rtol=2.0**-12)


@given(arrays(np.float32, (40,), elements=MAGNITUDES))
def test_keys_have_the_order_of_magnitudes(magnitude: np.ndarray) -> None:
    keys, _ = harmonic._keys(magnitude)
    assert (np.diff(keys[np.argsort(magnitude)].astype(int)) >= 0).all()


@pytest.mark.parametrize("n", [2048, 40_000, 66_149, 120_000])
def test_the_two_parts_are_librosas(n: int) -> None:
    librosa = pytest.importorskip("librosa")
    rng = np.random.default_rng(n)
    t = np.arange(n) / 22_050
    y = (0.3 * np.sin(2 * np.pi * 440 * t) + 0.05 * rng.standard_normal(n)).astype(np.float32)
    y[:: n // 5] += 0.5
    ours = harmonic.separate(spectrum(y))
    stft = librosa.stft(y, pad_mode="reflect")
    for part, theirs in zip(ours, librosa.decompose.hpss(stft), strict=True):
        expected = librosa.istft(theirs, length=n)
        whole = (n // 512) * 512 - 1024  # librosa 0.7 leaves the rest at zero, see the module
        assert np.abs(part[1024:whole] - expected[1024:whole]).max(initial=0) < 2e-4


def test_silence_is_silent_in_both_parts() -> None:
    assert not harmonic.separate(spectrum(np.zeros(22_050, dtype=np.float32))).any()


@pytest.mark.parametrize("n", [2048, 2560, 40_000, 120_000])
def test_all_is_harmonic_up_to_the_last_whole_hop_where_the_mask_lets_all_pass(
    n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harmonic, "_mask", lambda around: np.ones_like(around[harmonic.HALF : -harmonic.HALF]))
    y = np.random.default_rng(n).normal(0.0, 0.1, n).astype(np.float32)
    ours, rest = harmonic.separate(spectrum(y))
    whole = n // 512 * 512
    np.testing.assert_allclose(ours[:whole], y[:whole], atol=1e-5)
    np.testing.assert_allclose(rest[:whole], 0.0, atol=1e-5)
    assert not ours[whole:].any()


def test_parts_of_a_song_are_separated_with_what_is_around_them(
    song: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = harmonic.separate(spectrum(song))
    monkeypatch.setattr(harmonic, "_CHUNK", 40)
    np.testing.assert_allclose(harmonic.separate(spectrum(song)), at_once, atol=1e-4)
