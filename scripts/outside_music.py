"""Loops in styles that are none of the ten genres, played by a few oscillators: what a listener must not name.

They sound like machines, not like recordings: they stand for what a visitor makes on a laptop, and say nothing of how
well real techno or gamelan is told apart.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mgc.audio.clip import SR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["loops"]

SECONDS: Final = 20.0
MINOR: Final = ((57, 60, 64), (53, 57, 60), (55, 59, 62), (52, 55, 59))  # MIDI notes of four chords
BELL: Final = (1.0, 2.76, 5.4, 8.9)  # partials of a bar that is struck

Array = npt.NDArray[np.float64]


def loops() -> Iterator[tuple[str, Array]]:
    """Yield the name of each style and 20 s of it [shape=(n,), at most 0.8 in size, 22,050 Hz]."""
    for name, play in STYLES.items():
        y = play(np.random.default_rng(5))
        yield name, 0.8 * y / np.abs(y).max()


def _blank() -> Array:
    return np.zeros(int(SECONDS * SR))


def _place(y: Array, seconds: float, sound: Array, gain: float = 1.0) -> None:
    at = int(seconds * SR)
    sound = sound[: max(0, len(y) - at)]
    y[at : at + len(sound)] += gain * sound


def _time(seconds: float) -> Array:
    return np.arange(int(seconds * SR)) / SR


def _tone(note: float, seconds: float, partials: Sequence[float], decay: float) -> Array:
    """Return a note that dies away; each of its partials is as loud as the inverse of its number."""
    t = _time(seconds)
    hertz = 440.0 * 2.0 ** ((note - 69) / 12)
    waves = sum(np.sin(2 * np.pi * hertz * k * t) / k for k in partials)
    return np.asarray(waves * np.minimum(1.0, t / 0.004) * np.exp(-t / decay))


_saw = partial(_tone, partials=range(1, 10))
_square = partial(_tone, partials=range(1, 14, 2))


def _kick() -> Array:
    t = _time(0.3)
    return np.asarray(np.sin(2 * np.pi * (45 * t + 3.4 * (1 - np.exp(-35 * t)))) * np.exp(-t / 0.12))


def _hat(rng: np.random.Generator) -> Array:
    t = _time(0.15)
    return np.asarray(0.3 * np.diff(rng.normal(size=len(t) + 1)) * np.exp(-t / 0.04))


def _snare(rng: np.random.Generator) -> Array:
    t = _time(0.25)
    return np.asarray((0.6 * rng.normal(size=len(t)) + np.sin(2 * np.pi * 190 * t)) * np.exp(-t / 0.08))


def _beats(bpm: float, steps: int = 1) -> Iterator[tuple[int, float]]:
    """Yield the number and the time of each step, so many to a beat."""
    step = 60.0 / bpm / steps
    yield from ((i, i * step) for i in range(int(SECONDS / step)))


def _four_on_the_floor(bpm: float, rng: np.random.Generator) -> Array:
    y = _blank()
    for _, at in _beats(bpm):
        _place(y, at, _kick())
        _place(y, at + 30.0 / bpm, _hat(rng), 0.7)
    return y


def _techno(rng: np.random.Generator) -> Array:
    y = _four_on_the_floor(130, rng)
    for i, at in _beats(130, 4):
        _place(y, at, _saw((33, 33, 45, 33, 36, 33, 45, 40)[i % 8], 0.12, decay=0.09), 0.3)
    return y


def _trance(rng: np.random.Generator) -> Array:
    y = _four_on_the_floor(138, rng)
    for i, at in _beats(138, 4):
        _place(y, at, _saw(MINOR[i // 16 % 4][i % 3] + 12, 0.11, decay=0.1), 0.25)
        if i % 16 == 0:
            for note in MINOR[i // 16 % 4]:
                _place(y, at, _saw(note, 1.7, decay=2.0), 0.15)
    return y


def _house(rng: np.random.Generator) -> Array:
    y = _four_on_the_floor(120, rng)
    for i, at in _beats(120):
        if i % 2:
            _place(y, at, _snare(rng), 0.4)
            for note in MINOR[i // 4 % 2]:
                _place(y, at - 0.12, _square(note, 0.5, decay=0.15), 0.15)
    return y


def _drum_and_bass(rng: np.random.Generator) -> Array:
    y = _blank()
    for i, at in _beats(174, 2):
        _place(y, at, _hat(rng), 0.6)
        if i % 8 in (0, 5):
            _place(y, at, _kick())
        if i % 8 in (2, 6):
            _place(y, at, _snare(rng), 0.8)
        if i % 8 == 0:
            _place(y, at, _saw((33, 29, 31, 28)[i // 8 % 4], 1.3, decay=1.2), 0.5)
    return y


def _dubstep(rng: np.random.Generator) -> Array:
    y, bar = _blank(), 4 * 60.0 / 140
    for i, at in _beats(140 / 4):
        _place(y, at, _kick())
        _place(y, at + bar / 2, _snare(rng))
        t = _time(bar)
        opening = 0.5 + 0.5 * np.sin(2 * np.pi * (3, 6, 4, 8)[i % 4] / bar * t)  # the filter wobbles
        _place(
            y, at, np.asarray(sum(np.sin(2 * np.pi * 55 * k * t) / k * opening ** (k / 3) for k in range(1, 12))), 0.5
        )
    return y


def _chiptune(rng: np.random.Generator) -> Array:
    y = _blank()
    for i, at in _beats(125, 4):
        _place(y, at, _square((72, 76, 79, 84, 79, 76, 74, 77, 81, 86, 81, 77)[i % 12], 0.12, decay=0.1), 0.4)
        if i % 4 == 0:
            _place(y, at, _square((48, 50, 53, 55)[i // 4 % 4], 0.48, decay=0.4), 0.4)
        if i % 4 == 2:
            _place(y, at, _hat(rng), 0.6)
    return y


def _gamelan(rng: np.random.Generator) -> Array:
    y = _blank()
    for i, at in _beats(214):
        note = (60, 62, 65, 67, 72, 67, 65, 62)[3 * i % 8] + 12 * (i % 4 == 0)
        _place(y, at, _tone(note, 2.0, BELL, 0.4), 0.4)
    return y


def _latin(rng: np.random.Generator) -> Array:
    y, skin = _blank(), np.sin(2 * np.pi * 180 * _time(0.14)) * np.exp(-_time(0.14) / 0.03)
    for i, at in _beats(100, 4):
        if i % 8 in (0, 3, 5, 6):
            _place(y, at, _tone(90, 0.1, (1.0, 1.5), 0.03), 0.4)
        if i % 8 in (2, 4, 7):
            _place(y, at, skin, 0.7)
        if i % 2 == 0:
            _place(y, at, _saw((60, 64, 67, 72, 67, 64)[i // 2 % 6], 0.8, decay=0.25), 0.3)
    return y


def _sitar(rng: np.random.Generator) -> Array:
    y = 0.15 * _saw(38, SECONDS, decay=1e9)
    for i, at in _beats(200):
        note = (62, 63, 66, 67, 69, 70, 73, 74)[(5 * i + i // 3) % 8]
        _place(y, at, _tone(note, 1.2, np.arange(1, 16) * 1.003, 0.35), 0.5)
    return y


def _bagpipes(rng: np.random.Generator) -> Array:
    y = 0.3 * _saw(58, SECONDS, decay=1e9)
    for i, at in _beats(240):
        _place(y, at, _saw((70, 72, 74, 75, 77, 79)[7 * i % 6], 0.25, decay=1e9), 0.5)
    return y


STYLES: Final[dict[str, Callable[[np.random.Generator], Array]]] = {
    "techno": _techno,
    "trance": _trance,
    "house": _house,
    "drum and bass": _drum_and_bass,
    "dubstep": _dubstep,
    "chiptune": _chiptune,
    "gamelan": _gamelan,
    "Latin": _latin,
    "sitar": _sitar,
    "bagpipes": _bagpipes,
}
