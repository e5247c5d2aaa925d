from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mgc.datasets.base import Dataset, Track
from mgc.extraction.collected import Collected

COLUMNS = 334


def noise(rng: np.random.Generator, width: int = COLUMNS) -> np.ndarray:
    """A picture of events that come at random, [shape=(128, width), uint8]."""
    events = rng.random((32, width)) ** 4
    return (np.repeat(events, 4, axis=0) * 255).astype(np.uint8)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def pictures(rng: np.random.Generator) -> np.ndarray:
    return np.stack([noise(rng) for _ in range(24)])


@pytest.fixture
def band() -> Any:
    """Return a function that makes a small data set: three genres, four artists each, that can be told apart."""

    def make(per_artist: int = 4, seed: int = 0, **changes: Any) -> tuple[Dataset, Collected]:
        rng = np.random.default_rng(seed)
        tracks, pictures = [], []
        for number, genre in enumerate(("blues", "jazz", "polka")):
            for artist in range(4):
                for song in range(per_artist):
                    tracks.append(Track(f"{genre}.{artist}{song}", genre, f"{genre} artist {artist}", f"song {song}"))
                    picture = noise(rng)
                    picture[number * 40 : number * 40 + 40] //= 4  # what a genre leaves out
                    pictures.append(picture)
        n = len(tracks)
        made: dict[str, Any] = {
            "ids": tuple(track.id for track in tracks),
            "genres": tuple(track.genre for track in tracks),
            "origins": ("audio",) * n,
            "descriptors": np.full((n, 57), np.nan),
            "segments": np.empty((0, 57)),
            "owners": np.empty(0, np.int32),
            "pictures": np.stack(pictures),
            "widths": np.full(n, COLUMNS, np.int32),
            "thumbnails": np.zeros((n, 128, 33), np.uint8),
            "embeddings": None,
            "checksums": tuple(f"{row:064}" for row in range(n)),
            "seconds": np.full(n, 30.0),
        }
        return Dataset("test", "Test", "none", tuple(tracks)), Collected(**{**made, **changes})

    return make
