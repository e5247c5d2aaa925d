"""Six country bands: train beats, two-beats and waltzes, steel, fiddle, banjo, harmonica, a voice up front."""

from __future__ import annotations

from typing import Final

from mgc.studio.band import Arp, Band, Bass, Beat, Chords, Stack, Tune
from mgc.studio.drums import brush, crash, hat, kick, rim, snare
from mgc.studio.instruments import bass, bow, piano, pluck, reeds, saw, sing, slide

_STEEL: Final = {"bright": 0.9, "ring": 0.8}
_CALL, _ANSWER = "xxxx....", "....xxxx"

BANDS: Final = (
    Band(  # a train beat on brushes, a steel guitar around a voice
        "Boxcar morning", "country", 104.0, ("G G C G G Em A7 D7", "G C G D7 G C D7 G"), (
            Bass("bass", bass, "x.x.", 31, (0, 7), 0.8, fill="xxxx", how={"bright": 0.35}),
            Chords("strum", pluck, "..x.x.xx..x.x.xx", 62, 0.6, 0.02, how=_STEEL),
            Arp("picked", pluck, "xxxxxxxx", 57, (0, 2, 4, 1, 3, 5, 2, 4), 0.5, how={"bright": 0.8, "ring": 1.2}),
            Beat("brushes", snare, "ooXoooXoooXoooXo", how={"length": 0.11, "tone": 230.0, "wires": 0.8}),
            Beat("kick", kick, "x.x.", how={"top": 110.0}),
            Tune("voice", sing, ("x.xxx.x.", "xx.xx...", "x..xx.xx"), "G pentatonic", 58, 74, bars=_CALL,
                 how={"vowels": "ae"}),
            Tune("steel", slide, ("x.x.x...", "x.xx....", "x...x..."), "G pentatonic", 64, 79, bars=_ANSWER, legato=1.0,
                 also=((-5, 0.6),)),
        ), "bass 2.5, strum -10 .3, picked -3, brushes -9 .3, kick -8, voice 0 .4, steel 1 .4",
        keys=(0, -2, 2), tail=1.0, press=0.5, air=-33.0,
    ),
    Band(  # a slow waltz at closing time
        "Fence post", "country", 92.0, ("D D G D D A7 D A7", "D Bm G D G D A7 D"), (
            Bass("bass", bass, "x..", 33, (0,), 1.6, how={"bright": 0.25}),
            Chords("piano", piano, ".xx", 62, 0.7, gain=0.8),
            Chords("strum", pluck, ".xx", 57, 0.8, 0.02, how=_STEEL),
            Beat("brushes", brush, "xXX"),
            Beat("rim", rim, "..x"),
            Beat("kick", kick, "x..", how={"top": 100.0}),
            Tune("voice", sing, ("x.x...", "x..xx.", "xx.x.."), "D major", 55, 71, bars=_CALL, legato=0.95,
                 how={"vowels": "oe"}),
            Tune("steel", slide, ("x.....", "x..x.."), "D pentatonic", 66, 82, legato=1.1, also=((-4, 0.6),), gain=0.9),
        ), "bass 2, piano -7 .3, strum -9 .2, brushes -16, rim -20 .3, kick -11, voice 2 .4, steel -1 .5",
        keys=(0, -3, 2), meter=3.0, tail=1.4, press=0.4, tilt=(2.0, -3.0),
    ),
    Band(  # bluegrass: banjo rolls, a fiddle, a chopped mandolin, no drums
        "Gravel choir", "country", 132.0, ("G G C G G G D7 G", "G C G D7 G C D7 G"), (
            Bass("bass", bass, "x.x.", 31, (0, 7), 0.7, how={"bright": 0.15, "ring": 0.35}),
            Arp("banjo", pluck, "xxxxxxxxxxxxxxxx", 62, (0, 2, 5, 1, 4, 5, 0, 3), 0.25,
                 how={"bright": 1.0, "ring": 0.35}),
            Chords("mandolin", pluck, ".x.x", 69, 0.12, 0.01, how={"bright": 1.0, "ring": 0.15}),
            Tune("fiddle", bow, ("xxxxxxxx", "x.xxx.xx", "xx.xxxxx"), "G major", 67, 86, 2, bars=_ANSWER,
                 also=((-7, 0.3),), how={"players": 1, "attack": 0.03}),
            Tune("voice", sing, ("x.xxx.x.", "xx.xx..."), "G pentatonic", 60, 76, bars=_CALL,
                 also=((4, 0.6), (-5, 0.5)), how={"vowels": "ai"}),
        ), "bass 1, banjo -2 .2, mandolin -7 .2, fiddle -1 .3, voice 1 .35",
        keys=(0, 2, -3), tail=0.6, press=0.35, tilt=(-4.0, 1.0), air=-34.0,
    ),
    Band(  # honky-tonk: a two-beat, a low twanging guitar, a piano out of tune with nobody
        "Tumbleweed two", "country", 116.0, ("E A E B7 E A B7 E", "E E A A B7 B7 E E"), (
            Bass("bass", bass, "x.x.", 28, (0, 7), 0.8, how={"bright": 0.4}),
            Bass("twang", pluck, "x.xxx.x.", 40, (0, 4, 7, 9, 7, 4), 0.45, how={"bright": 0.9, "ring": 1.2}),
            Chords("strum", pluck, ".x.x", 64, 0.25, 0.01, how=_STEEL),
            Arp("piano", piano, "..xx..xx", 72, (0, 2, 1, 3), 0.3),
            Beat("snare", snare, ".x.x", fill=".xxx", how={"tone": 210.0, "length": 0.15}),
            Beat("hat", hat, "x.x.x.x."),
            Beat("kick", kick, "x.x.", how={"top": 120.0}),
            Tune("voice", sing, ("x.xxx...", "xxx.x.x."), "E pentatonic", 52, 68, bars=_CALL, how={"vowels": "ea"}),
            Tune("solo", pluck, ("xxxxx.x.", "x.xx.xx."), "E pentatonic", 57, 76, 2, bars=_ANSWER, bend=2.0,
                 how={"bright": 0.95, "ring": 1.5}),
        ), "bass 2, twang -3 .2, strum -9, piano -8 .3, snare -8 .25, hat -17, kick -7, voice 2 .35, solo 1 .3",
        keys=(0, 3, -2), tail=0.7, press=0.5, tilt=(1.0, 2.0),
    ),
    Band(  # a picked guitar, a harmonica and a story
        "Barn owl", "country", 78.0, ("C F C G7 C F G7 C", "C Em F C Am F G7 C"), (
            Bass("guitar", pluck, "x.x.x.x.", 40, (0, 7), 0.9, how={"bright": 0.5, "ring": 1.6}),
            Arp("guitar", pluck, ".x.x.x.xxxxx.x.x", 60, (2, 1, 3, 2, 4, 3), 0.8, how={"bright": 0.75, "ring": 1.4}),
            Bass("bass", bass, "x.x.", 28, (0, 7), 1.6, how={"bright": 0.1}),
            Tune("harmonica", reeds, ("x.x.x...", "x...x.x."), "C pentatonic", 67, 84, bars=_ANSWER, also=((-5, 0.4),),
                 how={"spread": 0.001, "scoop": 0.7}),
            Tune("voice", sing, ("xxx.xx..", "x.xxx.x.", "xx.x...."), "C major", 48, 64, bars=_CALL,
                 how={"vowels": "oa"}),
        ), "guitar 1 .25, bass -3, harmonica 0 .4, voice 2 .35",
        keys=(0, 2, -3), tail=0.8, press=0.3, tilt=(-2.0, -1.0), air=-34.0,
    ),
    Band(  # country that learned from rock: a back beat, an edge on the guitars
        "Silver spur", "country", 124.0, ("A E F#m D A E D D", "A D A E A D E A"), (
            Bass("bass", bass, "x.xxx.x.", 33, (0,), 0.5, how={"bright": 0.5}),
            Stack("guitars", saw, "X...x.x.", 45, (0, 7, 12, 16), 1.4, 0.4, how={"slope": 1.3}),
            Chords("strum", pluck, "x.xxx.xx", 64, 0.4, 0.02, how=_STEEL),
            Beat("kick", kick, "X..xX...", how={"length": 0.22}),
            Beat("snare", snare, ".X.X", fill=".X.X.XXX", how={"tone": 195.0}),
            Beat("hat", hat, "x.x.x.x.", how={"length": 0.08}),
            Beat("cymbals", crash, "x...", bars="x......."),
            Tune("voice", sing, ("x.xxx.xx", "xx.xx.x."), "A major", 57, 74, bars=_CALL, also=((4, 0.4),),
                 how={"vowels": "ae"}),
            Tune("steel", slide, ("x.xxx...", "x...x.x."), "A pentatonic", 69, 86, bars=_ANSWER, also=((-5, 0.7),)),
            Tune("fiddle", bow, ("x...x...",), "A pentatonic", 69, 83, on="vc", gain=0.6, how={"players": 1}),
        ),
        "bass 2, guitars -6, strum -5 .2, kick -3, snare -5 .25, hat -14, cymbals -16, voice 2 .35, steel 0 .4, "
        "fiddle -7 .4",
        keys=(0, -2, 3), drive={"guitars": (0.8, 100.0, 4500.0)}, tail=1.1, press=0.5, tilt=(3.0, 3.0),
    ),
)  # fmt: skip
