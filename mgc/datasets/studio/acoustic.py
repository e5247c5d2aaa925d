"""Bands that play on wood, strings and breath: blues, classical, country, jazz.

Each function fills a desk with a song of its genre and returns the finished clip. What makes the genre is said in its
docstring; everything else (melodies, small delays, accents) comes from the desk's random numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mgc.datasets.studio import drums, instruments
from mgc.datasets.studio.desk import Desk
from mgc.datasets.studio.patterns import chord, line, root, scale, steps, turn

if TYPE_CHECKING:
    from mgc.audio.clip import FloatArray

__all__ = ["blues", "classical", "country", "jazz"]


def blues(rng: np.random.Generator, seconds: float) -> FloatArray:
    """Twelve bars in E, a shuffled boogie on a steel-string guitar, a stamping foot; a bent lead answers a voice."""
    desk = Desk(seconds, 96.0, rng, swing=0.65)
    chords = [("E7", "A7", "E7", "E7", "A7", "A7", "E7", "E7", "B7", "A7", "E7", "B7")[bar % 12] for bar in desk.bars()]
    for bar, symbol in enumerate(chords):
        at, low, is_answer = 4.0 * bar, root(symbol, 40), bar % 4 >= 2
        desk.hit("foot", drums.stomp, bar, "XxXx")
        for half in range(8):  # the boogie: fifth, fifth, sixth, sixth; only the thumb goes on under the lead
            loud = 1.0 - 0.35 * (half % 2)
            if half % 2 == 0:
                desk.note("boogie", instruments.pluck, low, at + half / 2, 0.9, loud, bright=0.55, ring=1.4)
            if not is_answer:
                top = low + (7, 7, 9, 9, 7, 7, 10, 9)[half]
                desk.note("boogie", instruments.pluck, top, at + half / 2, 0.4, loud, bright=0.7, ring=0.8)
        if turn(bar):  # a ringing chord ends the phrase
            for place, pitch in enumerate(chord(symbol, 58)):
                desk.note("boogie", instruments.pluck, pitch, at + 3 + 0.04 * place, 1.5, bright=0.7, ring=2.0)
    notes = scale("E", "blues", 59, 77)
    for beat, beats, pitch in line(rng, notes, chords, ["x.xx.xx.", "xx.x.x..", "..x.xxx."], leap=2):
        if int(beat // 8) % 2 == 1:
            bend = 1.0 if beats >= 1.0 and pitch % 12 in (9, 2) else 0.0
            desk.note("lead", instruments.pluck, pitch, beat, beats, bright=0.85, ring=1.6, bend=bend)
        else:
            desk.note("voice", instruments.sing, pitch - 10, beat, 0.8 * beats, vowels="ao")
    levels = {"boogie": -5.0, "foot": -11.0, "lead": 3.0, "voice": -2.0}
    return desk.master("blues", levels, {"lead": 0.4, "voice": 0.4, "boogie": 0.2}, tail=0.3, press=0.0)


def classical(rng: np.random.Generator, seconds: float) -> FloatArray:
    """Strings and a piano in a hall: a slow progression with suspensions, a long melody, no drums, swelling phrases."""
    desk = Desk(seconds, 66.0, rng)
    circle = ("D", "A", "Bm", "F#m", "G", "D", "Em7", "A7")
    chords = [circle[bar % 8] for bar in desk.bars()]
    for bar, symbol in enumerate(chords):
        at, swell = 4.0 * bar, 0.6 + 0.4 * np.sin(np.pi * ((bar % 4) + 0.5) / 4)
        desk.note("cello", instruments.bow, root(symbol, 38), at, 2.0, swell, players=2, attack=0.09)
        desk.note("cello", instruments.bow, chord(symbol, 50)[1], at + 2, 2.0, swell, players=2, attack=0.09)
        for pitch in chord(symbol, 62):
            desk.note("strings", instruments.bow, pitch, at, 3.9, 0.7 * swell, attack=0.25)
        tones = [*chord(symbol, 60), *(pitch + 12 for pitch in chord(symbol, 60))]
        for number in range(8):
            up = (0, 2, 3, 4, 5, 4, 3, 2)[number] % len(tones)
            desk.note("piano", instruments.piano, tones[up], at + number / 2, 1.2, swell * rng.uniform(0.7, 1.0))
    for beat, beats, pitch in line(
        rng, scale("D", "major", 69, 86), chords, ["x...x.x.", "x.xxx.x.", "x......."], leap=1
    ):
        swell = 0.6 + 0.4 * np.sin(np.pi * ((beat / 4) % 4 + 0.3) / 4.3)
        desk.note("violin", instruments.bow, pitch, beat, beats, swell, players=1, attack=0.07)
    levels = {"cello": -2.0, "strings": -7.0, "piano": 0.0, "violin": -4.0}
    return desk.master(
        "classical", levels, {"cello": 0.25, "strings": 0.35, "piano": 0.25, "violin": 0.35}, tail=2.0, air=-30.0
    )


def country(rng: np.random.Generator, seconds: float) -> FloatArray:
    """Play a train beat on brushes, boom-chick bass, strummed and picked guitars, a steel guitar around a voice."""
    desk = Desk(seconds, 104.0, rng)
    turnaround = ("G", "G", "C", "G", "G", "Em", "A7", "D7")
    chords = [turnaround[bar % 8] for bar in desk.bars()]
    for bar, symbol in enumerate(chords):
        _country_guitars(desk, bar, symbol)
        desk.hit("brushes", drums.snare, bar, "ooXoooXoooXoooXo", length=0.11, tone=230.0, wires=0.8)
        desk.hit("kick", drums.kick, bar, "x.x.", top=110.0)
        if bar >= 8 and turn(bar, 8):
            desk.hit("brushes", drums.crash, bar, "x...")
    melody = line(rng, scale("G", "pentatonic", 62, 79), chords, ["x.xxx.x.", "xx.xx...", "x..xx.xx"], leap=1)
    for beat, beats, pitch in melody:
        if int(beat // 16) % 2 == 0 and beat >= 8:
            desk.note("voice", instruments.sing, pitch - 7 if pitch > 74 else pitch, beat, 0.92 * beats, vowels="ae")
        elif beats >= 1.0 or beat % 1.0 == 0.0:
            desk.note("steel", instruments.slide, pitch, beat, max(1.0, beats), fall=2.0)
            desk.note("steel", instruments.slide, pitch - 5, beat, max(1.0, beats), 0.6, fall=2.0)
    levels = {"bass": 2.5, "strum": -10.0, "picked": -3.0, "brushes": -9.0, "kick": -8.0, "voice": 0.0, "steel": 1.0}
    room = {"voice": 0.4, "steel": 0.4, "brushes": 0.3, "strum": 0.3}
    return desk.master("country", levels, room, tail=1.0, press=0.5, air=-33.0)


def _country_guitars(desk: Desk, bar: int, symbol: str) -> None:
    at, low = 4.0 * bar, root(symbol, 31)
    walk = (0, 2, 4, 5) if turn(bar) else (0, None, 7, None)  # boom-chick, or a run into the next chord
    for count, step in enumerate(walk):
        if step is not None:
            desk.note("bass", instruments.bass, low + step, at + count, 0.8, bright=0.35)
    for beat, loud in steps("..x.x.xx..x.x.xx"):
        for place, pitch in enumerate(chord(symbol, 62)):
            desk.note("strum", instruments.pluck, pitch, at + beat + 0.02 * place, 0.6, loud, bright=0.9, ring=0.8)
    tones = (*chord(symbol, 57), *chord(symbol, 69))
    for number, tone in enumerate((0, 2, 4, 1, 3, 5, 2, 4)):
        desk.note("picked", instruments.pluck, tones[tone], at + number / 2, 0.5, bright=0.8, ring=1.2)


def jazz(rng: np.random.Generator, seconds: float) -> FloatArray:
    """Play as a quartet: swung ride cymbal, walking bass, a piano that answers in ninths, a restless saxophone."""
    desk = Desk(seconds, 144.0, rng, swing=0.64)
    changes = ("Dm9", "G9", "Cmaj7", "Am7", "Dm9", "G9", "Em7", "A7b9")
    chords = [changes[bar % 8] for bar in desk.bars()]
    bass = 40
    for bar, symbol in enumerate(chords):
        at, following = 4.0 * bar, chords[(bar + 1) % len(chords)]
        target = root(following, 33)
        tones = [root(symbol, 33), *(pitch for pitch in chord(symbol, 42) if pitch % 12 != root(symbol) % 12)]
        walk = [tones[0], tones[1], tones[2 % len(tones)], target + int(rng.choice([-1, 1]))]
        for count, pitch in enumerate(walk):
            bass = pitch
            desk.note("bass", instruments.bass, bass, at + count, 0.95, bright=0.15, ring=0.45)
        comping = ("x..x....", "..x...x.", ".x....x.", "x.......")[int(rng.integers(4))]
        for beat, loud in steps(comping):
            for pitch in chord(symbol, 62):
                desk.note("piano", instruments.piano, pitch, at + beat, 0.6, loud)
        desk.hit("ride", drums.ride, bar, "X.xoX.xo")
        desk.hit("hat", drums.hat, bar, ".x.x")
        desk.hit("brushes", drums.brush, bar, "x.x.x.x.")
        if rng.random() < 0.4:
            desk.hit("snare", drums.snare, bar, ("...o..o.", ".....o..", "..o....o")[int(rng.integers(3))], length=0.15)
    pitches = scale("C", "major", 57, 80)
    for beat, beats, pitch in line(rng, pitches, chords, ["x.xxxxx.", "xxxx.xxx", ".xxxx..x", "x..x...."], leap=3):
        if (beat // 4) % 8 != 7:
            desk.note("sax", instruments.brass, pitch, beat, 0.95 * beats, rng.uniform(0.7, 1.0), reed=True)
    levels = {"bass": -2.0, "piano": -3.0, "ride": -14.0, "hat": -21.0, "brushes": -20.0, "snare": -18.0, "sax": -1.0}
    return desk.master(
        "jazz", levels, {"sax": 0.6, "piano": 0.6, "snare": 0.5, "ride": 0.2}, tail=0.5, press=0.12, air=-30.0
    )
