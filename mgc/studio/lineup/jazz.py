"""Six jazz groups: swung cymbals, walking basses, ninths, restless solos; and one that plays bossa nova."""

from __future__ import annotations

from typing import Final

from mgc.studio.band import Arp, Band, Bass, Beat, Chords, Tune, Walk
from mgc.studio.drums import brush, hat, kick, ride, rim, shaker, snare
from mgc.studio.instruments import bass, brass, clarinet, flute, mallet, piano, pluck, trumpet

_CHANGES: Final = "Dm9 G9 Cmaj7 Am7 Dm9 G9 Em7 A7b9"
_MINOR: Final = "Cm9 Fm9 Dm7b5 G7b9 Cm9 Fm9 G7b9 Cm9"
_SOLO: Final = ("x.xxxxx.", "xxxx.xxx", ".xxxx..x", "x..x....")
_COMP: Final = ("x..x....", "..x...x.", ".x....x.", "x.......", "...x..x.")
_REED: Final = {"reed": True}
_UPRIGHT: Final = {"bright": 0.15, "ring": 0.45}

BANDS: Final = (
    Band(  # a quartet: ride, walking bass, piano, saxophone
        "Blue hour", "jazz", 144.0, (_CHANGES, "Em7 A7b9 Dm9 G9 Cmaj7 Am7 Dm9 G9"), (
            Walk("bass", bass, "xxxx", 33, how=_UPRIGHT),
            Chords("piano", piano, _COMP, 62, 0.6),
            Beat("ride", ride, "X.xoX.xo"),
            Beat("hat", hat, ".x.x"),
            Beat("brushes", brush, "x.x.x.x."),
            Beat("snare", snare, ("...o..o.", ".....o..", "........", "..o....o", "........"), how={"length": 0.15}),
            Tune("sax", brass, _SOLO, "C major", 57, 80, 3, 0.95, bars="xxxxxxx.", how=_REED),
        ), "bass -2, piano -3 .6, ride -14 .2, hat -21, brushes -20, snare -18 .5, sax -1 .6",
        keys=(0, 3, -2), swing=0.64, tail=0.5, press=0.12, air=-30.0,
    ),
    Band(  # fast: a trumpet and a saxophone in unison, then alone
        "Cellar five", "jazz", 208.0, ("Gm7 C9 Fmaj7 Fmaj7 Fm7 Bb9 Ebmaj7 D7b9", "Gm7 C9 Am7 D7b9 Gm7 C9 Fmaj7 D7b9"), (
            Walk("bass", bass, "xxxx", 33, how={"bright": 0.2, "ring": 0.35}),
            Chords("piano", piano, ("x...x...", "...x....", ".x......", "......x.", "..x..x.."), 60, 0.4),
            Beat("ride", ride, "x.xxx.xx", how={"length": 0.45}),
            Beat("hat", hat, ".x.x", how={"length": 0.05}),
            Beat("kick", kick, ("o.......", "...x....", "......x."), how={"top": 95.0}),
            Beat("snare", snare, ("...o....", "......x.", "..o..o..", "........", ".....x.."),
                 how={"length": 0.12, "tone": 230.0}),
            Tune("sax", brass, _SOLO, "F major", 58, 82, 3, 0.9, bars="xxxxxxxx........", how=_REED),
            Tune("trumpet", trumpet, ("xxxxxxx.", "x.xx.xxx", "xx.xxxx.", "..x.x..."), "F major", 64, 86, 3, 0.9,
                 bars="........xxxxxxxx", how={"mute": False}),
        ), "bass -2, piano -5 .5, ride -12 .2, hat -19, kick -16, snare -14 .4, sax -1 .5, trumpet -2 .5",
        keys=(0, 2, -4), swing=0.6, tail=0.6, press=0.1, air=-31.0, tilt=(-1.0, 2.0),
    ),
    Band(  # before the war: a clarinet, a muted trumpet, a banjo that keeps time
        "Copper kettle", "jazz", 168.0, ("F F D7 D7 G7 C7 F C7", "F D7 G7 C7 F F7 Bb F"), (
            Bass("bass", bass, "x.x.", 29, (0, 7), 0.8, how={"bright": 0.1, "ring": 0.4}),
            Chords("banjo", pluck, "xxxx", 62, 0.3, 0.01, how={"bright": 0.85, "ring": 0.25}),
            Chords("piano", piano, ".x.x", 57, 0.4),
            Beat("snare", brush, "xXxX"),
            Beat("hat", hat, ".x.x", how={"length": 0.08}),
            Tune("clarinet", clarinet, ("xxxxxxxx", "x.xxxx.x", "xx.xx.xx"), "F major", 69, 91, 2, 0.9, gain=0.9),
            Tune("trumpet", trumpet, ("x.x.xx..", "xx..x.x.", "x.xxx..."), "F major", 62, 79, 2, 0.85),
            Tune("trombone", brass, ("x...x...", "x.....x."), "F major", 48, 62, 1, 1.0),
        ), "bass -3, banjo -9, piano -9 .3, snare -18, hat -22, clarinet -3 .4, trumpet -1 .4, trombone -6 .4",
        keys=(0, -2, 5), swing=0.66, tail=0.6, press=0.15, air=-28.0, tilt=(-5.0, -3.0),
    ),
    Band(  # a ballad after midnight: piano, bass, brushes
        "Slow ferry", "jazz", 64.0, ("Ebmaj7 Cm7 Fm9 Bb9 Gm7 C7b9 Fm9 Bb9", "Abmaj7 Gm7 Fm9 Ebmaj7 Am7b5 D7b9 Gm7 Bb9"),
        (
            Bass("bass", bass, "x..xx.x.", 29, (0, 7, 12, 7), 0.9, how={"bright": 0.12, "ring": 0.9}),
            Chords("piano", piano, ("x....x..", "x.......", "..x..x.."), 58, 1.8, 0.02),
            Beat("brushes", brush, "xxxxxxxx", how={"length": 0.45}),
            Beat("ride", ride, "o..xo..x", how={"length": 0.8}, gain=0.7),
            Tune("piano", piano, ("x.xxx.xx....", "xx.xxxxx.xx.", "x.....x.x...", "..xxxxxxx..."), "Eb major", 70, 91,
                 3, 1.4),
        ), "bass 0 .2, piano 2 .4, brushes -17, ride -20 .3",
        keys=(0, -2, 2), swing=0.66, swell=0.2, tail=1.0, press=0.05, air=-33.0, tilt=(1.0, -5.0),
    ),
    Band(  # vibraphone and guitar, cool and exact
        "Second set", "jazz", 122.0, (_MINOR, "Cm9 Cm9 Fm9 Fm9 Dm7b5 G7b9 Cm9 G7b9"), (
            Walk("bass", bass, "xxxx", 31, how=_UPRIGHT),
            Chords("guitar", pluck, ("x..x....", "x...x...", "..x..x.."), 60, 0.5, 0.01,
                 how={"bright": 0.25, "ring": 1.2}),
            Beat("ride", ride, "X.xxX.xx", how={"length": 0.5}),
            Beat("hat", hat, ".x.x"),
            Beat("snare", rim, ("........", "...x....", "......x.")),
            Tune("vibes", mallet, _SOLO, "C dorian", 65, 86, 3, 0.9, bars="xxxxxxxx....", how={"ring": 0.9}),
            Tune("solo", pluck, ("xxxxx.x.", "x.xxxx..", "xx.x.xx."), "C dorian", 58, 77, 2, 0.9, bars="........xxxx",
                 how={"bright": 0.3, "ring": 1.5}),
        ), "bass -1, guitar -6 .3, ride -15 .2, hat -21, snare -22, vibes 1 .45, solo 0 .3",
        keys=(0, 2, -3), swing=0.63, tail=0.8, press=0.1, air=-32.0, tilt=(-2.0, -1.0),
    ),
    Band(  # bossa nova: a nylon guitar, a flute, straight eighths
        "Window seat", "jazz", 132.0, ("Fmaj7 Fmaj7 G9 G9 Gm7 C9 Fmaj7 C9", "Am7 D9 Gm7 C9 Fmaj7 Dm7 Gm7 C9"), (
            Bass("bass", bass, "x..xx..x", 29, (0, 0, 7, 7), 0.9, how={"bright": 0.12, "ring": 0.5}),
            Chords("guitar", pluck, ("x.x..x.xx..x.x..", "x..x..x...x..x.."), 59, 0.5,
                 how={"bright": 0.3, "ring": 1.0}),
            Beat("rim", rim, ("x..x..x...x..x..",), gain=0.8),
            Beat("shaker", shaker, "xoxoxoxoxoxoxoxo"),
            Beat("kick", kick, "x..xx..x", how={"top": 90.0}),
            Chords("piano", piano, ("......x.", "..x....."), 64, 0.6),
            Tune("flute", flute, ("x..x.xx.", "x.xxx...", "xx.x..x."), "F major", 70, 89, 2, 0.95, bars="xxxxxxxx...."),
            Tune("sax", brass, ("x.x.x...", "x..xx.x."), "F major", 60, 79, 2, 0.95, bars="........xxxx", how=_REED),
            Arp("guitar", pluck, "x.......", 67, (2,), 1.0, bars="...x", how={"bright": 0.4, "ring": 1.2}),
        ), "bass -1, guitar 0 .25, rim -18 .2, shaker -20, kick -14, piano -9 .4, flute 0 .4, sax -1 .4",
        keys=(0, -3, 2), tail=0.7, press=0.1, air=-33.0, tilt=(2.0, 0.0),
    ),
)  # fmt: skip
