"""A small data set of three made-up genres: bells, drones and ticks, six seconds each."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from mgc.audio.clip import SR, wav
from mgc.datasets import registry
from mgc.extraction import job as extraction
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

GENRES = ("bells", "drones", "ticks")
CLIPS, SECONDS = 8, 6.0


def play(genre: str, seed: int) -> bytes:
    """Return a WAV of one genre: decaying high tones, steady low ones, or bursts of noise."""
    rng = np.random.default_rng((GENRES.index(genre), seed))
    t = np.arange(int(SECONDS * SR)) / SR
    if genre == "bells":
        y = np.exp(-5.0 * (t % 0.7)) * np.sin(2 * np.pi * rng.uniform(900, 1800) * t)
    elif genre == "drones":
        y = sum(np.sin(2 * np.pi * rng.uniform(60, 90) * k * t) / k for k in (1, 2, 3)) / 2
    else:
        y = np.exp(-40.0 * (t % rng.uniform(0.2, 0.3))) * rng.standard_normal(len(t))
    return wav(np.clip(0.4 * y + 0.003 * rng.standard_normal(len(t)), -1, 1).astype(np.float32))


@contextmanager
def data_set(home: Path, monkeypatch: pytest.MonkeyPatch, **environment: str) -> Iterator[str]:
    """Register and extract the data set in a home of its own; yield its id. Jobs run where they are started."""
    folder = home / "sounds"
    for genre in GENRES:
        (folder / genre).mkdir(parents=True)
        for seed in range(CLIPS):
            (folder / genre / f"{seed}.wav").write_bytes(play(genre, seed))
    with monkeypatch.context() as patched:
        for name, value in {"MGC_HOME": str(home / "home"), "MGC_JOBS": "inline", **environment}.items():
            patched.setenv(name, value)
        settings.cache_clear()
        try:
            name = registry.add_path(folder)
            extraction.start(name)
            yield name
        finally:
            patched.undo()
            settings.cache_clear()
