"""Bands that need a socket: disco, hip-hop, metal, pop, reggae, rock.

Each function fills a desk with a song of its genre and returns the finished clip. What makes the genre is said in its
docstring; everything else (melodies, small delays, accents) comes from the desk's random numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mgc.datasets.studio import drums, instruments
from mgc.datasets.studio.desk import Desk
from mgc.datasets.studio.patterns import chord, line, root, scale, section, steps, turn

if TYPE_CHECKING:
    import numpy as np

    from mgc.audio.clip import FloatArray

__all__ = ["disco", "hiphop", "metal", "pop", "reggae", "rock"]


def disco(rng: np.random.Generator, seconds: float) -> FloatArray:
    """Four on the floor, open hats between, a bass that jumps octaves, scratched guitar, sweeping strings, a choir."""
    desk = Desk(seconds, 120.0, rng)
    chords = [("Am7", "Am7", "Dm7", "G7", "Cmaj7", "Am7", "Dm7", "E7")[bar % 8] for bar in desk.bars()]
    for bar, symbol in enumerate(chords):
        at, low, part = 4.0 * bar, root(symbol, 33), section(bar, "iivvvvcccc")
        desk.hit("kick", drums.kick, bar, "XXXX", top=120.0, length=0.22)
        desk.hit("hat", drums.hat, bar, "o.o.o.o.")
        desk.hit("open", drums.hat, bar, "..x...x...x...x.", length=0.22)
        if part != "intro":
            desk.hit("snare", drums.snare, bar, ".X.X" if not turn(bar) else "....X.......x.xx", tone=210.0)
            desk.hit("clap", drums.clap, bar, ".x.x")
        for beat, loud in steps("xxxxxxxx"):
            jump = 12 if beat % 1.0 else 0
            desk.note("bass", instruments.bass, low + jump, at + beat, 0.42, loud, bright=0.7, ring=0.3)
        for beat, loud in steps("o.xo.oxoo.xo.oxx"):
            for pitch in chord(symbol, 67):
                desk.note("guitar", instruments.pluck, pitch, at + beat, 0.16, loud, bright=1.0, ring=0.25)
        if part == "chorus" or bar % 2:
            for pitch in chord(symbol, 72):
                desk.note("strings", instruments.bow, pitch, at, 3.8, attack=0.15)
        if turn(bar):  # the run that every disco string section plays
            for number, pitch in enumerate(scale("A", "minor", 69, 88)[:8]):
                desk.note("strings", instruments.bow, pitch, at + 2 + number / 4, 0.25, 1.3, attack=0.03)
        desk.hit("shaker", drums.shaker, bar, "oxoxoxox" * 2)
    for beat, beats, pitch in line(
        rng, scale("A", "minor", 64, 79), chords, ["x.x.xx..", "xx.xx.x.", "..xxx..."], leap=2
    ):
        if beat >= 8:
            desk.note("voice", instruments.sing, pitch, beat, 0.9 * beats, vowels="ai")
            if section(int(beat // 4), "iivvvvcccc") == "chorus":
                desk.note("voice", instruments.sing, pitch - 5, beat, 0.9 * beats, 0.6, vowels="ai")
    levels = {"kick": 0.0, "hat": -17.0, "open": -10.0, "snare": -7.0, "clap": -9.0, "bass": -1.0, "guitar": -6.0}
    levels |= {"strings": -4.0, "shaker": -18.0, "voice": -1.0}
    return desk.master("disco", levels, {"strings": 0.4, "voice": 0.4, "clap": 0.3, "snare": 0.2}, tail=1.2)


def hiphop(rng: np.random.Generator, seconds: float) -> FloatArray:
    """Play a heavy, late beat, a sliding sub bass, a looped electric piano on an old record, and somebody talks."""
    desk = Desk(seconds, 92.0, rng, swing=0.58, grid=0.5)
    chords = [("Dm9", "Dm9", "Bbmaj7", "Am7")[bar % 4] for bar in desk.bars()]
    for bar, symbol in enumerate(chords):
        at, low, part = 4.0 * bar, root(symbol, 33), section(bar, "ivvvvcccc")
        beat_of = ("X..x..x.........", "X......x..x.....")[bar % 2]
        if part != "intro" or bar % 2:
            desk.hit("kick", drums.kick, bar, beat_of, 1.0, floor=45.0, top=170.0, length=0.34)
            desk.hit("snare", drums.snare, bar, "....X.......X..o", tone=170.0, length=0.26, wires=0.8)
            desk.hit("clap", drums.clap, bar, "....x.......x...")
            for beat, loud in steps(beat_of):
                desk.note("bass", instruments.sub, low, at + beat, 1.2, loud, glide=0.0 if beat < 2 else -2.0)
        desk.hit("hat", drums.hat, bar, "xoxoxoxxxoxoxoxo" if not turn(bar) else "xoxoxoxoxxxxxoxo")
        for beat, beats in ((0.0, 1.5), (1.75, 0.5), (2.5, 1.4)):
            for pitch in chord(symbol, 62):
                desk.note("keys", instruments.electric_piano, pitch, at + beat, beats)
        if part == "chorus":
            for number, pitch in enumerate(chord(symbol, 76)):
                desk.note("bell", instruments.pluck, pitch, at + number * 0.75, 0.7, bright=0.7, ring=1.2)
        if part != "intro":
            for beat, loud in steps(("xxox.xxxxx.xxox.", "x.xxxxox.xxxx.x.")[bar % 2]):
                word = "aeo"[int(rng.integers(3))] + "aie"[int(rng.integers(3))]
                pitch = 46 + int(rng.integers(0, 6))
                desk.note("voice", instruments.speak, pitch, at + beat, 0.26, loud, vowels=word)
    desk.play("record", drums.crackle(rng, seconds=seconds), 0.0)
    levels = {"kick": 2.5, "snare": -9.0, "clap": -9.0, "hat": -15.0, "bass": 1.0, "keys": -12.0, "bell": -11.0}
    levels |= {"voice": 3.0, "record": -30.0}
    return desk.master("hiphop", levels, {"snare": 0.05, "keys": 0.1, "bell": 0.2, "voice": 0.05}, tail=0.4, press=0.12)


def metal(rng: np.random.Generator, seconds: float) -> FloatArray:
    """Two driven guitars in fifths, palm-muted gallops on a low E, double bass drums, a lead on top."""
    desk = Desk(seconds, 164.0, rng)
    chords = [("E5", "E5", "F5", "G5", "E5", "E5", "C5", "B5")[bar % 8] for bar in desk.bars()]
    for bar, symbol in enumerate(chords):
        at, low, part = 4.0 * bar, root(symbol, 40), section(bar, "iiiivvvvvvvvcccccccc")
        _metal_riff(desk, at, low, "X.....X.....X..." if part == "chorus" else "x.xxx.xxx.xxX...", follows=bar % 2 == 1)
        feet = "xxxxxxxxxxxxxxxx" if part == "chorus" or turn(bar) else "x.xxx.xxx.xxx.xx"
        desk.hit("kick", drums.kick, bar, feet, top=200.0, floor=55.0, length=0.12)
        fill = "....X...X.X.XXXX" if turn(bar, 8) else ".X.X"
        desk.hit("snare", drums.snare, bar, fill, tone=220.0, length=0.2, wires=0.9)
        desk.hit("cymbals", drums.hat if part == "verse" else drums.ride, bar, "x.x.x.x.", length=0.2)
        if bar % 4 == 0:
            desk.hit("cymbals", drums.crash, bar, "X...", 1.3)
    tune = line(rng, scale("E", "phrygian", 64, 86), chords, ["xxxxxxxx", "x.xxx.xx", "x...x..."], leap=2)
    for beat, beats, pitch in tune:
        part = section(int(beat // 4), "iiiivvvvvvvvcccccccc")
        if part == "chorus":
            desk.note("lead", instruments.saw, pitch, beat, beats, spread=0.001)
            desk.note("lead", instruments.saw, pitch - 5, beat, beats, 0.7, spread=0.001)
        elif part == "verse" and beats >= 0.5:
            desk.note("voice", instruments.sing, pitch - 14, beat, beats, vowels="ae", breath=0.3)
    for name, gain in (("left", 4.0), ("right", 5.0), ("lead", 3.0), ("voice", 2.5)):
        desk.drive(name, gain, low=95.0, high=5500.0)
    levels = {"left": 2.0, "right": 3.0, "bass": -4.0, "kick": -6.0, "snare": -8.0, "cymbals": -9.0}
    levels |= {"lead": -4.0, "voice": -3.0}
    return desk.master("metal", levels, {"snare": 0.15, "lead": 0.15, "voice": 0.15}, tail=0.6)


def _metal_riff(desk: Desk, at: float, low: int, riff: str, *, follows: bool) -> None:
    """Play a bar of fifths: muted ones on the open string unless the riff follows the chord, held ones always do."""
    for beat, loud in steps(riff):
        held = 1.4 if loud == 1.0 else 0.2
        base = low if loud == 1.0 or follows else 40
        for side, spread in (("left", 0.003), ("right", 0.006)):
            for pitch, gain in ((base, 1.0), (base + 7, 0.8), (base + 12, 0.5)):
                desk.note(side, instruments.saw, pitch, at + beat, held, gain, spread=spread)
        desk.note("bass", instruments.bass, base - 12, at + beat, min(held, 1.0) + 0.1, bright=0.9, ring=0.4)


def pop(rng: np.random.Generator, seconds: float) -> FloatArray:
    """Play a drum machine, the four chords, synthetic bass and plucks, a bright voice with a choir in the chorus."""
    desk = Desk(seconds, 102.0, rng)
    chords = [("C", "G", "Am", "F")[bar % 4] for bar in desk.bars()]
    form = "ivvvvcccc"
    for bar, symbol in enumerate(chords):
        at, low, part = 4.0 * bar, root(symbol, 33), section(bar, form)
        desk.hit("kick", drums.kick, bar, "X..x..x...X.....", top=180.0, floor=46.0, length=0.32)
        desk.hit("snare", drums.snare, bar, "....X.......X..." if not turn(bar) else "....X.......X.XX", length=0.2)
        desk.hit("clap", drums.clap, bar, "....X.......X...")
        desk.hit("hat", drums.hat, bar, "x.xox.xox.xox.xx", low=7000.0)
        for beat, loud in steps("x..x..x.x..x..x." if part != "chorus" else "xxxxxxxx"):
            desk.note("bass", instruments.saw, low, at + beat, 0.45, loud, slope=1.6, spread=0.001)
            desk.note("bass", instruments.sub, low, at + beat, 0.45, loud)
        tones = (*chord(symbol, 67), *chord(symbol, 79))
        for beat, loud in steps("x.xx.xx.x.xx.xx."):
            tone = tones[int(4 * beat) * 5 % len(tones)]
            desk.note("plucks", instruments.saw, tone, at + beat, 0.18, loud, slope=1.3)
        for pitch in chord(symbol, 60):
            desk.note("pad", instruments.saw, pitch, at, 3.9, slope=1.5 if part == "chorus" else 2.0, spread=0.006)
        if bar and part == "chorus" and not turn(bar - 1):
            desk.hit("cymbal", drums.crash, bar, "o...")
    for beat, beats, pitch in line(
        rng, scale("C", "major", 64, 79), chords, ["x.xxx.xx", "xx.x.x..", "x.x.xxx."], leap=1
    ):
        if beat >= 4:
            desk.note("voice", instruments.sing, pitch, beat, 0.9 * beats, vowels="ai", breath=0.08)
            if section(int(beat // 4), form) == "chorus":
                desk.note("choir", instruments.sing, pitch - 3, beat, 0.9 * beats, vowels="oa", breath=0.1)
                desk.note("choir", instruments.sing, pitch + 5, beat, 0.9 * beats, 0.7, vowels="oa", breath=0.1)
    levels = {"kick": 2.5, "snare": -4.0, "clap": -8.0, "hat": -9.0, "bass": -1.0, "plucks": -5.0, "pad": -14.0}
    levels |= {"cymbal": -20.0, "voice": 3.0, "choir": -9.0}
    return desk.master("pop", levels, {"voice": 0.25, "choir": 0.5, "plucks": 0.2, "clap": 0.1}, tail=0.6, press=0.4)


def reggae(rng: np.random.Generator, seconds: float) -> FloatArray:
    """One drop on the third beat, chords only on the off-beats, a bubbling organ, a round bass that is the melody."""
    desk = Desk(seconds, 76.0, rng, swing=0.57, grid=0.5)
    chords = [("Am", "Am", "Dm", "Em", "Am", "F", "G", "Am")[bar % 8] for bar in desk.bars()]
    tune = ((0.0, 0, 0.7), (0.75, 0, 0.25), (1.0, 7, 0.5), (2.0, 12, 0.7), (2.75, 10, 0.5), (3.5, 7, 0.5))
    for bar, symbol in enumerate(chords):
        at, low = 4.0 * bar, root(symbol, 33)
        for beat, step, beats in tune if bar % 2 == 0 else tune[1:]:
            desk.note("bass", instruments.bass, low + step, at + beat, beats, bright=0.1, ring=0.8)
        desk.hit("kick", drums.kick, bar, "..X.", top=110.0, floor=50.0, length=0.3)
        desk.hit("rim", drums.rim, bar, "..X." if not turn(bar) else "..X..xx.")
        desk.hit("hat", drums.hat, bar, "o.xoo.xoo.xoo.xo", low=5000.0)
        if turn(bar):
            desk.hit("toms", drums.tom, bar, "...........x.xxx", tone=150.0)
        for beat in (0.5, 1.5, 2.5, 3.5):
            for pitch in chord(symbol, 67):
                desk.note("skank", instruments.pluck, pitch, at + beat, 0.13, bright=0.8, ring=0.35)
                desk.note("skank", instruments.piano, pitch - 12, at + beat, 0.1, 0.6)
        for beat, loud in steps(".oxo.oxo.oxo.oxo"):
            for pitch in chord(symbol, 60):
                desk.note("organ", instruments.organ, pitch, at + beat, 0.12, loud)
        if bar % 4 == 3:
            for number, pitch in enumerate(chord(symbol, 69)):
                desk.note("horns", instruments.brass, pitch, at + 0.5 * number, 0.5)
    for beat, beats, pitch in line(
        rng, scale("A", "minor pentatonic", 57, 74), chords, ["..xx.xx.", "x.x.xx..", "...xxx.."], leap=1
    ):
        if beat >= 8 and int(beat // 4) % 4 != 3:
            desk.note("voice", instruments.sing, pitch, beat, 0.85 * beats, vowels="oe")
    levels = {"bass": 1.0, "kick": -6.0, "rim": -4.0, "hat": -10.0, "toms": -13.0, "skank": 4.0, "organ": -11.0}
    levels |= {"horns": -13.0, "voice": -6.0}
    return desk.master(
        "reggae",
        levels,
        {"rim": 0.2, "skank": 0.05, "voice": 0.1, "horns": 0.1, "toms": 0.1},
        tail=0.5,
        press=0.4,
        air=-33.0,
    )


def rock(rng: np.random.Generator, seconds: float) -> FloatArray:
    """Play two overdriven guitars, a straight back beat, bass in eighths, and a voice that yields to a guitar solo."""
    desk = Desk(seconds, 126.0, rng)
    form = "iivvvvvvvvcccc"
    chords = [("A", "D", "A", "G", "D", "G", "E", "D")[bar % 8] for bar in desk.bars()]
    for bar, symbol in enumerate(chords):
        at, low, part = 4.0 * bar, root(symbol, 40), section(bar, form)
        for beat, loud in steps("X..xx.x." if part != "chorus" else "Xxxxxxxx"):
            for pitch in (low, low + 7, low + 12, low + 16):
                desk.note("left", instruments.saw, pitch, at + beat, 0.8, loud, slope=1.1)
        for number, pitch in enumerate((*chord(symbol, 57), chord(symbol, 57)[1])):
            desk.note("right", instruments.pluck, pitch, at + number, 1.0, bright=0.9, ring=1.8)
            desk.note("right", instruments.pluck, pitch + 12, at + number + 0.5, 0.5, bright=0.9, ring=1.8)
        for beat, loud in steps("xxxxxxxx"):
            step = 0 if not (turn(bar) and beat >= 3) else 7
            desk.note("bass", instruments.bass, low - 12 + step, at + beat, 0.45, loud, bright=0.7, ring=0.5)
        if bar:
            desk.hit("kick", drums.kick, bar, "X...x.x.X.......", length=0.25)
            fill = "....X.....x.XxXX" if turn(bar) else "....X.......X..."
            desk.hit("snare", drums.snare, bar, fill, length=0.26)
        desk.hit("hat", drums.hat, bar, "x.x.x.x.x.x.x.x.", length=0.09 if part != "chorus" else 0.25, low=5000.0)
        if bar % 4 == 0:
            desk.hit("cymbals", drums.crash, bar, "X...")
    tune = line(rng, scale("A", "minor pentatonic", 57, 79), chords, ["x.xxx.x.", "xx.xx...", "xxxxx.x."], leap=2)
    for beat, beats, pitch in tune:
        part = section(int(beat // 4), form)
        if part == "verse":
            desk.note("voice", instruments.sing, min(pitch, 72), beat, 0.9 * beats, vowels="ae")
        elif part == "chorus":
            bend = 1.0 if beats >= 1.0 else 0.0
            desk.note("solo", instruments.pluck, pitch + 7, beat, beats, bright=0.9, ring=3.0, bend=bend)
    for name, gain in (("left", 1.8), ("right", 0.7), ("solo", 2.5)):
        desk.drive(name, gain, high=4800.0)
    levels = {"left": -1.0, "right": -5.0, "bass": -2.0, "kick": -2.0, "snare": -4.0, "hat": -13.0, "cymbals": -12.0}
    levels |= {"voice": 0.0, "solo": 0.0}
    return desk.master("rock", levels, {"snare": 0.25, "voice": 0.3, "solo": 0.35, "right": 0.2}, tail=0.9)
