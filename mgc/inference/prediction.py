"""From the models' answers for each window to one answer for the song: pure arithmetic on a few numbers.

Conventions
-----------
Probabilities have the genres on the last axis, in the order of the model's card. Those of an :class:`Analysis`
are the models' own; those of a :class:`Prediction` are calibrated. Times are seconds from the
start of the used stretch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.errors import ModelError
from mgc.evaluation.voting import RULES, calibrate, combine, vote
from mgc.genres import UNSURE, UNSURE_COLOUR, display_name
from mgc.models import catalog as catalogs
from mgc.models.card import Genre

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mgc.audio.clip import Heard
    from mgc.models.card import Card
    from mgc.models.catalog import Catalog

__all__ = ["RULES", "Analysis", "Member", "Prediction", "Window", "predict"]

Array = npt.NDArray[np.float64]

TESTS: Final = {"filtered": "fault-filtered", "artists": "artist-grouped", "tracks": "by-track", "segments": "leaky"}
_DIGITS: Final = 6  # of numbers in JSON; what lies beyond is noise of single precision


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One model's answer for a clip, uncalibrated."""

    windows: Array  # [shape=(W, n_classes)]
    blocks: Array | None = None  # [shape=(B, n_classes)] of longer stretches: 30 s of descriptors, 11.5 s of picture
    distance: float | None = None  # how unfamiliar the clip is, 0..inf, about 1 for training clips; None: not measured

    def song(self, rule: str) -> Array:
        """Return the song's probabilities [shape=(n_classes,)]: the windows' vote, averaged with the blocks' mean."""
        voted = vote(self.windows, rule)
        return voted if self.blocks is None else combine([voted, self.blocks.mean(axis=0)])


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """Everything about a clip that is expensive to find out, in a few kilobytes; :func:`predict` is cheap after it."""

    seconds: float  # length of the clip
    members: Mapping[str, Member]  # by model id
    missing: Mapping[str, str]  # why a model that was asked did not answer: id -> one sentence
    heard: Heard
    is_silent: bool = False  # no model was asked then; each gives all its genres the same probability
    pauses: float | None = None  # [0..1] share of the clip in which next to nothing sounds


@dataclass(frozen=True, slots=True)
class Window:
    """Calibrated probabilities of one stretch of the song."""

    start: float
    end: float
    probabilities: dict[str, float]


@dataclass(frozen=True, slots=True)
class Prediction:
    """One model's calibrated answer for one clip."""

    verdict: str  # a genre, or "unsure"
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
                {"start": round(w.start, 3), "end": round(w.end, 3), "probabilities": _rounded(w.probabilities)}
                for w in self.timeline
            ],
            "heard": {name: getattr(self.heard, name) for name in ("format", "sample_rate", "channels")}
            | {name: round(getattr(self.heard, name), 3) for name in ("seconds", "used_seconds")},
            "model": self.model,
            "protocol": self.protocol,
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
    song = _calibrated(card, judges, [analysis.members[judge.id].song(rule) for judge in judges])
    windows = _calibrated(card, judges, [analysis.members[judge.id].windows for judge in judges])
    best = card.classes[int(song.argmax())]
    measuring = analysis.members.get(card.calibration.distance_by or "")
    distance = measuring.distance if measuring else None
    reason = _why_unsure(analysis, card, best.name, float(song.max()), distance)
    starts = [float(card.hop_seconds * i) for i in range(len(windows))]
    return Prediction(
        verdict=UNSURE if reason else best.id,
        genre=best.id,
        confidence=float(song.max()),
        probabilities=_named(card, song),
        timeline=tuple(
            Window(start, min(start + card.window_seconds, analysis.seconds), _named(card, p))
            for start, p in zip(starts, windows, strict=True)
        ),
        reason=reason,
        rule=rule,
        model=card.id,
        protocol=card.protocol,
        heard=analysis.heard,
        distance=distance,
        classes=card.classes,
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
    return calibrate(combine(members, card.shares), card.calibration.temperature)


def _why_unsure(analysis: Analysis, card: Card, genre: str, confidence: float, distance: float | None) -> str:
    limits = card.calibration
    if analysis.is_silent:
        return "The file is silent."
    farthest = limits.unfamiliar_above
    if distance is not None and farthest is not None and distance > farthest:
        return f"Too unlike the training music to name a genre (distance {distance:.2f}, limit {farthest:.2f})."
    rests = limits.pauses_above
    if analysis.pauses is not None and rests is not None and analysis.pauses > rests:
        shown = f"{100 * analysis.pauses:.0f} % of the file is silence between sounds, as in speech"
        return f"{shown}; the limit for naming a genre is {100 * rests:.0f} %."
    if confidence < limits.unsure_below:
        digits = 0 if round(100 * confidence) < round(100 * limits.unsure_below) else 2
        return (
            f"The most probable genre, {genre}, has {100 * confidence:.{digits}f} %, below the threshold of "
            f"{100 * limits.unsure_below:.{digits}f} %.{_measured(card)}"
        )
    return ""


def _measured(card: Card) -> str:
    """Say how often the verdicts of a model were right in its strictest test, as measured."""
    scores = card.headline
    if scores.accuracy_when_sure is None:
        return ""
    return (
        f" In the {TESTS[card.protocol]} test this model named a genre for {100 * scores.coverage:.0f} % of "
        f"{scores.accuracy.n} clips, and {100 * scores.accuracy_when_sure:.0f} % of those were right."
    )


def _named(card: Card, p: Array) -> dict[str, float]:
    return dict(zip(card.genres, p.tolist(), strict=True))


def _rounded(probabilities: Mapping[str, float]) -> dict[str, float]:
    return {genre: round(p, _DIGITS) for genre, p in probabilities.items()}
