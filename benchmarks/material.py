"""A clip to measure on, and how to time two things fairly."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

SR = 22_050


def clip(seconds: float = 30.0) -> tuple[np.ndarray, str]:
    """Return samples and what they are: a real clip of the shared material, or a made-up one when there is none."""
    real = Path(__file__).resolve().parents[2] / "shared/gtzan/audio_exact/rock/rock.00001.flac"
    if seconds <= 30 and real.exists():
        import soundfile

        y, _ = soundfile.read(real, dtype="float32")
        return y[: round(seconds * SR)], real.name
    rng = np.random.default_rng(0)
    t = np.arange(round(seconds * SR)) / SR
    chord = sum(np.sin(2 * np.pi * 110 * 2 ** (k / 12) * t) for k in (0, 4, 7, 12, 19)) / 10
    drums = rng.standard_normal(len(t)) * np.exp(-12 * (t % 0.5)) / 4
    return (chord * (1 + np.sin(2 * np.pi * t / 4)) / 2 + drums).astype(np.float32), "a made-up chord with drums"


def alternate(contestants: dict[str, Callable[[], object]], repeats: int = 5) -> dict[str, float]:
    """Return the median seconds of each contestant; they take turns, so that a busy machine slows all alike."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for contestant in contestants.values():
        contestant()  # caches, compilers, first imports
    for _ in range(repeats):
        for name, contestant in contestants.items():
            start = time.perf_counter()
            contestant()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(taken) for name, taken in times.items()}


def report(title: str, times: dict[str, float], *, ours: str, at_least: float | None = None) -> bool:
    """Print each contestant's time and how many times as long as ours it takes; tell whether ``at_least`` is kept."""
    print(f"\n{title}")
    kept = True
    for name, seconds in times.items():
        ratio = seconds / times[ours]
        line = f"  {name:32s}{1000 * seconds:9.1f} ms   {ratio:6.2f} x"
        if name != ours and at_least is not None:
            kept = kept and ratio >= at_least
            line += f"   (at least {at_least:g} x: {'kept' if ratio >= at_least else 'NOT KEPT'})"
        print(line)
    return kept
