"""Textures: what moves them and what does not, shown on pictures whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.fft import dct

from mgc.features.textures import GROUPS, LEAST_COLUMNS, N_TEXTURES, textures
from mgc.recipes import recipe

PLACES = np.cumsum([0, *GROUPS.values()])
WHERE = {name: slice(PLACES[at], PLACES[at + 1]) for at, name in enumerate(GROUPS)}


def noise(width: int = 334, n: int = 1, *, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.2, 0.6, (n, 128, width)).astype(np.float32)


def test_each_picture_has_as_many_numbers_as_the_groups_say() -> None:
    found = textures(noise(n=3))
    assert found.shape == (3, N_TEXTURES) == (3, sum(GROUPS.values()))
    assert found.dtype == np.float32
    np.testing.assert_allclose(textures(noise(n=3)[1:2]), found[1:2], atol=1e-4)  # each for itself


@settings(max_examples=10)
@given(arrays(np.uint8, (1, 128, LEAST_COLUMNS)))
def test_any_picture_has_finite_textures(picture: np.ndarray) -> None:
    assert np.isfinite(textures(picture / np.float32(255.0))).all()


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_picture_of_nothing_has_finite_textures(level: float) -> None:
    assert np.isfinite(textures(np.full((1, 128, 334), level))).all()


@pytest.mark.parametrize("shape", [(1, 128, LEAST_COLUMNS - 1), (1, 64, 334), (128, 334)])
def test_what_is_no_picture_or_too_short_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="at least 128"):
        textures(np.zeros(shape))


@given(st.integers(1, 127))
@settings(max_examples=10)
def test_it_does_not_matter_when_a_sound_comes(shift: int) -> None:
    """A picture that is turned round in time keeps all but what looks at its neighbours in time."""
    picture = noise(128)
    one, other = textures(picture)[0], textures(np.roll(picture, shift, axis=2))[0]
    for name in ("colour", "spread", "contrast", "lines", "edges"):
        np.testing.assert_allclose(other[WHERE[name]], one[WHERE[name]], atol=2e-3)


@pytest.mark.parametrize("period", [4, 8, 16])
def test_a_beat_stands_out_at_its_rate(period: int) -> None:
    beat = np.full((1, 128, 334), 0.2)
    beat += 0.5 * (np.sin(2 * np.pi * np.arange(334) / period) > 0.0)
    rhythm = textures(beat)[0][WHERE["rhythm"]].reshape(14, 20)
    assert set(rhythm.argmax(axis=1)) == {(128 // period - 1) // 3}  # of 60 rates, three by three


def test_what_is_above_7200_hz_says_nothing_and_the_band_below_it_does() -> None:
    """Two recordings of one song may differ in nothing but how high they reach."""
    whole, low_passed, lower = noise(), noise(), noise()
    low_passed[:, 112:] = 0.0
    lower[:, 111:] = 0.0
    np.testing.assert_array_equal(textures(low_passed), textures(whole))
    assert not np.allclose(textures(lower), textures(whole), atol=1e-3)


def test_colour_is_the_cepstrum_of_64_values_the_last_eight_zero() -> None:
    low_passed = noise().astype(np.float64)
    low_passed[:, 112:] = 0.0
    of_all = dct(low_passed.reshape(1, 64, 2, -1).mean(axis=2), axis=1, norm="ortho")
    np.testing.assert_allclose(textures(noise())[:, WHERE["colour"]], of_all[:, 1:20].mean(axis=2), atol=1e-4)


def test_texts_tell_how_many_numbers_there_are() -> None:
    assert f"{N_TEXTURES:,} numbers" in recipe("texture-svm").sentence


def test_tones_have_sharper_lines_than_noise() -> None:
    tones = np.full((1, 128, 334), 0.1)
    tones[:, ::6] = 0.8
    smooth = np.full((1, 128, 334), 0.3)
    for name in ("lines", "edges"):
        assert textures(tones)[0][WHERE[name]].min() > textures(smooth + 0.1 * noise())[0][WHERE[name]].max()


def test_a_glide_has_the_same_ripples_up_and_down() -> None:
    bands, columns = np.arange(128)[:, None], np.arange(334)[None, :]
    up, down = (0.5 + 0.3 * np.sin(2 * np.pi * (bands / 16 + sign * columns / 16)) for sign in (1, -1))
    one, other = (textures(picture[None])[0][WHERE["ripples"]] for picture in (up, down))
    np.testing.assert_allclose(one, other, atol=0.05)
    by_scale = one.reshape(6, 7, 11)[3]
    assert np.unravel_index(by_scale.argmax(), by_scale.shape) == (2, 5)  # 2 cycles in 32 bands; 8 in 128 columns
