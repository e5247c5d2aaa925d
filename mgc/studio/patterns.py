"""Harmony, rhythm and form, as plain data.

Conventions
-----------
A chord is written as musicians do (``"Am7"``, ``"Bb"``, ``"E5"``). A rhythm is a string of steps that fills a bar:
``X`` loud, ``x`` normal, ``o`` soft, ``.`` silent. Beats are counted from 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["SCALES", "chord", "line", "near", "root", "scale", "section", "steps", "third"]

_NOTES: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_QUALITIES: Final = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "5": (0, 7, 12),
    "6": (0, 4, 7, 9),
    "7": (0, 4, 7, 10),
    "9": (0, 4, 10, 14),
    "m7": (0, 3, 7, 10),
    "m9": (0, 3, 10, 14),
    "maj7": (0, 4, 7, 11),
    "sus4": (0, 5, 7),
    "m7b5": (0, 3, 6, 10),
    "7b9": (0, 4, 10, 13),
}
SCALES: Final = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "harmonic": (0, 2, 3, 5, 7, 8, 11),
    "blues": (0, 3, 5, 6, 7, 10),
    "pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
}
_LOUD: Final = {"X": 1.0, "x": 0.75, "o": 0.4}


def _parse(symbol: str) -> tuple[int, tuple[int, ...]]:
    name, quality = symbol[0], symbol[1:]
    tonic = _NOTES[name]
    if quality[:1] in ("b", "#"):
        tonic += 1 if quality[0] == "#" else -1
        quality = quality[1:]
    return tonic % 12, _QUALITIES[quality]


def chord(symbol: str, around: int = 60) -> tuple[int, ...]:
    """Return a chord's pitches, each as near to ``around`` as it can be, so that chords move little."""
    tonic, tones = _parse(symbol)
    low = around - 5
    return tuple(sorted({low + (tonic + tone - low) % 12 for tone in tones}))


def root(symbol: str, low: int = 28) -> int:
    """Return a chord's lowest note at or above ``low``."""
    return low + (_parse(symbol)[0] - low) % 12


def scale(tonic: str, name: str, low: int, high: int) -> list[int]:
    """Return the pitches of a scale between two pitches."""
    wanted = {(_parse(tonic)[0] + step) % 12 for step in SCALES[name]}
    return [pitch for pitch in range(low, high + 1) if pitch % 12 in wanted]


def near(pitch: int, pitches: Sequence[int]) -> int:
    """Return the pitch nearest to one, in any octave, whose note is among ``pitches``; of two the lower."""
    notes = {other % 12 for other in pitches}
    around = (pitch + off for off in (0, -1, 1, -2, 2, -3, 3))
    return min(around, key=lambda at: (at % 12 not in notes, abs(at - pitch)))


def third(symbol: str, step: int) -> int:
    """Return a step over a chord's root, in semitones: a major third becomes minor where the chord is."""
    _, tones = _parse(symbol)
    return step - 1 if step % 12 == 4 and 3 in tones else step


def steps(rhythm: str, beats: float = 4.0) -> Iterator[tuple[float, float]]:
    """Yield (beat, loudness in (0, 1]) of every step that sounds."""
    for number, mark in enumerate(rhythm):
        if mark in _LOUD:
            yield number * beats / len(rhythm), _LOUD[mark]


def section(bar: int, form: str) -> str:
    """Return a bar's letter (i, v, c: intro, verse, chorus) in ``form``, which repeats after its intro."""
    body = form.lstrip("i")
    intro = len(form) - len(body)
    return "i" if bar < intro else body[(bar - intro) % len(body)]


def line(
    rng: np.random.Generator,
    pitches: Sequence[int],
    chords: Sequence[str],
    rhythms: Sequence[str],
    *,
    beats: float = 4.0,
    leap: int = 2,
) -> list[tuple[float, float, int]]:
    """Compose a melody of one bar per chord: (beat, beats long, pitch) of every note.

    Ideas alternate as A B C A (two: A B A A). An idea is a rhythm and a contour; each bar sings its idea over its own
    chord, and notes on even beats are chord tones, so the same idea fits another harmony.
    """
    ideas = [_idea(rng, rhythm, beats, leap) for rhythm in rhythms]
    place, notes = len(pitches) // 2, []
    for bar, symbol in enumerate(chords):
        tonic, tones = _parse(symbol)
        fitting = [n for n, pitch in enumerate(pitches) if (pitch - tonic) % 12 in {tone % 12 for tone in tones}]
        for beat, length, step in ideas[(0, 1, 2, 0)[bar % 4] % len(ideas)]:
            place = int(np.clip(place + step, 0, len(pitches) - 1))
            if beat % 2.0 == 0.0 and fitting:
                place = min(fitting, key=lambda n: abs(n - place))
            notes.append((bar * beats + beat, length, pitches[place]))
        place += (len(pitches) // 2 - place) // 2  # home again, lest it wander off
    return notes


def _idea(rng: np.random.Generator, rhythm: str, beats: float, leap: int) -> list[tuple[float, float, int]]:
    starts = [beat for beat, _ in steps(rhythm, beats)]
    ends = [*starts[1:], beats]
    contour = rng.integers(-leap, leap + 1, len(starts))
    return [(a, b - a, int(step)) for a, b, step in zip(starts, ends, contour, strict=True)]
