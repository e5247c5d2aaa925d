"""Six ensembles: strings, keyboards, winds and a choir, no drums, phrases that swell."""

from __future__ import annotations

from typing import Final

from mgc.studio.band import Arp, Band, Bass, Chords, Tune
from mgc.studio.instruments import bow, brass, clarinet, flute, organ, piano, pluck, sing

_CIRCLE: Final = "D A Bm F#m G D Em7 A7"
_LAMENT: Final = "Am Em F C Dm Am E E7"
_FALL: Final = "Am Dm G C F Bm7b5 E Am"

BANDS: Final = (
    Band(  # strings and a piano in a hall
        "Evening quintet", "classical", 66.0, (_CIRCLE, "D G A D Bm Em A7 D"), (
            Bass("cello", bow, "x.", 38, (0,), 2.0, how={"players": 2, "attack": 0.09}),
            Bass("cello", bow, ".x", 50, (4,), 2.0, how={"players": 2, "attack": 0.09}),
            Chords("strings", bow, "x", 62, 3.9, gain=0.7, how={"attack": 0.25}),
            Arp("piano", piano, "xxoxxoxo", 60, (0, 2, 3, 4, 5, 4, 3, 2), 1.2),
            Tune("violin", bow, ("x...x.x.", "x.xxx.x.", "x......."), "D major", 69, 86, legato=1.0,
                 how={"players": 1, "attack": 0.07}),
        ), "cello -2 .25, strings -7 .35, piano 0 .25, violin -4 .35",
        keys=(0, -2, 3), swell=0.4, tail=2.0, air=-30.0,
    ),
    Band(  # a piano alone: a nocturne
        "Orangery", "classical", 58.0, ("C# G# A#m F# C# F#m G# C#", "C# A#m F# G# C# F# G#7 C#"), (
            Arp("left", piano, "xoxoxoxoxoxo", 49, (0, 2, 3, 4, 3, 2), 1.6),
            Bass("left", piano, "x.x.", 37, (0, 7), 2.2),
            Tune("right", piano, ("x..x.x", "x.xx..", "x....."), "C# major", 68, 90, 2, 1.3, also=((-12, 0.3),)),
            Tune("right", piano, ("......xxxxxx",), "C# major", 70, 92, 2, 0.8, bars="...x", gain=0.6),
        ), "left -3 .3, right 2 .35",
        keys=(0, -3, 2), swell=0.45, tail=1.6, press=0.0, air=-36.0, tilt=(-3.0, -3.0),
    ),
    Band(  # an organ and a choir under stone vaults
        "North transept", "classical", 54.0, ("Cm G Cm Fm Cm Ab G Cm", "Cm Fm Bb Eb Ab Fm G Cm"), (
            Bass("pedal", organ, "x.x.", 36, (0, 0), 2.0),
            Chords("organ", organ, "x.x.", 57, 2.0),
            Chords("choir", sing, "x", 62, 3.9, how={"vowels": "oa", "breath": 0.05}),
            Chords("choir", sing, "x", 69, 3.9, bars="..xx", gain=0.7, how={"vowels": "ao", "breath": 0.05}),
            Tune("soprano", sing, ("x...x.x.", "x...x...", "x.x.x.x."), "C harmonic", 67, 82, legato=1.0,
                 how={"vowels": "au", "breath": 0.02}),
        ), "pedal -6 .4, organ -7 .4, choir 0 .7, soprano -4 .6",
        keys=(0, 2, -1), swell=0.25, tail=3.5, press=0.0, air=-30.0, tilt=(3.0, -2.0),
    ),
    Band(  # a flute over a guitar, in three
        "Salon vert", "classical", 96.0, ("Em Am D G C Am B7 Em", "G D Em Bm C G D7 G"), (
            Bass("guitar", pluck, "x..", 40, (0,), 2.8, how={"bright": 0.35, "ring": 2.5}),
            Arp("guitar", pluck, "xxxxxx", 55, (0, 1, 2, 3, 2, 1), 1.0, how={"bright": 0.35, "ring": 1.8}),
            Tune("flute", flute, ("x.xxxx", "x...xx", "xxxxxx", "x....."), "E minor", 71, 91, 1, 0.95),
            Tune("viola", bow, ("x.....", "x..x.."), "E minor", 57, 71, 1, 1.0, how={"players": 1}),
        ), "guitar 1 .2, flute -1 .35, viola -8 .3",
        keys=(0, -2, 5), meter=3.0, swell=0.3, tail=1.3, press=0.0, air=-34.0, tilt=(-4.0, 2.0),
    ),
    Band(  # a baroque string band: running notes over a harpsichord
        "Winter strings", "classical", 104.0, (_FALL, _LAMENT), (
            Bass("cello", bow, "xxxxxxxx", 36, (0, 0, 12, 0, 7, 7, 12, 7), 0.45, how={"players": 2, "attack": 0.03}),
            Chords("harpsichord", pluck, "x.xx", 62, 0.9, 0.03, how={"bright": 1.0, "ring": 1.2}),
            Arp("violas", bow, "xoxoxoxoxoxoxoxo", 60, (0, 1, 2, 1), 0.24, gain=0.8,
                 how={"players": 3, "attack": 0.02}),
            Tune("violins", bow, ("xxxxxxxxxxxxxxxx", "x.xxx.xxx.xxxxxx", "x.x.x.x.x.x.x.x."), "A harmonic", 69, 88, 1,
                 0.9, how={"players": 3, "attack": 0.025}),
        ), "cello -1 .3, harpsichord -8 .3, violas -4 .35, violins 0 .4",
        keys=(0, 2, -4), swell=0.35, tail=1.8, press=0.0, air=-33.0, tilt=(-1.0, 4.0),
    ),
    Band(  # wind players in the open air
        "Glass pavilion", "classical", 84.0, ("F C Dm Bb F Bb C F", "F Dm Bb C F Gm C7 F"), (
            Bass("bassoon", clarinet, "x.x.", 36, (0, 7), 1.6),
            Chords("horns", brass, "x.......", 55, 3.6, gain=0.8),
            Arp("second", clarinet, "x.xxx.xx", 58, (0, 1, 2, 1), 0.45),
            Bass("cello", pluck, "x.xx", 36, (0, 7, 12), 0.8, how={"bright": 0.2, "ring": 0.5}),
            Tune("clarinet", clarinet, ("x...xxx.", "x.xxx.x.", "x......."), "F major", 65, 84, bars="xxxx....",
                 legato=1.0),
            Tune("flute", flute, ("x.x.xxxx", "x..xx.x.", "x......."), "F major", 72, 91, bars="....xxxx", legato=1.0),
        ), "bassoon -4 .3, horns -9 .5, second -6 .3, cello -6 .2, clarinet 0 .35, flute 0 .35",
        keys=(0, -2, 2), swell=0.35, tail=1.4, press=0.0, air=-33.0, tilt=(2.0, -4.0),
    ),
)  # fmt: skip
