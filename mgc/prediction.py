"""From models' answers to one answer: the rule, the calibration, and the outcome with its reason.

Conventions
-----------
Probabilities have the genres on the last axis, in the order of the model's card. Those of an :class:`Analysis` are the
models' own; those of a :class:`Prediction` are calibrated. Nothing here is expensive: an analysis is kept, and asked
again whenever a visitor takes another model or rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt

from mgc.errors import ModelError
from mgc.evaluation.voting import RULES, Member, calibrate, pool
from mgc.features.audioset import GENRE_ROWS, Tags
from mgc.features.audioset import SILENCE as SILENCE_TAG
from mgc.genres import UNSURE, UNSURE_COLOUR, display_name
from mgc.models import catalog as catalogs
from mgc.models.card import Genre

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mgc.audio.clip import Heard
    from mgc.models.card import Card
    from mgc.models.catalog import Catalog

__all__ = ["RULES", "Analysis", "Member", "Outcome", "Prediction", "Window", "predict"]

Array = npt.NDArray[np.float64]

_DIGITS: Final = 6  # of numbers in JSON; what lies beyond is noise of single precision

# A genre is named; two are close; none is sure enough; the song is unlike all of the training music; it is no music.
Outcome = Literal["genre", "between", "unsure", "none", "not music"]
BETWEEN: Final = 0.6  # least sum of the two highest probabilities of which a song is said to lie between
CLOSE: Final = 0.5  # least share of the highest probability that the second must have to be close
PLAIN: Final = 0.3  # mean score from which a sound that is no music is named for certain
# Mean scores of AudioSet's classes; how they were set: docs/NOTES.md.
UNHEARD: Final = 0.001  # below which none of a model's genres is heard
OTHER_STYLE: Final = 0.05  # from which a style that is none of GTZAN's ten genres is plain
OTHER_GENRE: Final = 0.1  # from which one of the ten is plain that the model does not know
TIMES: Final = 10.0  # how often these must exceed each of the model's genres
NARROW: Final = 7_500.0  # Hz; a recording whose band ends below is narrow, as by telephone or of old records


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """Everything about a clip that is expensive to find out, in a few kilobytes; :func:`predict` is cheap after it."""

    seconds: float  # length of the clip
    members: Mapping[str, Member]  # by model id
    missing: Mapping[str, str]  # why a model that was asked did not answer: id -> one sentence
    heard: Heard
    start: float = 0.0  # s, where in it the models were asked from: what is silent before and behind was left out
    is_silent: bool = False  # no model was asked then; each gives all its genres the same probability
    pauses: float | None = None  # [0..1] share of the clip in which next to nothing sounds
    edge: float | None = None  # [Hz] above which the recording holds nothing
    tags: Tags | None = None  # what is heard in it; None where YAMNet's weights are not there

    def was_asked(self, *models: str) -> bool:
        """Tell whether each of these models has answered, or has said why not."""
        return all(name in self.members or name in self.missing for name in models)


@dataclass(frozen=True, slots=True)
class Window:
    """Calibrated probabilities of one stretch of the song."""

    start: float
    end: float
    probabilities: dict[str, float]
    is_music: bool = True  # False where YAMNet hears none: probabilities are those of genres if it were music


@dataclass(frozen=True, slots=True)
class Prediction:
    """One model's calibrated answer for one clip."""

    verdict: str  # a genre, or "unsure"
    outcome: Outcome  # why the verdict is what it is
    genre: str  # the most probable genre, whatever the verdict
    confidence: float  # [0..1] its probability
    probabilities: dict[str, float]  # of all genres of the model
    timeline: tuple[Window, ...]
    reason: str  # one sentence that says why the verdict is "unsure"; "" when it is a genre
    rule: str  # how the windows were put together, one of RULES
    model: str  # id
    protocol: str  # the strictest that the model was scored under
    heard: Heard
    distance: float | None  # how unfamiliar the clip is
    classes: tuple[Genre, ...]  # names and colours of the model's genres, in the order of the probabilities
    tags: Tags | None = field(default=None, compare=False)  # what is heard, where YAMNet is at hand
    notes: tuple[str, ...] = ()  # what a reader of the answer should know of the recording, as sentences

    def named(self, genre: str) -> Genre:
        """Return name and colour of one of the model's genres, or of "unsure"."""
        known = {one.id: one for one in self.classes}
        return known.get(genre) or Genre(id=UNSURE, name=display_name(UNSURE), colour=UNSURE_COLOUR)

    def to_json(self) -> dict[str, Any]:
        """Return what the command line prints for a file (a stable contract), without the file's name."""
        return {
            "verdict": self.verdict,
            "genre": self.genre,
            "confidence": round(self.confidence, _DIGITS),
            "probabilities": _rounded(self.probabilities),
            "timeline": [
                {"start": round(w.start, 3), "end": round(w.end, 3), "music": w.is_music}
                | {"probabilities": _rounded(w.probabilities)}
                for w in self.timeline
            ],
            "heard": {name: getattr(self.heard, name) for name in ("format", "sample_rate", "channels")}
            | {name: round(getattr(self.heard, name), 3) for name in ("seconds", "used_seconds")},
            "model": self.model,
            "protocol": self.protocol,
            "outcome": self.outcome,
            "notes": list(self.notes),
            "sounds": None if self.tags is None else [*({"name": n, "score": round(p, 3)} for n, p in self.tags.shown)],
        }


def predict(
    analysis: Analysis, *, catalog: Catalog | None = None, model: str | None = None, rule: str = "mean"
) -> Prediction:
    """Answer from an analysis, by the model of this id (None: the catalogue's default) and one of :data:`RULES`.

    ``catalog`` holds the model's card; None is the catalogue of this process. Raises ModelError when the model is
    unknown or unusable, or a member of it did not answer; ValueError when the rule is unknown.
    """
    catalog = catalog or catalogs.catalog()
    card = _answering(catalog, analysis) if model is None else catalog.card(model)
    judges = [catalog.card(name) for name in card.members or (card.id,)]
    for judge in judges:
        if judge.id not in analysis.members:
            why = analysis.missing.get(judge.id, "It was not run.")
            raise ModelError(f"The model {card.id} cannot classify the song, because {judge.id} failed. {why}")
    members = [analysis.members[judge.id] for judge in judges]
    song = _calibrated(card, judges, [member.song(rule) for member in members])
    windows = _calibrated(card, judges, [member.windows for member in members])
    best = card.classes[int(song.argmax())]
    measuring = analysis.members.get(card.calibration.distance_by or "")
    distance = measuring.distance if measuring else None
    outcome, reason = _outcome(analysis, card, song, distance)
    starts = [analysis.start + float(card.hop_seconds * i) for i in range(len(windows))]
    return Prediction(
        verdict=best.id if outcome == "genre" else UNSURE,
        outcome=outcome,
        genre=best.id,
        confidence=float(song.max()),
        probabilities=_named(card, song),
        timeline=tuple(
            Window(
                start,
                end := min(start + card.window_seconds, analysis.seconds),
                _named(card, p),
                is_music=analysis.tags is None or analysis.tags.is_music_in(start, end),
            )
            for start, p in zip(starts, windows, strict=True)
        ),
        reason=reason,
        rule=rule,
        model=card.id,
        protocol=card.protocol,
        heard=analysis.heard,
        distance=distance,
        classes=card.classes,
        tags=analysis.tags,
        notes=_notes(analysis),
    )


def _answering(catalog: Catalog, analysis: Analysis) -> Card:
    """Return the first model of the catalogue all of whose members have answered, or the default to be refused."""
    for card in catalog.cards():
        if set(card.members or (card.id,)) <= set(analysis.members):
            return card
    return catalog.default()


def _calibrated(card: Card, judges: list[Card], said: list[Array]) -> Array:
    members = [calibrate(p, judge.calibration.temperature) for judge, p in zip(judges, said, strict=True)]
    if not card.members:
        return members[0]
    return calibrate(pool(members, card.shares), card.calibration.temperature)


def _outcome(analysis: Analysis, card: Card, song: Array, distance: float | None) -> tuple[Outcome, str]:
    """Return what a song's probabilities [shape=(n_classes,)] come to, with the reason where no genre is named."""
    limits, heard = card.calibration, analysis.tags
    if analysis.is_silent:
        return "not music", "The file is silent."
    if heard is not None and not heard.is_music:
        if not heard.names:
            return "not music", "Hardly any music is heard, nor any other sound that is known here."
        name, share = heard.shown[0]
        if name == SILENCE_TAG:
            return "not music", "Hardly anything is heard."
        if share < PLAIN:
            return "not music", f"Hardly any music is heard; the best guess is {name} ({100 * share:.0f} %)."
        return "not music", f"{name[:1].upper()}{name[1:]} is heard ({100 * share:.0f} %), but hardly any music."
    if heard is not None and set(card.genres) <= set(GENRE_ROWS):
        own = max(heard.genres[genre] for genre in card.genres)
        style, share = heard.other_style
        if share >= max(OTHER_STYLE, TIMES * own):
            music = style if style.endswith("music") else f"{style} music"
            return "none", f"It sounds like {music}, which is none of these genres."
        others = heard.genres.keys() - set(card.genres)
        other = max(others, key=lambda genre: heard.genres[genre], default=None)
        if other is not None and heard.genres[other] >= max(OTHER_GENRE, TIMES * own):
            return "none", f"It sounds like {display_name(other).lower()}, which is none of these genres."
        if own < UNHEARD:
            return "none", "None of these genres was recognised."
    farthest = limits.unfamiliar_above
    if distance is not None and farthest is not None and distance > farthest:
        far, most = _apart(distance, farthest, 2)
        return "none", f"It is unlike all music that the model was trained on (distance {far}; up to {most} is usual)."
    rests = limits.pauses_above
    if heard is None and analysis.pauses is not None and rests is not None and analysis.pauses > rests:
        pause, most = _apart(100 * analysis.pauses, 100 * rests, 0)
        return "none", f"{pause} % of it is silence between sounds, as in speech; a genre is named up to {most} %."
    first, second = np.argsort(-song, kind="stable")[:2]
    confidence, next_best = float(song[first]), float(song[second])
    if confidence < limits.unsure_below:
        names = card.classes[first].name, card.classes[second].name
        reached, least = _apart(100 * confidence, 100 * limits.unsure_below, 0)
        needed = f"a genre is named from {least} % on."
        if confidence + next_best >= BETWEEN and next_best >= CLOSE * confidence:
            shares = f"{reached} and {100 * next_best:.{len(reached.partition('.')[2])}f} %"
            return "between", f"{names[0]} and {names[1]} are close ({shares}); {needed}"
        return "unsure", f"No genre is sure enough: {names[0]} has {reached} %; {needed}"
    return "genre", ""


def _apart(one: float, other: float, digits: int) -> tuple[str, str]:
    """Return two different numbers with as few decimals, ``digits`` at least, as tell them apart."""
    while digits < _DIGITS and f"{one:.{digits}f}" == f"{other:.{digits}f}":
        digits += 1
    return f"{one:.{digits}f}", f"{other:.{digits}f}"


def _notes(analysis: Analysis) -> tuple[str, ...]:
    is_music = analysis.tags is None or analysis.tags.is_music
    if analysis.is_silent or not is_music or analysis.edge is None or analysis.edge >= NARROW:
        return ()
    edge = f"{analysis.edge / 1000:.1f} kHz"
    return (f"A narrow recording: there is nothing above {edge}, so the answer is less reliable.",)


def _named(card: Card, p: Array) -> dict[str, float]:
    return dict(zip(card.genres, p.tolist(), strict=True))


def _rounded(probabilities: Mapping[str, float]) -> dict[str, float]:
    return {genre: round(p, _DIGITS) for genre, p in probabilities.items()}
