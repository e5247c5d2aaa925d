"""More instruments, those that tell one band from the next: flute, clarinet, reeds, muted trumpet, mallets, synths.

Conventions
-----------
As in :mod:`mgc.studio.instruments`: every instrument is ``f(pitch, seconds, rng, **character) -> Sound``.
"""

from __future__ import annotations

import numpy as np

from mgc.audio.clip import SR
from mgc.studio.waves import (
    Sound,
    decay,
    envelope,
    frames,
    harmonics,
    hertz,
    noise,
    oscillate,
    vibrato,
)

__all__ = ["clarinet", "flute", "mallet", "pulse", "reeds", "trumpet"]


def flute(pitch: float, seconds: float, rng: np.random.Generator, *, breath: float = 0.03) -> Sound:
    """Return a flute: few harmonics, and the breath that makes them."""
    frequency, n = hertz(pitch), frames(seconds + 0.08)
    curve = vibrato(frequency, n, rate=5.0, depth=0.006, onset=0.4)
    air = noise(n, 0.8 * frequency, min(9000.0, 6.0 * frequency), rng)
    tone = oscillate(np.array([1.0, 0.45, 0.2, 0.06, 0.02]), curve, n)
    return np.asarray((0.8 * tone + breath * air) * envelope(n, attack=0.05, release=0.09))


def clarinet(pitch: float, seconds: float, rng: np.random.Generator) -> Sound:
    """Return a clarinet: a pipe shut at one end, so its odd harmonics lead."""
    frequency, n = hertz(pitch), frames(seconds + 0.06)
    k = harmonics(frequency)
    strengths = k**-1.1 * np.where(k % 2 == 1, 1.0, 0.12) * np.exp(-k * frequency / 3500.0)
    curve = vibrato(frequency, n, rate=4.8, depth=0.004, onset=0.5) * (1.0 + 0.001 * rng.standard_normal())
    return np.asarray(0.8 * oscillate(strengths, curve, n) * envelope(n, attack=0.03, release=0.07))


def reeds(
    pitch: float, seconds: float, rng: np.random.Generator, *, spread: float = 0.004, scoop: float = 0.0
) -> Sound:
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


def trumpet(pitch: float, seconds: float, rng: np.random.Generator, *, mute: bool = True) -> Sound:
    """Return a trumpet; the mute takes its body and leaves the nose."""
    frequency, n = hertz(pitch), frames(seconds + 0.05)
    t, k = np.arange(n) / SR, harmonics(frequency)
    nose = np.exp(-(((k * frequency - 1900.0) / 800.0) ** 2)) + (0.1 if mute else 0.6 * np.exp(-k / 5.0))
    curve = vibrato(frequency, n, rate=5.6, depth=0.007, onset=0.3) * (1.0 - 0.02 * np.exp(-t / 0.02))
    tone = oscillate(k**-0.5 * nose * np.exp(-k * frequency / 6000.0), curve, n)
    return np.asarray((0.8 * tone + 0.01 * noise(n, 1500.0, 6000.0, rng)) * envelope(n, attack=0.02, release=0.05))


def mallet(pitch: float, seconds: float, rng: np.random.Generator, *, ring: float = 0.8, motor: float = 5.0) -> Sound:
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


def pulse(pitch: float, seconds: float, rng: np.random.Generator, *, width: float = 0.3, slope: float = 0.2) -> Sound:
    """Return a synthesiser's pulse wave, high for ``width`` of its cycle; ``slope`` darkens it."""
    frequency, n = hertz(pitch), frames(seconds + 0.04)
    k = harmonics(frequency)
    strengths = np.sin(np.pi * k * width) / k ** (1.0 + slope)
    curve = vibrato(frequency, n, rate=5.5, depth=0.004, onset=0.4)
    return np.asarray(0.7 * oscillate(strengths, curve, n, phase=rng.uniform()) * envelope(n, attack=0.005))
