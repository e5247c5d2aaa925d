"""Sounds whose features are known or awkward."""

from __future__ import annotations

import numpy as np
import pytest

SR = 22_050


def music(seconds: float, seed: int = 0) -> np.ndarray:
    """Return a chord that swells under decaying noise, twice a second."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * SR)) / SR
    chord = sum(np.sin(2 * np.pi * 110 * 2 ** (k / 12) * t) for k in (0, 4, 7, 12, 19)) / 10
    drums = rng.standard_normal(len(t)) * np.exp(-12 * (t % 0.5)) / 4
    return (chord * (1 + np.sin(t)) / 2 + drums).astype(np.float32)


def awkward(name: str, seconds: float) -> np.ndarray:
    n = round(seconds * SR)
    rng = np.random.default_rng(0)
    made = {
        "silence": np.zeros(n),
        "direct current": np.full(n, 0.5),
        "full-scale noise": rng.uniform(-1, 1, n),
        "square wave": np.sign(np.sin(np.arange(n) / 7)),
        "one click": np.eye(1, n, n // 2)[0],
        "faintest noise": rng.uniform(-1e-7, 1e-7, n),
        "smallest numbers": np.full(n, 1e-42),
        "half silent": np.where(np.arange(n) < n // 2, 0, rng.uniform(-1, 1, n)),
    }
    return made[name].astype(np.float32)


AWKWARD = (
    "silence",
    "direct current",
    "full-scale noise",
    "square wave",
    "one click",
    "faintest noise",
    "smallest numbers",
    "half silent",
)


@pytest.fixture(params=AWKWARD)
def awkward_clip(request: pytest.FixtureRequest) -> np.ndarray:
    return awkward(request.param, 4.0)


@pytest.fixture(scope="session")
def song() -> np.ndarray:
    """Seven seconds of something like music."""
    return music(7.0)


@pytest.fixture(scope="session")
def long_song() -> np.ndarray:
    """Seventy seconds, the middle of them quiet."""
    y = music(70.0)
    y[30 * SR : 50 * SR] /= 100
    return y
