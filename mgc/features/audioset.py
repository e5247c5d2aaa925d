"""What is heard in a sound: AudioSet's classes, as YAMNet scores them, in a few plain words.

Conventions
-----------
Scores are [shape=(P, 521), 0..1], a row a patch of 0.96 s, one every 0.48 s (:func:`mgc.features.yamnet.listen`;
of a song longer than a minute, each two rows are that of the first).
AudioSet (Gemmeke et al. 2017) sorts its classes into a tree with several names for one thing ("Bird", "Chirp, tweet",
"Bird vocalization"). A tag here is a word for some of these classes; its score is that of the highest of them.
Scores are not calibrated probabilities and need not add up to 1: several things sound at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mgc.features.yamnet import N_EMBEDDING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "GENRE_ROWS", "N_SUMMARY", "PATCH_HOP_SECONDS", "PATCH_SECONDS", "TAGS", "Tag", "Tags", "are_silent",
    "summaries", "tags",
]  # fmt: skip

PATCH_SECONDS: Final = 0.96
PATCH_HOP_SECONDS: Final = 0.48
MUSIC_LEAST: Final = 0.3  # mean score of "Music" from which a sound is music; how it was set: docs/NOTES.md
SHOWN: Final = 6  # tags at most
# Mean scores below which a tag is not shown. YAMNet gives all music a high score for "Music" and a low one for what
# plays it; sounds other than voices, instruments and styles are named beside music only where they are plain.
FAINTEST: Final = 0.05
FAINTEST_IN_MUSIC: Final = 0.02
PLAIN: Final = 0.1
_LEAST_SCORE: Final = 1e-4  # keeps the logarithm of a score of 0 within reach
_SILENCE_ROW: Final = 494
_SILENT: Final = 0.5  # score of "Silence" above which a patch says nothing of what is heard in the others

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tag:
    """A word for some of AudioSet's classes; ``family`` is "voice", "instrument", "style", "music" or "other"."""

    name: str
    family: str
    classes: tuple[int, ...]


def _tags(family: str, words: str) -> tuple[Tag, ...]:
    """Read ``"word 1 2-4, word 5"``: a word, then the numbers of its classes."""
    found = []
    for part in words.split(", "):
        *name, last = part.split(" ")
        numbers = [last]
        while name and name[-1].replace("-", "").isdigit():
            numbers.append(name.pop())
        spans = (one.split("-") for one in numbers)
        classes = sorted(i for span in spans for i in range(int(span[0]), int(span[-1]) + 1))
        found.append(Tag(" ".join(name), family, tuple(classes)))
    return tuple(found)


MUSIC: Final = "music"
SILENCE: Final = "silence"
TAGS: Final[tuple[Tag, ...]] = (
    *_tags("music", "music 132"),
    *_tags(
        "voice",
        "singing 24 26 29-30 249-250, choir 25 27-28, rap 31, humming 32, beatboxing 213, whistling 35",
    ),
    *_tags(
        "instrument",
        "acoustic guitar 138 141, electric guitar 136, bass guitar 137, slide guitar 139, guitar 135 140, banjo 142, "
        "sitar 143, mandolin 144, zither 145, ukulele 146, piano 148, electric piano 149, organ 150-152, "
        "synthesizer 153-154, harpsichord 155, drum kit 157, drum machine 158, drums 156 159-163, timpani 164, "
        "tabla 165, cymbals 166-167, small percussion 87 168-171, gong 172, vibraphone or xylophone 173-177, "
        "steelpan 178, orchestra 179, brass 180-181, trumpet 182, trombone 183, strings 184-185 187, violin 186, "
        "cello 188, double bass 189, woodwind 190, flute 191, saxophone 192, clarinet 193, harp 194, bells 195-202, "
        "harmonica 203, accordion 204, bagpipes 205, "
        "didgeridoo 206, theremin 208, singing bowl 209, scratching 210",
    ),
    *_tags(
        "style",
        "pop 211, hip-hop 212, rock 214, heavy metal 215, punk rock 216, grunge 217, progressive rock 218, "
        "rock and roll 219, psychedelic rock 220, rhythm and blues 221, soul 222, reggae 223, country 224, swing 225, "
        "bluegrass 226, funk 227, folk 228, Middle Eastern music 229, jazz 230, disco 231, classical 232, opera 233, "
        "electronic music 234 239-240, house 235, techno 236, dubstep 237, drum and bass 238, ambient 241, trance 242, "
        "Latin music 243, salsa 244, flamenco 245, blues 246, children's music 247, new age 248, African music 251, "
        "Afrobeat 252, Christian music 253, gospel 254, Asian music 255, Carnatic music 256, Bollywood 257, ska 258, "
        "traditional music 259, lullaby 266, video game music 267, Christmas music 268",
    ),
    *_tags(
        "other",
        "speech 0-5 12, shouting 6-11, laughter 13-18, crying 19-22, breathing 23 36-41, coughing 42-45, "
        "footsteps 46-48, clapping 56-58 62, crowd 61 63-66, heartbeat 59-60, animal 67-68 81 103, dog 69-75 117, "
        "cat 76-78 80, horse 82-84, cattle 85-86, pig 88-89, goat or sheep 90-92, poultry 93-102, big cat 104-105, "
        "bird 106-116, mouse 118-120, insect 121-126, frog 127-128, snake 129-130, whale 131, wind 277-279, "
        "thunder 280-281, water 282 286-291 438-447, rain 283-285, fire 292-293, vehicle 294-315 320-321, "
        "siren 316-319 390-391, train 322-328, aircraft 329-334, bicycle 335-336, engine 337-347, door 348-357, "
        "kitchen sounds 358-363, bathroom sounds 364-371, typing 378-381, "
        "telephone or tone 383-388, alarm 382 389 392-395, whistle 396-397, clock 400-402, "
        "machine 398-399 403-411 482, tools 412-419, explosion 420 426-430, gunfire 421-425, wood 431-434, "
        "glass 435-437, beep 475-478 497, tone 495-496, hum 490 510, noise 79 507-509 513-515, silence 494",
    ),
)

# A general word is left out beside one of these, which say more.
_SPECIFIC: Final = {
    "guitar": {"acoustic guitar", "electric guitar", "bass guitar", "slide guitar"},
    "drums": {"drum kit", "drum machine", "cymbals"},
    "brass": {"trumpet", "trombone"},
    "strings": {"violin", "cello", "double bass"},
    "woodwind": {"flute", "saxophone", "clarinet"},
    "animal": {"dog", "cat", "horse", "cattle", "pig", "goat or sheep", "poultry", "big cat", "bird", "mouse", "insect",
               "frog", "snake", "whale"},
}  # fmt: skip

# GTZAN's genres among AudioSet's classes.
GENRE_ROWS: Final = {
    "blues": 246, "classical": 232, "country": 224, "disco": 231, "hiphop": 212,
    "jazz": 230, "metal": 215, "pop": 211, "reggae": 223, "rock": 214,
}  # fmt: skip

# Styles beside these ten that are neither a kind of one of them nor close to one, as soul and new age are.
_OTHER_STYLES: Final = (
    "Middle Eastern music", "electronic music", "house", "techno", "dubstep", "drum and bass", "ambient", "trance",
    "Latin music", "salsa", "flamenco", "African music", "Afrobeat", "Asian music", "Carnatic music", "Bollywood",
    "video game music",
)  # fmt: skip

N_SUMMARY: Final = 2 * N_EMBEDDING + len(GENRE_ROWS)  # numbers that sum up a stretch of sound


def summaries(
    embeddings: FloatArray, scores: FloatArray, starts: npt.NDArray[np.floating], seconds: float
) -> FloatArray:
    """Sum up stretches of a sound, each so many seconds long.

    Parameters
    ----------
    embeddings, scores : np.ndarray [shape=(P, 1024) and (P, 521)]
        of :func:`mgc.features.yamnet.listen`
    starts : np.ndarray [shape=(W,), s]
    seconds : float

    Returns
    -------
    np.ndarray [shape=(W, 2058), float32]
        over the patches whose middle lies in the stretch: the mean embedding, the standard deviations of its square
        roots, and the logarithms of the mean scores of AudioSet's ten rows (:data:`GENRE_ROWS`), their mean taken out.
        Patches are weighted by the square root of the sum of their ten scores: what sounds like none of these genres
        tells little about them (how it was chosen: docs/NOTES.md). Silent patches count only where a whole stretch is
        silent
    """
    middles = PATCH_HOP_SECONDS * np.arange(len(embeddings)) + PATCH_SECONDS / 2
    rows = list(GENRE_ROWS.values())
    silent = are_silent(scores)
    ten, roots = scores[:, rows], np.sqrt(embeddings)
    telling = np.sqrt(ten.sum(axis=1) + _LEAST_SCORE)
    found = np.empty((len(starts), N_SUMMARY), dtype=np.float32)
    for place, start in enumerate(starts):
        low, high = np.searchsorted(middles, (start, start + seconds))
        part = np.arange(min(low, len(middles) - 1), min(max(high, low + 1), len(middles)))
        part = part[~silent[part]] if not silent[part].all() else part
        weights = telling[part] / telling[part].sum()
        deviations = np.sqrt(weights @ (roots[part] - weights @ roots[part]) ** 2)
        logs = np.log(weights @ ten[part] + _LEAST_SCORE)
        found[place] = np.concatenate([weights @ embeddings[part], deviations, logs - logs.mean()])
    return found


def are_silent(scores: FloatArray) -> npt.NDArray[np.bool_]:
    """Tell which patches are silent, by AudioSet's own class [shape=(P,)]."""
    return np.asarray(scores[:, _SILENCE_ROW] > _SILENT)


@dataclass(frozen=True, slots=True, eq=False)
class Tags:
    """What is heard in a sound.

    Attributes
    ----------
    names : tuple of str
        words, the most prominent first; "music" is not among them
    shares : tuple of float
        mean score of each over all patches that are not silent [0..1]
    music : float
        the same of "music"
    timeline : np.ndarray [shape=(len(names), P), float32, 0..1]
        score of each in every patch
    sounding : np.ndarray [shape=(P,), bool]
        which patches are not silent
    music_timeline : np.ndarray [shape=(P,), float32, 0..1]
        score of "music" in every patch
    genres : mapping of str to float
        mean score of each of GTZAN's genres (:data:`GENRE_ROWS`)
    other_style : (str, float)
        the most prominent of all other styles, with its mean score; ("", 0.0) where that is close to one of the ten
    """

    names: tuple[str, ...]
    shares: tuple[float, ...]
    music: float
    timeline: FloatArray
    sounding: npt.NDArray[np.bool_]
    music_timeline: FloatArray
    genres: Mapping[str, float]
    other_style: tuple[str, float]
    start: float = 0.0  # s, when the first patch begins

    @property
    def is_music(self) -> bool:
        """Whether the sound is music at all."""
        return self.music >= MUSIC_LEAST

    def is_music_in(self, start: float, end: float) -> bool:
        """Tell whether there is music between two times [s], judged by the patches whose middles lie there."""
        middles = self.starts + PATCH_SECONDS / 2
        part = (middles >= start) & (middles < end)
        if not part.any():
            part[np.abs(middles - (start + end) / 2).argmin()] = True
        part &= self.sounding
        return bool(part.any()) and float(self.music_timeline[part].mean()) >= MUSIC_LEAST

    @property
    def shown(self) -> tuple[tuple[str, float], ...]:
        """Each tag with its share."""
        return tuple(zip(self.names, self.shares, strict=True))

    @property
    def starts(self) -> npt.NDArray[np.float64]:
        """When each patch begins [shape=(P,), s]."""
        return self.start + np.arange(self.timeline.shape[1], dtype=np.float64) * PATCH_HOP_SECONDS

    def style(self) -> Tag | None:
        """Return the most prominent style of music, None where none is shown."""
        known = {tag.name: tag for tag in TAGS if tag.family == "style"}
        return next((known[name] for name in self.names if name in known), None)


def tags(scores: FloatArray) -> Tags:
    """Return what is heard, the most prominent first; see :class:`Tags`.

    Where a sound is no music, only what is no music is named: a speaker's voice is no instrument.
    """
    every = np.stack([scores[:, list(tag.classes)].max(axis=1) for tag in TAGS]).astype(np.float32)
    where = {tag.name: i for i, tag in enumerate(TAGS)}
    sounding = ~are_silent(scores)
    if not sounding.any():
        sounding[:] = True
    mean = every[:, sounding].mean(axis=1)
    music = float(mean[where[MUSIC]])
    least = dict.fromkeys(("voice", "instrument", "style"), FAINTEST_IN_MUSIC) | {"other": PLAIN}
    if music < MUSIC_LEAST:
        least = {"other": FAINTEST}
    # Whether it is one of the ten is the models' to say: a second word for that beside theirs would only confuse.
    ten = set(GENRE_ROWS.values())
    heard = {
        tag.name: i
        for i, tag in enumerate(TAGS)
        if tag.family in least and mean[i] >= least[tag.family] and ten.isdisjoint(tag.classes)
    }
    for general, specific in _SPECIFIC.items():
        if general in heard and any(mean[heard[one]] >= mean[heard[general]] / 2 for one in specific & heard.keys()):
            del heard[general]
    shown = sorted(heard.values(), key=lambda i: -float(mean[i]))[:SHOWN]
    styles = [tag.name for tag in TAGS if tag.family == "style" and ten.isdisjoint(tag.classes)]
    other = max(styles, key=lambda name: float(mean[where[name]]))
    return Tags(
        tuple(TAGS[i].name for i in shown),
        tuple(float(mean[i]) for i in shown),
        music,
        np.ascontiguousarray(every[shown]),
        sounding,
        every[where[MUSIC]],
        {genre: float(scores[sounding][:, row].mean()) for genre, row in GENRE_ROWS.items()},
        (other, float(mean[where[other]])) if other in _OTHER_STYLES else ("", 0.0),
    )
