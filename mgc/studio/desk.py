"""The mixing desk: sounds go to tracks by beat, tracks to a mix, the mix to an even loudness.

Conventions
-----------
Levels are dB of a track's RMS against the other tracks: a desk first brings every track to the same RMS.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.fft import next_fast_len
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, sosfilt

from mgc.audio.clip import SR, FloatArray
from mgc.studio.instruments import Instrument, Rng, Sound, frames, noise

__all__ = ["PEAK", "RMS", "Desk"]

RMS: Final = 0.125  # of every clip; the median of GTZAN's clips is 0.12
PEAK: Final = 0.9
_LOOSE: Final = 0.004  # s that a note may be early or late
_KNEE: Final = 0.55  # peaks above it are bent, none passes PEAK
_MATCH: Final = 0.85  # share of the way to the genre's tone that the master goes
_MOST: Final = 14.0  # dB; what the master adds or takes at most

# The tone of each genre: the median long-term spectrum of GTZAN's clips of it, in 25 bands, evenly spaced in logarithm
# from 40 Hz to half our rate. Measured by us on 6 (blues), 45 (classical, jazz, rock) or 10 clips a genre; dB, only
# differences within a row mean anything. A few numbers a genre: no clip can be told from them.
_EDGES: Final = np.geomspace(40.0, SR / 2, 26).round(1)  # Hz
_TONE: Final[dict[str, tuple[float, ...]]] = {
    "blues": (3, 14, 15, 16, 12, 15, 14, 14, 14, 9, 11, 12, 10, 8, 6, 4, 1, 0, -2, -5, -10, -13, -13, -18, -37),
    "classical": (-1, 2, 9, 10, 8, 10, 12, 12, 14, 14, 13, 12, 8, 8, 7, 6, 3, 0, -3, -7, -11, -18, -20, -26, -40),
    "country": (16, 20, 22, 23, 17, 14, 12, 11, 10, 8, 8, 8, 6, 7, 4, 2, 2, 2, 1, -2, -4, -7, -8, -10, -14),
    "disco": (14, 19, 20, 19, 18, 16, 14, 11, 11, 9, 6, 6, 7, 5, 6, 5, 4, 2, 1, 0, -3, -6, -6, -8, -12),
    "hiphop": (19, 20, 22, 19, 18, 15, 14, 11, 9, 9, 9, 8, 6, 4, 1, 0, 0, -1, -2, -4, -6, -7, -7, -10, -18),
    "jazz": (2, 11, 17, 18, 16, 11, 12, 14, 12, 12, 11, 11, 10, 8, 5, 4, 2, 1, -2, -6, -8, -14, -15, -17, -32),
    "metal": (18, 18, 20, 19, 17, 17, 14, 12, 10, 8, 7, 6, 6, 5, 4, 3, 2, 2, 4, 1, -2, -4, -7, -8, -12),
    "pop": (20, 21, 21, 19, 17, 15, 12, 12, 12, 11, 8, 7, 7, 8, 5, 1, 1, 1, 0, -4, -8, -9, -9, -9, -10),
    "reggae": (17, 20, 23, 22, 17, 14, 13, 12, 11, 8, 8, 8, 9, 6, 3, 3, 2, -2, -4, -7, -10, -14, -12, -15, -29),
    "rock": (12, 15, 17, 17, 16, 17, 14, 15, 13, 10, 10, 9, 8, 6, 5, 4, 4, 1, 0, -2, -5, -7, -7, -10, -24),
}


class Desk:
    """A song in the making, of some seconds; everything random in it comes from ``rng``.

    ``swing`` in [0.5, 0.7] is where the second half of a beat begins (0.5 = even, 0.67 = triplets), ``grid`` the unit
    that swings, in beats (1 = eighths swing, 0.5 = sixteenths), ``shift`` the semitones by which every note is moved.
    """

    def __init__(self, seconds: float, bpm: float, rng: Rng, *, swing: float, grid: float, shift: int) -> None:
        self.rng = rng
        self.bpm, self.swing, self.grid, self.shift = bpm, swing, grid, shift
        self.n = frames(seconds)
        self.beats = seconds * bpm / 60.0
        self.tracks: dict[str, Sound] = {}
        self._made: dict[tuple[Instrument, tuple[float, ...]], Sound] = {}

    def bars(self, beats: float = 4.0) -> range:
        """Return the numbers of the bars that begin within the clip."""
        return range(int(np.ceil(self.beats / beats - 1e-6)))

    def length(self, beats: float) -> float:
        """Return the seconds that some beats last."""
        return beats * 60.0 / self.bpm

    def make(self, instrument: Instrument, *details: float) -> Sound:
        """Return a sound; the same note is made once and played again."""
        key = (instrument, details)
        if key not in self._made:
            self._made[key] = instrument.sound(*details, rng=self.rng)
        return self._made[key]

    def play(self, track: str, sound: Sound, beat: float, gain: float) -> None:
        """Add a sound at a beat, a little early or late, as people play."""
        part, place = divmod(beat / self.grid + 1e-9, 1.0)
        bent = 2.0 * place * self.swing if place < 0.5 else self.swing + (2.0 * place - 1.0) * (1.0 - self.swing)
        late = self.rng.uniform(-_LOOSE, _LOOSE)
        start = max(0, round((self.length((part + bent) * self.grid) + late) * SR))
        tape = self.tracks.setdefault(track, np.zeros(self.n))
        stop = min(self.n, start + len(sound))
        if stop > start:
            tape[start:stop] += gain * sound[: stop - start]

    def note(self, track: str, instrument: Instrument, pitch: float, beat: float, beats: float, gain: float) -> None:
        """Play one note of ``beats`` beats."""
        self.play(track, self.make(instrument, pitch + self.shift, round(self.length(beats), 4)), beat, gain)

    def echo(self, track: str, beats: float, share: float) -> None:
        """Repeat a track after some beats, each time a ``share`` in [0, 1) of the last and a little darker."""
        if track not in self.tracks:  # the song ends before it enters
            return
        late, again = frames(self.length(beats)), self.tracks[track]
        for _ in range(int(np.log(0.02) / np.log(share))):  # until it cannot be heard
            if late >= self.n:
                break
            again = share * uniform_filter1d(np.concatenate([np.zeros(late), again[:-late]]), 3)
            self.tracks[track] = self.tracks[track] + again

    def drive(self, track: str, gain: float, low: float, high: float) -> None:
        """Overdrive a track and put it through a loudspeaker cabinet."""
        if track in self.tracks:
            tape = self.tracks[track]
            hot = np.tanh(gain * tape / max(float(np.std(tape)), 1e-9))
            self.tracks[track] = sosfilt(butter(2, [low, high], "bandpass", fs=SR, output="sos"), hot)

    def master(
        self, genre: str, levels: dict[str, float], room: dict[str, float], *,
        tail: float, press: float, air: float, tilt: tuple[float, float],
    ) -> FloatArray:  # fmt: skip
        """Mix, add the room, shade towards the genre's tone, and return the clip [shape=(n,), float32].

        ``levels`` are dB per track (a track without one is left out), ``room`` the share of a track that is sent
        to the reverb, ``tail`` its reverberation time in seconds, ``press`` the share of a moment's loudness (in dB)
        that compression takes back, ``air`` the level (dB) of a bed of noise: no recorded music has silence in it;
        ``tilt`` changes the genre's tone by so many dB at its lowest and its highest band, less and less in between.
        """
        tone = np.asarray(_TONE[genre]) + np.linspace(*tilt, len(_TONE[genre]))
        dry, wet = np.zeros(self.n), np.zeros(self.n)
        for name, level in levels.items():
            if name in self.tracks and (loud := float(np.std(self.tracks[name]))) > 0.0:
                track = self.tracks[name] * (10.0 ** (level / 20.0) / loud)
                dry += track
                wet += room.get(name, 0.0) * track
        ring = frames(tail)
        echo = noise(ring, 150.0, 6000.0, self.rng) * 10.0 ** (-3.0 * np.arange(ring) / ring)
        echo /= np.sqrt(np.sum(echo**2))
        size = next_fast_len(self.n + ring, real=True)
        mixed = np.fft.rfft(dry, size) + np.fft.rfft(wet, size) * np.fft.rfft(echo, size)
        mixed = _shade(mixed + _bed(self.rng, float(np.std(dry)) * 10.0 ** (air / 20.0), size, tone), size, tone)
        return _finish(_press(np.fft.irfft(mixed, size)[: self.n], press))


def _bed(rng: Rng, level: float, size: int, tone: Sound) -> npt.NDArray[np.complex128]:
    """Return the spectrum of noise of an RMS of ``level`` and of a genre's tone."""
    curve = 10.0 ** (_curve(tone, size) / 20.0)
    power = 2.0 * np.sum(curve**2) / size**2
    return np.asarray(curve * np.exp(2j * np.pi * rng.random(len(curve))) * (level / np.sqrt(power)))


def _shade(spectrum: npt.NDArray[np.complex128], size: int, tone: Sound) -> npt.NDArray[np.complex128]:
    """Bring a spectrum's band powers towards ``tone`` (dB), as a mastering engineer does after a reference."""
    heights = np.fft.rfftfreq(size, 1.0 / SR)
    edges = np.searchsorted(heights, _EDGES)
    below = np.concatenate([[0.0], np.cumsum(np.abs(spectrum) ** 2)])[edges]
    power = np.diff(below) / np.maximum(np.diff(edges), 1)
    change = tone - 10.0 * np.log10(power + 1e-9 * power.max())
    change -= change.mean()
    change = np.clip(_MATCH * change, -_MOST, _MOST)
    return np.asarray(spectrum * 10.0 ** (_curve(change, size) / 20.0) * (heights > 25.0))  # nothing below hearing


def _curve(levels: npt.ArrayLike, size: int) -> Sound:
    """Return dB per band as dB per bin of a spectrum of ``size`` samples."""
    heights = np.fft.rfftfreq(size, 1.0 / SR)
    centres = np.sqrt(_EDGES[:-1] * _EDGES[1:])
    values = np.asarray(levels, dtype=np.float64)
    return np.asarray(np.interp(np.log(np.maximum(heights, 1.0)), np.log(centres), values))


def _press(mix: Sound, share: float) -> Sound:
    """Compress: bring loud and quiet moments (of about a twentieth of a second) nearer to each other."""
    power = uniform_filter1d(mix**2, frames(0.05))
    return np.asarray(mix * (power + 0.01 * power.mean()) ** (-share / 2.0))


def _finish(mix: Sound) -> FloatArray:
    """Bring a mix to :data:`RMS` with no peak above :data:`PEAK`, and fade its ends."""
    fade = min(len(mix), frames(0.3))
    mix[:fade] *= np.minimum(1.0, np.arange(fade) / frames(0.01))
    mix[-fade:] *= np.linspace(1.0, 0.0, fade)
    gain = RMS / max(float(np.sqrt(np.mean(mix**2))), 1e-9)
    for _ in range(3):  # bending the peaks costs loudness: turn up a little, bend again
        loud = np.abs(gain * mix)
        bent = np.where(loud > _KNEE, _KNEE + (PEAK - _KNEE) * np.tanh((loud - _KNEE) / (PEAK - _KNEE)), loud)
        gain *= RMS / max(float(np.sqrt(np.mean(bent**2))), 1e-9)
    return np.asarray(np.sign(mix) * bent, dtype=np.float32)
