"""Instruments: a pitch and a length in, a sound out; and what every sound is made of: cycles, envelopes and noise.

Conventions
-----------
Sounds are [shape=(n,), float64] at :data:`mgc.audio.clip.SR` Hz, about 1 at their loudest. Pitches are MIDI numbers
(69 = a' = 440 Hz, a semitone is 1, fractions allowed), lengths are seconds. The function of every instrument is
``f(pitch, seconds, rng, **character) -> Sound``; strings and hammers ring on a little after ``seconds``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.audio.clip import SR

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Instrument", "Rng", "Sound", "bass", "bow", "brass", "clarinet", "decay", "electric_piano", "envelope", "flute",
    "frames", "harmonics", "hertz", "mallet", "noise", "organ", "oscillate", "piano", "pluck", "pulse", "reeds", "saw",
    "sing", "slide", "speak", "sub", "trumpet", "vibrato",
]  # fmt: skip

Sound = npt.NDArray[np.float64]
Rng = np.random.Generator

_CYCLE = 2048  # samples of a stored cycle; read with linear interpolation its error lies below -90 dB
_TOP = 0.45 * SR  # Hz; no harmonic above it, so nothing folds back
# First three formants of sung vowels, Hz (Peterson and Barney 1952, means of men and women, rounded).
_VOWELS: Final = {
    "a": (790, 1160, 2600),
    "e": (560, 1950, 2650),
    "i": (290, 2450, 3150),
    "o": (580, 880, 2550),
    "u": (330, 900, 2400),
}


@dataclass(frozen=True, slots=True)
class Instrument:
    """A function that makes a sound, and its character: ``pluck(bright=0.9)`` is a string plucked with a hard pick."""

    function: Callable[..., Sound]
    character: tuple[tuple[str, Any], ...] = ()

    def __call__(self, **character: Any) -> Instrument:
        """Return the same instrument with this character."""
        return Instrument(self.function, tuple(sorted((dict(self.character) | character).items())))

    def sound(self, *details: float, rng: Rng) -> Sound:
        """Return a sound; ``details`` are pitch and seconds, none for a drum."""
        return self.function(*details, rng, **dict(self.character))


def hertz(pitch: float) -> float:
    """Return the frequency of a MIDI pitch in Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


def frames(seconds: float) -> int:
    """Return a length in samples, at least 1."""
    return max(1, round(seconds * SR))


def harmonics(frequency: float) -> Sound:
    """Return the numbers 1, 2, ... of the harmonics of a tone that can be heard at our rate."""
    return np.arange(1, max(2, int(_TOP / frequency) + 1), dtype=np.float64)


def oscillate(strengths: Sound, frequency: Sound | float, n: int, *, phase: float = 0.0) -> Sound:
    """Return a tone [shape=(n,)]: ``strengths`` [shape=(h,)] of harmonics 1..h, the first at ``frequency`` Hz.

    ``frequency`` may be a curve [shape=(n,)]; ``phase`` is where the tone begins, in cycles.
    """
    spectrum = np.zeros(_CYCLE // 2 + 1, dtype=np.complex128)
    count = min(len(strengths), _CYCLE // 2 - 1)
    spectrum[1 : count + 1] = -0.5j * _CYCLE * strengths[:count] / np.sqrt(np.sum(strengths**2))
    cycle = np.fft.irfft(spectrum)
    steps = np.cumsum(np.broadcast_to(frequency, (n,))) / SR + phase
    place = (steps % 1.0) * _CYCLE
    index = place.astype(np.intp)
    here = cycle[index % _CYCLE]
    return here + (place - index) * (cycle[(index + 1) % _CYCLE] - here)


def vibrato(frequency: float, n: int, *, rate: float = 5.4, depth: float = 0.008, onset: float = 0.3) -> Sound:
    """Return a frequency curve [shape=(n,), Hz] that begins straight and trembles after ``onset`` seconds."""
    t = np.arange(n) / SR
    return frequency * (1.0 + depth * np.clip(t / onset - 0.3, 0.0, 1.0) * np.sin(2.0 * np.pi * rate * t))


def envelope(n: int, *, attack: float = 0.005, release: float = 0.03) -> Sound:
    """Return a curve that rises in ``attack`` seconds, holds, and falls in ``release`` seconds at its end."""
    t = np.arange(n) / SR
    rise = np.clip(t / attack, 0.0, 1.0)
    fall = np.clip((n / SR - t) / release, 0.0, 1.0)
    return np.asarray(rise * fall)


def decay(n: int, half_life: float) -> Sound:
    """Return a curve that halves every ``half_life`` seconds."""
    return np.asarray(0.5 ** (np.arange(n) / SR / half_life))


def noise(n: int, low: float, high: float, rng: Rng) -> Sound:
    """Return noise between two frequencies (Hz), of standard deviation 1."""
    spectrum = np.fft.rfft(rng.standard_normal(n))
    heights = np.fft.rfftfreq(n, 1.0 / SR)
    spectrum[(heights < low) | (heights > high)] = 0.0
    sound = np.fft.irfft(spectrum, n)
    return np.asarray(sound / max(float(sound.std()), 1e-9))


@Instrument
def pluck(
    pitch: float, seconds: float, rng: Rng, *, bright: float = 0.5, ring: float = 2.0, bend: float = 0.0
) -> Sound:
    """Return a plucked string (Karplus and Strong 1983), exactly in tune.

    ``bright`` in [0, 1] is the pick's hardness, ``ring`` the seconds to -60 dB, ``bend`` semitones by which the string
    is pulled up within the first fifth of a second.
    """
    frequency, n = hertz(pitch), frames(seconds + 0.08)
    period = int(SR / frequency)
    loop = rng.uniform(-1.0, 1.0, period)
    for _ in range(round(4 * (1.0 - bright))):
        loop = 0.5 * (loop + np.roll(loop, 1))
    loop -= np.roll(loop, max(1, period // 6))  # plucked at a sixth of its length
    keep = 10.0 ** (-3.0 / (frequency * ring))
    soft = 0.5 - 0.3 * bright
    turns = np.empty((int(1.2 * n / period) + 3, period))
    for row in turns:
        row[:] = loop
        loop = keep * ((1.0 - soft) * loop + soft * np.roll(loop, 1))
    pull = 2.0 ** (bend * np.clip(np.arange(n) / SR / 0.2, 0.0, 1.0) / 12.0)
    places = np.cumsum(pull) * frequency * (period + soft) / SR
    sound = np.interp(places, np.arange(turns.size), turns.ravel())
    return np.asarray(sound / max(float(np.abs(sound).max()), 1e-9) * envelope(n, attack=0.002, release=0.05))


@Instrument
def slide(pitch: float, seconds: float, rng: Rng, *, fall: float = 2.0) -> Sound:
    """Return a steel guitar that slides into its note from ``fall`` semitones below."""
    n = frames(seconds + 0.15)
    t = np.arange(n) / SR
    curve = vibrato(hertz(pitch), n, depth=0.006) * 2.0 ** (-fall / 12.0 * np.exp(-t / 0.07))
    k = harmonics(hertz(pitch))
    glassy = oscillate(k**-1.0, curve, n) * decay(n, 0.25) + oscillate(k**-2.2, curve, n) * decay(n, 0.9)
    return glassy * envelope(n, attack=0.012, release=0.12) * (1.0 + 0.01 * rng.standard_normal())


@Instrument
def piano(pitch: float, seconds: float, rng: Rng) -> Sound:
    """Return a piano note: two strings a hair apart, a bright attack that goes dark, and the hammer."""
    frequency, n = hertz(pitch), frames(seconds + 0.25)
    k = harmonics(frequency)
    hard, warm = k**-1.1 * np.exp(-k / 14.0), k**-1.6 * np.exp(-k / 6.0)
    body = sum(
        0.6 * oscillate(hard, frequency * cents, n, phase=0.1) * decay(n, 0.12)
        + oscillate(warm, frequency * cents, n) * decay(n, 0.35 + 12.0 / frequency**0.6)
        for cents in (0.9997, 1.0004)
    )
    hammer = np.zeros(n)
    tap = min(n, frames(0.02))
    hammer[:tap] = noise(tap, 400.0, 4000.0, rng) * decay(tap, 0.004)
    return np.asarray((0.5 * body + 0.15 * hammer) * envelope(n, attack=0.002, release=0.2))


@Instrument
def electric_piano(pitch: float, seconds: float, rng: Rng) -> Sound:
    """Return a tine piano by frequency modulation (Chowning 1973), 1:1 and a 14:1 chime."""
    frequency, n = hertz(pitch), frames(seconds + 0.2)
    t = np.arange(n) / SR
    turn = 2.0 * np.pi * frequency * t
    chime = 0.25 * np.sin(14.0 * turn) * decay(n, 0.03) if 14.0 * frequency < 0.45 * SR else 0.0
    tone = np.sin(turn + 1.6 * decay(n, 0.25) * np.sin(turn)) + chime
    tremble = 1.0 + 0.15 * np.sin(2.0 * np.pi * 4.5 * t + rng.uniform(0.0, 6.0))
    return np.asarray(0.7 * tone * tremble * decay(n, 0.7) * envelope(n, attack=0.003, release=0.15))


@Instrument
def organ(pitch: float, seconds: float, rng: Rng) -> Sound:
    """Return a drawbar organ (8', 4', 2 2/3', 2') behind a slowly turning loudspeaker."""
    n = frames(seconds + 0.02)
    bars = np.array([1.0, 0.7, 0.45, 0.3, 0.0, 0.2])
    curve = vibrato(hertz(pitch), n, rate=6.0, depth=0.003, onset=0.05)
    return 0.7 * oscillate(bars, curve, n, phase=rng.uniform()) * envelope(n, attack=0.006, release=0.02)


@Instrument
def bow(pitch: float, seconds: float, rng: Rng, *, players: int = 3, attack: float = 0.12) -> Sound:
    """Return bowed strings: several players, each a little off in pitch and in vibrato."""
    frequency, n = hertz(pitch), frames(seconds + 0.2)
    k = harmonics(frequency)
    wood = k**-1.2 * (1.0 + 1.5 * np.exp(-(((k * frequency - 500.0) / 300.0) ** 2))) * np.exp(-k * frequency / 6000.0)
    tones = np.zeros(n)
    for _ in range(players):
        curve = vibrato(frequency * (1.0 + 0.002 * rng.standard_normal()), n, rate=rng.uniform(4.8, 6.2), onset=0.25)
        tones += oscillate(wood, curve, n, phase=rng.uniform())
    breath = 0.02 * noise(n, 1500.0, 6000.0, rng)
    return np.asarray((tones / players**0.5 + breath) * envelope(n, attack=attack, release=0.22) * 0.6)


@Instrument
def brass(pitch: float, seconds: float, rng: Rng, *, reed: bool = False) -> Sound:
    """Return a horn that brightens as it is blown; with ``reed`` a saxophone, hollower and breathier."""
    frequency, n = hertz(pitch), frames(seconds + 0.06)
    t, k = np.arange(n) / SR, harmonics(frequency)
    dark, bright = k**-2.0, k**-0.9 * np.exp(-k * frequency / 3500.0)
    if reed:
        bright *= 0.5 + np.exp(-(((k * frequency - 900.0) / 500.0) ** 2)) + (k % 2) * 0.5
    curve = vibrato(frequency, n, rate=5.0, depth=0.009, onset=0.35) * (1.0 - 0.03 * np.exp(-t / 0.03))
    blow = np.clip(t / 0.06, 0.0, 1.0) * (0.6 + 0.4 * np.exp(-t / 0.5))
    tone = (1.0 - blow) * oscillate(dark, curve, n) + blow * oscillate(bright, curve, n)
    breath = (0.05 if reed else 0.015) * noise(n, 1000.0, 7000.0, rng)
    return np.asarray((0.8 * tone + breath) * envelope(n, attack=0.025, release=0.06))


@Instrument
def saw(pitch: float, seconds: float, rng: Rng, *, slope: float = 1.0, spread: float = 0.004) -> Sound:
    """Return two saw waves a little apart; ``slope`` darkens them (1 = a bare saw, 2 = mild)."""
    frequency, n = hertz(pitch), frames(seconds + 0.03)
    strengths = harmonics(frequency) ** -slope
    tones = [oscillate(strengths, frequency * (1.0 + off), n, phase=rng.uniform()) for off in (-spread, spread)]
    return np.asarray(0.5 * (tones[0] + tones[1]) * envelope(n, attack=0.004, release=0.03))


@Instrument
def bass(pitch: float, seconds: float, rng: Rng, *, bright: float = 0.5, ring: float = 0.6) -> Sound:
    """Return a bass string: finger (``bright`` near 0, an upright) to pick (near 1)."""
    frequency, n = hertz(pitch), frames(seconds + 0.04)
    k = harmonics(frequency)
    snap = oscillate(k**-1.0 * np.exp(-k / (4.0 + 40.0 * bright)), frequency, n, phase=0.02 * rng.uniform())
    body = oscillate(k ** -(2.4 - bright), frequency, n)
    return np.asarray((bright * snap * decay(n, 0.1) + body * decay(n, ring)) * envelope(n, attack=0.006, release=0.04))


@Instrument
def sub(pitch: float, seconds: float, rng: Rng, *, glide: float = 0.0) -> Sound:
    """Return a sub bass: nearly a sine, gliding ``glide`` semitones over its length."""
    n = frames(seconds + 0.03)
    curve = hertz(pitch) * 2.0 ** (glide * np.linspace(0.0, 1.0, n) ** 2 / 12.0)
    tone = oscillate(np.array([1.0, 0.22, 0.12, 0.05]), curve, n)
    return tone * decay(n, 1.2) * envelope(n, attack=0.008, release=0.04) * (1.0 + 0.01 * rng.standard_normal())


@Instrument
def sing(pitch: float, seconds: float, rng: Rng, *, vowels: str = "ao", breath: float = 0.03) -> Sound:
    """Return a voice that passes from one vowel to the next on a note it reaches from below."""
    frequency, n = hertz(pitch), frames(seconds + 0.05)
    t = np.arange(n) / SR
    curve = vibrato(frequency, n, rate=rng.uniform(5.0, 6.0), depth=0.011, onset=0.3) * (1.0 - 0.05 * np.exp(-t / 0.05))
    first, last = (oscillate(_formants(frequency, vowel), curve, n) for vowel in (vowels[0], vowels[-1]))
    way = np.clip(t / max(seconds, 0.05) * 1.5 - 0.25, 0.0, 1.0)
    air = breath * noise(n, 2000.0, 8000.0, rng)
    return np.asarray(((1.0 - way) * first + way * last + air) * envelope(n, attack=0.04, release=0.08) * 0.8)


@Instrument
def speak(pitch: float, seconds: float, rng: Rng, *, vowels: str = "ae") -> Sound:
    """Return one spoken syllable: a consonant of noise, then a vowel whose pitch falls."""
    frequency, n = hertz(pitch), frames(seconds)
    curve = frequency * np.linspace(1.06, 0.9, n)
    first, last = (oscillate(_formants(frequency, vowel), curve, n) for vowel in (vowels[0], vowels[-1]))
    way = np.linspace(0.0, 1.0, n)
    voiced = ((1.0 - way) * first + way * last) * envelope(n, attack=0.03, release=0.05)
    consonant = min(n, frames(0.05))
    voiced[:consonant] += 0.5 * noise(consonant, rng.uniform(1500.0, 4000.0), 9000.0, rng) * decay(consonant, 0.012)
    return np.asarray(0.8 * voiced)


@Instrument
def flute(pitch: float, seconds: float, rng: Rng, *, breath: float = 0.03) -> Sound:
    """Return a flute: few harmonics, and the breath that makes them."""
    frequency, n = hertz(pitch), frames(seconds + 0.08)
    curve = vibrato(frequency, n, rate=5.0, depth=0.006, onset=0.4)
    air = noise(n, 0.8 * frequency, min(9000.0, 6.0 * frequency), rng)
    tone = oscillate(np.array([1.0, 0.45, 0.2, 0.06, 0.02]), curve, n)
    return np.asarray((0.8 * tone + breath * air) * envelope(n, attack=0.05, release=0.09))


@Instrument
def clarinet(pitch: float, seconds: float, rng: Rng) -> Sound:
    """Return a clarinet: a pipe shut at one end, so its odd harmonics lead."""
    frequency, n = hertz(pitch), frames(seconds + 0.06)
    k = harmonics(frequency)
    strengths = k**-1.1 * np.where(k % 2 == 1, 1.0, 0.12) * np.exp(-k * frequency / 3500.0)
    curve = vibrato(frequency, n, rate=4.8, depth=0.004, onset=0.5) * (1.0 + 0.001 * rng.standard_normal())
    return np.asarray(0.8 * oscillate(strengths, curve, n) * envelope(n, attack=0.03, release=0.07))


@Instrument
def reeds(pitch: float, seconds: float, rng: Rng, *, spread: float = 0.004, scoop: float = 0.0) -> Sound:
    """Return free reeds: an accordion (``spread`` = how far its two rows are apart), or a harmonica.

    ``scoop`` is the number of semitones below the note from which a harmonica player draws it.
    """
    frequency, n = hertz(pitch), frames(seconds + 0.05)
    t, k = np.arange(n) / SR, harmonics(frequency)
    shell = 0.35 + np.exp(-(((k * frequency - 1700.0) / 900.0) ** 2))
    strengths = k**-0.7 * shell * np.exp(-k * frequency / 5000.0)
    curve = frequency * 2.0 ** (-scoop / 12.0 * np.exp(-t / 0.06))
    rows = sum(oscillate(strengths, curve * (1.0 + off), n, phase=rng.uniform()) for off in (-spread, spread))
    hands = 1.0 + 0.2 * np.clip(t / 0.3 - 0.5, 0.0, 1.0) * np.sin(2.0 * np.pi * 5.5 * t)
    return np.asarray(0.5 * rows * hands * envelope(n, attack=0.03, release=0.05))


@Instrument
def trumpet(pitch: float, seconds: float, rng: Rng, *, mute: bool = True) -> Sound:
    """Return a trumpet; the mute takes its body and leaves the nose."""
    frequency, n = hertz(pitch), frames(seconds + 0.05)
    t, k = np.arange(n) / SR, harmonics(frequency)
    nose = np.exp(-(((k * frequency - 1900.0) / 800.0) ** 2)) + (0.1 if mute else 0.6 * np.exp(-k / 5.0))
    curve = vibrato(frequency, n, rate=5.6, depth=0.007, onset=0.3) * (1.0 - 0.02 * np.exp(-t / 0.02))
    tone = oscillate(k**-0.5 * nose * np.exp(-k * frequency / 6000.0), curve, n)
    return np.asarray((0.8 * tone + 0.01 * noise(n, 1500.0, 6000.0, rng)) * envelope(n, attack=0.02, release=0.05))


@Instrument
def mallet(pitch: float, seconds: float, rng: Rng, *, ring: float = 0.8, motor: float = 5.0) -> Sound:
    """Return a struck bar: a vibraphone with its ``motor`` (Hz), a marimba without (0) and with a short ``ring`` (s).

    The overtones of a bar cut for an instrument lie at 4 and about 10 times its tone.
    """
    frequency, n = hertz(pitch), frames(seconds + ring)
    t = np.arange(n) / SR
    tone = sum(
        gain * np.sin(2.0 * np.pi * multiple * frequency * t) * decay(n, ring * length)
        for multiple, gain, length in ((1.0, 1.0, 0.5), (4.0, 0.25, 0.15), (9.8, 0.1, 0.03))
        if multiple * frequency < 0.45 * SR
    )
    tremble = 1.0 + (0.3 * np.sin(2.0 * np.pi * motor * t + rng.uniform(0.0, 6.0)) if motor else 0.0)
    return np.asarray(0.8 * tone * tremble * envelope(n, attack=0.002, release=0.1))


@Instrument
def pulse(pitch: float, seconds: float, rng: Rng, *, width: float = 0.3, slope: float = 0.2) -> Sound:
    """Return a synthesiser's pulse wave, high for ``width`` of its cycle; ``slope`` darkens it."""
    frequency, n = hertz(pitch), frames(seconds + 0.04)
    k = harmonics(frequency)
    strengths = np.sin(np.pi * k * width) / k ** (1.0 + slope)
    curve = vibrato(frequency, n, rate=5.5, depth=0.004, onset=0.4)
    return np.asarray(0.7 * oscillate(strengths, curve, n, phase=rng.uniform()) * envelope(n, attack=0.005))


def _formants(frequency: float, vowel: str) -> Sound:
    """Return the strengths of the harmonics of a vowel: a glottal source (-9 dB an octave) through three resonances."""
    k = harmonics(frequency)
    f = k * frequency
    heights = zip(_VOWELS[vowel], (110.0, 130.0, 200.0), (1.0, 0.6, 0.35), strict=True)
    throat = sum(gain / (1.0 + ((f - centre) / width) ** 2) for centre, width, gain in heights)
    return np.asarray(k**-0.9 * (throat + 0.03))
