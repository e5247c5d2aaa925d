"""Six rock bands: guitars with an edge, a back beat, a voice that yields to a solo."""

from __future__ import annotations

from typing import Final

from mgc.studio.band import Arp, Band, Bass, Beat, Chords, Stack, Tune
from mgc.studio.drums import crash, hat, kick, ride, shaker, snare, tom
from mgc.studio.instruments import bass, bow, organ, piano, pluck, saw, sing

_FORM: Final = "iivvvvvvvvcccc"
_RING: Final = {"bright": 0.9, "ring": 1.8}
_EIGHTHS: Final = "xxxxxxxx"

BANDS: Final = (
    Band(  # two guitars, a straight beat, bass in eighths
        "Garage light", "rock", 126.0, ("A D A G D G E D", "A G D A A G D E"), (
            Stack("left", saw, "X..xx.x.", 40, (0, 7, 12, 16), 0.8, 0.8, on="iv", how={"slope": 1.1}),
            Stack("left", saw, "Xxxxxxxx", 40, (0, 7, 12, 16), 0.8, 0.8, on="c", how={"slope": 1.1}),
            Arp("right", pluck, _EIGHTHS, 57, (0, 3, 1, 4, 2, 5, 1, 4), 0.8, how=_RING),
            Bass("bass", bass, _EIGHTHS, 28, (0, 0, 0, 0, 0, 0, 7, 7), 0.45, how={"bright": 0.7, "ring": 0.5}),
            Beat("kick", kick, "X...x.x.X.......", how={"length": 0.25}),
            Beat("snare", snare, "....X.......X...", fill="....X.....x.XxXX", how={"length": 0.26}),
            Beat("hat", hat, "x.x.x.x.x.x.x.x.", on="iv", how={"length": 0.09, "low": 5000.0}),
            Beat("hat", hat, "x.x.x.x.x.x.x.x.", on="c", how={"length": 0.25, "low": 5000.0}),
            Beat("cymbals", crash, "X...", bars="x..."),
            Tune("voice", sing, ("x.xxx.x.", "xx.xx...", "xxxxx.x."), "A minor pentatonic", 57, 72, 2, on="v",
                 how={"vowels": "ae"}),
            Tune("solo", pluck, ("x.xxx.x.", "xx.xx...", "xxxxx.x."), "A minor pentatonic", 64, 86, 2, 1.0, on="c",
                 bend=1.0, how={"bright": 0.9, "ring": 3.0}),
        ), "left -1, right -5 .2, bass -2, kick -2, snare -4 .25, hat -13, cymbals -12, voice 0 .3, solo 0 .35",
        keys=(0, -2, 3), form=_FORM, tail=0.9,
        drive={"left": (1.8, 90.0, 4800.0), "right": (0.7, 90.0, 4800.0), "solo": (2.5, 90.0, 4800.0)},
    ),
    Band(  # punk: three chords, eighths, shouting in unison
        "Loose cables", "rock", 172.0, ("E A B A E A B B", "E B A A E B A B"), (
            Stack("left", saw, "XxxxXxxx", 40, (0, 7, 12), 0.45, 0.4, how={"slope": 1.0}),
            Stack("right", saw, "XxxxXxxx", 40, (0, 7, 12), 0.45, 0.4, how={"slope": 1.0, "spread": 0.007}),
            Bass("bass", bass, _EIGHTHS, 28, (0,), 0.4, how={"bright": 0.95, "ring": 0.4}),
            Beat("kick", kick, "X..xX...", how={"length": 0.18, "top": 160.0}),
            Beat("snare", snare, ".X.X", fill=".XxX.XXXX", how={"length": 0.2, "tone": 220.0, "wires": 0.9}),
            Beat("hat", hat, "xxxxxxxx", how={"length": 0.14, "low": 4500.0}),
            Beat("cymbals", crash, "X...", bars="x..."),
            Tune("voice", sing, ("xxxxx.x.", "xx.xx.x."), "E pentatonic", 57, 71, 1, 0.8, on="v",
                 how={"vowels": "ae", "breath": 0.15}),
            Tune("gang", sing, ("x.x.x...", "x.xxx..."), "E pentatonic", 60, 73, 1, 0.8, on="c",
                 also=((-12, 0.8), (7, 0.4)), how={"vowels": "ao", "breath": 0.15}),
        ), "left 1, right 1, bass -1, kick -4, snare -5 .15, hat -10, cymbals -12, voice 1 .15, gang 1 .25",
        keys=(0, 3, -2), form="iivvvvvvvvcccccccc", tail=0.4, press=0.35, tilt=(-2.0, 3.0),
        drive={"left": (2.2, 100.0, 5000.0), "right": (2.2, 100.0, 5200.0), "voice": (0.6, 150.0, 5500.0)},
    ),
    Band(  # jangling: chiming arpeggios, a melodic bass, a soft voice
        "Static summer", "rock", 134.0, ("D Em G D D Em G A", "Bm G D A"), (
            Arp("chime", pluck, "xxxxxxxx", 62, (0, 2, 1, 3, 4, 3, 1, 2), 0.9, how={"bright": 1.0, "ring": 1.5}),
            Chords("strum", pluck, "x.xxx.xx", 57, 0.5, 0.02, on="c", how=_RING),
            Bass("bass", bass, ("x.xx.xx.", "x.xx.x.x"), 33, (0, 7, 12, 4, 7), 0.5, how={"bright": 0.6, "ring": 0.6}),
            Beat("kick", kick, "X..xX...", how={"length": 0.2}),
            Beat("snare", snare, ".X.X", fill=".X.X.xXX", how={"length": 0.22, "tone": 210.0}),
            Beat("hat", hat, "x.x.x.x.x.x.x.x.", how={"length": 0.08}),
            Beat("shaker", shaker, "xxxxxxxx", on="c"),
            Beat("cymbals", crash, "x...", bars="x......."),
            Tune("voice", sing, ("x.x.xx..", "xx..x.x.", "x...x..."), "D major", 60, 76, 1, 0.95, on="vc",
                 how={"vowels": "oe", "breath": 0.07}),
            Tune("lead", pluck, ("x.xxx.x.", "x...xx.."), "D major", 69, 86, 2, 1.0, on="i",
                 how={"bright": 1.0, "ring": 2.0}),
        ),
        "chime 0 .3, strum -5 .2, bass 1, kick -3, snare -5 .35, hat -14, shaker -18, cymbals -15, voice 1 .4, "
        "lead -1 .4",
        keys=(0, 2, -3), form="iivvvvvvvvcccccccc", tail=1.3, tilt=(-3.0, 1.0), drive={"chime": (0.5, 120.0, 5500.0)},
    ),
    Band(  # a riff from the blues, an organ, cowhide and sweat
        "Broken amps", "rock", 104.0, ("G G C G G G C D", "G Bb C G G F C G"), (
            Bass("riff", saw, ("x.xx.x.xx.......", "x.xx.x.xx...x.x."), 43, (0, 3, 5, 0, 3, 6, 5), 0.4,
                 how={"slope": 1.1, "spread": 0.002}),
            Bass("riff", saw, ("x.xx.x.xx.......", "x.xx.x.xx...x.x."), 31, (0, 3, 5, 0, 3, 6, 5), 0.4, gain=0.5,
                 how={"slope": 1.1}),
            Bass("bass", bass, ("x.xx.x.xx.......", "x.xx.x.xx...x.x."), 31, (0, 3, 5, 0, 3, 6, 5), 0.4,
                 how={"bright": 0.5}),
            Chords("organ", organ, "x.......x.......", 62, 1.9, on="c"),
            Beat("kick", kick, "X..x..X...x.....", how={"length": 0.26}),
            Beat("snare", snare, "....X.......X...", fill="....X..x....XxXX", how={"length": 0.28, "tone": 180.0}),
            Beat("hat", hat, "x...x...x...x...", how={"length": 0.3, "low": 4500.0}),
            Beat("toms", tom, "............xxxx", bars=".......x", how={"tone": 120.0}),
            Tune("voice", sing, ("x.xx.x..", "xx.x...."), "G blues", 58, 74, 2, 0.9, on="v",
                 how={"vowels": "ae", "breath": 0.1}),
            Tune("solo", saw, ("xxxxx.x.", "x.xxx...", "x...x.xx"), "G blues", 67, 86, 3, 1.0, on="c",
                 how={"slope": 1.2, "spread": 0.0007}),
        ), "riff 1, bass 0, organ -7 .2, kick -2, snare -3 .2, hat -11, toms -6 .2, voice 1 .25, solo 0 .3",
        keys=(0, 2, -3), form="iivvvvvvcccc", swing=0.54, grid=0.5, tail=0.6, tilt=(3.0, -1.0),
        drive={"riff": (2.0, 80.0, 4500.0), "solo": (2.0, 150.0, 4800.0), "organ": (0.8, 100.0, 4500.0)},
    ),
    Band(  # a ballad for a stadium: piano, then guitars as wide as the road
        "Tarmac", "rock", 84.0, ("C G Am F C G F F", "Am F C G"), (
            Chords("piano", piano, "xxxxxxxx", 64, 0.6, on="iv"),
            Bass("piano", piano, "x...", 40, (0,), 3.0, on="iv"),
            Stack("guitars", saw, "X...x...", 43, (0, 7, 12, 16), 1.9, 1.9, on="c",
                 how={"slope": 1.2, "spread": 0.005}),
            Arp("picked", pluck, _EIGHTHS, 60, (0, 2, 4, 3), 0.8, on="v", how=_RING),
            Bass("bass", bass, "x..xx.x.", 28, (0,), 0.7, on="vc", how={"bright": 0.5}),
            Beat("kick", kick, "X.....x.X.......", on="vc", how={"length": 0.3}),
            Beat("snare", snare, "....X.......X...", fill="....X.....x.X.XX", on="vc",
                 how={"length": 0.32, "tone": 170.0, "wires": 0.9}),
            Beat("hat", ride, "x.x.x.x.", on="vc", how={"length": 0.4}),
            Beat("cymbals", crash, "X...", bars="x...", on="c"),
            Chords("strings", bow, "x", 67, 3.9, on="c", how={"attack": 0.3}),
            Tune("voice", sing, ("x.x.xxx.", "x..xx...", "xx.xx.x."), "C major", 58, 76, 2, 0.95, on="vc",
                 how={"vowels": "oa", "breath": 0.07}),
        ),
        "piano -2 .3, guitars 0 .3, picked -6 .3, bass 0, kick -2, snare -2 .5, hat -14, cymbals -12, strings -9 .5, "
        "voice 2 .4",
        keys=(0, 2, -3), form="iivvvvcccc", tail=1.6, tilt=(1.0, 0.0), drive={"guitars": (1.6, 90.0, 4500.0)},
    ),
    Band(  # quiet verse, loud chorus, everything a little out of tune
        "Cinder blocks", "rock", 114.0, ("Em G C A Em G C B", "F#m A E D"), (
            Arp("clean", pluck, "xxxxxxxx", 55, (0, 1, 2, 3, 2, 1), 0.9, on="iv", how={"bright": 0.7, "ring": 1.4}),
            Stack("left", saw, "X..xX.xx", 40, (0, 7, 12), 1.0, 0.5, on="c", how={"spread": 0.008}),
            Stack("right", saw, "X..xX.xx", 40, (0, 7, 12), 1.0, 0.5, on="c", how={"spread": 0.012}),
            Bass("bass", bass, "x.xxx.xx", 28, (0, 0, 0, 7), 0.5, how={"bright": 0.8, "ring": 0.6}),
            Beat("kick", kick, "X..x..X.X..x....", how={"length": 0.24}),
            Beat("snare", snare, "....X.......X...", fill="....X..X..X.XXXX",
                 how={"length": 0.25, "tone": 175.0, "wires": 1.0}),
            Beat("hat", hat, "x.x.x.x.x.x.x.x.", on="iv", how={"length": 0.06}),
            Beat("cymbals", crash, "X.X.", on="c", gain=0.7),
            Tune("voice", sing, ("x.x.x...", "x..xx..."), "E minor pentatonic", 52, 67, 1, 0.95, on="v",
                 how={"vowels": "oe", "breath": 0.12}),
            Tune("shout", sing, ("x...x.x.", "x.x.x..."), "E minor pentatonic", 60, 76, 2, 0.95, on="c",
                 how={"vowels": "ae", "breath": 0.25}),
        ),
        "clean -4 .2, left 2, right 2, bass 1, kick -3, snare -4 .2, hat -16, cymbals -11, voice 0 .2, shout 1 .25",
        keys=(0, -2, 2), form="ivvvvccccvv", tail=0.7, press=0.45, tilt=(2.0, -3.0),
        drive={"left": (3.0, 80.0, 4800.0), "right": (3.0, 80.0, 4800.0), "shout": (1.0, 150.0, 5000.0),
               "clean": (0.4, 90.0, 4500.0)},
    ),
)  # fmt: skip
