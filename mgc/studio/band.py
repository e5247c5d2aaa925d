"""What makes a band itself, and how it turns the number of a song into music."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from mgc.studio.desk import Desk
from mgc.studio.parts import Song

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mgc.audio.clip import FloatArray
    from mgc.studio.parts import Part

__all__ = ["Band"]

_PACE: Final = (1.0, 0.955, 1.04, 0.98, 1.02)  # of a band's tempo, song by song: nobody plays everything equally fast


@dataclass(frozen=True, slots=True)
class Band:
    """A band: the artist of its tracks.

    Attributes
    ----------
    name, genre : str
        the name is unique in the studio
    bpm : float
        beats a minute of its first song; others are up to 5 % slower or faster
    changes : tuple of str
        the progressions it knows, a chord a bar, in the key they are written in
    parts : tuple of Part
        who plays what
    mix : str
        ``"voice 2 .4, drums -6"``: level in dB and the share that the room hears, per track
    keys : tuple of int
        its key range: semitones by which its songs are moved
    form : str
        a section letter a bar, see :func:`mgc.studio.patterns.section`
    swing, grid, meter, swell : float
        see :class:`Desk` and :class:`Song`
    drive, echo : mapping
        track -> (gain, low Hz, high Hz) of an overdriven amplifier; track -> (beats, share) of an echo
    tail, press, air, tilt : float, float, float, (float, float)
        see :meth:`Desk.master`; ``tilt`` is dB that this band's engineer adds at the bottom and at the top
    """

    name: str
    genre: str
    bpm: float
    changes: tuple[str, ...]
    parts: tuple[Part, ...]
    mix: str
    keys: tuple[int, ...] = (0, 2, -2)
    form: str = "v"
    swing: float = 0.5
    grid: float = 1.0
    meter: float = 4.0
    swell: float = 0.0
    drive: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    echo: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    tail: float = 1.0
    press: float = 0.25
    air: float = -38.0
    tilt: tuple[float, float] = (0.0, 0.0)

    def play(self, number: int, seconds: float) -> FloatArray:
        """Play its song of a number (>= 0); returns [shape=(round(22050 * seconds),), float32]."""
        dice = np.random.default_rng([number, *self.name.encode()])
        desk = Desk(
            seconds,
            self.bpm * _PACE[number % len(_PACE)],
            dice,
            swing=self.swing,
            grid=self.grid,
            shift=self.keys[number % len(self.keys)],
        )
        chart = self.changes[number % len(self.changes)].split()
        chords = tuple(chart[bar % len(chart)] for bar in desk.bars(self.meter))
        song = Song(desk, chords, self.form, self.meter, self.swell)
        for part in self.parts:
            part.play(song)
        for track, (gain, low, high) in self.drive.items():
            desk.drive(track, gain, low=low, high=high)
        for track, (beats, share) in self.echo.items():
            desk.echo(track, beats, share)
        levels, room = self._mix()
        return desk.master(self.genre, levels, room, tail=self.tail, press=self.press, air=self.air, tilt=self.tilt)

    def _mix(self) -> tuple[dict[str, float], dict[str, float]]:
        levels, room = {}, {}
        for entry in self.mix.split(","):
            track, level, *share = entry.split()
            levels[track] = float(level)
            room[track] = float(share[0]) if share else 0.0
        return levels, room
