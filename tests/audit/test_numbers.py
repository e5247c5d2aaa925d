from __future__ import annotations

import numpy as np
import pytest

from mgc.audit.numbers import N_NUMBERS, picture_numbers, side_by_side


def test_a_beat_shows_at_its_speed():
    at = np.arange(334) / 11.15
    picture = np.zeros((128, 334))
    picture[32:48] = 100 + 100 * np.sin(2 * np.pi * 2.2 * at)  # 2.2 a second, in the third of eight groups
    (found,) = picture_numbers(picture[None].astype(np.uint8), np.array([334]))
    beats = found[96:].reshape(8, 10)
    assert np.unravel_index(beats.argmax(), beats.shape) == (2, 4)  # 2.0 to 2.5


def test_level_bands_and_changes_are_those_of_the_picture(pictures):
    found = picture_numbers(pictures[:2], np.array([334, 334]))
    grouped = pictures[:2].reshape(2, 32, 4, 334).mean(axis=2) / 255
    np.testing.assert_allclose(found[:, :32], grouped.mean(axis=2))
    np.testing.assert_allclose(found[:, 32:64], grouped.std(axis=2))
    np.testing.assert_allclose(found[:, 64:96], np.abs(np.diff(grouped)).mean(axis=2))


def test_what_lies_behind_the_end_of_a_short_track_does_not_count(pictures):
    blank = pictures[:1].copy()
    blank[:, :, 150:] = 0
    widths = np.array([150])
    np.testing.assert_array_equal(picture_numbers(blank, widths), picture_numbers(pictures[:1], widths))


@pytest.mark.parametrize("width", [0, 11])
def test_a_track_that_shows_next_to_nothing_has_no_numbers(pictures, width):
    assert np.isnan(picture_numbers(pictures[:1], np.array([width]))).all()


def test_what_is_unknown_stays_unknown_side_by_side(pictures):
    descriptors = np.abs(np.random.default_rng(0).normal(size=(3, 57)))
    descriptors[1] = np.nan
    table = side_by_side(descriptors, pictures[:3], np.array([334, 334, 0]))
    assert table.shape == (3, 53 + N_NUMBERS)
    assert np.isfinite(table[0]).all()
    assert np.isnan(table[1, :53]).all()
    assert np.isfinite(table[1, 53:]).all()
    assert np.isnan(table[2, 53:]).all()
