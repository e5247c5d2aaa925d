"""Six reggae bands: chords on the off-beats only, a round bass that is the melody, a drop on the third beat."""

from __future__ import annotations

from typing import Final

from mgc.studio.band import Band, Bass, Beat, Chords, Tune
from mgc.studio.drums import hat, kick, rim, shaker, snare, tom
from mgc.studio.instruments import bass, brass, organ, piano, pluck, reeds, saw, sing

_OFF: Final = ".x.x.x.x"
_BUBBLE: Final = ".oxo.oxo.oxo.oxo"
_SKANK: Final = {"bright": 0.8, "ring": 0.35}
_ROUND: Final = {"bright": 0.1, "ring": 0.8}

BANDS: Final = (
    Band(  # one drop, a bubbling organ
        "Harbour sun", "reggae", 76.0, ("Am Am Dm Em Am F G Am", "Am G Am G Dm Dm Em Am"), (
            Bass("bass", bass, ("x..xx...x..x..x.", "...xx...x..x..x."), 33, (0, 0, 7, 12, 10, 7), 0.6, how=_ROUND),
            Beat("kick", kick, "..X.", how={"top": 110.0, "floor": 50.0, "length": 0.3}),
            Beat("rim", rim, "..X.", fill="..X..xx."),
            Beat("hat", hat, "o.xoo.xoo.xoo.xo", how={"low": 5000.0}),
            Beat("toms", tom, "...........x.xxx", bars="...x", how={"tone": 150.0}),
            Chords("skank", pluck, _OFF, 67, 0.13, how=_SKANK),
            Chords("skank", piano, _OFF, 55, 0.1, gain=0.6),
            Chords("organ", organ, _BUBBLE, 60, 0.12),
            Chords("horns", brass, "xxx.....", 69, 0.5, bars="...x"),
            Tune("voice", sing, ("..xx.xx.", "x.x.xx..", "...xxx.."), "A minor pentatonic", 57, 74, 1, 0.85,
                 bars="xxx.", how={"vowels": "oe"}),
        ), "bass 1, kick -6, rim -4 .2, hat -10, toms -13 .1, skank 4 .05, organ -11, horns -13 .1, voice -6 .1",
        keys=(0, -2, 3), swing=0.57, grid=0.5, tail=0.5, press=0.4, air=-33.0,
    ),
    Band(  # rockers: a kick on every beat, a driven rhythm, harmonies
        "Zinc fence", "reggae", 82.0, ("Gm Gm Cm Cm Gm Gm Dm Dm", "Gm F Gm F Eb F Gm Gm"), (
            Bass("bass", bass, ("x.x...x.x.xx....", "x.x...x.....x.x."), 31, (0, 7, 12, 10, 7, 0, 3), 0.45,
                 how={"bright": 0.15, "ring": 0.7}),
            Beat("kick", kick, "X.X.X.X.", how={"top": 120.0, "floor": 48.0, "length": 0.26}),
            Beat("snare", snare, "..X...X.", fill="..X...Xx", how={"tone": 240.0, "length": 0.14}, gain=0.8),
            Beat("hat", hat, "x.xxx.xxx.xxx.xx", how={"low": 5500.0}),
            Chords("skank", pluck, ".x.x.x.x", 65, 0.12, how={"bright": 0.9, "ring": 0.3}),
            Chords("skank", pluck, ".......x.......x", 65, 0.1, gain=0.6, how={"bright": 0.9, "ring": 0.2}),
            Chords("clavinet", organ, _BUBBLE, 58, 0.1),
            Tune("voice", sing, ("xx.xx...", "x.x.xxx."), "G minor pentatonic", 58, 74, 2, 0.85, bars="xxxx....",
                 how={"vowels": "ae"}),
            Tune("choir", sing, ("x.xx....", "..xx.x.."), "G minor pentatonic", 65, 77, 1, 0.8, bars="....xxxx",
                 also=((-4, 0.8), (5, 0.6))),
        ), "bass 3, kick -3, snare -7 .2, hat -12, skank 1 .1, clavinet -9, voice -2 .2, choir -4 .3",
        keys=(0, 2, -3), swing=0.56, grid=0.5, tail=0.6, press=0.35, tilt=(2.0, 1.0), air=-34.0,
    ),
    Band(  # rocksteady: a piano on the off-beats, a saxophone, sweet changes
        "Mango yard", "reggae", 90.0, ("F Dm Gm C F Dm Gm C", "Bb C F Dm Gm C F F"), (
            Bass("bass", bass, ("x.xx..x.x.x.....", "x.xx..x.......x."), 29, (0, 0, 4, 7, 9, 7), 0.5, how=_ROUND),
            Beat("kick", kick, "..X.", how={"top": 100.0, "length": 0.24}),
            Beat("rim", rim, "..X.", fill="..X.x.x."),
            Beat("hat", hat, ".x.x.x.x", how={"low": 5000.0}),
            Beat("shaker", shaker, "oxoxoxoxoxoxoxox"),
            Chords("piano", piano, _OFF, 65, 0.14),
            Chords("guitar", pluck, _OFF, 69, 0.1, gain=0.8, how={"bright": 0.7, "ring": 0.25}),
            Tune("sax", brass, ("x.xx.x..", "xx.x.xx.", "x...x..."), "F major", 58, 76, 2, 0.9, bars="....xxxx",
                 how={"reed": True}),
            Tune("voice", sing, ("x.xx.xx.", "xx.x...."), "F pentatonic", 58, 74, 1, 0.85, bars="xxxx....",
                 also=((4, 0.4),), how={"vowels": "oa"}),
        ), "bass 2, kick -6, rim -8 .3, hat -14, shaker -18, piano 1 .2, guitar -3 .1, sax -3 .35, voice -2 .3",
        keys=(0, -3, 2), swing=0.6, grid=0.5, tail=0.8, press=0.35, tilt=(-2.0, -2.0), air=-31.0,
    ),
    Band(  # steppers: a relentless kick, an organ, horns in the distance
        "Tide steppers", "reggae", 72.0, ("Dm Dm Dm C", "Dm Dm Gm Am"), (
            Bass("bass", bass, ("x.....x.x.x.x...", "......x.x.x.x.xx"), 26, (0, 12, 10, 7, 5, 3, 0), 0.5,
                 how={"bright": 0.05, "ring": 0.9}),
            Beat("kick", kick, "XXXX", how={"top": 100.0, "floor": 44.0, "length": 0.32}),
            Beat("rim", rim, "..x....x..x..x..", bars="xx.x"),
            Beat("snare", snare, "........X.......", how={"tone": 200.0, "length": 0.2}),
            Beat("hat", hat, "..x...x...x...xo", how={"length": 0.1, "low": 5000.0}),
            Chords("skank", pluck, _OFF, 64, 0.13, bars="xxx.", how=_SKANK),
            Chords("organ", organ, _BUBBLE, 62, 0.13),
            Chords("horns", brass, "x..x..x.", 65, 0.5, bars="......xx"),
            Tune("voice", sing, ("x...x...", "x.xx...."), "D minor pentatonic", 53, 69, 1, 0.9, bars="xx......",
                 how={"vowels": "oo"}),
        ), "bass 4, kick -1, rim -11 .4, snare -8 .5, hat -13 .1, skank 0 .3, organ -7, horns -7 .6, voice -4 .5",
        keys=(0, 2, -2), tail=1.4, press=0.35, tilt=(3.0, -3.0), air=-33.0,
        echo={"rim": (0.75, 0.4), "horns": (0.75, 0.35)},
    ),
    Band(  # ska's pace: walking bass, trumpets, chopped guitar
        "Hill and gully", "reggae", 118.0, ("C C F G C Am Dm G", "C Am F G C Am F G"), (
            Bass("bass", bass, "xxxx", 36, (0, 4, 7, 9), 0.8, how={"bright": 0.2, "ring": 0.5}),
            Beat("kick", kick, ".x.x", how={"top": 110.0, "length": 0.2}),
            Beat("rim", snare, ".x.x", fill=".x.x.xxx", how={"tone": 220.0, "length": 0.12}),
            Beat("hat", hat, ".x.x.x.x", how={"low": 5000.0}),
            Chords("skank", pluck, _OFF, 67, 0.16, how={"bright": 0.85, "ring": 0.3}),
            Chords("skank", piano, _OFF, 60, 0.14, gain=0.8),
            Tune("horns", brass, ("x.xxx.x.", "xx.x....", "x.x.xx.."), "C major", 64, 81, 1, 0.8, bars="....xxxx",
                 also=((-4, 0.8),)),
            Tune("voice", sing, ("xx.xx.x.", "x.xx...."), "C pentatonic", 60, 76, 1, 0.8, bars="xxxx....",
                 how={"vowels": "ea"}),
        ), "bass 2, kick -6, rim -9 .2, hat -14, skank 2 .1, horns -3 .25, voice -1 .25",
        keys=(0, -2, 5), swing=0.58, tail=0.6, press=0.35, tilt=(-3.0, 3.0), air=-32.0,
    ),
    Band(  # dub: bass, drums and echoes; a melodica
        "Low tide dub", "reggae", 68.0, ("Em Em Am Em", "Em D Em D"), (
            Bass("bass", bass, ("x..x..x.x.......", "x..x..x.....x.x."), 28, (0, 0, 7, 10, 12, 10), 0.7,
                 how={"bright": 0.03, "ring": 1.0}),
            Beat("kick", kick, "..X.", how={"top": 95.0, "floor": 42.0, "length": 0.36}),
            Beat("snare", rim, "..X....x", bars="xxx."),
            Beat("hat", hat, "x.xox.xox.xox.xo", how={"low": 5000.0}),
            Beat("toms", tom, "..........x..x.x", bars="...x", how={"tone": 120.0}),
            Chords("skank", pluck, _OFF, 64, 0.12, bars="xx..", how=_SKANK),
            Chords("stab", saw, "..x.....", 64, 0.15, bars="...x", how={"slope": 1.4}),
            Chords("organ", organ, _BUBBLE, 60, 0.12, bars="xxxx.."),
            Tune("melodica", reeds, ("x..xx...", "x...x.x.", "..xxx..."), "E minor", 67, 83, 2, 0.9, bars="xx..",
                 how={"spread": 0.0015}),
        ), "bass 5, kick -3, snare -6 .4, hat -13, toms -9 .5, skank 1 .3, stab -6 .5, organ -8 .1, melodica -1 .4",
        keys=(0, -2, 3), swing=0.57, grid=0.5, tail=1.8, press=0.3, tilt=(4.0, -5.0), air=-32.0,
        echo={"skank": (0.75, 0.45), "snare": (0.75, 0.4), "stab": (0.75, 0.55), "melodica": (0.75, 0.3)},
    ),
)  # fmt: skip
