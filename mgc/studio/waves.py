"""The raw material of every instrument: cycles, oscillators, envelopes and noise.

Conventions
-----------
Sounds are [shape=(n,), float64] at :data:`mgc.audio.clip.SR` Hz, about 1 at their loudest. Pitches are MIDI numbers
(69 = a' = 440 Hz, a semitone is 1, fractions allowed), lengths are seconds.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mgc.audio.clip import SR

__all__ = ["Sound", "decay", "envelope", "frames", "harmonics", "hertz", "noise", "oscillate", "vibrato"]

Sound = npt.NDArray[np.float64]

_CYCLE = 2048  # samples of a stored cycle; read with linear interpolation its error lies below -90 dB
_TOP = 0.45 * SR  # Hz; no harmonic above it, so nothing folds back


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
    """Return a tone of the given harmonics.

    Parameters
    ----------
    strengths : np.ndarray [shape=(h,)]
        amplitudes of harmonics 1..h
    frequency : float or np.ndarray [shape=(n,), Hz]
        of the first harmonic
    n : int
        samples
    phase : float
        in cycles, where the tone begins
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


def noise(n: int, low: float, high: float, rng: np.random.Generator) -> Sound:
    """Return noise between two frequencies (Hz), of standard deviation 1."""
    spectrum = np.fft.rfft(rng.standard_normal(n))
    heights = np.fft.rfftfreq(n, 1.0 / SR)
    spectrum[(heights < low) | (heights > high)] = 0.0
    sound = np.fft.irfft(spectrum, n)
    return np.asarray(sound / max(float(sound.std()), 1e-9))
