"""Six hip-hop crews: heavy, late beats, sub bass, a loop from somebody's records, and somebody talks."""

from __future__ import annotations

from typing import Final

from mgc.studio.band import Arp, Band, Bass, Beat, Chords, Talk, Tune
from mgc.studio.drums import clap, hat, kick, rim, shaker, snare
from mgc.studio.instruments import bass, bow, electric_piano, mallet, piano, pluck, pulse, saw, speak, sub, trumpet

_FORM: Final = "ivvvvcccc"
_FLOW: Final = ("xxox.xxxxx.xxox.", "x.xxxxox.xxxx.x.")
_HEAVY: Final = {"floor": 45.0, "top": 170.0, "length": 0.34}

BANDS: Final = (
    Band(  # a sliding bass, a looped electric piano
        "Night bus", "hiphop", 92.0, ("Dm9 Dm9 Bbmaj7 Am7", "Dm9 Gm7 Dm9 Am7"), (
            Beat("kick", kick, ("X..x..x.........", "X......x..x....."), on="vc", how=_HEAVY),
            Beat("snare", snare, "....X.......X..o", on="vc", how={"tone": 170.0, "length": 0.26, "wires": 0.8}),
            Beat("clap", clap, "....x.......x...", on="vc"),
            Beat("hat", hat, "xoxoxoxxxoxoxoxo", fill="xoxoxoxoxxxxxoxo"),
            Bass("bass", sub, ("X..x..x.........", "X......x..x....."), 33, (0,), 1.2, on="vc"),
            Chords("keys", electric_piano, "x......xx.x.....", 62, 1.0),
            Arp("bell", pluck, "x..x..x.........", 76, (0, 1, 2), 0.7, on="c", how={"bright": 0.7, "ring": 1.2}),
            Talk("voice", speak, _FLOW, 46, on="vc"),
        ), "kick 2.5, snare -9 .05, clap -9, hat -15, bass 1, keys -12 .1, bell -11 .2, voice 3 .05",
        keys=(0, -2, 3), form=_FORM, swing=0.58, grid=0.5, tail=0.4, press=0.12,
    ),
    Band(  # boom-bap: a chopped piano, a hard snare
        "Corner store", "hiphop", 94.0, ("Am7 Am7 Fmaj7 E7", "Am7 Dm7 Am7 E7"), (
            Beat("kick", kick, ("X.x....x..X.....", "X.x....x..X..x.."), on="vc", how={"floor": 50.0, "top": 150.0}),
            Beat("snare", snare, "....X.......X...", fill="....X.......X.xx", on="vc",
                 how={"tone": 200.0, "length": 0.2, "wires": 1.0}),
            Beat("hat", hat, "x.xox.x.x.xox.xo", how={"length": 0.05}),
            Bass("bass", bass, "x.....xx..x.....", 33, (0, 0, 7, 0), 0.8, on="vc", how={"bright": 0.15, "ring": 0.8}),
            Arp("loop", piano, "x..x..x.x..x....", 64, (0, 2, 1, 3, 2), 0.5),
            Bass("loop", piano, "x.......", 45, (0,), 1.5),
            Talk("voice", speak, ("x.xxx.xxx.xxx.x.", "xxx.xxx.xxx.xx.."), 48, 0.24, on="vc", how={}),
        ), "kick 2, snare -4 .1, hat -14, bass 0, loop -8 .15, voice 3 .06",
        keys=(0, 2, -3), form=_FORM, swing=0.6, grid=0.5, tail=0.5, press=0.15, air=-32.0, tilt=(-2.0, 2.0),
    ),
    Band(  # jazz in crates: vibraphone, upright bass, a muted trumpet far away
        "Paper crates", "hiphop", 86.0, ("Em9 Em9 Am9 Am9", "Em9 Cmaj7 Am7 B7"), (
            Beat("kick", kick, "X..x....X.x.....", on="vc", how={"top": 120.0, "floor": 55.0}),
            Beat("snare", snare, "....x..o....x...", on="vc", how={"tone": 185.0, "length": 0.16, "wires": 0.6}),
            Beat("rim", rim, "............x..x", on="i"),
            Beat("ride", hat, "x.xxx.x.x.xxx.x.", how={"length": 0.12, "low": 4500.0}),
            Bass("bass", bass, "x..x..x.x.......", 28, (0, 0, 7, 10, 12), 0.9, how={"bright": 0.1, "ring": 0.5}),
            Arp("vibes", mallet, "x..x..x...x.....", 67, (0, 2, 3, 1), 0.8),
            Tune("horn", trumpet, ("x...x...", "..x.x..."), "E minor pentatonic", 64, 79, 2, bars="...x"),
            Talk("voice", speak, ("x.xx.xx.x.xx.x..", "xx.xx.x.xx.xx..."), 43, 0.3, on="vc"),
        ), "kick 1, snare -6 .15, rim -14, ride -19, bass 2, vibes -7 .3, horn -9 .6, voice 3 .1",
        keys=(0, -3, 2), form="iivvvvvvcc", swing=0.62, grid=0.5, tail=0.8, press=0.1, air=-30.0, tilt=(0.0, -3.0),
    ),
    Band(  # slow, deep, with hats that roll
        "Low ceiling", "hiphop", 70.0, ("F#m F#m D C#m", "F#m D Bm C#m"), (
            Beat("kick", kick, ("X.....x...x.....", "X..x......x..x.."),
                 how={"floor": 40.0, "top": 200.0, "length": 0.4}),
            Beat("snare", clap, "........X.......", gain=1.2),
            Beat("snare", snare, "........X.......", how={"tone": 210.0, "wires": 1.0}),
            Beat("hat", hat, ("x.x.x.x.x.x.xxxxx.x.x.x.x.xxx.x.", "x.x.xxx.x.x.x.x.x.x.x.x.xxxxxxxx"),
                 how={"length": 0.04}),
            Bass("bass", sub, ("X.....x...x.....", "X..x......x..x.."), 30, (0, 0, 0), 2.2, how={"glide": -1.0}),
            Arp("bells", mallet, "x...x.x.x..x....", 78, (0, 2, 1, 4, 3), 0.8, how={"motor": 0.0}),
            Chords("pad", saw, "x", 54, 3.9, how={"slope": 2.2, "spread": 0.006}),
            Talk("voice", speak, ("x.x.x.xxx.x.x...", "xxx.xxx.xxx.x..."), 41, 0.3, on="vc"),
            Talk("shout", speak, "......x.......x.", 55, 0.3, on="c"),
        ), "kick 2, snare -5 .1, hat -13, bass 4, bells -9 .4, pad -14 .3, voice 2 .1, shout -6 .4",
        keys=(0, 2, -2), form="ivvvvcccc", tail=1.0, press=0.15, tilt=(4.0, 3.0),
    ),
    Band(  # the old school: an electro machine, claps, a robot's tune
        "Tape deck", "hiphop", 106.0, ("Cm Cm Cm Bb", "Cm Ab Bb Cm"), (
            Beat("kick", kick, ("X..x..x...x.....", "X..x..x...x..x.."),
                 how={"floor": 48.0, "top": 220.0, "length": 0.3}),
            Beat("snare", snare, "....X.......X...", how={"tone": 240.0, "length": 0.18}),
            Beat("clap", clap, "....X.......X.x."),
            Beat("hat", hat, "xxoxxxoxxxoxxxxx", how={"length": 0.05, "low": 7000.0}),
            Beat("cowbell", rim, "x.x..x.xx.x..x..", on="c"),
            Bass("bass", pulse, "x..xx..x..x.x...", 36, (0, 0, 12, 0, 10), 0.25, how={"width": 0.5, "slope": 0.6}),
            Chords("stabs", pulse, "x.....x.........", 64, 0.3, bars="..xx", how={"slope": 0.4}),
            Tune("robot", pulse, ("x.xxx...", "xx..x.x."), "C minor pentatonic", 67, 82, 2, on="c", how={"width": 0.2}),
            Talk("voice", speak, ("x.x.xxx.x.x.xx..", "xxx.x.x.xxx.x..."), 50, 0.24, on="vc"),
        ), "kick 2, snare -5 .2, clap -7 .25, hat -12, cowbell -14, bass -1, stabs -8 .2, robot -8 .3, voice 3 .15",
        keys=(0, -2, 5), form="ivvvvccvv", tail=0.6, press=0.2, tilt=(1.0, 4.0), echo={"voice": (0.5, 0.15)},
    ),
    Band(  # strings from a film, two voices that take turns
        "Rooftop cipher", "hiphop", 98.0, ("Gm Gm Eb D7", "Gm Cm Gm D7"), (
            Beat("kick", kick, ("X.....X..x......", "X..x..X....x...."), on="vc",
                 how={"floor": 46.0, "top": 140.0, "length": 0.3}),
            Beat("snare", snare, "....X..o.o..X...", on="vc", how={"tone": 160.0, "length": 0.24, "wires": 0.9}),
            Beat("hat", hat, "x.x.x.x.x.x.x.xx", how={"length": 0.07}),
            Beat("shaker", shaker, "oxoxoxoxoxoxoxox"),
            Bass("bass", sub, "X.....X..x......", 31, (0, 0, 7), 0.9, on="vc"),
            Chords("strings", bow, "x..x..x.........", 67, 0.4, how={"attack": 0.03}),
            Tune("strings", bow, ("........x.x.xxx.", "x..............."), "G harmonic", 74, 91, 2, bars="...x",
                 how={"attack": 0.04}),
            Talk("voice", speak, _FLOW, 44, 0.25, on="vc", bars="xxxx...."),
            Talk("voice", speak, ("x.xxxx.xx.xxxx..", "xxxxx.xxxxx.xx.."), 53, 0.22, on="vc", bars="....xxxx"),
        ), "kick 3, snare -6 .1, hat -15, shaker -20, bass 1, strings -8 .3, voice 4 .08",
        keys=(0, 3, -2), form="iivvvvvvvv", swing=0.55, grid=0.5, tail=0.9, press=0.12, tilt=(-3.0, 0.0),
    ),
)  # fmt: skip
