"""Six pop acts: four chords, a bright voice up front, choirs in the chorus, everything in its place."""

from __future__ import annotations

from typing import Final

from mgc.studio.band import Arp, Band, Bass, Beat, Chords, Tune
from mgc.studio.drums import clap, crash, hat, kick, shaker, snare, tom
from mgc.studio.instruments import bass, bow, electric_piano, mallet, piano, pluck, pulse, saw, sing, sub

_FORM: Final = "ivvvvcccc"
_FOUR: Final = "C G Am F"
_BIG: Final = {"top": 180.0, "floor": 46.0, "length": 0.32}
_AIRY: Final = {"vowels": "ai", "breath": 0.08}

BANDS: Final = (
    Band(  # a drum machine, synthetic plucks, a choir
        "Paper lanterns", "pop", 102.0, (_FOUR, "Am F C G"), (
            Beat("kick", kick, "X..x..x...X.....", how=_BIG),
            Beat("snare", snare, "....X.......X...", fill="....X.......X.XX", how={"length": 0.2}),
            Beat("clap", clap, "....X.......X..."),
            Beat("hat", hat, "x.xox.xox.xox.xx", how={"low": 7000.0}),
            Bass("bass", saw, "x..x..x.x..x..x.", 33, (0,), 0.45, how={"slope": 1.6, "spread": 0.001}),
            Bass("bass", sub, "x..x..x.x..x..x.", 33, (0,), 0.45),
            Arp("plucks", saw, "x.xx.xx.x.xx.xx.", 67, (0, 3, 1, 4, 2, 5), 0.18, how={"slope": 1.3}),
            Chords("pad", saw, "x", 60, 3.9, how={"slope": 1.7, "spread": 0.006}),
            Beat("cymbal", crash, "o...", on="c", bars="x..."),
            Tune("voice", sing, ("x.xxx.xx", "xx.x.x..", "x.x.xxx."), "C major", 64, 79, 1, on="vc", how=_AIRY),
            Tune("choir", sing, ("x.xxx.xx", "xx.x.x.."), "C major", 60, 76, 1, on="c", also=((4, 0.7),),
                 how={"vowels": "oa", "breath": 0.1}),
        ),
        "kick 2.5, snare -4, clap -8 .1, hat -9, bass -1, plucks -5 .2, pad -14, cymbal -20, voice 3 .25, choir -9 .5",
        keys=(0, 2, -3), form=_FORM, tail=0.6, press=0.4,
    ),
    Band(  # for dancing: a straight kick, wide saws, a chopped voice
        "Sugar static", "pop", 126.0, ("Em C G D", "C D Em G"), (
            Beat("kick", kick, "XXXX", how={"top": 200.0, "floor": 48.0, "length": 0.28}),
            Beat("clap", clap, ".X.X"),
            Beat("snare", snare, "........x.x.xxxx", on="v", bars="...x", how={"length": 0.15}),
            Beat("hat", hat, "..x...x...x...x.", how={"length": 0.14, "low": 7000.0}),
            Beat("shaker", shaker, "xxxxxxxxxxxxxxxx"),
            Bass("bass", saw, "..xx..xx..xx..xx", 28, (0,), 0.24, how={"slope": 1.3, "spread": 0.003}),
            Chords("saws", saw, "x..x..x...x.x...", 67, 0.4, on="c", how={"slope": 0.8, "spread": 0.009}),
            Chords("saws", saw, "x.......x.......", 64, 1.8, on="iv", how={"slope": 1.4, "spread": 0.008}),
            Tune("voice", sing, ("x.xx.xx.", "xx.xx...", "x.x.xx.x"), "G major", 66, 81, 1, 0.8, on="vc", how=_AIRY),
            Tune("hook", pulse, ("xxx.xx.x", "xx.xxx.."), "G pentatonic", 74, 88, 2, 0.6, on="c", how={"width": 0.4}),
        ), "kick 3, clap -5 .3, snare -10 .2, hat -10, shaker -16, bass 0, saws -4 .25, voice 2 .35, hook -9 .3",
        keys=(0, -2, 3), form=_FORM, tail=0.9, press=0.5, tilt=(2.0, 3.0), echo={"hook": (0.75, 0.3)},
    ),
    Band(  # a ballad: piano, then strings, then everything
        "Postcard club", "pop", 76.0, ("F C Dm Bb", "Dm Bb F C F C Bb C"), (
            Chords("piano", piano, "xxxx", 62, 1.0),
            Bass("piano", piano, "x.x.", 41, (0, 0), 1.8),
            Bass("bass", bass, "x..xx...", 29, (0,), 1.4, on="vc", how={"bright": 0.3}),
            Beat("kick", kick, "X......xX.x.....", on="c", how=_BIG),
            Beat("snare", snare, "....X.......X...", on="c", how={"length": 0.3, "tone": 170.0}),
            Beat("hat", hat, "x.x.x.x.x.x.x.x.", on="vc"),
            Beat("shaker", shaker, "x.xox.xox.xox.xo", on="v"),
            Chords("strings", bow, "x", 69, 3.9, on="c", how={"attack": 0.3}),
            Tune("voice", sing, ("x.xx.xxx", "x.x.x...", "xx.xx.x."), "F major", 60, 77, 2, 0.95, on="vc",
                 how={"vowels": "oe", "breath": 0.1}),
            Tune("choir", sing, ("x...x...",), "F major", 65, 81, 1, 1.0, on="c", how={"vowels": "uo", "breath": 0.1}),
        ), "piano -1 .3, bass -1, kick 1, snare -6 .4, hat -15, shaker -18, strings -6 .5, voice 3 .4, choir -8 .6",
        keys=(0, 2, -3), form="ivvvvcccc", tail=1.5, press=0.4, tilt=(-2.0, -1.0),
    ),
    Band(  # the eighties: a sequencer, big toms, a snare in a large room
        "Pastel drive", "pop", 114.0, ("Am F C G", "F G Am C F G C C"), (
            Beat("kick", kick, "X...X.x.X...X...", how={"top": 150.0, "floor": 50.0, "length": 0.2}),
            Beat("snare", snare, "....X.......X...", how={"length": 0.35, "tone": 185.0, "wires": 1.0}),
            Beat("toms", tom, "..........x.x.xx", bars="...x", how={"tone": 140.0}),
            Beat("hat", hat, "xxxxxxxxxxxxxxxx", how={"length": 0.04}),
            Bass("bass", pulse, "xxxxxxxx", 33, (0,), 0.35, how={"width": 0.4, "slope": 0.6}),
            Arp("sequence", pulse, "xxxxxxxxxxxxxxxx", 64, (0, 1, 2, 3), 0.2, how={"width": 0.25, "slope": 0.4}),
            Chords("pad", saw, "x", 62, 3.9, how={"slope": 1.4, "spread": 0.007}),
            Arp("bells", electric_piano, "x..x..x.x..x..x.", 76, (0, 2, 1), 0.6, on="c"),
            Tune("voice", sing, ("x.x.xx..", "xx..x.x.", "x...xx.."), "C major", 62, 79, 2, 0.95, on="vc",
                 how={"vowels": "eo", "breath": 0.06}),
            Tune("lead", pulse, ("x.x.x.xx", "x..x..x."), "C major", 74, 88, 1, 0.95, on="i", how={"width": 0.5}),
        ),
        "kick 2, snare -2 .5, toms -6 .4, hat -14, bass 0, sequence -7 .3, pad -8 .4, bells -9 .4, voice 2 .45, "
        "lead -5 .4",
        keys=(0, -4, 2), form="iivvvvcccc", tail=1.2, press=0.4, tilt=(1.0, 2.0), echo={"bells": (0.75, 0.3)},
    ),
    Band(  # sunny: a strummed guitar, hand claps, a marimba
        "Lemonade", "pop", 98.0, ("D A Bm G", "G D A Bm"), (
            Chords("guitar", pluck, ("x.x.xxx.x.xxx.xx",), 62, 0.5, 0.015, how={"bright": 0.9, "ring": 0.9}),
            Bass("bass", bass, "x..x..x.x..x....", 33, (0, 0, 7, 0, 12), 0.6, on="vc", how={"bright": 0.4}),
            Beat("kick", kick, "X..x..X.x..x....", on="vc", how={"top": 130.0, "length": 0.25}),
            Beat("clap", clap, "....X.......X...", fill="....X.......X.X."),
            Beat("snare", snare, "....x.......x...", on="c", how={"length": 0.16, "tone": 220.0}),
            Beat("shaker", shaker, "xoxxxoxxxoxxxoxx"),
            Arp("marimba", mallet, "x..x..x.x.x.x...", 74, (0, 2, 1, 3), 0.3, how={"ring": 0.3, "motor": 0.0}),
            Tune("voice", sing, ("xx.xx.x.", "x.xxx...", "xxx.x.x."), "D major", 64, 79, 1, 0.85, on="vc",
                 how={"vowels": "ae", "breath": 0.1}),
            Tune("choir", sing, ("x.x.x...",), "D major", 66, 81, 1, 0.8, on="c", also=((-4, 0.7),),
                 how={"vowels": "ao"}),
        ),
        "guitar -1 .2, bass 1, kick 2, clap -6 .25, snare -9 .2, shaker -12, marimba -7 .3, voice 3 .3, choir -6 .4",
        keys=(0, 2, -2), form=_FORM, tail=0.7, press=0.4, tilt=(-1.0, 4.0),
    ),
    Band(  # soft and syncopated: an electric piano, snaps, voices in stacks
        "Satellite kids", "pop", 94.0, ("Fmaj7 Em7 Am7 G", "Am7 Dm7 G Cmaj7"), (
            Beat("kick", kick, ("X..x......x.x...", "X..x...x..x....."),
                 how={"top": 190.0, "floor": 44.0, "length": 0.36}),
            Beat("snare", snare, "....X.......X...", how={"length": 0.18, "tone": 200.0}),
            Beat("snaps", clap, "....x..x....x..x", gain=0.7),
            Beat("hat", hat, "x.x.x.xxx.x.xxx.", how={"length": 0.05, "low": 7000.0}),
            Bass("bass", sub, ("x..x......x.x...", "x..x...x..x....."), 29, (0, 0, 12, 0), 0.6),
            Chords("keys", electric_piano, "x..x..x...x.....", 60, 0.7),
            Arp("harp", pluck, "x.x.x.x.x.x.x.x.", 72, (0, 2, 1, 3, 2, 4), 0.4, on="c",
                 how={"bright": 0.6, "ring": 1.0}),
            Tune("voice", sing, ("xx.xxx.x", "x.xx.x..", "xxxx.xx."), "C major", 64, 81, 2, 0.85, on="vc",
                 how={"vowels": "ea", "breath": 0.12}),
            Tune("choir", sing, ("x..x..x.", "x..x...."), "C major", 67, 81, 1, 0.9, on="c",
                 also=((-3, 0.8), (-8, 0.6)), how={"vowels": "ua", "breath": 0.1}),
        ), "kick 3, snare -5 .2, snaps -8 .2, hat -11, bass 1, keys -5 .2, harp -9 .3, voice 3 .25, choir -5 .45",
        keys=(0, -2, 3), form=_FORM, swing=0.56, grid=0.5, tail=0.8, press=0.4, tilt=(4.0, 1.0),
    ),
)  # fmt: skip
