"""The sixty bands, six for each genre: their members and instruments, keys and tempi, and how they are mixed."""

from __future__ import annotations

from typing import Final

from mgc.studio.band import Arp, Band, Bass, Beat, Chords, Part, Run, Stack, Talk, Tune, Walk
from mgc.studio.drums import brush, clap, crash, hat, kick, ride, rim, shaker, snare, stomp, tom
from mgc.studio.instruments import (
    bass,
    bow,
    brass,
    clarinet,
    electric_piano,
    flute,
    mallet,
    organ,
    piano,
    pluck,
    pulse,
    reeds,
    saw,
    sing,
    slide,
    speak,
    sub,
    trumpet,
)

__all__ = ["BANDS"]

_SLOW_BLUES: Final = "A7 D7 A7 A7 D7 D7 A7 A7 E7 D7 A7 E7"
_STEEL_STRING: Final = pluck(bright=0.9, ring=0.8)
_SCRATCHED: Final = pluck(bright=1.0, ring=0.25)
_FLOW: Final = "xxox.xxxxx.xxox. x.xxxxox.xxxx.x."
_SOLO: Final = "x.xxxxx. xxxx.xxx .xxxx..x x..x...."
_SAXOPHONE: Final = brass(reed=True)
_UPRIGHT_BASS: Final = bass(bright=0.15, ring=0.45)
_PICKED_BASS: Final = bass(bright=0.9, ring=0.4)
_METAL_SNARE: Final = snare(tone=220.0, length=0.2, wires=0.9)
_BIG_KICK: Final = kick(top=180.0, floor=46.0, length=0.32)
_AIRY_VOICE: Final = sing(vowels="ai", breath=0.08)
_BUBBLE: Final = ".oxo.oxo.oxo.oxo"
_SKANK: Final = pluck(bright=0.8, ring=0.35)
_ROUND_BASS: Final = bass(bright=0.1, ring=0.8)
_RINGING: Final = pluck(bright=0.9, ring=1.8)


def _on_the_floor(top: float, length: float, tone: float) -> tuple[Part, ...]:
    """Return the drums of a disco band, given pitch and length of its kick and the tone of its snare."""
    return (
        Beat("kick", kick(top=top, length=length), "XXXX"),
        Beat("hat", hat, "o.o.o.o."),
        Beat("open", hat(length=length), "..x...x...x...x."),
        Beat("snare", snare(tone=tone), ".X.X", fill="....X.......x.xx", on="vc"),
    )


def _wall(rhythm: str, low: int, *, pedal: int | None, on: str = "ivc", beats: float = 1.4) -> tuple[Part, ...]:
    """Return two guitars and a bass that play one riff together."""
    return (
        Stack("left", saw(spread=0.003), rhythm, low, on=on, pedal=pedal, beats=beats),
        Stack("right", saw(spread=0.006), rhythm, low, on=on, pedal=pedal, beats=beats),
        Stack("bass", _PICKED_BASS, rhythm, low - 12, (0,), on=on, pedal=None if pedal is None else pedal - 12),
    )


BANDS: Final[tuple[Band, ...]] = (
    # Six blues bands: twelve bars, shuffles, bent notes, calls of a voice and their answers.
    # a steel-string guitar, a stamping foot; a lead with bent notes answers a voice
    Band("Delta porch", "blues", 96.0, ("E7 A7 E7 E7 A7 A7 E7 E7 B7 A7 E7 B7", "E7 E7 E7 E7 A7 A7 E7 E7 B7 A7 E7 E7"), (
        Bass("boogie", pluck(bright=0.55, ring=1.4), "x.x.x.x.", 40, (0,), 0.9),
        Bass("boogie", pluck(bright=0.7, ring=0.8), "xoxoxoxo", 40, (7, 7, 9, 9, 7, 7, 10, 9), 0.4, bars="xx.."),
        Chords("boogie", pluck(bright=0.7, ring=2.0), "...x", 58, 1.5, 0.04, bars="...x"),
        Beat("foot", stomp, "XxXx"),
        Tune("lead", pluck(bright=0.85, ring=1.6), "x.xx.xx. xx.x.x.. ..x.xxx.", "E blues", 59, 77, 2, bars="..xx",
             bend=1.0),
        Tune("voice", sing, "x.xx.xx. xx.x.x.. ..x.xxx.", "E blues", 50, 67, 2, 0.8, bars="xx.."),
    ), "boogie -5 .2, foot -11, lead 3 .4, voice -2 .4", keys=(0, -2, 1), swing=0.65, tail=0.3, press=0.0),
    # slow and electric: an organ, a late back beat, a wailing guitar
    Band("Chalk line", "blues", 62.0, (_SLOW_BLUES, "Am7 Dm7 Am7 Am7 Dm7 Dm7 Am7 Am7 F7 E7 Am7 E7"), (
        Walk("bass", bass(bright=0.3), "x.x.x.x.", 33, 0.5),
        Chords("organ", organ, "x.......x.x.....", 57, 1.6),
        Beat("ride", ride(length=0.4), "xoxxoxxoxxox"),
        Beat("snare", snare(tone=180.0), ".x.x", fill=".x.xxx"),
        Beat("kick", kick(top=110.0), "x..ox..."),
        Tune("lead", saw(slope=1.3, spread=0.0006), "x...xxx..... x.xx..x..... ..x.x.xxx...", "A blues", 60, 84, 3,
             bars="..xx"),
        Tune("voice", sing(vowels="ae"), "x.x...xx.... xx..x.......", "A blues", 52, 69, 2, 0.85, bars="xx.."),
    ), "bass -3, organ -9 .2, ride -18, snare -10 .2, kick -9, lead 1 .3, voice 1 .3", keys=(0, -2, 3),
       drive={"lead": (1.6, 200.0, 4200.0)}, tail=0.8, press=0.1, tilt=(2.0, -1.0)),
    # a parlour piano rolls, horns stab
    Band("Second line shuffle", "blues", 128.0, ("C7 G7 F7 F7 C7 G7 C7 G7", "C7 C7 F7 F7 C7 G7 C7 G7"), (
        Bass("left", piano, "x.x.x.x.", 36, (0, 4, 7, 9, 10, 9, 7, 4), 0.8),
        Arp("right", piano, "x.xxx.x. xx.xx.xx", 65, (2, 3, 1, 2, 4, 3, 2, 0), 0.4),
        Chords("right", piano, "x..x..x.", 67, 0.4, bars="...x"),
        Walk("bass", bass(bright=0.15), "x.x.x.x.", 31, 0.8),
        Beat("brushes", brush, "xXxX"),
        Beat("snare", snare(length=0.12, tone=220.0), "o.xoo.xo"),
        Beat("kick", kick(top=100.0), "x.x."),
        Chords("horns", brass, "..x....x", 62, 0.3, bars="..xx"),
        Tune("voice", sing(vowels="ea"), "x.xxx... xx.x.x..", "C blues", 54, 69, 2, 0.8, bars="xx.."),
    ), "left -6 .2, right 0 .3, bass -3, brushes -20, snare -15 .2, kick -12, horns -7 .3, voice -1 .3",
       keys=(0, 3, -2), swing=0.66, tail=0.5, press=0.1, tilt=(-3.0, 1.0)),
    # one chord, a harmonica, and stamping
    Band("Tin cup", "blues", 108.0, ("G7", "G7 G7 G7 G7 C7 C7 G7 G7"), (
        Bass("guitar", pluck(bright=0.5, ring=0.9), "X.xxx.xx", 43, (0, 0, 7, 0, 10, 7), 0.45),
        Chords("guitar", pluck(bright=0.8, ring=0.5), "..x...x.", 60, 0.4, 0.02, gain=0.7),
        Beat("foot", stomp, "XXXX"),
        Beat("hands", snare(wires=0.3, length=0.1, tone=330.0), ".x.x"),
        Tune("harp", reeds(spread=0.001, scoop=1.5), "x.xxx.xx xx.xx... x..xxxx.", "G blues", 65, 84, 2, bars="..xx",
             also=((-5, 0.5),)),
        Tune("voice", sing(vowels="oa", breath=0.08), "xxx.xx.. x.xxx...", "G minor pentatonic", 55, 70, 2, 0.7,
             bars="xx.."),
    ), "guitar -2 .2, foot -9, hands -14, harp -1 .3, voice 0 .3", keys=(0, -3, 2), swing=0.62, tail=0.4, press=0.0,
       tilt=(-3.0, -2.0), air=-32.0),
    # a slide guitar alone with its player's foot
    Band("Mill race", "blues", 82.0, ("D7 D7 G7 D7 D7 D7 A7 D7", "D5 D5 G7 G7 D5 D5 A7 D5"), (
        Bass("thumb", pluck(bright=0.4, ring=1.8), "x.x.x.x.", 38, (0, 12, 7, 12), 0.9),
        Tune("slide", slide(fall=1.5), "x..xx.x. x.x.xxx. xx......", "D blues", 62, 81, 2, 1.1, also=((-12, 0.5),)),
        Chords("strum", pluck(bright=0.9, ring=1.2), ".......x", 57, 0.6, 0.03, bars="..xx"),
        Beat("foot", stomp, "X.x."),
        Tune("voice", sing(vowels="oo"), "x.x.x... xx..x...", "D minor pentatonic", 48, 62, 2, 0.85, bars="xx.."),
    ), "thumb -2 .2, slide 1 .4, strum -6 .3, foot -12, voice -3 .4", keys=(0, 2, -3), swing=0.64, tail=0.6, press=0.0,
       tilt=(-1.0, -3.0), air=-34.0),
    # a town band: driven guitars, drums, and a harmonica through an amplifier
    Band("Corner pocket", "blues", 118.0, (_SLOW_BLUES, "A7 A7 A7 A7 D7 D7 A7 A7 E7 D7 A7 E7"), (
        Stack("rhythm", saw(slope=1.5), "xoxoxoxo", 45, (0, 7), 0.4, 0.4, bars="x."),
        Stack("rhythm", saw(slope=1.5), "xoxoxoxo", 45, (0, 9), 0.4, 0.4, bars=".x"),
        Walk("bass", bass(bright=0.4), "x.x.x.x.", 33, 0.9),
        Beat("kick", kick, "x.x."),
        Beat("snare", snare(tone=200.0), ".X.X", fill=".X.XXX"),
        Beat("ride", hat(length=0.1, low=5000.0), "x.xxx.xx"),
        Tune("harp", reeds(spread=0.001, scoop=1.0), "xxx.xx.. x.xx.xx. x...x...", "A blues", 64, 84, 2, bars="..xx"),
        Tune("voice", sing(vowels="ae"), "x.xx.x.. xx.xx...", "A blues", 55, 70, 2, 0.8, bars="xx.."),
        Tune("solo", pluck(bright=0.9, ring=1.5), "xxxxx.x. x.xxx...", "A blues", 60, 81, 2, bars="...x", bend=1.0),
    ), "rhythm 1, bass 0, kick -4, snare -5 .2, ride -15, harp -1 .3, voice 0 .3, solo 0 .3", keys=(0, -5, 2),
       swing=0.66, drive={"rhythm": (1.0, 100.0, 4000.0), "harp": (1.5, 300.0, 3800.0)}, tail=0.5, press=0.15,
       tilt=(3.0, 2.0)),
    # Six ensembles: strings, keyboards, winds and a choir, no drums, phrases that swell.
    # strings and a piano in a hall
    Band("Evening quintet", "classical", 66.0, ("D A Bm F#m G D Em7 A7", "D G A D Bm Em A7 D"), (
        Bass("cello", bow(players=2, attack=0.09), "x.", 38, (0,), 2.0),
        Bass("cello", bow(players=2, attack=0.09), ".x", 50, (4,), 2.0),
        Chords("strings", bow(attack=0.25), "x", 62, 3.9, gain=0.7),
        Arp("piano", piano, "xxoxxoxo", 60, (0, 2, 3, 4, 5, 4, 3, 2), 1.2),
        Tune("violin", bow(players=1, attack=0.07), "x...x.x. x.xxx.x. x.......", "D major", 69, 86, legato=1.0),
    ), "cello -2 .25, strings -7 .35, piano 0 .25, violin -4 .35", keys=(0, -2, 3), swell=0.4, tail=2.0, air=-30.0),
    # a piano alone: a nocturne
    Band("Orangery", "classical", 58.0, ("C# G# A#m F# C# F#m G# C#", "C# A#m F# G# C# F# G#7 C#"), (
        Arp("left", piano, "xoxoxoxoxoxo", 49, (0, 2, 3, 4, 3, 2), 1.6),
        Bass("left", piano, "x.x.", 37, (0, 7), 2.2),
        Tune("right", piano, "x..x.x x.xx.. x.....", "C# major", 68, 90, 2, 1.3, also=((-12, 0.3),)),
        Tune("right", piano, "......xxxxxx", "C# major", 70, 92, 2, 0.8, bars="...x", gain=0.6),
    ), "left -3 .3, right 2 .35", keys=(0, -3, 2), swell=0.45, tail=1.6, press=0.0, air=-36.0, tilt=(-3.0, -3.0)),
    # an organ and a choir under stone vaults
    Band("North transept", "classical", 54.0, ("Cm G Cm Fm Cm Ab G Cm", "Cm Fm Bb Eb Ab Fm G Cm"), (
        Bass("pedal", organ, "x.x.", 36, (0, 0), 2.0),
        Chords("organ", organ, "x.x.", 57, 2.0),
        Chords("choir", sing(vowels="oa", breath=0.05), "x", 62, 3.9),
        Chords("choir", sing(vowels="ao", breath=0.05), "x", 69, 3.9, bars="..xx", gain=0.7),
        Tune("soprano", sing(vowels="au", breath=0.02), "x...x.x. x...x... x.x.x.x.", "C harmonic", 67, 82, legato=1.0),
    ), "pedal -6 .4, organ -7 .4, choir 0 .7, soprano -4 .6", keys=(0, 2, -1), swell=0.25, tail=3.5, press=0.0,
       air=-30.0, tilt=(3.0, -2.0)),
    # a flute over a guitar, in three
    Band("Salon vert", "classical", 96.0, ("Em Am D G C Am B7 Em", "G D Em Bm C G D7 G"), (
        Bass("guitar", pluck(bright=0.35, ring=2.5), "x..", 40, (0,), 2.8),
        Arp("guitar", pluck(bright=0.35, ring=1.8), "xxxxxx", 55, (0, 1, 2, 3, 2, 1), 1.0),
        Tune("flute", flute, "x.xxxx x...xx xxxxxx x.....", "E minor", 71, 91, 1, 0.95),
        Tune("viola", bow(players=1), "x..... x..x..", "E minor", 57, 71, 1, 1.0),
    ), "guitar 1 .2, flute -1 .35, viola -8 .3", keys=(0, -2, 5), meter=3.0, swell=0.3, tail=1.3, press=0.0, air=-34.0,
       tilt=(-4.0, 2.0)),
    # a baroque string band: running notes over a harpsichord
    Band("Winter strings", "classical", 104.0, ("Am Dm G C F Bm7b5 E Am", "Am Em F C Dm Am E E7"), (
        Bass("cello", bow(players=2, attack=0.03), "xxxxxxxx", 36, (0, 0, 12, 0, 7, 7, 12, 7), 0.45),
        Chords("harpsichord", pluck(bright=1.0, ring=1.2), "x.xx", 62, 0.9, 0.03),
        Arp("violas", bow(players=3, attack=0.02), "xoxoxoxoxoxoxoxo", 60, (0, 1, 2, 1), 0.24, gain=0.8),
        Tune("violins", bow(players=3, attack=0.025), "xxxxxxxxxxxxxxxx x.xxx.xxx.xxxxxx x.x.x.x.x.x.x.x.",
             "A harmonic", 69, 88, 1, 0.9),
    ), "cello -1 .3, harpsichord -8 .3, violas -4 .35, violins 0 .4", keys=(0, 2, -4), swell=0.35, tail=1.8, press=0.0,
       air=-33.0, tilt=(-1.0, 4.0)),
    # wind players in the open air
    Band("Glass pavilion", "classical", 84.0, ("F C Dm Bb F Bb C F", "F Dm Bb C F Gm C7 F"), (
        Bass("bassoon", clarinet, "x.x.", 36, (0, 7), 1.6),
        Chords("horns", brass, "x.......", 55, 3.6, gain=0.8),
        Arp("second", clarinet, "x.xxx.xx", 58, (0, 1, 2, 1), 0.45),
        Bass("cello", pluck(bright=0.2, ring=0.5), "x.xx", 36, (0, 7, 12), 0.8),
        Tune("clarinet", clarinet, "x...xxx. x.xxx.x. x.......", "F major", 65, 84, bars="xxxx....", legato=1.0),
        Tune("flute", flute, "x.x.xxxx x..xx.x. x.......", "F major", 72, 91, bars="....xxxx", legato=1.0),
    ), "bassoon -4 .3, horns -9 .5, second -6 .3, cello -6 .2, clarinet 0 .35, flute 0 .35", keys=(0, -2, 2),
       swell=0.35, tail=1.4, press=0.0, air=-33.0, tilt=(2.0, -4.0)),
    # Six country bands: train beats, two-beats and waltzes, steel, fiddle, banjo, harmonica, a voice up front.
    # a train beat on brushes, a steel guitar around a voice
    Band("Boxcar morning", "country", 104.0, ("G G C G G Em A7 D7", "G C G D7 G C D7 G"), (
        Bass("bass", bass(bright=0.35), "x.x.", 31, (0, 7), 0.8, fill="xxxx"),
        Chords("strum", _STEEL_STRING, "..x.x.xx..x.x.xx", 62, 0.6, 0.02),
        Arp("picked", pluck(bright=0.8, ring=1.2), "xxxxxxxx", 57, (0, 2, 4, 1, 3, 5, 2, 4), 0.5),
        Beat("brushes", snare(length=0.11, tone=230.0, wires=0.8), "ooXoooXoooXoooXo"),
        Beat("kick", kick(top=110.0), "x.x."),
        Tune("voice", sing(vowels="ae"), "x.xxx.x. xx.xx... x..xx.xx", "G pentatonic", 58, 74, bars="xxxx...."),
        Tune("steel", slide, "x.x.x... x.xx.... x...x...", "G pentatonic", 64, 79, bars="....xxxx", legato=1.0,
             also=((-5, 0.6),)),
    ), "bass 2.5, strum -10 .3, picked -3, brushes -9 .3, kick -8, voice 0 .4, steel 1 .4", keys=(0, -2, 2), tail=1.0,
       press=0.5, air=-33.0),
    # a slow waltz at closing time
    Band("Fence post", "country", 92.0, ("D D G D D A7 D A7", "D Bm G D G D A7 D"), (
        Bass("bass", bass(bright=0.25), "x..", 33, (0,), 1.6),
        Chords("piano", piano, ".xx", 62, 0.7, gain=0.8),
        Chords("strum", _STEEL_STRING, ".xx", 57, 0.8, 0.02),
        Beat("brushes", brush, "xXX"),
        Beat("rim", rim, "..x"),
        Beat("kick", kick(top=100.0), "x.."),
        Tune("voice", sing(vowels="oe"), "x.x... x..xx. xx.x..", "D major", 55, 71, bars="xxxx....", legato=0.95),
        Tune("steel", slide, "x..... x..x..", "D pentatonic", 66, 82, legato=1.1, also=((-4, 0.6),), gain=0.9),
    ), "bass 2, piano -7 .3, strum -9 .2, brushes -16, rim -20 .3, kick -11, voice 2 .4, steel -1 .5", keys=(0, -3, 2),
       meter=3.0, tail=1.4, press=0.4, tilt=(2.0, -3.0)),
    # bluegrass: banjo rolls, a fiddle, a chopped mandolin, no drums
    Band("Gravel choir", "country", 132.0, ("G G C G G G D7 G", "G C G D7 G C D7 G"), (
        Bass("bass", bass(bright=0.15, ring=0.35), "x.x.", 31, (0, 7), 0.7),
        Arp("banjo", pluck(bright=1.0, ring=0.35), "xxxxxxxxxxxxxxxx", 62, (0, 2, 5, 1, 4, 5, 0, 3), 0.25),
        Chords("mandolin", pluck(bright=1.0, ring=0.15), ".x.x", 69, 0.12, 0.01),
        Tune("fiddle", bow(players=1, attack=0.03), "xxxxxxxx x.xxx.xx xx.xxxxx", "G major", 67, 86, 2, bars="....xxxx",
             also=((-7, 0.3),)),
        Tune("voice", sing(vowels="ai"), "x.xxx.x. xx.xx...", "G pentatonic", 60, 76, bars="xxxx....",
             also=((4, 0.6), (-5, 0.5))),
    ), "bass 1, banjo -2 .2, mandolin -7 .2, fiddle -1 .3, voice 1 .35", keys=(0, 2, -3), tail=0.6, press=0.35,
       tilt=(-4.0, 1.0), air=-34.0),
    # honky-tonk: a two-beat, a low twanging guitar, a piano out of tune
    Band("Tumbleweed two", "country", 116.0, ("E A E B7 E A B7 E", "E E A A B7 B7 E E"), (
        Bass("bass", bass(bright=0.4), "x.x.", 28, (0, 7), 0.8),
        Bass("twang", pluck(bright=0.9, ring=1.2), "x.xxx.x.", 40, (0, 4, 7, 9, 7, 4), 0.45),
        Chords("strum", _STEEL_STRING, ".x.x", 64, 0.25, 0.01),
        Arp("piano", piano, "..xx..xx", 72, (0, 2, 1, 3), 0.3),
        Beat("snare", snare(tone=210.0, length=0.15), ".x.x", fill=".xxx"),
        Beat("hat", hat, "x.x.x.x."),
        Beat("kick", kick(top=120.0), "x.x."),
        Tune("voice", sing(vowels="ea"), "x.xxx... xxx.x.x.", "E pentatonic", 52, 68, bars="xxxx...."),
        Tune("solo", pluck(bright=0.95, ring=1.5), "xxxxx.x. x.xx.xx.", "E pentatonic", 57, 76, 2, bars="....xxxx",
             bend=2.0),
    ), "bass 2, twang -3 .2, strum -9, piano -8 .3, snare -8 .25, hat -17, kick -7, voice 2 .35, solo 1 .3",
       keys=(0, 3, -2), tail=0.7, press=0.5, tilt=(1.0, 2.0)),
    # a picked guitar, a harmonica and a story
    Band("Barn owl", "country", 78.0, ("C F C G7 C F G7 C", "C Em F C Am F G7 C"), (
        Bass("guitar", pluck(bright=0.5, ring=1.6), "x.x.x.x.", 40, (0, 7), 0.9),
        Arp("guitar", pluck(bright=0.75, ring=1.4), ".x.x.x.xxxxx.x.x", 60, (2, 1, 3, 2, 4, 3), 0.8),
        Bass("bass", bass(bright=0.1), "x.x.", 28, (0, 7), 1.6),
        Tune("harmonica", reeds(spread=0.001, scoop=0.7), "x.x.x... x...x.x.", "C pentatonic", 67, 84, bars="....xxxx",
             also=((-5, 0.4),)),
        Tune("voice", sing(vowels="oa"), "xxx.xx.. x.xxx.x. xx.x....", "C major", 48, 64, bars="xxxx...."),
    ), "guitar 1 .25, bass -3, harmonica 0 .4, voice 2 .35", keys=(0, 2, -3), tail=0.8, press=0.3, tilt=(-2.0, -1.0),
       air=-34.0),
    # country rock: a back beat, an edge on the guitars
    Band("Silver spur", "country", 124.0, ("A E F#m D A E D D", "A D A E A D E A"), (
        Bass("bass", bass(bright=0.5), "x.xxx.x.", 33, (0,), 0.5),
        Stack("guitars", saw(slope=1.3), "X...x.x.", 45, (0, 7, 12, 16), 1.4, 0.4),
        Chords("strum", _STEEL_STRING, "x.xxx.xx", 64, 0.4, 0.02),
        Beat("kick", kick(length=0.22), "X..xX..."),
        Beat("snare", snare(tone=195.0), ".X.X", fill=".X.X.XXX"),
        Beat("hat", hat(length=0.08), "x.x.x.x."),
        Beat("cymbals", crash, "x...", bars="x......."),
        Tune("voice", sing(vowels="ae"), "x.xxx.xx xx.xx.x.", "A major", 57, 74, bars="xxxx....", also=((4, 0.4),)),
        Tune("steel", slide, "x.xxx... x...x.x.", "A pentatonic", 69, 86, bars="....xxxx", also=((-5, 0.7),)),
        Tune("fiddle", bow(players=1), "x...x...", "A pentatonic", 69, 83, on="vc", gain=0.6),
    ), "bass 2, guitars -6, strum -5 .2, kick -3, snare -5 .25, hat -14, cymbals -16, voice 2 .35, steel 0 .4, "
       "fiddle -7 .4", keys=(0, -2, 3), drive={"guitars": (0.8, 100.0, 4500.0)}, tail=1.1, press=0.5, tilt=(3.0, 3.0)),
    # Six disco bands: four on the floor, open hats between, octaves in the bass, strings, brass or machines above.
    # sweeping strings, a scratched guitar, a choir
    Band("Mirror ball", "disco", 120.0, ("Am7 Am7 Dm7 G7 Cmaj7 Am7 Dm7 E7", "Am7 Dm7 Am7 Dm7 Fmaj7 G7 Am7 E7"), (
        *_on_the_floor(120.0, 0.22, 210.0),
        Beat("clap", clap, ".x.x", on="vc"),
        Bass("bass", bass(bright=0.7, ring=0.3), "xxxxxxxx", 33, (0, 12), 0.42),
        Chords("guitar", _SCRATCHED, "o.xo.oxoo.xo.oxx", 67, 0.16),
        Chords("strings", bow(attack=0.15), "x", 72, 3.8, bars=".x"),
        Chords("strings", bow(attack=0.15), "x", 72, 3.8, on="c", bars="x."),
        Run("strings", bow(attack=0.03), "........xxxxxxxx", "A minor", 69, bars="...x", gain=1.3),
        Beat("shaker", shaker, "oxoxoxoxoxoxoxox"),
        Tune("voice", sing(vowels="ai"), "x.x.xx.. xx.xx.x. ..xxx...", "A minor", 64, 79, 2, on="v"),
        Tune("voice", sing(vowels="ai"), "x.x.xx.. xx.xx.x.", "A minor", 64, 79, 2, on="c", also=((-5, 0.6),)),
    ), "kick 0, hat -17, open -10, snare -7 .2, clap -9 .3, bass -1, guitar -6, strings -4 .4, shaker -18, voice -1 .4",
       keys=(0, -2, 3), form="iivvvvcccc", tail=1.2),
    # an orchestra in evening dress: strings, horns, congas, an electric piano
    Band("Velvet rope", "disco", 112.0, ("Fmaj7 Em7 Dm7 Cmaj7 Fmaj7 Em7 Dm7 G7", "Dm7 G7 Cmaj7 Am7 Dm7 G7 Em7 Am7"), (
        *_on_the_floor(110.0, 0.18, 190.0),
        Beat("congas", tom(tone=210.0), "x.ox.xo.x.ox.xxo"),
        Bass("bass", bass(bright=0.5, ring=0.4), "x.xxx.xx.xx.x.xx", 29, (0, 0, 7, 12, 0, 10), 0.3),
        Chords("keys", electric_piano, "x..x..x.", 62, 0.8),
        Chords("guitar", _SCRATCHED, "..x.o.xo..x.o.xo", 69, 0.14),
        Chords("horns", brass, "x..x....", 67, 0.4, bars="..xx"),
        Tune("strings", bow, "x...x.x. x.xxx... x.......", "C major", 74, 91, 1, 1.0, also=((-12, 0.8),)),
        Tune("voice", sing(vowels="oa"), "x.xx.x.. xx.x.x..", "C major", 58, 74, 2, on="vc"),
    ), "kick -1, hat -17, open -13, snare -8 .3, congas -11 .2, bass 0, keys -5 .2, guitar -8, horns -4 .4, "
       "strings -2 .5, voice 0 .4", keys=(0, 2, -3), form="iivvvvcccc", tail=1.5, tilt=(-2.0, -1.0)),
    # funk on wheels: slapped bass, a dry guitar, shouts
    Band("Roller rink", "disco", 115.0, ("Em7 Em7 A9 A9", "Em7 A9 Em7 A9 G6 A9 Em7 Em7"), (
        *_on_the_floor(130.0, 0.2, 230.0),
        Beat("clap", clap, ".x.x"),
        Bass("bass", bass(bright=1.0, ring=0.2), "x..x.xx.x.x..xx. x..x.xx.xxx.x.xx", 28, (0, 12, 10, 12, 0, 7, 10),
             0.22),
        Chords("guitar", _SCRATCHED, "oxo.xoxxoxo.xox. oxo.xoxxo.oxxoxx", 64, 0.12),
        Bass("clavinet", pluck(bright=0.95, ring=0.3), "x.x..x.xx..x.x.x", 52, (0, 12, 7, 10), 0.14),
        Chords("horns", brass, "......x.x.......", 64, 0.25, bars=".x.x"),
        Tune("voice", sing(vowels="ea"), "x.xx.... xx.x....", "E minor pentatonic", 59, 74, 2, on="vc",
             also=((5, 0.5),)),
    ), "kick 0, hat -14, open -11, snare -6 .15, clap -10 .2, bass 1, guitar -4, clavinet -6, horns -5 .3, voice -1 .3",
       keys=(0, 3, -2), form="ivvvvccc", tail=0.7, press=0.3, tilt=(1.0, 1.0)),
    # machines: a sequencer runs, a synthesiser sings
    Band("Champagne lift", "disco", 124.0, ("Cm Cm Ab Bb", "Cm Eb Bb Cm Ab Bb Cm Cm"), (
        *_on_the_floor(150.0, 0.24, 200.0),
        Beat("clap", clap, ".x.x", on="c"),
        Bass("bass", saw(slope=1.4, spread=0.002), "xxxxxxxxxxxxxxxx", 36, (0, 0, 12, 0, 7, 0, 12, 0), 0.2),
        Arp("sequence", pulse(slope=0.5), "xoxoxoxoxoxoxoxo", 60, (0, 2, 1, 3, 2, 4, 3, 5), 0.18),
        Chords("pad", saw(slope=1.7, spread=0.007), "x", 60, 3.9),
        Tune("lead", pulse(width=0.45), "x.x.x... x..xx.x.", "C minor", 67, 84, 1, on="vc", bars="....xxxx"),
        Tune("voice", sing(vowels="ao", breath=0.15), "x....... x...x...", "C minor", 63, 77, 1, 1.0, on="vc",
             also=((7, 0.4),)),
    ), "kick 1, hat -15, open -9, snare -8 .3, clap -10 .3, bass 0, sequence -6 .2, pad -8 .3, lead -3 .3, voice -2 .5",
       keys=(0, -3, 2), form="iivvvvcccc", tail=1.4, press=0.3, echo={"sequence": (0.75, 0.35)}, tilt=(3.0, 2.0)),
    # faster, brighter: an octave bass from a keyboard, stabs of brass, toms
    Band("Neon parade", "disco", 130.0, ("F#m D E C#m F#m D E E", "F#m E D C#m D E F#m F#m"), (
        *_on_the_floor(160.0, 0.2, 240.0),
        Beat("clap", clap, ".X.X"),
        Beat("toms", tom(tone=160.0), "..........x.x.xx", bars="...x"),
        Bass("bass", saw(slope=1.1, spread=0.003), "xxxxxxxx", 30, (0, 12), 0.4),
        Chords("stabs", saw(slope=0.9, spread=0.006), "x..x..x...x.x...", 66, 0.25),
        Chords("brass", brass, "x...x...", 69, 0.5, on="c"),
        Arp("bells", electric_piano, "..x...x.", 76, (2, 0, 1), 0.4),
        Beat("crash", crash, "x...", bars="x......."),
        Tune("voice", sing(vowels="ia"), "x.xxx.x. xx.xx...", "F# minor", 66, 81, 2, on="vc"),
    ), "kick 1, hat -13, open -8, snare -6 .3, clap -7 .4, toms -8 .3, bass 0, stabs -4 .2, brass -6 .3, bells -9 .3, "
       "crash -14, voice 0 .4", keys=(0, -4, 2), form="ivvvvcccc", tail=1.0, press=0.35, tilt=(-1.0, 4.0)),
    # soul in satin: piano octaves, a choir, a low round bass
    Band("Satin express", "disco", 118.0, ("Gm7 Cm7 F7 Bb Eb Cm7 D7 Gm7", "Gm7 Bb Cm7 D7"), (
        *_on_the_floor(100.0, 0.26, 180.0),
        Bass("bass", bass(bright=0.3, ring=0.5), "x..xx..xx..xx.x.", 31, (0, 12, 0, 7), 0.4),
        Bass("bass", sub, "x...x...x...x...", 31, (0,), 0.3, gain=0.5),
        Chords("piano", piano, "x..x..x.x..x..x.", 67, 0.3),
        Chords("choir", sing(vowels="ua"), "x...x...", 65, 1.6, on="c"),
        Chords("strings", bow(attack=0.2), "x", 74, 3.8, bars="xx.."),
        Run("strings", bow(attack=0.03), "xxxxxxxx........", "G minor", 67, bars=".......x"),
        Beat("shaker", shaker, "xxxxxxxxxxxxxxxx"),
        Tune("voice", sing(vowels="oe"), "x.x.x.xx x..xx... xx.xx.x.", "G minor", 55, 72, 2, on="vc"),
    ), "kick 1, hat -18, open -13, snare -9 .3, bass 1, piano -3 .25, choir -4 .5, strings -5 .5, shaker -15, "
       "voice 1 .4", keys=(0, 2, -3), form="iivvvvcccc", tail=1.3, press=0.25, tilt=(4.0, -3.0)),
    # Six hip-hop crews: heavy, late beats, sub bass, a sampled loop, and spoken verses.
    # a sliding bass, a looped electric piano
    Band("Night bus", "hiphop", 92.0, ("Dm9 Dm9 Bbmaj7 Am7", "Dm9 Gm7 Dm9 Am7"), (
        Beat("kick", kick(floor=45.0, top=170.0, length=0.34), "X..x..x......... X......x..x.....", on="vc"),
        Beat("snare", snare(tone=170.0, length=0.26, wires=0.8), "....X.......X..o", on="vc"),
        Beat("clap", clap, "....x.......x...", on="vc"),
        Beat("hat", hat, "xoxoxoxxxoxoxoxo", fill="xoxoxoxoxxxxxoxo"),
        Bass("bass", sub, "X..x..x......... X......x..x.....", 33, (0,), 1.2, on="vc"),
        Chords("keys", electric_piano, "x......xx.x.....", 62, 1.0),
        Arp("bell", pluck(bright=0.7, ring=1.2), "x..x..x.........", 76, (0, 1, 2), 0.7, on="c"),
        Talk("voice", speak, _FLOW, 46, on="vc"),
    ), "kick 2.5, snare -9 .05, clap -9, hat -15, bass 1, keys -12 .1, bell -11 .2, voice 3 .05", keys=(0, -2, 3),
       form="ivvvvcccc", swing=0.58, grid=0.5, tail=0.4, press=0.12),
    # boom-bap: a chopped piano, a hard snare
    Band("Corner store", "hiphop", 94.0, ("Am7 Am7 Fmaj7 E7", "Am7 Dm7 Am7 E7"), (
        Beat("kick", kick(floor=50.0, top=150.0), "X.x....x..X..... X.x....x..X..x..", on="vc"),
        Beat("snare", snare(tone=200.0, length=0.2, wires=1.0), "....X.......X...", fill="....X.......X.xx", on="vc"),
        Beat("hat", hat(length=0.05), "x.xox.x.x.xox.xo"),
        Bass("bass", bass(bright=0.15, ring=0.8), "x.....xx..x.....", 33, (0, 0, 7, 0), 0.8, on="vc"),
        Arp("loop", piano, "x..x..x.x..x....", 64, (0, 2, 1, 3, 2), 0.5),
        Bass("loop", piano, "x.......", 45, (0,), 1.5),
        Talk("voice", speak, "x.xxx.xxx.xxx.x. xxx.xxx.xxx.xx..", 48, 0.24, on="vc"),
    ), "kick 2, snare -4 .1, hat -14, bass 0, loop -8 .15, voice 3 .06", keys=(0, 2, -3), form="ivvvvcccc", swing=0.6,
       grid=0.5, tail=0.5, press=0.15, air=-32.0, tilt=(-2.0, 2.0)),
    # jazz in crates: vibraphone, upright bass, a muted trumpet far away
    Band("Paper crates", "hiphop", 86.0, ("Em9 Em9 Am9 Am9", "Em9 Cmaj7 Am7 B7"), (
        Beat("kick", kick(top=120.0, floor=55.0), "X..x....X.x.....", on="vc"),
        Beat("snare", snare(tone=185.0, length=0.16, wires=0.6), "....x..o....x...", on="vc"),
        Beat("rim", rim, "............x..x", on="i"),
        Beat("ride", hat(length=0.12, low=4500.0), "x.xxx.x.x.xxx.x."),
        Bass("bass", bass(bright=0.1, ring=0.5), "x..x..x.x.......", 28, (0, 0, 7, 10, 12), 0.9),
        Arp("vibes", mallet, "x..x..x...x.....", 67, (0, 2, 3, 1), 0.8),
        Tune("horn", trumpet, "x...x... ..x.x...", "E minor pentatonic", 64, 79, 2, bars="...x"),
        Talk("voice", speak, "x.xx.xx.x.xx.x.. xx.xx.x.xx.xx...", 43, 0.3, on="vc"),
    ), "kick 1, snare -6 .15, rim -14, ride -19, bass 2, vibes -7 .3, horn -9 .6, voice 3 .1", keys=(0, -3, 2),
       form="iivvvvvvcc", swing=0.62, grid=0.5, tail=0.8, press=0.1, air=-30.0, tilt=(0.0, -3.0)),
    # slow, deep, with hats that roll
    Band("Low ceiling", "hiphop", 70.0, ("F#m F#m D C#m", "F#m D Bm C#m"), (
        Beat("kick", kick(floor=40.0, top=200.0, length=0.4), "X.....x...x..... X..x......x..x.."),
        Beat("snare", clap, "........X.......", gain=1.2),
        Beat("snare", snare(tone=210.0, wires=1.0), "........X......."),
        Beat("hat", hat(length=0.04), "x.x.x.x.x.x.xxxxx.x.x.x.x.xxx.x. x.x.xxx.x.x.x.x.x.x.x.x.xxxxxxxx"),
        Bass("bass", sub(glide=-1.0), "X.....x...x..... X..x......x..x..", 30, (0, 0, 0), 2.2),
        Arp("bells", mallet(motor=0.0), "x...x.x.x..x....", 78, (0, 2, 1, 4, 3), 0.8),
        Chords("pad", saw(slope=2.2, spread=0.006), "x", 54, 3.9),
        Talk("voice", speak, "x.x.x.xxx.x.x... xxx.xxx.xxx.x...", 41, 0.3, on="vc"),
        Talk("shout", speak, "......x.......x.", 55, 0.3, on="c"),
    ), "kick 2, snare -5 .1, hat -13, bass 4, bells -9 .4, pad -14 .3, voice 2 .1, shout -6 .4", keys=(0, 2, -2),
       form="ivvvvcccc", tail=1.0, press=0.15, tilt=(4.0, 3.0)),
    # the old school: an electro machine, claps, a robot's tune
    Band("Tape deck", "hiphop", 106.0, ("Cm Cm Cm Bb", "Cm Ab Bb Cm"), (
        Beat("kick", kick(floor=48.0, top=220.0, length=0.3), "X..x..x...x..... X..x..x...x..x.."),
        Beat("snare", snare(tone=240.0, length=0.18), "....X.......X..."),
        Beat("clap", clap, "....X.......X.x."),
        Beat("hat", hat(length=0.05, low=7000.0), "xxoxxxoxxxoxxxxx"),
        Beat("cowbell", rim, "x.x..x.xx.x..x..", on="c"),
        Bass("bass", pulse(width=0.5, slope=0.6), "x..xx..x..x.x...", 36, (0, 0, 12, 0, 10), 0.25),
        Chords("stabs", pulse(slope=0.4), "x.....x.........", 64, 0.3, bars="..xx"),
        Tune("robot", pulse(width=0.2), "x.xxx... xx..x.x.", "C minor pentatonic", 67, 82, 2, on="c"),
        Talk("voice", speak, "x.x.xxx.x.x.xx.. xxx.x.x.xxx.x...", 50, 0.24, on="vc"),
    ), "kick 2, snare -5 .2, clap -7 .25, hat -12, cowbell -14, bass -1, stabs -8 .2, robot -8 .3, voice 3 .15",
       keys=(0, -2, 5), form="ivvvvccvv", tail=0.6, press=0.2, tilt=(1.0, 4.0), echo={"voice": (0.5, 0.15)}),
    # strings from a film, two voices that take turns
    Band("Rooftop cipher", "hiphop", 98.0, ("Gm Gm Eb D7", "Gm Cm Gm D7"), (
        Beat("kick", kick(floor=46.0, top=140.0, length=0.3), "X.....X..x...... X..x..X....x....", on="vc"),
        Beat("snare", snare(tone=160.0, length=0.24, wires=0.9), "....X..o.o..X...", on="vc"),
        Beat("hat", hat(length=0.07), "x.x.x.x.x.x.x.xx"),
        Beat("shaker", shaker, "oxoxoxoxoxoxoxox"),
        Bass("bass", sub, "X.....X..x......", 31, (0, 0, 7), 0.9, on="vc"),
        Chords("strings", bow(attack=0.03), "x..x..x.........", 67, 0.4),
        Tune("strings", bow(attack=0.04), "........x.x.xxx. x...............", "G harmonic", 74, 91, 2, bars="...x"),
        Talk("voice", speak, _FLOW, 44, 0.25, on="vc", bars="xxxx...."),
        Talk("voice", speak, "x.xxxx.xx.xxxx.. xxxxx.xxxxx.xx..", 53, 0.22, on="vc", bars="....xxxx"),
    ), "kick 3, snare -6 .1, hat -15, shaker -20, bass 1, strings -8 .3, voice 4 .08", keys=(0, 3, -2),
       form="iivvvvvvvv", swing=0.55, grid=0.5, tail=0.9, press=0.12, tilt=(-3.0, 0.0)),
    # Six jazz groups: swung cymbals, walking basses, ninths, restless solos; and one that plays bossa nova.
    # a quartet: ride, walking bass, piano, saxophone
    Band("Blue hour", "jazz", 144.0, ("Dm9 G9 Cmaj7 Am7 Dm9 G9 Em7 A7b9", "Em7 A7b9 Dm9 G9 Cmaj7 Am7 Dm9 G9"), (
        Walk("bass", _UPRIGHT_BASS, "xxxx", 33),
        Chords("piano", piano, "x..x.... ..x...x. .x....x. x....... ...x..x.", 62, 0.6),
        Beat("ride", ride, "X.xoX.xo"),
        Beat("hat", hat, ".x.x"),
        Beat("brushes", brush, "x.x.x.x."),
        Beat("snare", snare(length=0.15), "...o..o. .....o.. ........ ..o....o ........"),
        Tune("sax", _SAXOPHONE, _SOLO, "C major", 57, 80, 3, 0.95, bars="xxxxxxx."),
    ), "bass -2, piano -3 .6, ride -14 .2, hat -21, brushes -20, snare -18 .5, sax -1 .6", keys=(0, 3, -2), swing=0.64,
       tail=0.5, press=0.12, air=-30.0),
    # fast: a trumpet and a saxophone in unison, then alone
    Band("Cellar five", "jazz", 208.0, ("Gm7 C9 Fmaj7 Fmaj7 Fm7 Bb9 Ebmaj7 D7b9", "Gm7 C9 Am7 D7b9 Gm7 C9 Fmaj7 D7b9"),
         (
        Walk("bass", bass(bright=0.2, ring=0.35), "xxxx", 33),
        Chords("piano", piano, "x...x... ...x.... .x...... ......x. ..x..x..", 60, 0.4),
        Beat("ride", ride(length=0.45), "x.xxx.xx"),
        Beat("hat", hat(length=0.05), ".x.x"),
        Beat("kick", kick(top=95.0), "o....... ...x.... ......x."),
        Beat("snare", snare(length=0.12, tone=230.0), "...o.... ......x. ..o..o.. ........ .....x.."),
        Tune("sax", _SAXOPHONE, _SOLO, "F major", 58, 82, 3, 0.9, bars="xxxxxxxx........"),
        Tune("trumpet", trumpet(mute=False), "xxxxxxx. x.xx.xxx xx.xxxx. ..x.x...", "F major", 64, 86, 3, 0.9,
             bars="........xxxxxxxx"),
    ), "bass -2, piano -5 .5, ride -12 .2, hat -19, kick -16, snare -14 .4, sax -1 .5, trumpet -2 .5", keys=(0, 2, -4),
       swing=0.6, tail=0.6, press=0.1, air=-31.0, tilt=(-1.0, 2.0)),
    # before the war: a clarinet, a muted trumpet, a banjo that keeps time
    Band("Copper kettle", "jazz", 168.0, ("F F D7 D7 G7 C7 F C7", "F D7 G7 C7 F F7 Bb F"), (
        Bass("bass", bass(bright=0.1, ring=0.4), "x.x.", 29, (0, 7), 0.8),
        Chords("banjo", pluck(bright=0.85, ring=0.25), "xxxx", 62, 0.3, 0.01),
        Chords("piano", piano, ".x.x", 57, 0.4),
        Beat("snare", brush, "xXxX"),
        Beat("hat", hat(length=0.08), ".x.x"),
        Tune("clarinet", clarinet, "xxxxxxxx x.xxxx.x xx.xx.xx", "F major", 69, 91, 2, 0.9, gain=0.9),
        Tune("trumpet", trumpet, "x.x.xx.. xx..x.x. x.xxx...", "F major", 62, 79, 2, 0.85),
        Tune("trombone", brass, "x...x... x.....x.", "F major", 48, 62, 1, 1.0),
    ), "bass -3, banjo -9, piano -9 .3, snare -18, hat -22, clarinet -3 .4, trumpet -1 .4, trombone -6 .4",
       keys=(0, -2, 5), swing=0.66, tail=0.6, press=0.15, air=-28.0, tilt=(-5.0, -3.0)),
    # a ballad after midnight: piano, bass, brushes
    Band("Slow ferry", "jazz", 64.0,
         ("Ebmaj7 Cm7 Fm9 Bb9 Gm7 C7b9 Fm9 Bb9", "Abmaj7 Gm7 Fm9 Ebmaj7 Am7b5 D7b9 Gm7 Bb9"), (
        Bass("bass", bass(bright=0.12, ring=0.9), "x..xx.x.", 29, (0, 7, 12, 7), 0.9),
        Chords("piano", piano, "x....x.. x....... ..x..x..", 58, 1.8, 0.02),
        Beat("brushes", brush(length=0.45), "xxxxxxxx"),
        Beat("ride", ride(length=0.8), "o..xo..x", gain=0.7),
        Tune("piano", piano, "x.xxx.xx.... xx.xxxxx.xx. x.....x.x... ..xxxxxxx...", "Eb major", 70, 91, 3, 1.4),
    ), "bass 0 .2, piano 2 .4, brushes -17, ride -20 .3", keys=(0, -2, 2), swing=0.66, swell=0.2, tail=1.0, press=0.05,
       air=-33.0, tilt=(1.0, -5.0)),
    # vibraphone and guitar, cool and exact
    Band("Second set", "jazz", 122.0, ("Cm9 Fm9 Dm7b5 G7b9 Cm9 Fm9 G7b9 Cm9", "Cm9 Cm9 Fm9 Fm9 Dm7b5 G7b9 Cm9 G7b9"), (
        Walk("bass", _UPRIGHT_BASS, "xxxx", 31),
        Chords("guitar", pluck(bright=0.25, ring=1.2), "x..x.... x...x... ..x..x..", 60, 0.5, 0.01),
        Beat("ride", ride(length=0.5), "X.xxX.xx"),
        Beat("hat", hat, ".x.x"),
        Beat("snare", rim, "........ ...x.... ......x."),
        Tune("vibes", mallet(ring=0.9), _SOLO, "C dorian", 65, 86, 3, 0.9, bars="xxxxxxxx...."),
        Tune("solo", pluck(bright=0.3, ring=1.5), "xxxxx.x. x.xxxx.. xx.x.xx.", "C dorian", 58, 77, 2, 0.9,
             bars="........xxxx"),
    ), "bass -1, guitar -6 .3, ride -15 .2, hat -21, snare -22, vibes 1 .45, solo 0 .3", keys=(0, 2, -3), swing=0.63,
       tail=0.8, press=0.1, air=-32.0, tilt=(-2.0, -1.0)),
    # bossa nova: a nylon guitar, a flute, straight eighths
    Band("Window seat", "jazz", 132.0, ("Fmaj7 Fmaj7 G9 G9 Gm7 C9 Fmaj7 C9", "Am7 D9 Gm7 C9 Fmaj7 Dm7 Gm7 C9"), (
        Bass("bass", bass(bright=0.12, ring=0.5), "x..xx..x", 29, (0, 0, 7, 7), 0.9),
        Chords("guitar", pluck(bright=0.3, ring=1.0), "x.x..x.xx..x.x.. x..x..x...x..x..", 59, 0.5),
        Beat("rim", rim, "x..x..x...x..x..", gain=0.8),
        Beat("shaker", shaker, "xoxoxoxoxoxoxoxo"),
        Beat("kick", kick(top=90.0), "x..xx..x"),
        Chords("piano", piano, "......x. ..x.....", 64, 0.6),
        Tune("flute", flute, "x..x.xx. x.xxx... xx.x..x.", "F major", 70, 89, 2, 0.95, bars="xxxxxxxx...."),
        Tune("sax", _SAXOPHONE, "x.x.x... x..xx.x.", "F major", 60, 79, 2, 0.95, bars="........xxxx"),
        Arp("guitar", pluck(bright=0.4, ring=1.2), "x.......", 67, (2,), 1.0, bars="...x"),
    ), "bass -1, guitar 0 .25, rim -18 .2, shaker -20, kick -14, piano -9 .4, flute 0 .4, sax -1 .4", keys=(0, -3, 2),
       tail=0.7, press=0.1, air=-33.0, tilt=(2.0, 0.0)),
    # Six metal bands: driven guitars in fifths, double bass drums, scales with a flat second, no clean tones.
    # palm-muted gallops on a low E, a lead on top
    Band("Iron foundry", "metal", 164.0, ("E5 E5 F5 G5 E5 E5 C5 B5", "E5 G5 F5 E5 E5 G5 A5 B5"), (
        *_wall("x.xxx.xxx.xxX...", 40, pedal=40, on="iv"),
        *_wall("X.....X.....X...", 40, pedal=None, on="c"),
        Beat("kick", kick(top=200.0, floor=55.0, length=0.12), "x.xxx.xxx.xxx.xx", fill="xxxxxxxxxxxxxxxx"),
        Beat("snare", _METAL_SNARE, ".X.X", fill="....X...X.X.XXXX", every=8),
        Beat("cymbals", hat(length=0.2), "x.x.x.x.", on="v"),
        Beat("cymbals", ride(length=0.2), "x.x.x.x.", on="ic"),
        Beat("cymbals", crash, "X...", bars="x...", gain=1.3),
        Tune("lead", saw(spread=0.001), "xxxxxxxx x.xxx.xx x...x...", "E phrygian", 64, 86, 2, 1.0, on="c",
             also=((-5, 0.7),)),
        Tune("voice", sing(vowels="ae", breath=0.3), "xxx.xxx. x.xxx.xx", "E phrygian", 50, 67, 2, 1.0, on="v",
             least=0.5),
    ), "left 2, right 3, bass -4, kick -6, snare -8 .15, cymbals -9, lead -4 .15, voice -3 .15", keys=(0, -2, 1),
       form="iiiivvvvvvvvcccccccc", tail=0.6, drive={"left": (4.0, 95.0, 5500.0), "right": (5.0, 95.0, 5500.0),
       "lead": (3.0, 95.0, 5500.0), "voice": (2.5, 95.0, 5500.0)}),
    # doom: slow, low, held
    Band("Black anvil", "metal", 70.0, ("D5 D5 G#5 D5 F5 E5 D5 D5", "D5 F5 D5 Eb5 D5 F5 G5 G#5"), (
        *_wall("X.......X.....xx X.....X.X.......", 38, pedal=None, beats=2.0),
        Beat("kick", kick(top=160.0, floor=45.0, length=0.25), "X.....x.x......."),
        Beat("snare", snare(tone=180.0, length=0.3, wires=0.9), "....X.......X...", fill="....X.....X.X.XX"),
        Beat("toms", tom(tone=90.0), "..........x.x.xx", bars="...x"),
        Beat("cymbals", crash, "X.X.", gain=0.8),
        Tune("lead", saw(spread=0.0008), "x...x.x. x.......", "D harmonic", 65, 84, 2, 1.0, bars="....xxxx"),
        Tune("voice", sing(vowels="oa", breath=0.1), "x.x.x... x...x...", "D minor", 55, 70, 1, 1.0, bars="xxxx...."),
    ), "left 3, right 3, bass 0, kick -5, snare -6 .3, toms -8 .2, cymbals -8 .2, lead -3 .4, voice -2 .4",
       keys=(0, -2, -4), form="v", tail=1.2, tilt=(4.0, -2.0),
       drive={"left": (5.0, 70.0, 4500.0), "right": (6.0, 70.0, 4200.0), "lead": (2.5, 95.0, 4800.0)}),
    # two leads in thirds, a high voice, a gallop
    Band("Rust choir", "metal", 148.0, ("A5 F5 G5 A5 A5 F5 G5 E5", "A5 C5 G5 F5 A5 C5 G5 E5"), (
        *_wall("X.xxX.xxX.xxX.xx", 45, pedal=45, beats=0.4),
        Beat("kick", kick(top=180.0, floor=52.0, length=0.14), "x.xxx.xxx.xxx.xx"),
        Beat("snare", _METAL_SNARE, "....X.......X...", fill="....X...X.XXXXXX", every=8),
        Beat("cymbals", hat(length=0.15), "x.x.x.x."),
        Beat("cymbals", crash, "X...", bars="x..."),
        Tune("lead", saw(spread=0.001), "xxxxxxxx x.xxxxx. x.x.xxxx", "A minor", 69, 88, 1, 1.0, on="ic",
             also=((3, 0.9),)),
        Tune("voice", sing(vowels="ai", breath=0.12), "x..xx.x. x...xx.. xx.x....", "A minor", 64, 79, 2, 1.0, on="v"),
    ), "left 3, right 3, bass -3, kick -5, snare -7 .2, cymbals -9 .1, lead -2 .25, voice -2 .3", keys=(0, 2, -2),
       form="iiiivvvvvvvvcccccccc", tail=1.1, tilt=(-2.0, 2.0), drive={"left": (3.0, 110.0, 5200.0),
       "right": (3.5, 110.0, 5200.0), "lead": (2.2, 150.0, 5500.0), "voice": (0.7, 150.0, 5500.0)}),
    # tremolo picking over blast beats, a voice like wind
    Band("Wolf hour", "metal", 186.0, ("Em Em C5 C5 Am Am B5 B5", "Em G5 C5 B5 Em G5 Am B5"), (
        Arp("left", saw(spread=0.004), "xxxxxxxxxxxxxxxx", 52, (0, 0, 0, 0, 2, 2, 2, 2), 0.24),
        Arp("right", saw(spread=0.007), "xxxxxxxxxxxxxxxx", 59, (0, 0, 0, 0, 1, 1, 1, 1), 0.24),
        Bass("bass", _PICKED_BASS, "xxxxxxxx", 28, (0,), 0.45),
        Beat("kick", kick(top=190.0, floor=55.0, length=0.1), "x.x.x.x.x.x.x.x."),
        Beat("snare", snare(tone=240.0, length=0.12, wires=0.9), ".x.x.x.x.x.x.x.x", on="ic"),
        Beat("snare", _METAL_SNARE, ".X.X", on="v"),
        Beat("cymbals", ride(length=0.3), "xxxx"),
        Beat("cymbals", crash, "X...", bars="x...", gain=1.2),
        Talk("voice", speak, "x..x..x. x...x...", 50, 0.9, on="vc"),
    ), "left 2 .2, right 2 .2, bass -5, kick -8, snare -8 .3, cymbals -9 .2, voice -3 .6", keys=(0, -1, 2),
       form="iiiivvvvvvvvcccccccc", tail=1.6, tilt=(-4.0, 4.0),
       drive={"left": (5.0, 140.0, 6500.0), "right": (5.0, 140.0, 6500.0), "voice": (4.0, 250.0, 6000.0)}),
    # tuned down, syncopated, a shout in rhythm
    Band("Slag heap", "metal", 98.0, ("B5 B5 C5 B5 B5 B5 D5 C5", "B5 C5 B5 E5 B5 C5 D5 B5"), (
        *_wall("x..x..x.X...x.x. x..x..x.x.xx....", 35, pedal=35, beats=0.9),
        Beat("kick", kick(top=210.0, floor=48.0, length=0.18), "X..x..x.X...x.x. X..x..x.x.xx...."),
        Beat("snare", snare(tone=250.0, length=0.2, wires=1.0), "....X.......X...", fill="....X..X..X.X.XX"),
        Beat("cymbals", hat(length=0.25, low=4500.0), "x...x...x...x...", on="iv"),
        Beat("cymbals", crash, "X.X.", on="c"),
        Talk("voice", speak, "x.xxx.xxx.x.x... xxx.x.xxx.xx....", 50, 0.28, on="v"),
        Tune("voice", sing(vowels="ae", breath=0.3), "x...x.x. x.x.x...", "B phrygian", 57, 71, 2, 1.0, on="c"),
        Tune("lead", pluck(bright=0.9, ring=1.5), "x..x..x.", "B phrygian", 71, 83, 1, 1.0, on="i"),
    ), "left 4, right 4, bass 0, kick -4, snare -6 .15, cymbals -9, voice -4 .2, lead -8 .4", keys=(0, 2, -1),
       form="iivvvvcccc", tail=0.5, tilt=(4.0, 1.0), drive={"left": (6.0, 70.0, 5000.0), "right": (6.0, 70.0, 5000.0),
       "voice": (3.0, 150.0, 5500.0), "bass": (1.0, 40.0, 3000.0)}),
    # hard rock's cousin: a big back beat, an organ behind the wall, solos
    Band("Thunder forge", "metal", 126.0, ("G5 Bb5 C5 G5 G5 Bb5 F5 C5", "G5 F5 Eb5 F5 G5 F5 C5 D5"), (
        *_wall("X..x..X.x.x.X... X..x..X.x.xxx...", 43, pedal=None, beats=0.8),
        Bass("organ", organ, "x...", 55, (0,), 3.8, on="c"),
        Bass("organ", organ, "x...", 62, (0,), 3.8, on="c"),
        Beat("kick", kick(top=170.0, floor=50.0, length=0.2), "X..x..x.X.x....."),
        Beat("snare", snare(tone=190.0, length=0.3, wires=0.9), "....X.......X...", fill="....X...x.x.XXXX"),
        Beat("cymbals", ride(length=0.35), "x.x.x.x."),
        Beat("cymbals", crash, "X...", bars="x...", gain=1.2),
        Tune("lead", saw(spread=0.0008), "xxxxx.xx x.xxx... xxxxxxxx", "G minor pentatonic", 67, 86, 3, 1.0, on="c"),
        Tune("voice", sing(vowels="ae", breath=0.2), "x.xx.x.. xx.x.x..", "G minor pentatonic", 60, 77, 2, 0.9, on="v"),
    ), "left 3, right 3, bass -2, organ -10 .2, kick -4, snare -6 .25, cymbals -9, lead -2 .25, voice -2 .25",
       keys=(0, -3, 2), form="iivvvvcccc", tail=1.0, tilt=(1.0, -1.0), drive={"left": (3.0, 90.0, 5000.0),
       "right": (3.5, 90.0, 5200.0), "lead": (2.5, 150.0, 5000.0), "voice": (1.2, 150.0, 5000.0),
       "organ": (1.5, 100.0, 5000.0)}),
    # Six pop acts: four chords, a bright voice up front, choirs in the chorus, a tidy mix.
    # a drum machine, synthetic plucks, a choir
    Band("Paper lanterns", "pop", 102.0, ("C G Am F", "Am F C G"), (
        Beat("kick", _BIG_KICK, "X..x..x...X....."),
        Beat("snare", snare(length=0.2), "....X.......X...", fill="....X.......X.XX"),
        Beat("clap", clap, "....X.......X..."),
        Beat("hat", hat(low=7000.0), "x.xox.xox.xox.xx"),
        Bass("bass", saw(slope=1.6, spread=0.001), "x..x..x.x..x..x.", 33, (0,), 0.45),
        Bass("bass", sub, "x..x..x.x..x..x.", 33, (0,), 0.45),
        Arp("plucks", saw(slope=1.3), "x.xx.xx.x.xx.xx.", 67, (0, 3, 1, 4, 2, 5), 0.18),
        Chords("pad", saw(slope=1.7, spread=0.006), "x", 60, 3.9),
        Beat("cymbal", crash, "o...", on="c", bars="x..."),
        Tune("voice", _AIRY_VOICE, "x.xxx.xx xx.x.x.. x.x.xxx.", "C major", 64, 79, 1, on="vc"),
        Tune("choir", sing(vowels="oa", breath=0.1), "x.xxx.xx xx.x.x..", "C major", 60, 76, 1, on="c",
             also=((4, 0.7),)),
    ), "kick 2.5, snare -4, clap -8 .1, hat -9, bass -1, plucks -5 .2, pad -14, cymbal -20, voice 3 .25, choir -9 .5",
       keys=(0, 2, -3), form="ivvvvcccc", tail=0.6, press=0.4),
    # for dancing: a straight kick, wide saws, a chopped voice
    Band("Sugar static", "pop", 126.0, ("Em C G D", "C D Em G"), (
        Beat("kick", kick(top=200.0, floor=48.0, length=0.28), "XXXX"),
        Beat("clap", clap, ".X.X"),
        Beat("snare", snare(length=0.15), "........x.x.xxxx", on="v", bars="...x"),
        Beat("hat", hat(length=0.14, low=7000.0), "..x...x...x...x."),
        Beat("shaker", shaker, "xxxxxxxxxxxxxxxx"),
        Bass("bass", saw(slope=1.3, spread=0.003), "..xx..xx..xx..xx", 28, (0,), 0.24),
        Chords("saws", saw(slope=0.8, spread=0.009), "x..x..x...x.x...", 67, 0.4, on="c"),
        Chords("saws", saw(slope=1.4, spread=0.008), "x.......x.......", 64, 1.8, on="iv"),
        Tune("voice", _AIRY_VOICE, "x.xx.xx. xx.xx... x.x.xx.x", "G major", 66, 81, 1, 0.8, on="vc"),
        Tune("hook", pulse(width=0.4), "xxx.xx.x xx.xxx..", "G pentatonic", 74, 88, 2, 0.6, on="c"),
    ), "kick 3, clap -5 .3, snare -10 .2, hat -10, shaker -16, bass 0, saws -4 .25, voice 2 .35, hook -9 .3",
       keys=(0, -2, 3), form="ivvvvcccc", tail=0.9, press=0.5, tilt=(2.0, 3.0), echo={"hook": (0.75, 0.3)}),
    # a ballad: piano, then strings, then everything
    Band("Postcard club", "pop", 76.0, ("F C Dm Bb", "Dm Bb F C F C Bb C"), (
        Chords("piano", piano, "xxxx", 62, 1.0),
        Bass("piano", piano, "x.x.", 41, (0, 0), 1.8),
        Bass("bass", bass(bright=0.3), "x..xx...", 29, (0,), 1.4, on="vc"),
        Beat("kick", _BIG_KICK, "X......xX.x.....", on="c"),
        Beat("snare", snare(length=0.3, tone=170.0), "....X.......X...", on="c"),
        Beat("hat", hat, "x.x.x.x.x.x.x.x.", on="vc"),
        Beat("shaker", shaker, "x.xox.xox.xox.xo", on="v"),
        Chords("strings", bow(attack=0.3), "x", 69, 3.9, on="c"),
        Tune("voice", sing(vowels="oe", breath=0.1), "x.xx.xxx x.x.x... xx.xx.x.", "F major", 60, 77, 2, 0.95, on="vc"),
        Tune("choir", sing(vowels="uo", breath=0.1), "x...x...", "F major", 65, 81, 1, 1.0, on="c"),
    ), "piano -1 .3, bass -1, kick 1, snare -6 .4, hat -15, shaker -18, strings -6 .5, voice 3 .4, choir -8 .6",
       keys=(0, 2, -3), form="ivvvvcccc", tail=1.5, press=0.4, tilt=(-2.0, -1.0)),
    # the eighties: a sequencer, big toms, a snare in a large room
    Band("Pastel drive", "pop", 114.0, ("Am F C G", "F G Am C F G C C"), (
        Beat("kick", kick(top=150.0, floor=50.0, length=0.2), "X...X.x.X...X..."),
        Beat("snare", snare(length=0.35, tone=185.0, wires=1.0), "....X.......X..."),
        Beat("toms", tom(tone=140.0), "..........x.x.xx", bars="...x"),
        Beat("hat", hat(length=0.04), "xxxxxxxxxxxxxxxx"),
        Bass("bass", pulse(width=0.4, slope=0.6), "xxxxxxxx", 33, (0,), 0.35),
        Arp("sequence", pulse(width=0.25, slope=0.4), "xxxxxxxxxxxxxxxx", 64, (0, 1, 2, 3), 0.2),
        Chords("pad", saw(slope=1.4, spread=0.007), "x", 62, 3.9),
        Arp("bells", electric_piano, "x..x..x.x..x..x.", 76, (0, 2, 1), 0.6, on="c"),
        Tune("voice", sing(vowels="eo", breath=0.06), "x.x.xx.. xx..x.x. x...xx..", "C major", 62, 79, 2, 0.95,
             on="vc"),
        Tune("lead", pulse(width=0.5), "x.x.x.xx x..x..x.", "C major", 74, 88, 1, 0.95, on="i"),
    ), "kick 2, snare -2 .5, toms -6 .4, hat -14, bass 0, sequence -7 .3, pad -8 .4, bells -9 .4, voice 2 .45, "
       "lead -5 .4", keys=(0, -4, 2), form="iivvvvcccc", tail=1.2, press=0.4, tilt=(1.0, 2.0),
       echo={"bells": (0.75, 0.3)}),
    # sunny: a strummed guitar, hand claps, a marimba
    Band("Lemonade", "pop", 98.0, ("D A Bm G", "G D A Bm"), (
        Chords("guitar", pluck(bright=0.9, ring=0.9), "x.x.xxx.x.xxx.xx", 62, 0.5, 0.015),
        Bass("bass", bass(bright=0.4), "x..x..x.x..x....", 33, (0, 0, 7, 0, 12), 0.6, on="vc"),
        Beat("kick", kick(top=130.0, length=0.25), "X..x..X.x..x....", on="vc"),
        Beat("clap", clap, "....X.......X...", fill="....X.......X.X."),
        Beat("snare", snare(length=0.16, tone=220.0), "....x.......x...", on="c"),
        Beat("shaker", shaker, "xoxxxoxxxoxxxoxx"),
        Arp("marimba", mallet(ring=0.3, motor=0.0), "x..x..x.x.x.x...", 74, (0, 2, 1, 3), 0.3),
        Tune("voice", sing(vowels="ae", breath=0.1), "xx.xx.x. x.xxx... xxx.x.x.", "D major", 64, 79, 1, 0.85, on="vc"),
        Tune("choir", sing(vowels="ao"), "x.x.x...", "D major", 66, 81, 1, 0.8, on="c", also=((-4, 0.7),)),
    ), "guitar -1 .2, bass 1, kick 2, clap -6 .25, snare -9 .2, shaker -12, marimba -7 .3, voice 3 .3, choir -6 .4",
       keys=(0, 2, -2), form="ivvvvcccc", tail=0.7, press=0.4, tilt=(-1.0, 4.0)),
    # soft and syncopated: an electric piano, snaps, voices in stacks
    Band("Satellite kids", "pop", 94.0, ("Fmaj7 Em7 Am7 G", "Am7 Dm7 G Cmaj7"), (
        Beat("kick", kick(top=190.0, floor=44.0, length=0.36), "X..x......x.x... X..x...x..x....."),
        Beat("snare", snare(length=0.18, tone=200.0), "....X.......X..."),
        Beat("snaps", clap, "....x..x....x..x", gain=0.7),
        Beat("hat", hat(length=0.05, low=7000.0), "x.x.x.xxx.x.xxx."),
        Bass("bass", sub, "x..x......x.x... x..x...x..x.....", 29, (0, 0, 12, 0), 0.6),
        Chords("keys", electric_piano, "x..x..x...x.....", 60, 0.7),
        Arp("harp", pluck(bright=0.6, ring=1.0), "x.x.x.x.x.x.x.x.", 72, (0, 2, 1, 3, 2, 4), 0.4, on="c"),
        Tune("voice", sing(vowels="ea", breath=0.12), "xx.xxx.x x.xx.x.. xxxx.xx.", "C major", 64, 81, 2, 0.85,
             on="vc"),
        Tune("choir", sing(vowels="ua", breath=0.1), "x..x..x. x..x....", "C major", 67, 81, 1, 0.9, on="c",
             also=((-3, 0.8), (-8, 0.6))),
    ), "kick 3, snare -5 .2, snaps -8 .2, hat -11, bass 1, keys -5 .2, harp -9 .3, voice 3 .25, choir -5 .45",
       keys=(0, -2, 3), form="ivvvvcccc", swing=0.56, grid=0.5, tail=0.8, press=0.4, tilt=(4.0, 1.0)),
    # Six reggae bands: chords on the off-beats only, a round bass that is the melody, a drop on the third beat.
    # one drop, a bubbling organ
    Band("Harbour sun", "reggae", 76.0, ("Am Am Dm Em Am F G Am", "Am G Am G Dm Dm Em Am"), (
        Bass("bass", _ROUND_BASS, "x..xx...x..x..x. ...xx...x..x..x.", 33, (0, 0, 7, 12, 10, 7), 0.6),
        Beat("kick", kick(top=110.0, floor=50.0, length=0.3), "..X."),
        Beat("rim", rim, "..X.", fill="..X..xx."),
        Beat("hat", hat(low=5000.0), "o.xoo.xoo.xoo.xo"),
        Beat("toms", tom(tone=150.0), "...........x.xxx", bars="...x"),
        Chords("skank", _SKANK, ".x.x.x.x", 67, 0.13),
        Chords("skank", piano, ".x.x.x.x", 55, 0.1, gain=0.6),
        Chords("organ", organ, _BUBBLE, 60, 0.12),
        Chords("horns", brass, "xxx.....", 69, 0.5, bars="...x"),
        Tune("voice", sing(vowels="oe"), "..xx.xx. x.x.xx.. ...xxx..", "A minor pentatonic", 57, 74, 1, 0.85,
             bars="xxx."),
    ), "bass 1, kick -6, rim -4 .2, hat -10, toms -13 .1, skank 4 .05, organ -11, horns -13 .1, voice -6 .1",
       keys=(0, -2, 3), swing=0.57, grid=0.5, tail=0.5, press=0.4, air=-33.0),
    # rockers: a kick on every beat, a driven rhythm, harmonies
    Band("Zinc fence", "reggae", 82.0, ("Gm Gm Cm Cm Gm Gm Dm Dm", "Gm F Gm F Eb F Gm Gm"), (
        Bass("bass", bass(bright=0.15, ring=0.7), "x.x...x.x.xx.... x.x...x.....x.x.", 31, (0, 7, 12, 10, 7, 0, 3),
             0.45),
        Beat("kick", kick(top=120.0, floor=48.0, length=0.26), "X.X.X.X."),
        Beat("snare", snare(tone=240.0, length=0.14), "..X...X.", fill="..X...Xx", gain=0.8),
        Beat("hat", hat(low=5500.0), "x.xxx.xxx.xxx.xx"),
        Chords("skank", pluck(bright=0.9, ring=0.3), ".x.x.x.x", 65, 0.12),
        Chords("skank", pluck(bright=0.9, ring=0.2), ".......x.......x", 65, 0.1, gain=0.6),
        Chords("clavinet", organ, _BUBBLE, 58, 0.1),
        Tune("voice", sing(vowels="ae"), "xx.xx... x.x.xxx.", "G minor pentatonic", 58, 74, 2, 0.85, bars="xxxx...."),
        Tune("choir", sing, "x.xx.... ..xx.x..", "G minor pentatonic", 65, 77, 1, 0.8, bars="....xxxx",
             also=((-4, 0.8), (5, 0.6))),
    ), "bass 3, kick -3, snare -7 .2, hat -12, skank 1 .1, clavinet -9, voice -2 .2, choir -4 .3", keys=(0, 2, -3),
       swing=0.56, grid=0.5, tail=0.6, press=0.35, tilt=(2.0, 1.0), air=-34.0),
    # rocksteady: a piano on the off-beats, a saxophone, sweet changes
    Band("Mango yard", "reggae", 90.0, ("F Dm Gm C F Dm Gm C", "Bb C F Dm Gm C F F"), (
        Bass("bass", _ROUND_BASS, "x.xx..x.x.x..... x.xx..x.......x.", 29, (0, 0, 4, 7, 9, 7), 0.5),
        Beat("kick", kick(top=100.0, length=0.24), "..X."),
        Beat("rim", rim, "..X.", fill="..X.x.x."),
        Beat("hat", hat(low=5000.0), ".x.x.x.x"),
        Beat("shaker", shaker, "oxoxoxoxoxoxoxox"),
        Chords("piano", piano, ".x.x.x.x", 65, 0.14),
        Chords("guitar", pluck(bright=0.7, ring=0.25), ".x.x.x.x", 69, 0.1, gain=0.8),
        Tune("sax", brass(reed=True), "x.xx.x.. xx.x.xx. x...x...", "F major", 58, 76, 2, 0.9, bars="....xxxx"),
        Tune("voice", sing(vowels="oa"), "x.xx.xx. xx.x....", "F pentatonic", 58, 74, 1, 0.85, bars="xxxx....",
             also=((4, 0.4),)),
    ), "bass 2, kick -6, rim -8 .3, hat -14, shaker -18, piano 1 .2, guitar -3 .1, sax -3 .35, voice -2 .3",
       keys=(0, -3, 2), swing=0.6, grid=0.5, tail=0.8, press=0.35, tilt=(-2.0, -2.0), air=-31.0),
    # steppers: a relentless kick, an organ, horns in the distance
    Band("Tide steppers", "reggae", 72.0, ("Dm Dm Dm C", "Dm Dm Gm Am"), (
        Bass("bass", bass(bright=0.05, ring=0.9), "x.....x.x.x.x... ......x.x.x.x.xx", 26, (0, 12, 10, 7, 5, 3, 0),
             0.5),
        Beat("kick", kick(top=100.0, floor=44.0, length=0.32), "XXXX"),
        Beat("rim", rim, "..x....x..x..x..", bars="xx.x"),
        Beat("snare", snare(tone=200.0, length=0.2), "........X......."),
        Beat("hat", hat(length=0.1, low=5000.0), "..x...x...x...xo"),
        Chords("skank", _SKANK, ".x.x.x.x", 64, 0.13, bars="xxx."),
        Chords("organ", organ, _BUBBLE, 62, 0.13),
        Chords("horns", brass, "x..x..x.", 65, 0.5, bars="......xx"),
        Tune("voice", sing(vowels="oo"), "x...x... x.xx....", "D minor pentatonic", 53, 69, 1, 0.9, bars="xx......"),
    ), "bass 4, kick -1, rim -11 .4, snare -8 .5, hat -13 .1, skank 0 .3, organ -7, horns -7 .6, voice -4 .5",
       keys=(0, 2, -2), tail=1.4, press=0.35, tilt=(3.0, -3.0), air=-33.0,
       echo={"rim": (0.75, 0.4), "horns": (0.75, 0.35)}),
    # ska's pace: walking bass, trumpets, chopped guitar
    Band("Hill and gully", "reggae", 118.0, ("C C F G C Am Dm G", "C Am F G C Am F G"), (
        Bass("bass", bass(bright=0.2, ring=0.5), "xxxx", 36, (0, 4, 7, 9), 0.8),
        Beat("kick", kick(top=110.0, length=0.2), ".x.x"),
        Beat("rim", snare(tone=220.0, length=0.12), ".x.x", fill=".x.x.xxx"),
        Beat("hat", hat(low=5000.0), ".x.x.x.x"),
        Chords("skank", pluck(bright=0.85, ring=0.3), ".x.x.x.x", 67, 0.16),
        Chords("skank", piano, ".x.x.x.x", 60, 0.14, gain=0.8),
        Tune("horns", brass, "x.xxx.x. xx.x.... x.x.xx..", "C major", 64, 81, 1, 0.8, bars="....xxxx",
             also=((-4, 0.8),)),
        Tune("voice", sing(vowels="ea"), "xx.xx.x. x.xx....", "C pentatonic", 60, 76, 1, 0.8, bars="xxxx...."),
    ), "bass 2, kick -6, rim -9 .2, hat -14, skank 2 .1, horns -3 .25, voice -1 .25", keys=(0, -2, 5), swing=0.58,
       tail=0.6, press=0.35, tilt=(-3.0, 3.0), air=-32.0),
    # dub: bass, drums and echoes; a melodica
    Band("Low tide dub", "reggae", 68.0, ("Em Em Am Em", "Em D Em D"), (
        Bass("bass", bass(bright=0.03, ring=1.0), "x..x..x.x....... x..x..x.....x.x.", 28, (0, 0, 7, 10, 12, 10), 0.7),
        Beat("kick", kick(top=95.0, floor=42.0, length=0.36), "..X."),
        Beat("snare", rim, "..X....x", bars="xxx."),
        Beat("hat", hat(low=5000.0), "x.xox.xox.xox.xo"),
        Beat("toms", tom(tone=120.0), "..........x..x.x", bars="...x"),
        Chords("skank", _SKANK, ".x.x.x.x", 64, 0.12, bars="xx.."),
        Chords("stab", saw(slope=1.4), "..x.....", 64, 0.15, bars="...x"),
        Chords("organ", organ, _BUBBLE, 60, 0.12, bars="xxxx.."),
        Tune("melodica", reeds(spread=0.0015), "x..xx... x...x.x. ..xxx...", "E minor", 67, 83, 2, 0.9, bars="xx.."),
    ), "bass 5, kick -3, snare -6 .4, hat -13, toms -9 .5, skank 1 .3, stab -6 .5, organ -8 .1, melodica -1 .4",
       keys=(0, -2, 3), swing=0.57, grid=0.5, tail=1.8, press=0.3, tilt=(4.0, -5.0), air=-32.0,
       echo={"skank": (0.75, 0.45), "snare": (0.75, 0.4), "stab": (0.75, 0.55), "melodica": (0.75, 0.3)}),
    # Six rock bands: guitars with an edge, a back beat, a voice that yields to a solo.
    # two guitars, a straight beat, bass in eighths
    Band("Garage light", "rock", 126.0, ("A D A G D G E D", "A G D A A G D E"), (
        Stack("left", saw(slope=1.1), "X..xx.x.", 40, (0, 7, 12, 16), 0.8, 0.8, on="iv"),
        Stack("left", saw(slope=1.1), "Xxxxxxxx", 40, (0, 7, 12, 16), 0.8, 0.8, on="c"),
        Arp("right", _RINGING, "xxxxxxxx", 57, (0, 3, 1, 4, 2, 5, 1, 4), 0.8),
        Bass("bass", bass(bright=0.7, ring=0.5), "xxxxxxxx", 28, (0, 0, 0, 0, 0, 0, 7, 7), 0.45),
        Beat("kick", kick(length=0.25), "X...x.x.X......."),
        Beat("snare", snare(length=0.26), "....X.......X...", fill="....X.....x.XxXX"),
        Beat("hat", hat(length=0.09, low=5000.0), "x.x.x.x.x.x.x.x.", on="iv"),
        Beat("hat", hat(length=0.25, low=5000.0), "x.x.x.x.x.x.x.x.", on="c"),
        Beat("cymbals", crash, "X...", bars="x..."),
        Tune("voice", sing(vowels="ae"), "x.xxx.x. xx.xx... xxxxx.x.", "A minor pentatonic", 57, 72, 2, on="v"),
        Tune("solo", pluck(bright=0.9, ring=3.0), "x.xxx.x. xx.xx... xxxxx.x.", "A minor pentatonic", 64, 86, 2, 1.0,
             on="c", bend=1.0),
    ), "left -1, right -5 .2, bass -2, kick -2, snare -4 .25, hat -13, cymbals -12, voice 0 .3, solo 0 .35",
       keys=(0, -2, 3), form="iivvvvvvvvcccc", tail=0.9,
       drive={"left": (1.8, 90.0, 4800.0), "right": (0.7, 90.0, 4800.0), "solo": (2.5, 90.0, 4800.0)}),
    # punk: three chords, eighths, shouting in unison
    Band("Loose cables", "rock", 172.0, ("E A B A E A B B", "E B A A E B A B"), (
        Stack("left", saw(slope=1.0), "XxxxXxxx", 40, (0, 7, 12), 0.45, 0.4),
        Stack("right", saw(slope=1.0, spread=0.007), "XxxxXxxx", 40, (0, 7, 12), 0.45, 0.4),
        Bass("bass", bass(bright=0.95, ring=0.4), "xxxxxxxx", 28, (0,), 0.4),
        Beat("kick", kick(length=0.18, top=160.0), "X..xX..."),
        Beat("snare", snare(length=0.2, tone=220.0, wires=0.9), ".X.X", fill=".XxX.XXXX"),
        Beat("hat", hat(length=0.14, low=4500.0), "xxxxxxxx"),
        Beat("cymbals", crash, "X...", bars="x..."),
        Tune("voice", sing(vowels="ae", breath=0.15), "xxxxx.x. xx.xx.x.", "E pentatonic", 57, 71, 1, 0.8, on="v"),
        Tune("gang", sing(vowels="ao", breath=0.15), "x.x.x... x.xxx...", "E pentatonic", 60, 73, 1, 0.8, on="c",
             also=((-12, 0.8), (7, 0.4))),
    ), "left 1, right 1, bass -1, kick -4, snare -5 .15, hat -10, cymbals -12, voice 1 .15, gang 1 .25",
       keys=(0, 3, -2), form="iivvvvvvvvcccccccc", tail=0.4, press=0.35, tilt=(-2.0, 3.0),
       drive={"left": (2.2, 100.0, 5000.0), "right": (2.2, 100.0, 5200.0), "voice": (0.6, 150.0, 5500.0)}),
    # jangling: chiming arpeggios, a melodic bass, a soft voice
    Band("Static summer", "rock", 134.0, ("D Em G D D Em G A", "Bm G D A"), (
        Arp("chime", pluck(bright=1.0, ring=1.5), "xxxxxxxx", 62, (0, 2, 1, 3, 4, 3, 1, 2), 0.9),
        Chords("strum", _RINGING, "x.xxx.xx", 57, 0.5, 0.02, on="c"),
        Bass("bass", bass(bright=0.6, ring=0.6), "x.xx.xx. x.xx.x.x", 33, (0, 7, 12, 4, 7), 0.5),
        Beat("kick", kick(length=0.2), "X..xX..."),
        Beat("snare", snare(length=0.22, tone=210.0), ".X.X", fill=".X.X.xXX"),
        Beat("hat", hat(length=0.08), "x.x.x.x.x.x.x.x."),
        Beat("shaker", shaker, "xxxxxxxx", on="c"),
        Beat("cymbals", crash, "x...", bars="x......."),
        Tune("voice", sing(vowels="oe", breath=0.07), "x.x.xx.. xx..x.x. x...x...", "D major", 60, 76, 1, 0.95,
             on="vc"),
        Tune("lead", pluck(bright=1.0, ring=2.0), "x.xxx.x. x...xx..", "D major", 69, 86, 2, 1.0, on="i"),
    ), "chime 0 .3, strum -5 .2, bass 1, kick -3, snare -5 .35, hat -14, shaker -18, cymbals -15, voice 1 .4, "
       "lead -1 .4", keys=(0, 2, -3), form="iivvvvvvvvcccccccc", tail=1.3, tilt=(-3.0, 1.0),
       drive={"chime": (0.5, 120.0, 5500.0)}),
    # a riff from the blues, an organ, a cowbell
    Band("Broken amps", "rock", 104.0, ("G G C G G G C D", "G Bb C G G F C G"), (
        Bass("riff", saw(slope=1.1, spread=0.002), "x.xx.x.xx....... x.xx.x.xx...x.x.", 43, (0, 3, 5, 0, 3, 6, 5), 0.4),
        Bass("riff", saw(slope=1.1), "x.xx.x.xx....... x.xx.x.xx...x.x.", 31, (0, 3, 5, 0, 3, 6, 5), 0.4, gain=0.5),
        Bass("bass", bass(bright=0.5), "x.xx.x.xx....... x.xx.x.xx...x.x.", 31, (0, 3, 5, 0, 3, 6, 5), 0.4),
        Chords("organ", organ, "x.......x.......", 62, 1.9, on="c"),
        Beat("kick", kick(length=0.26), "X..x..X...x....."),
        Beat("snare", snare(length=0.28, tone=180.0), "....X.......X...", fill="....X..x....XxXX"),
        Beat("hat", hat(length=0.3, low=4500.0), "x...x...x...x..."),
        Beat("toms", tom(tone=120.0), "............xxxx", bars=".......x"),
        Tune("voice", sing(vowels="ae", breath=0.1), "x.xx.x.. xx.x....", "G blues", 58, 74, 2, 0.9, on="v"),
        Tune("solo", saw(slope=1.2, spread=0.0007), "xxxxx.x. x.xxx... x...x.xx", "G blues", 67, 86, 3, 1.0, on="c"),
    ), "riff 1, bass 0, organ -7 .2, kick -2, snare -3 .2, hat -11, toms -6 .2, voice 1 .25, solo 0 .3",
       keys=(0, 2, -3), form="iivvvvvvcccc", swing=0.54, grid=0.5, tail=0.6, tilt=(3.0, -1.0),
       drive={"riff": (2.0, 80.0, 4500.0), "solo": (2.0, 150.0, 4800.0), "organ": (0.8, 100.0, 4500.0)}),
    # a ballad for a stadium: piano, then wide guitars
    Band("Tarmac", "rock", 84.0, ("C G Am F C G F F", "Am F C G"), (
        Chords("piano", piano, "xxxxxxxx", 64, 0.6, on="iv"),
        Bass("piano", piano, "x...", 40, (0,), 3.0, on="iv"),
        Stack("guitars", saw(slope=1.2, spread=0.005), "X...x...", 43, (0, 7, 12, 16), 1.9, 1.9, on="c"),
        Arp("picked", _RINGING, "xxxxxxxx", 60, (0, 2, 4, 3), 0.8, on="v"),
        Bass("bass", bass(bright=0.5), "x..xx.x.", 28, (0,), 0.7, on="vc"),
        Beat("kick", kick(length=0.3), "X.....x.X.......", on="vc"),
        Beat("snare", snare(length=0.32, tone=170.0, wires=0.9), "....X.......X...", fill="....X.....x.X.XX", on="vc"),
        Beat("hat", ride(length=0.4), "x.x.x.x.", on="vc"),
        Beat("cymbals", crash, "X...", bars="x...", on="c"),
        Chords("strings", bow(attack=0.3), "x", 67, 3.9, on="c"),
        Tune("voice", sing(vowels="oa", breath=0.07), "x.x.xxx. x..xx... xx.xx.x.", "C major", 58, 76, 2, 0.95,
             on="vc"),
    ), "piano -2 .3, guitars 0 .3, picked -6 .3, bass 0, kick -2, snare -2 .5, hat -14, cymbals -12, strings -9 .5, "
       "voice 2 .4", keys=(0, 2, -3), form="iivvvvcccc", tail=1.6, tilt=(1.0, 0.0),
       drive={"guitars": (1.6, 90.0, 4500.0)}),
    # quiet verse, loud chorus, everything a little out of tune
    Band("Cinder blocks", "rock", 114.0, ("Em G C A Em G C B", "F#m A E D"), (
        Arp("clean", pluck(bright=0.7, ring=1.4), "xxxxxxxx", 55, (0, 1, 2, 3, 2, 1), 0.9, on="iv"),
        Stack("left", saw(spread=0.008), "X..xX.xx", 40, (0, 7, 12), 1.0, 0.5, on="c"),
        Stack("right", saw(spread=0.012), "X..xX.xx", 40, (0, 7, 12), 1.0, 0.5, on="c"),
        Bass("bass", bass(bright=0.8, ring=0.6), "x.xxx.xx", 28, (0, 0, 0, 7), 0.5),
        Beat("kick", kick(length=0.24), "X..x..X.X..x...."),
        Beat("snare", snare(length=0.25, tone=175.0, wires=1.0), "....X.......X...", fill="....X..X..X.XXXX"),
        Beat("hat", hat(length=0.06), "x.x.x.x.x.x.x.x.", on="iv"),
        Beat("cymbals", crash, "X.X.", on="c", gain=0.7),
        Tune("voice", sing(vowels="oe", breath=0.12), "x.x.x... x..xx...", "E minor pentatonic", 52, 67, 1, 0.95,
             on="v"),
        Tune("shout", sing(vowels="ae", breath=0.25), "x...x.x. x.x.x...", "E minor pentatonic", 60, 76, 2, 0.95,
             on="c"),
    ), "clean -4 .2, left 2, right 2, bass 1, kick -3, snare -4 .2, hat -16, cymbals -11, voice 0 .2, shout 1 .25",
       keys=(0, -2, 2), form="ivvvvccccvv", tail=0.7, press=0.45, tilt=(2.0, -3.0), drive={"left": (3.0, 80.0, 4800.0),
       "right": (3.0, 80.0, 4800.0), "shout": (1.0, 150.0, 5000.0), "clean": (0.4, 90.0, 4500.0)}),
)  # fmt: skip
