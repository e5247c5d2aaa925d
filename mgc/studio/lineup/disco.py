"""Six disco bands: four on the floor, open hats between, octaves in the bass, strings, brass or machines above."""

from __future__ import annotations

from typing import Final

from mgc.studio.band import Arp, Band, Bass, Beat, Chords, Part, Run, Tune
from mgc.studio.drums import clap, crash, hat, kick, shaker, snare, tom
from mgc.studio.instruments import bass, bow, brass, electric_piano, piano, pluck, pulse, saw, sing, sub

_FORM: Final = "iivvvvcccc"
_SCRATCH: Final = {"bright": 1.0, "ring": 0.25}


def _floor(top: float, length: float, tone: float) -> tuple[Part, ...]:
    """Return the drums that every disco band has; a kit is the pitch and length of its kick and the snare's tone."""
    return (
        Beat("kick", kick, "XXXX", how={"top": top, "length": length}),
        Beat("hat", hat, "o.o.o.o."),
        Beat("open", hat, "..x...x...x...x.", how={"length": length}),
        Beat("snare", snare, ".X.X", fill="....X.......x.xx", on="vc", how={"tone": tone}),
    )


BANDS: Final = (
    Band(  # sweeping strings, a scratched guitar, a choir
        "Mirror ball", "disco", 120.0, ("Am7 Am7 Dm7 G7 Cmaj7 Am7 Dm7 E7", "Am7 Dm7 Am7 Dm7 Fmaj7 G7 Am7 E7"), (
            *_floor(120.0, 0.22, 210.0),
            Beat("clap", clap, ".x.x", on="vc"),
            Bass("bass", bass, "xxxxxxxx", 33, (0, 12), 0.42, how={"bright": 0.7, "ring": 0.3}),
            Chords("guitar", pluck, "o.xo.oxoo.xo.oxx", 67, 0.16, how=_SCRATCH),
            Chords("strings", bow, "x", 72, 3.8, how={"attack": 0.15}, bars=".x"),
            Chords("strings", bow, "x", 72, 3.8, how={"attack": 0.15}, on="c", bars="x."),
            Run("strings", bow, "........xxxxxxxx", "A minor", 69, bars="...x", gain=1.3, how={"attack": 0.03}),
            Beat("shaker", shaker, "oxoxoxoxoxoxoxox"),
            Tune("voice", sing, ("x.x.xx..", "xx.xx.x.", "..xxx..."), "A minor", 64, 79, 2, on="v",
                 how={"vowels": "ai"}),
            Tune("voice", sing, ("x.x.xx..", "xx.xx.x."), "A minor", 64, 79, 2, on="c", also=((-5, 0.6),),
                 how={"vowels": "ai"}),
        ),
        "kick 0, hat -17, open -10, snare -7 .2, clap -9 .3, bass -1, guitar -6, strings -4 .4, shaker -18, "
        "voice -1 .4",
        keys=(0, -2, 3), form=_FORM, tail=1.2,
    ),
    Band(  # an orchestra in evening dress: strings, horns, congas, an electric piano
        "Velvet rope", "disco", 112.0, ("Fmaj7 Em7 Dm7 Cmaj7 Fmaj7 Em7 Dm7 G7", "Dm7 G7 Cmaj7 Am7 Dm7 G7 Em7 Am7"), (
            *_floor(110.0, 0.18, 190.0),
            Beat("congas", tom, "x.ox.xo.x.ox.xxo", how={"tone": 210.0}),
            Bass("bass", bass, "x.xxx.xx.xx.x.xx", 29, (0, 0, 7, 12, 0, 10), 0.3, how={"bright": 0.5, "ring": 0.4}),
            Chords("keys", electric_piano, "x..x..x.", 62, 0.8),
            Chords("guitar", pluck, "..x.o.xo..x.o.xo", 69, 0.14, how=_SCRATCH),
            Chords("horns", brass, "x..x....", 67, 0.4, bars="..xx"),
            Tune("strings", bow, ("x...x.x.", "x.xxx...", "x......."), "C major", 74, 91, 1, 1.0, also=((-12, 0.8),)),
            Tune("voice", sing, ("x.xx.x..", "xx.x.x.."), "C major", 58, 74, 2, on="vc", how={"vowels": "oa"}),
        ),
        "kick -1, hat -17, open -13, snare -8 .3, congas -11 .2, bass 0, keys -5 .2, guitar -8, horns -4 .4, "
        "strings -2 .5, voice 0 .4",
        keys=(0, 2, -3), form=_FORM, tail=1.5, tilt=(-2.0, -1.0),
    ),
    Band(  # funk on wheels: slapped bass, a dry guitar, shouts
        "Roller rink", "disco", 115.0, ("Em7 Em7 A9 A9", "Em7 A9 Em7 A9 G6 A9 Em7 Em7"), (
            *_floor(130.0, 0.2, 230.0),
            Beat("clap", clap, ".x.x"),
            Bass("bass", bass, ("x..x.xx.x.x..xx.", "x..x.xx.xxx.x.xx"), 28, (0, 12, 10, 12, 0, 7, 10), 0.22,
                 how={"bright": 1.0, "ring": 0.2}),
            Chords("guitar", pluck, ("oxo.xoxxoxo.xox.", "oxo.xoxxo.oxxoxx"), 64, 0.12, how=_SCRATCH),
            Bass("clavinet", pluck, "x.x..x.xx..x.x.x", 52, (0, 12, 7, 10), 0.14, how={"bright": 0.95, "ring": 0.3}),
            Chords("horns", brass, "......x.x.......", 64, 0.25, bars=".x.x"),
            Tune("voice", sing, ("x.xx....", "xx.x...."), "E minor pentatonic", 59, 74, 2, on="vc", also=((5, 0.5),),
                 how={"vowels": "ea"}),
        ),
        "kick 0, hat -14, open -11, snare -6 .15, clap -10 .2, bass 1, guitar -4, clavinet -6, horns -5 .3, "
        "voice -1 .3",
        keys=(0, 3, -2), form="ivvvvccc", tail=0.7, press=0.3, tilt=(1.0, 1.0),
    ),
    Band(  # machines: a sequencer runs, a synthesiser sings
        "Champagne lift", "disco", 124.0, ("Cm Cm Ab Bb", "Cm Eb Bb Cm Ab Bb Cm Cm"), (
            *_floor(150.0, 0.24, 200.0),
            Beat("clap", clap, ".x.x", on="c"),
            Bass("bass", saw, "xxxxxxxxxxxxxxxx", 36, (0, 0, 12, 0, 7, 0, 12, 0), 0.2,
                 how={"slope": 1.4, "spread": 0.002}),
            Arp("sequence", pulse, "xoxoxoxoxoxoxoxo", 60, (0, 2, 1, 3, 2, 4, 3, 5), 0.18, how={"slope": 0.5}),
            Chords("pad", saw, "x", 60, 3.9, how={"slope": 1.7, "spread": 0.007}),
            Tune("lead", pulse, ("x.x.x...", "x..xx.x."), "C minor", 67, 84, 1, on="vc", bars="....xxxx",
                 how={"width": 0.45}),
            Tune("voice", sing, ("x.......", "x...x..."), "C minor", 63, 77, 1, 1.0, on="vc", also=((7, 0.4),),
                 how={"vowels": "ao", "breath": 0.15}),
        ),
        "kick 1, hat -15, open -9, snare -8 .3, clap -10 .3, bass 0, sequence -6 .2, pad -8 .3, lead -3 .3, "
        "voice -2 .5",
        keys=(0, -3, 2), form="iivvvvcccc", tail=1.4, press=0.3, echo={"sequence": (0.75, 0.35)}, tilt=(3.0, 2.0),
    ),
    Band(  # faster, brighter: an octave bass from a keyboard, stabs of brass, toms
        "Neon parade", "disco", 130.0, ("F#m D E C#m F#m D E E", "F#m E D C#m D E F#m F#m"), (
            *_floor(160.0, 0.2, 240.0),
            Beat("clap", clap, ".X.X"),
            Beat("toms", tom, "..........x.x.xx", bars="...x", how={"tone": 160.0}),
            Bass("bass", saw, "xxxxxxxx", 30, (0, 12), 0.4, how={"slope": 1.1, "spread": 0.003}),
            Chords("stabs", saw, "x..x..x...x.x...", 66, 0.25, how={"slope": 0.9, "spread": 0.006}),
            Chords("brass", brass, "x...x...", 69, 0.5, on="c"),
            Arp("bells", electric_piano, "..x...x.", 76, (2, 0, 1), 0.4),
            Beat("crash", crash, "x...", bars="x......."),
            Tune("voice", sing, ("x.xxx.x.", "xx.xx..."), "F# minor", 66, 81, 2, on="vc", how={"vowels": "ia"}),
        ),
        "kick 1, hat -13, open -8, snare -6 .3, clap -7 .4, toms -8 .3, bass 0, stabs -4 .2, brass -6 .3, "
        "bells -9 .3, crash -14, voice 0 .4",
        keys=(0, -4, 2), form="ivvvvcccc", tail=1.0, press=0.35, tilt=(-1.0, 4.0),
    ),
    Band(  # soul in satin: piano octaves, a choir, a low round bass
        "Satin express", "disco", 118.0, ("Gm7 Cm7 F7 Bb Eb Cm7 D7 Gm7", "Gm7 Bb Cm7 D7"), (
            *_floor(100.0, 0.26, 180.0),
            Bass("bass", bass, "x..xx..xx..xx.x.", 31, (0, 12, 0, 7), 0.4, how={"bright": 0.3, "ring": 0.5}),
            Bass("bass", sub, "x...x...x...x...", 31, (0,), 0.3, gain=0.5),
            Chords("piano", piano, "x..x..x.x..x..x.", 67, 0.3),
            Chords("choir", sing, "x...x...", 65, 1.6, on="c", how={"vowels": "ua"}),
            Chords("strings", bow, "x", 74, 3.8, bars="xx..", how={"attack": 0.2}),
            Run("strings", bow, "xxxxxxxx........", "G minor", 67, bars=".......x", how={"attack": 0.03}),
            Beat("shaker", shaker, "xxxxxxxxxxxxxxxx"),
            Tune("voice", sing, ("x.x.x.xx", "x..xx...", "xx.xx.x."), "G minor", 55, 72, 2, on="vc",
                 how={"vowels": "oe"}),
        ),
        "kick 1, hat -18, open -13, snare -9 .3, bass 1, piano -3 .25, choir -4 .5, strings -5 .5, shaker -15, "
        "voice 1 .4",
        keys=(0, 2, -3), form="iivvvvcccc", tail=1.3, press=0.25, tilt=(4.0, -3.0),
    ),
)  # fmt: skip
