"""What is said about a clip."""

from __future__ import annotations

import pytest

from mgc.audio.clip import Heard, span


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
