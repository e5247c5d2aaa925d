"""What is said about a clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgc.audio.clip import SR, Heard, sounding, span
from mgc.audio.decode import decode

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(600, "10 minutes"), (599.98, "10 minutes"), (299.987, "5 minutes"), (450, "7.5 minutes"), (30, "30 seconds"),
     (119.4, "119 seconds"), (119.99, "2 minutes"), (1.2, "1 second"), (0.4, "0 seconds")],
)  # fmt: skip
def test_a_stretch_is_said_in_round_words(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_the_sentence_rounds_the_middle() -> None:
    heard = Heard("MP3", 44_100, 2, 421.0, 299.987)
    assert heard.sentence() == "MP3, 44.1 kHz stereo, 7:01, middle 5 minutes"


@given(st.floats(0, 6), st.floats(0.3, 5), st.floats(0, 6), st.sampled_from([0.0, 1e-4]))
def test_silence_at_the_ends_is_left_out_and_nothing_that_sounds(
    before: float, sound: float, after: float, hiss: float
) -> None:
    rng = np.random.default_rng(0)
    lengths = [int(seconds * SR) for seconds in (before, sound, after)]
    y = np.concatenate([rng.normal(0, level, n) for level, n in zip((hiss, 0.3, hiss), lengths, strict=True)])
    first, last = sounding(y.astype(np.float32))
    start, end = lengths[0], lengths[0] + lengths[1]
    assert 0 <= first <= start < end <= last <= len(y)
    assert last - first >= min(len(y), 3 * SR)
    if sound >= 3.0:  # else what lies around it is kept, too
        assert start - first < SR + SR // 10
        assert last - end < SR + SR // 10


def test_silence_ends_where_librosa_says(exact_clips: list[Path]) -> None:
    from librosa.effects import trim

    y = np.pad(decode(exact_clips[0].read_bytes()).y, (3 * SR, 2 * SR))
    start, end = trim(y, top_db=60)[1]
    first, last = sounding(y)
    assert abs(first - start) < SR / 5
    assert abs(last - end) < SR / 5


@pytest.mark.parametrize("y", [np.zeros(0), np.zeros(5 * SR), np.full(SR // 20, 0.5)])
def test_of_nothing_and_of_next_to_nothing_all_is_kept(y: np.ndarray) -> None:
    assert sounding(y.astype(np.float32)) == (0, len(y))
