from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest

from mgc.strict import read


@dataclass(frozen=True)
class Song:
    word: Literal["loud", "soft", 2]
    pair: tuple[str, float]
    many: tuple[int, ...] = ()


def test_words_of_a_list_and_pairs_are_read():
    assert read(Song, {"word": "loud", "pair": ["a", 1], "many": [1, 2]}, "song") == Song("loud", ("a", 1.0), (1, 2))
    assert read(Song, {"word": 2, "pair": ("a", 1.5)}, "song") == Song(2, ("a", 1.5))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"word": "noisy"}, "song.word"),
        ({"word": 2.0}, "song.word"),
        ({"word": []}, "song.word"),
        ({"pair": ["a"]}, "song.pair"),
        ({"pair": ["a", 1, 2]}, "song.pair"),
        ({"pair": [1, 1]}, "song.pair[0]"),
        ({"pair": "ab"}, "song.pair"),
        ({"many": [1, "2"]}, "song.many[1]"),
    ],
)
def test_anything_else_is_refused_and_named(change, where):
    with pytest.raises(ValueError, match="Invalid value") as refused:
        read(Song, {"word": "loud", "pair": ["a", 1], **change}, "song")
    assert f"`{where}`" in str(refused.value)
