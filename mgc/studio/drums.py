"""Drums and other things to hit and shake: instruments without pitch, ``f(rng, **character) -> Sound``."""

from __future__ import annotations

import numpy as np

from mgc.audio.clip import SR
from mgc.studio.instruments import Instrument, Rng, Sound, decay, envelope, frames, noise

__all__ = ["brush", "clap", "crash", "hat", "kick", "ride", "rim", "shaker", "snare", "stomp", "tom"]


@Instrument
def kick(rng: Rng, *, top: float = 140.0, floor: float = 48.0, length: float = 0.28) -> Sound:
    """Return a bass drum: a tone that falls from ``top`` to ``floor`` Hz, and the beater's click."""
    n = frames(length)
    t = np.arange(n) / SR
    tone = np.sin(2.0 * np.pi * np.cumsum(floor + (top - floor) * np.exp(-t / 0.025)) / SR)
    click = noise(n, 800.0, 5000.0, rng) * decay(n, 0.003)
    return np.asarray((tone * decay(n, length / 4.0) + 0.2 * click) * envelope(n, attack=0.001, release=0.05))


@Instrument
def snare(rng: Rng, *, tone: float = 190.0, length: float = 0.22, wires: float = 0.6) -> Sound:
    """Return a snare drum: two tones of the skin and the rattle of its wires."""
    n = frames(length)
    t = np.arange(n) / SR
    skin = (np.sin(2.0 * np.pi * tone * t) + 0.6 * np.sin(2.0 * np.pi * 1.7 * tone * t)) * decay(n, 0.035)
    rattle = noise(n, 1200.0, 10_000.0, rng) * decay(n, length / 4.5)
    return np.asarray((0.6 * skin + wires * rattle) * envelope(n, attack=0.001, release=0.03))


@Instrument
def rim(rng: Rng) -> Sound:
    """Return a stick on the rim."""
    n = frames(0.08)
    t = np.arange(n) / SR
    wood = np.sin(2.0 * np.pi * 1650.0 * t) + 0.7 * np.sin(2.0 * np.pi * 480.0 * t)
    return np.asarray((wood + 0.3 * noise(n, 1000.0, 6000.0, rng)) * decay(n, 0.011))


@Instrument
def tom(rng: Rng, *, tone: float = 110.0) -> Sound:
    """Return a tom."""
    n = frames(0.4)
    t = np.arange(n) / SR
    skin = np.sin(2.0 * np.pi * np.cumsum(tone * (1.0 + 0.5 * np.exp(-t / 0.03))) / SR) * decay(n, 0.1)
    return np.asarray(skin + 0.15 * noise(n, 300.0, 3000.0, rng) * decay(n, 0.02))


@Instrument
def hat(rng: Rng, *, length: float = 0.06, low: float = 6000.0) -> Sound:
    """Return a hi-hat, shut (0.06 s) or open (0.3 s)."""
    n = frames(length)
    return noise(n, low, 10_800.0, rng) * decay(n, length / 4.0) * envelope(n, attack=0.001, release=0.01) * 0.5


@Instrument
def ride(rng: Rng, *, length: float = 0.6) -> Sound:
    """Return a ride cymbal: a ping over a wash of overtones that fit no scale."""
    n = frames(length)
    t = np.arange(n) / SR
    ping = sum(np.sin(2.0 * np.pi * f * t + rng.uniform(0.0, 6.0)) for f in (2870.0, 3490.0, 4410.0, 5230.0, 6790.0))
    wash = noise(n, 3500.0, 10_500.0, rng)
    return np.asarray((0.2 * ping * decay(n, 0.08) + 0.18 * wash * decay(n, 0.15)) * envelope(n, attack=0.001))


@Instrument
def crash(rng: Rng, *, length: float = 1.6) -> Sound:
    """Return a crash cymbal."""
    n = frames(length)
    wash = noise(n, 2500.0, 10_800.0, rng) * decay(n, 0.28)
    return np.asarray((wash + 0.5 * noise(n, 500.0, 3000.0, rng) * decay(n, 0.12)) * envelope(n, attack=0.003) * 0.5)


@Instrument
def clap(rng: Rng) -> Sound:
    """Return hands: three bursts and a tail."""
    n = frames(0.2)
    t = np.arange(n) / SR
    hands = sum(np.where(t >= at, 0.5 ** ((t - at) / 0.004), 0.0) for at in (0.0, 0.011, 0.022))
    tail = np.where(t >= 0.03, 0.5 ** ((t - 0.03) / 0.03), 0.0)
    return np.asarray(noise(n, 700.0, 5000.0, rng) * (0.6 * hands + 0.5 * tail))


@Instrument
def shaker(rng: Rng) -> Sound:
    """Return a shaker: noise that swells and stops."""
    n = frames(0.09)
    return np.asarray(noise(n, 4500.0, 10_500.0, rng) * np.hanning(n) * 0.4)


@Instrument
def brush(rng: Rng, *, length: float = 0.25) -> Sound:
    """Return a brush swept over a snare."""
    n = frames(length)
    return np.asarray(noise(n, 900.0, 8000.0, rng) * np.hanning(n) * 0.35)


@Instrument
def stomp(rng: Rng) -> Sound:
    """Return a foot on a wooden floor."""
    n = frames(0.2)
    t = np.arange(n) / SR
    thud = np.sin(2.0 * np.pi * 78.0 * t) * decay(n, 0.04)
    return np.asarray(thud + 0.2 * noise(n, 150.0, 1200.0, rng) * decay(n, 0.012))
