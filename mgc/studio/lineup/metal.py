"""Six metal bands: driven guitars in fifths, double bass drums, scales with a flat second, and not one clean note."""

from __future__ import annotations

from typing import Final

from mgc.studio.band import Arp, Band, Bass, Beat, Part, Stack, Talk, Tune
from mgc.studio.drums import crash, hat, kick, ride, snare, tom
from mgc.studio.instruments import bass, organ, pluck, saw, sing, speak

_FORM: Final = "iiiivvvvvvvvcccccccc"
_PICK: Final = {"bright": 0.9, "ring": 0.4}
_WIRES: Final = {"tone": 220.0, "length": 0.2, "wires": 0.9}


def _wall(
    rhythm: str | tuple[str, ...], low: int, *, pedal: int | None, on: str = "ivc", beats: float = 1.4
) -> tuple[Part, ...]:
    """Return two guitars and a bass that play one riff: all of them, or none is heavy."""
    return (
        Stack("left", saw, rhythm, low, on=on, pedal=pedal, how={"spread": 0.003}, beats=beats),
        Stack("right", saw, rhythm, low, on=on, pedal=pedal, how={"spread": 0.006}, beats=beats),
        Stack("bass", bass, rhythm, low - 12, (0,), on=on, how=_PICK, pedal=None if pedal is None else pedal - 12),
    )


BANDS: Final = (
    Band(  # palm-muted gallops on a low E, a lead on top
        "Iron foundry", "metal", 164.0, ("E5 E5 F5 G5 E5 E5 C5 B5", "E5 G5 F5 E5 E5 G5 A5 B5"), (
            *_wall("x.xxx.xxx.xxX...", 40, pedal=40, on="iv"),
            *_wall("X.....X.....X...", 40, pedal=None, on="c"),
            Beat("kick", kick, "x.xxx.xxx.xxx.xx", fill="xxxxxxxxxxxxxxxx",
                 how={"top": 200.0, "floor": 55.0, "length": 0.12}),
            Beat("snare", snare, ".X.X", fill="....X...X.X.XXXX", every=8, how=_WIRES),
            Beat("cymbals", hat, "x.x.x.x.", on="v", how={"length": 0.2}),
            Beat("cymbals", ride, "x.x.x.x.", on="ic", how={"length": 0.2}),
            Beat("cymbals", crash, "X...", bars="x...", gain=1.3),
            Tune("lead", saw, ("xxxxxxxx", "x.xxx.xx", "x...x..."), "E phrygian", 64, 86, 2, 1.0, on="c",
                 also=((-5, 0.7),), how={"spread": 0.001}),
            Tune("voice", sing, ("xxx.xxx.", "x.xxx.xx"), "E phrygian", 50, 67, 2, 1.0, on="v", least=0.5,
                 how={"vowels": "ae", "breath": 0.3}),
        ), "left 2, right 3, bass -4, kick -6, snare -8 .15, cymbals -9, lead -4 .15, voice -3 .15",
        keys=(0, -2, 1), form=_FORM, tail=0.6,
        drive={"left": (4.0, 95.0, 5500.0), "right": (5.0, 95.0, 5500.0), "lead": (3.0, 95.0, 5500.0),
               "voice": (2.5, 95.0, 5500.0)},
    ),
    Band(  # doom: slow, low, held
        "Black anvil", "metal", 70.0, ("D5 D5 G#5 D5 F5 E5 D5 D5", "D5 F5 D5 Eb5 D5 F5 G5 G#5"), (
            *_wall(("X.......X.....xx", "X.....X.X......."), 38, pedal=None, beats=2.0),
            Beat("kick", kick, "X.....x.x.......", how={"top": 160.0, "floor": 45.0, "length": 0.25}),
            Beat("snare", snare, "....X.......X...", fill="....X.....X.X.XX",
                 how={"tone": 180.0, "length": 0.3, "wires": 0.9}),
            Beat("toms", tom, "..........x.x.xx", bars="...x", how={"tone": 90.0}),
            Beat("cymbals", crash, "X.X.", gain=0.8),
            Tune("lead", saw, ("x...x.x.", "x......."), "D harmonic", 65, 84, 2, 1.0, bars="....xxxx",
                 how={"spread": 0.0008}),
            Tune("voice", sing, ("x.x.x...", "x...x..."), "D minor", 55, 70, 1, 1.0, bars="xxxx....",
                 how={"vowels": "oa", "breath": 0.1}),
        ), "left 3, right 3, bass 0, kick -5, snare -6 .3, toms -8 .2, cymbals -8 .2, lead -3 .4, voice -2 .4",
        keys=(0, -2, -4), form="v", tail=1.2, tilt=(4.0, -2.0),
        drive={"left": (5.0, 70.0, 4500.0), "right": (6.0, 70.0, 4200.0), "lead": (2.5, 95.0, 4800.0)},
    ),
    Band(  # two leads in thirds, a high voice, a gallop
        "Rust choir", "metal", 148.0, ("A5 F5 G5 A5 A5 F5 G5 E5", "A5 C5 G5 F5 A5 C5 G5 E5"), (
            *_wall("X.xxX.xxX.xxX.xx", 45, pedal=45, beats=0.4),
            Beat("kick", kick, "x.xxx.xxx.xxx.xx", how={"top": 180.0, "floor": 52.0, "length": 0.14}),
            Beat("snare", snare, "....X.......X...", fill="....X...X.XXXXXX", every=8, how=_WIRES),
            Beat("cymbals", hat, "x.x.x.x.", how={"length": 0.15}),
            Beat("cymbals", crash, "X...", bars="x..."),
            Tune("lead", saw, ("xxxxxxxx", "x.xxxxx.", "x.x.xxxx"), "A minor", 69, 88, 1, 1.0, on="ic",
                 also=((3, 0.9),), how={"spread": 0.001}),
            Tune("voice", sing, ("x..xx.x.", "x...xx..", "xx.x...."), "A minor", 64, 79, 2, 1.0, on="v",
                 how={"vowels": "ai", "breath": 0.12}),
        ), "left 3, right 3, bass -3, kick -5, snare -7 .2, cymbals -9 .1, lead -2 .25, voice -2 .3",
        keys=(0, 2, -2), form=_FORM, tail=1.1, tilt=(-2.0, 2.0),
        drive={"left": (3.0, 110.0, 5200.0), "right": (3.5, 110.0, 5200.0), "lead": (2.2, 150.0, 5500.0),
               "voice": (0.7, 150.0, 5500.0)},
    ),
    Band(  # tremolo picking over blast beats, a voice like wind
        "Wolf hour", "metal", 186.0, ("Em Em C5 C5 Am Am B5 B5", "Em G5 C5 B5 Em G5 Am B5"), (
            Arp("left", saw, "xxxxxxxxxxxxxxxx", 52, (0, 0, 0, 0, 2, 2, 2, 2), 0.24, how={"spread": 0.004}),
            Arp("right", saw, "xxxxxxxxxxxxxxxx", 59, (0, 0, 0, 0, 1, 1, 1, 1), 0.24, how={"spread": 0.007}),
            Bass("bass", bass, "xxxxxxxx", 28, (0,), 0.45, how=_PICK),
            Beat("kick", kick, "x.x.x.x.x.x.x.x.", how={"top": 190.0, "floor": 55.0, "length": 0.1}),
            Beat("snare", snare, ".x.x.x.x.x.x.x.x", on="ic", how={"tone": 240.0, "length": 0.12, "wires": 0.9}),
            Beat("snare", snare, ".X.X", on="v", how=_WIRES),
            Beat("cymbals", ride, "xxxx", how={"length": 0.3}),
            Beat("cymbals", crash, "X...", bars="x...", gain=1.2),
            Talk("voice", speak, ("x..x..x.", "x...x..."), 50, 0.9, on="vc", how={}),
        ), "left 2 .2, right 2 .2, bass -5, kick -8, snare -8 .3, cymbals -9 .2, voice -3 .6",
        keys=(0, -1, 2), form=_FORM, tail=1.6, tilt=(-4.0, 4.0),
        drive={"left": (5.0, 140.0, 6500.0), "right": (5.0, 140.0, 6500.0), "voice": (4.0, 250.0, 6000.0)},
    ),
    Band(  # tuned down, syncopated, somebody shouts in rhythm
        "Slag heap", "metal", 98.0, ("B5 B5 C5 B5 B5 B5 D5 C5", "B5 C5 B5 E5 B5 C5 D5 B5"), (
            *_wall(("x..x..x.X...x.x.", "x..x..x.x.xx...."), 35, pedal=35, beats=0.9),
            Beat("kick", kick, ("X..x..x.X...x.x.", "X..x..x.x.xx...."),
                 how={"top": 210.0, "floor": 48.0, "length": 0.18}),
            Beat("snare", snare, "....X.......X...", fill="....X..X..X.X.XX",
                 how={"tone": 250.0, "length": 0.2, "wires": 1.0}),
            Beat("cymbals", hat, "x...x...x...x...", on="iv", how={"length": 0.25, "low": 4500.0}),
            Beat("cymbals", crash, "X.X.", on="c"),
            Talk("voice", speak, ("x.xxx.xxx.x.x...", "xxx.x.xxx.xx...."), 50, 0.28, on="v"),
            Tune("voice", sing, ("x...x.x.", "x.x.x..."), "B phrygian", 57, 71, 2, 1.0, on="c",
                 how={"vowels": "ae", "breath": 0.3}),
            Tune("lead", pluck, ("x..x..x.",), "B phrygian", 71, 83, 1, 1.0, on="i", how={"bright": 0.9, "ring": 1.5}),
        ), "left 4, right 4, bass 0, kick -4, snare -6 .15, cymbals -9, voice -4 .2, lead -8 .4",
        keys=(0, 2, -1), form="iivvvvcccc", tail=0.5, tilt=(4.0, 1.0),
        drive={"left": (6.0, 70.0, 5000.0), "right": (6.0, 70.0, 5000.0), "voice": (3.0, 150.0, 5500.0),
               "bass": (1.0, 40.0, 3000.0)},
    ),
    Band(  # hard rock's cousin: a big back beat, an organ behind the wall, solos
        "Thunder forge", "metal", 126.0, ("G5 Bb5 C5 G5 G5 Bb5 F5 C5", "G5 F5 Eb5 F5 G5 F5 C5 D5"), (
            *_wall(("X..x..X.x.x.X...", "X..x..X.x.xxx..."), 43, pedal=None, beats=0.8),
            Bass("organ", organ, "x...", 55, (0,), 3.8, on="c"),
            Bass("organ", organ, "x...", 62, (0,), 3.8, on="c"),
            Beat("kick", kick, "X..x..x.X.x.....", how={"top": 170.0, "floor": 50.0, "length": 0.2}),
            Beat("snare", snare, "....X.......X...", fill="....X...x.x.XXXX",
                 how={"tone": 190.0, "length": 0.3, "wires": 0.9}),
            Beat("cymbals", ride, "x.x.x.x.", how={"length": 0.35}),
            Beat("cymbals", crash, "X...", bars="x...", gain=1.2),
            Tune("lead", saw, ("xxxxx.xx", "x.xxx...", "xxxxxxxx"), "G minor pentatonic", 67, 86, 3, 1.0, on="c",
                 how={"spread": 0.0008}),
            Tune("voice", sing, ("x.xx.x..", "xx.x.x.."), "G minor pentatonic", 60, 77, 2, 0.9, on="v",
                 how={"vowels": "ae", "breath": 0.2}),
        ), "left 3, right 3, bass -2, organ -10 .2, kick -4, snare -6 .25, cymbals -9, lead -2 .25, voice -2 .25",
        keys=(0, -3, 2), form="iivvvvcccc", tail=1.0, tilt=(1.0, -1.0),
        drive={"left": (3.0, 90.0, 5000.0), "right": (3.5, 90.0, 5200.0), "lead": (2.5, 150.0, 5000.0),
               "voice": (1.2, 150.0, 5000.0), "organ": (1.5, 100.0, 5000.0)},
    ),
)  # fmt: skip
