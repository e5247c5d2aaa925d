"""Clips that the models learned from are known again by their samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mgc.audio.decode import decode
from mgc.datasets.recognition import known_clip

if TYPE_CHECKING:
    from pathlib import Path


def test_every_exact_clip_is_known_again_from_its_samples(exact_clips: list[Path]) -> None:
    for path in exact_clips:
        assert known_clip(decode(path.read_bytes()).y) == path.stem


def test_one_other_sample_makes_another_clip(exact_clips: list[Path]) -> None:
    y = decode(exact_clips[0].read_bytes()).y.copy()
    y[1000] += 1 / 32_768
    assert known_clip(y) == ""


def test_anything_else_is_nobody_we_know() -> None:
    assert known_clip(np.zeros(22_050, dtype=np.float32)) == ""
    assert known_clip(np.full(100, 1.5, dtype=np.float32)) == ""
