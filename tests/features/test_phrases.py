"""Phrases: every column of a song is heard, and short songs are looped rather than padded."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mgc.features.phrases import HOP, WIDTH, pauses, phrases


@given(st.integers(1, 1500))
@settings(max_examples=60, deadline=None)
def test_every_column_stands_in_some_phrase_and_none_is_made_up(n_columns: int) -> None:
    picture = np.broadcast_to((np.arange(n_columns) % 251).astype(np.uint8), (128, n_columns))
    cut = phrases(picture)
    assert cut.shape[1:] == (128, WIDTH)
    assert set(np.unique(cut)) == set(np.unique(picture))


def test_a_clip_of_thirty_seconds_has_five_phrases_five_seconds_apart_and_one_flush_with_the_end() -> None:
    picture = np.broadcast_to((np.arange(334) % 256).astype(np.uint8), (128, 334))
    starts = [int(one[0, 0]) for one in phrases(picture)]
    assert starts == [0, HOP, 2 * HOP, 3 * HOP, 334 - WIDTH]


def test_a_short_clip_is_played_in_a_loop() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (128, 40)).astype(np.uint8)
    (only,) = phrases(picture)
    np.testing.assert_array_equal(only[:, :40], picture)
    np.testing.assert_array_equal(only[:, 40:80], picture)


def test_pauses_are_the_share_of_columns_in_which_next_to_nothing_sounds() -> None:
    picture = np.zeros((128, 100), np.uint8)
    picture[40, :75] = 200
    picture[3, 75:] = 30
    assert pauses(picture) == 0.25
