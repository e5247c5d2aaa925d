"""A band: a tuple of parts, each saying what one member plays in a bar, and how the number of a song becomes music.

Conventions
-----------
A chord is written as musicians do (``"Am7"``, ``"Bb"``, ``"E5"``). A rhythm is a string of steps that fills a bar:
``X`` loud, ``x`` normal, ``o`` soft, ``.`` silent. Beats are counted from 0.

A part sounds in the sections that ``on`` names (i, v, c: intro, verse, chorus) and in the bars that ``bars`` marks, a
mark a bar, repeated ("..xx": the third and fourth of every four). Its ``rhythm`` may be several with spaces between,
which take turns bar by bar; ``fill`` stands in the last bar of every ``every``. ``beats`` is how long a note is held.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from itertools import cycle, islice
from typing import TYPE_CHECKING, Final

import numpy as np

from mgc.studio.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mgc.audio.clip import FloatArray
    from mgc.studio.instruments import Instrument

__all__ = [
    "SCALES", "Arp", "Band", "Bass", "Beat", "Chords", "Part", "Run", "Song", "Stack", "Talk", "Tune", "Walk",
    "chord", "line", "near", "root", "scale", "section", "steps", "third",
]  # fmt: skip

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
_PACE: Final = (1.0, 0.955, 1.04, 0.98, 1.02)  # of a band's tempo, song by song


@dataclass(frozen=True, slots=True)
class Song:
    """What all members agree on: the desk, a chord per bar, the form, beats a bar, how much phrases swell (0..1)."""

    desk: Desk
    chords: tuple[str, ...]
    form: str
    meter: float
    swell: float

    def loud(self, bar: int) -> float:
        """Return how loud a bar is: phrases of four bars rise and fall."""
        return float(1.0 - self.swell * (1.0 - np.sin(np.pi * (bar % 4 + 0.5) / 4.0)))


@dataclass(frozen=True, slots=True)
class Part:
    """One member's share: which ``track`` of the desk, which ``instrument``, when."""

    track: str
    instrument: Instrument
    rhythm: str
    _: KW_ONLY
    fill: str = ""
    every: int = 4
    on: str = "ivc"
    bars: str = "x"
    gain: float = 1.0

    def play(self, song: Song) -> None:
        """Play the song through."""
        for bar in range(len(song.chords)):
            if self.sounds(song, bar):
                self._bar(song, bar)

    def sounds(self, song: Song, bar: int) -> bool:
        """Return whether the part plays in a bar."""
        return section(bar, song.form) in self.on and self.bars[bar % len(self.bars)] == "x"

    def steps(self, song: Song, bar: int) -> list[tuple[float, float]]:
        """Return (beat of the song, loudness) of a bar's notes."""
        rhythms = self.rhythm.split()
        chosen = self.fill if self.fill and (bar + 1) % self.every == 0 else rhythms[bar % len(rhythms)]
        gain = self.gain * song.loud(bar)
        return [(song.meter * bar + beat, gain * loud) for beat, loud in steps(chosen, song.meter)]

    def line(self, song: Song, bar: int, pitches: Iterable[int], beats: float) -> None:
        """Play a pitch a step, each held for ``beats`` beats, as long as there are both."""
        for (beat, loud), pitch in zip(self.steps(song, bar), pitches, strict=False):
            song.desk.note(self.track, self.instrument, pitch, beat, beats, loud)

    def _bar(self, song: Song, bar: int) -> None:
        """Play one bar; of every part but a tune, whose :meth:`play` does not go by bars."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Beat(Part):
    """A drum: Beat("kick", kick, "X.x.", fill="X.xx")."""

    def _bar(self, song: Song, bar: int) -> None:
        drum = song.desk.make(self.instrument)
        for beat, loud in self.steps(song, bar):
            song.desk.play(self.track, drum, beat, loud * song.desk.rng.uniform(0.9, 1.05))


@dataclass(frozen=True, slots=True)
class Chords(Part):
    """The bar's chord near ``around``, its tones ``roll`` beats apart: strummed, struck or held."""

    around: int = 60
    beats: float = 0.5
    roll: float = 0.0

    def _bar(self, song: Song, bar: int) -> None:
        for beat, loud in self.steps(song, bar):
            for place, pitch in enumerate(chord(song.chords[bar], self.around)):
                song.desk.note(self.track, self.instrument, pitch, beat + self.roll * place, self.beats, loud)


@dataclass(frozen=True, slots=True)
class Arp(Part):
    """The chord's tones one after another, in ``order`` over two octaves from ``around``."""

    around: int = 60
    order: tuple[int, ...] = (0, 1, 2, 3, 4, 3, 2, 1)
    beats: float = 0.5

    def _bar(self, song: Song, bar: int) -> None:
        tones = [*chord(song.chords[bar], self.around), *chord(song.chords[bar], self.around + 12)]
        self.line(song, bar, cycle(tones[place % len(tones)] for place in self.order), self.beats)


@dataclass(frozen=True, slots=True)
class Bass(Part):
    """Notes over the chord's root, the lowest at or above ``low``: semitones ``over`` it in turn."""

    low: int = 33
    over: tuple[int, ...] = (0,)
    beats: float = 0.5

    def _bar(self, song: Song, bar: int) -> None:
        symbol = song.chords[bar]
        self.line(song, bar, cycle(root(symbol, self.low) + third(symbol, step) for step in self.over), self.beats)


@dataclass(frozen=True, slots=True)
class Walk(Part):
    """A walking bass: chord tones, and a step into the next chord's root at the end."""

    low: int = 33
    beats: float = 0.95

    def _bar(self, song: Song, bar: int) -> None:
        symbol, following = song.chords[bar], song.chords[(bar + 1) % len(song.chords)]
        own = root(symbol, self.low)
        tones = [own, *(pitch for pitch in chord(symbol, self.low + 9) if (pitch - own) % 12)]
        into = root(following, self.low) + int(song.desk.rng.choice([-1, 1]))
        self.line(song, bar, [*islice(cycle(tones), len(self.steps(song, bar)) - 1), into], self.beats)


@dataclass(frozen=True, slots=True)
class Stack(Part):
    """Parallel tones on a root: loud steps (X) are held for ``beats`` on the chord, others are short.

    With ``pedal`` (a pitch) the short ones stay on it in every second bar: an open string under the riff.
    """

    low: int = 40
    tones: tuple[int, ...] = (0, 7, 12)
    beats: float = 1.4
    short: float = 0.2
    pedal: int | None = None

    def _bar(self, song: Song, bar: int) -> None:
        bottom = root(song.chords[bar], self.low)
        for beat, loud in self.steps(song, bar):
            is_held = loud >= 0.99 * self.gain * song.loud(bar)
            base = self.pedal if self.pedal is not None and not is_held and bar % 2 == 0 else bottom
            for tone in self.tones:
                held = self.beats if is_held else self.short
                pitch = base + third(song.chords[bar], tone)
                song.desk.note(self.track, self.instrument, pitch, beat, held, loud * (1.0 - 0.03 * tone))


@dataclass(frozen=True, slots=True)
class Run(Part):
    """A run up the scale: a note a step, from ``low``."""

    scale: str = "A minor"
    low: int = 69
    beats: float = 0.25

    def _bar(self, song: Song, bar: int) -> None:
        tonic, name = self.scale.split(" ", 1)
        self.line(song, bar, scale(tonic, name, self.low, self.low + 24), self.beats)


@dataclass(frozen=True, slots=True)
class Talk(Part):
    """A voice that speaks in rhythm, on pitches from ``low`` up to a fourth above it."""

    low: int = 46
    beats: float = 0.26

    def _bar(self, song: Song, bar: int) -> None:
        for beat, loud in self.steps(song, bar):
            first, last = (letters[int(song.desk.rng.integers(3))] for letters in ("aeo", "aie"))
            pitch = self.low + int(song.desk.rng.integers(0, 6))
            song.desk.note(self.track, self.instrument(vowels=first + last), pitch, beat, self.beats, loud)


@dataclass(frozen=True, slots=True)
class Tune(Part):
    """A melody of its own in a scale, composed by :func:`line` for the whole song.

    ``also`` are voices in parallel (semitones, to the nearest note of the scale; gain); ``legato`` is the share of a
    note that is held; shorter ones than ``least`` beats are left out, those of a beat are bent by ``bend`` semitones.
    """

    scale: str = "C major"
    low: int = 60
    high: int = 79
    leap: int = 1
    legato: float = 0.9
    least: float = 0.0
    bend: float = 0.0
    also: tuple[tuple[int, float], ...] = ()

    def play(self, song: Song) -> None:
        """Sing the whole song's melody where the part sounds."""
        tonic, name = self.scale.split(" ", 1)
        ideas = self.rhythm.split()
        pitches = scale(tonic, name, self.low, self.high)
        for beat, beats, pitch in line(song.desk.rng, pitches, song.chords, ideas, beats=song.meter, leap=self.leap):
            bar = int(beat // song.meter + 1e-6)
            if beats < self.least or not self.sounds(song, bar):
                continue
            instrument = self.instrument(bend=self.bend) if self.bend and beats >= 1.0 else self.instrument
            loud = self.gain * song.loud(bar) * song.desk.rng.uniform(0.85, 1.0)
            for step, share in ((0, 1.0), *self.also):
                other = near(pitch + step, pitches) if step else pitch
                song.desk.note(self.track, instrument, other, beat, self.legato * beats, loud * share)


@dataclass(frozen=True, slots=True)
class Band:
    """A band: the artist of its tracks. See :class:`Desk` for what is not explained here."""

    name: str  # unique in the studio
    genre: str
    bpm: float  # of its first song; others are up to 5 % slower or faster
    changes: tuple[str, ...]  # the progressions it knows, a chord a bar, in the key they are written in
    parts: tuple[Part, ...]
    mix: str  # "voice 2 .4, drums -6": level in dB and the share sent to the reverb, per track
    keys: tuple[int, ...] = (0, 2, -2)  # semitones by which its songs are moved
    form: str = "v"  # a section letter a bar, see :func:`section`
    swing: float = 0.5
    grid: float = 1.0
    meter: float = 4.0  # beats a bar
    swell: float = 0.0  # [0..1], of phrases
    drive: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)  # track: gain, low Hz, high Hz
    echo: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # track: beats, share
    tail: float = 1.0
    press: float = 0.25
    air: float = -38.0
    tilt: tuple[float, float] = (0.0, 0.0)

    def play(self, number: int, seconds: float) -> FloatArray:
        """Play its song of a number (>= 0); returns [shape=(round(22050 * seconds),), float32]."""
        dice = np.random.default_rng([number, *self.name.encode()])
        bpm, shift = self.bpm * _PACE[number % len(_PACE)], self.keys[number % len(self.keys)]
        desk = Desk(seconds, bpm, dice, swing=self.swing, grid=self.grid, shift=shift)
        chart = self.changes[number % len(self.changes)].split()
        chords = tuple(chart[bar % len(chart)] for bar in desk.bars(self.meter))
        song = Song(desk, chords, self.form, self.meter, self.swell)
        for part in self.parts:
            part.play(song)
        for track, amplifier in self.drive.items():
            desk.drive(track, *amplifier)
        for track, repeats in self.echo.items():
            desk.echo(track, *repeats)
        levels, room = self._mix()
        return desk.master(self.genre, levels, room, tail=self.tail, press=self.press, air=self.air, tilt=self.tilt)

    def _mix(self) -> tuple[dict[str, float], dict[str, float]]:
        levels, room = {}, {}
        for entry in self.mix.split(","):
            track, level, *share = entry.split()
            levels[track] = float(level)
            room[track] = float(share[0]) if share else 0.0
        return levels, room


# --- harmony, rhythm and form -----------------------------------------------------------------------------------------


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
