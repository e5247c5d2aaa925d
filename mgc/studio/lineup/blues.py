"""Six blues bands: twelve bars, shuffles, bent notes, a voice and somebody who answers it."""

from __future__ import annotations

from typing import Final

from mgc.studio.band import Arp, Band, Bass, Beat, Chords, Stack, Tune, Walk
from mgc.studio.drums import brush, hat, kick, ride, snare, stomp
from mgc.studio.instruments import bass, brass, organ, piano, pluck, reeds, saw, sing, slide

_TWELVE: Final = "E7 A7 E7 E7 A7 A7 E7 E7 B7 A7 E7 B7"
_SLOW: Final = "A7 D7 A7 A7 D7 D7 A7 A7 E7 D7 A7 E7"
_EIGHT: Final = "C7 G7 F7 F7 C7 G7 C7 G7"
_CALL, _ANSWER = "xx..", "..xx"

BANDS: Final = (
    Band(  # a steel-string guitar, a stamping foot; a bent lead answers a voice
        "Delta porch", "blues", 96.0, (_TWELVE, "E7 E7 E7 E7 A7 A7 E7 E7 B7 A7 E7 E7"), (
            Bass("boogie", pluck, "x.x.x.x.", 40, (0,), 0.9, how={"bright": 0.55, "ring": 1.4}),
            Bass("boogie", pluck, "xoxoxoxo", 40, (7, 7, 9, 9, 7, 7, 10, 9), 0.4, bars=_CALL,
                 how={"bright": 0.7, "ring": 0.8}),
            Chords("boogie", pluck, "...x", 58, 1.5, 0.04, bars="...x", how={"bright": 0.7, "ring": 2.0}),
            Beat("foot", stomp, "XxXx"),
            Tune("lead", pluck, ("x.xx.xx.", "xx.x.x..", "..x.xxx."), "E blues", 59, 77, 2, bars=_ANSWER, bend=1.0,
                 how={"bright": 0.85, "ring": 1.6}),
            Tune("voice", sing, ("x.xx.xx.", "xx.x.x..", "..x.xxx."), "E blues", 50, 67, 2, 0.8, bars=_CALL),
        ), "boogie -5 .2, foot -11, lead 3 .4, voice -2 .4",
        keys=(0, -2, 1), swing=0.65, tail=0.3, press=0.0,
    ),
    Band(  # slow and electric: an organ, a late back beat, a guitar that cries
        "Chalk line", "blues", 62.0, (_SLOW, "Am7 Dm7 Am7 Am7 Dm7 Dm7 Am7 Am7 F7 E7 Am7 E7"), (
            Walk("bass", bass, "x.x.x.x.", 33, 0.5, how={"bright": 0.3}),
            Chords("organ", organ, "x.......x.x.....", 57, 1.6),
            Beat("ride", ride, "xoxxoxxoxxox", how={"length": 0.4}),
            Beat("snare", snare, ".x.x", fill=".x.xxx", how={"tone": 180.0}),
            Beat("kick", kick, "x..ox...", how={"top": 110.0}),
            Tune("lead", saw, ("x...xxx.....", "x.xx..x.....", "..x.x.xxx..."), "A blues", 60, 84, 3, bars=_ANSWER,
                 how={"slope": 1.3, "spread": 0.0006}),
            Tune("voice", sing, ("x.x...xx....", "xx..x......."), "A blues", 52, 69, 2, 0.85, bars=_CALL,
                 how={"vowels": "ae"}),
        ), "bass -3, organ -9 .2, ride -18, snare -10 .2, kick -9, lead 1 .3, voice 1 .3",
        keys=(0, -2, 3), drive={"lead": (1.6, 200.0, 4200.0)}, tail=0.8, press=0.1, tilt=(2.0, -1.0),
    ),
    Band(  # a parlour piano rolls, horns stab
        "Second line shuffle", "blues", 128.0, (_EIGHT, "C7 C7 F7 F7 C7 G7 C7 G7"), (
            Bass("left", piano, "x.x.x.x.", 36, (0, 4, 7, 9, 10, 9, 7, 4), 0.8),
            Arp("right", piano, ("x.xxx.x.", "xx.xx.xx"), 65, (2, 3, 1, 2, 4, 3, 2, 0), 0.4),
            Chords("right", piano, "x..x..x.", 67, 0.4, bars="...x"),
            Walk("bass", bass, "x.x.x.x.", 31, 0.8, how={"bright": 0.15}),
            Beat("brushes", brush, "xXxX"),
            Beat("snare", snare, "o.xoo.xo", how={"length": 0.12, "tone": 220.0}),
            Beat("kick", kick, "x.x.", how={"top": 100.0}),
            Chords("horns", brass, "..x....x", 62, 0.3, bars="..xx"),
            Tune("voice", sing, ("x.xxx...", "xx.x.x.."), "C blues", 54, 69, 2, 0.8, bars=_CALL, how={"vowels": "ea"}),
        ), "left -6 .2, right 0 .3, bass -3, brushes -20, snare -15 .2, kick -12, horns -7 .3, voice -1 .3",
        keys=(0, 3, -2), swing=0.66, tail=0.5, press=0.1, tilt=(-3.0, 1.0),
    ),
    Band(  # one chord, a harmonica, and stamping
        "Tin cup", "blues", 108.0, ("G7", "G7 G7 G7 G7 C7 C7 G7 G7"), (
            Bass("guitar", pluck, "X.xxx.xx", 43, (0, 0, 7, 0, 10, 7), 0.45, how={"bright": 0.5, "ring": 0.9}),
            Chords("guitar", pluck, "..x...x.", 60, 0.4, 0.02, gain=0.7, how={"bright": 0.8, "ring": 0.5}),
            Beat("foot", stomp, "XXXX"),
            Beat("hands", snare, ".x.x", how={"wires": 0.3, "length": 0.1, "tone": 330.0}),
            Tune("harp", reeds, ("x.xxx.xx", "xx.xx...", "x..xxxx."), "G blues", 65, 84, 2, bars=_ANSWER,
                 also=((-5, 0.5),), how={"spread": 0.001, "scoop": 1.5}),
            Tune("voice", sing, ("xxx.xx..", "x.xxx..."), "G minor pentatonic", 55, 70, 2, 0.7, bars=_CALL,
                 how={"vowels": "oa", "breath": 0.08}),
        ), "guitar -2 .2, foot -9, hands -14, harp -1 .3, voice 0 .3",
        keys=(0, -3, 2), swing=0.62, tail=0.4, press=0.0, tilt=(-3.0, -2.0), air=-32.0,
    ),
    Band(  # a slide guitar alone with its player's foot
        "Mill race", "blues", 82.0, ("D7 D7 G7 D7 D7 D7 A7 D7", "D5 D5 G7 G7 D5 D5 A7 D5"), (
            Bass("thumb", pluck, "x.x.x.x.", 38, (0, 12, 7, 12), 0.9, how={"bright": 0.4, "ring": 1.8}),
            Tune("slide", slide, ("x..xx.x.", "x.x.xxx.", "xx......"), "D blues", 62, 81, 2, 1.1, also=((-12, 0.5),),
                 how={"fall": 1.5}),
            Chords("strum", pluck, ".......x", 57, 0.6, 0.03, bars=_ANSWER, how={"bright": 0.9, "ring": 1.2}),
            Beat("foot", stomp, "X.x."),
            Tune("voice", sing, ("x.x.x...", "xx..x..."), "D minor pentatonic", 48, 62, 2, 0.85, bars=_CALL,
                 how={"vowels": "oo"}),
        ), "thumb -2 .2, slide 1 .4, strum -6 .3, foot -12, voice -3 .4",
        keys=(0, 2, -3), swing=0.64, tail=0.6, press=0.0, tilt=(-1.0, -3.0), air=-34.0,
    ),
    Band(  # a town band: driven guitars, drums, and a harmonica through an amplifier
        "Corner pocket", "blues", 118.0, (_SLOW, "A7 A7 A7 A7 D7 D7 A7 A7 E7 D7 A7 E7"), (
            Stack("rhythm", saw, "xoxoxoxo", 45, (0, 7), 0.4, 0.4, bars="x.", how={"slope": 1.5}),
            Stack("rhythm", saw, "xoxoxoxo", 45, (0, 9), 0.4, 0.4, bars=".x", how={"slope": 1.5}),
            Walk("bass", bass, "x.x.x.x.", 33, 0.9, how={"bright": 0.4}),
            Beat("kick", kick, "x.x."),
            Beat("snare", snare, ".X.X", fill=".X.XXX", how={"tone": 200.0}),
            Beat("ride", hat, "x.xxx.xx", how={"length": 0.1, "low": 5000.0}),
            Tune("harp", reeds, ("xxx.xx..", "x.xx.xx.", "x...x..."), "A blues", 64, 84, 2, bars=_ANSWER,
                 how={"spread": 0.001, "scoop": 1.0}),
            Tune("voice", sing, ("x.xx.x..", "xx.xx..."), "A blues", 55, 70, 2, 0.8, bars=_CALL, how={"vowels": "ae"}),
            Tune("solo", pluck, ("xxxxx.x.", "x.xxx..."), "A blues", 60, 81, 2, bars="...x", bend=1.0,
                 how={"bright": 0.9, "ring": 1.5}),
        ), "rhythm 1, bass 0, kick -4, snare -5 .2, ride -15, harp -1 .3, voice 0 .3, solo 0 .3",
        keys=(0, -5, 2), swing=0.66, drive={"rhythm": (1.0, 100.0, 4000.0), "harp": (1.5, 300.0, 3800.0)}, tail=0.5,
        press=0.15, tilt=(3.0, 2.0),
    ),
)  # fmt: skip
