"""A stamp changes with a file's size or date, and says what is not there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mgc.datasets.base import Dataset, Track
from mgc.datasets.stamps import stamps

if TYPE_CHECKING:
    from pathlib import Path


def test_a_stamp_is_the_size_and_the_date_of_each_file(tmp_path: Path) -> None:
    sound, picture = tmp_path / "a.wav", tmp_path / "a.png"
    dataset = Dataset("x", "x", "", (Track("a", "rock", audio=sound, picture=picture), Track("b", "rock", audio=sound)))
    sound.write_bytes(b"1234")
    os.utime(sound, ns=(1, 5))
    assert stamps(dataset) == {"a": "4@5 gone", "b": "4@5 -"}
    picture.write_bytes(b"12")
    os.utime(picture, ns=(1, 6))
    assert stamps(dataset) == {"a": "4@5 2@6", "b": "4@5 -"}
