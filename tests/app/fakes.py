"""A service that answers at once: cards, analyses and predictions, made up, in the real records."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from mgc.audio.clip import SR, Clip, Heard
from mgc.charts import sound
from mgc.charts.spectrum_views import columns_view
from mgc.errors import ModelError
from mgc.features.audioset import Tags
from mgc.genres import GENRES
from mgc.models.card import Card
from mgc.models.catalog import FEATURES
from mgc.models.storage import classes_of
from mgc.prediction import Analysis, Member, Outcome, Prediction, Window
from mgc.ui.classify.listening import Held, Listened

if TYPE_CHECKING:
    from collections.abc import Mapping

TITLES = {"vote": "Vote", "descriptors": "Descriptors", "pictures": "Picture network"}


PROTOCOLS = ("tracks", "artists", "filtered")


def estimate(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.05, "high": value + 0.05, "n": 900}


def card(name: str = "vote", *, protocols: tuple[str, ...] = PROTOCOLS, value: float = 0.7) -> Card:
    scores = {
        protocol: {
            "accuracy": estimate(value - 0.05 * i),
            "macro_f1": estimate(0.6),
            "ece": 0.05,
            "confusion": (80 * np.eye(10, dtype=int) + 1).tolist(),
            "coverage": 0.8,
            "accuracy_when_sure": 0.85,
        }
        for i, protocol in enumerate(protocols)
    }
    is_vote = name == "vote"
    return Card.from_json(
        {
            "id": name,
            "title": TITLES[name],
            "kind": name,
            "summary": f"What {name} does, in a line.",
            "members": ["descriptors", "pictures"] if is_vote else [],
            "classes": classes_of(GENRES),
            "features": dict(FEATURES),
            "net": {"name": "pool" if is_vote else name, "config": {}},
            "parameters": 1000,
            "weights": None if is_vote else {"file": "weights.npz", "sha256": "0" * 64, "bytes": 10},
            "recipe": {},
            "seed": 0,
            "data": {"name": "GTZAN"},
            "licence": "as this project",
            "splits": {protocol: {"k": 5, "hash": "abc", "n": 900} for protocol in protocols},
            "scores": scores,
            "calibration": {"temperature": 1.0, "unsure_below": 0.4, "unfamiliar_above": None, "pauses_above": None},
            "created": "2026-11-21",
            "versions": {},
        }
    )


def cards() -> tuple[dict[str, Card], tuple[str, ...]]:
    return {"vote": card(), "descriptors": card("descriptors", value=0.65), "pictures": card("pictures")}, ()


def heard(**changes: Any) -> Heard:
    facts: dict[str, Any] = {
        "format": "WAV",
        "sample_rate": 44_100,
        "channels": 2,
        "seconds": 30.0,
        "used_seconds": 30.0,
    }
    return Heard(**facts | changes)


def probabilities(genre: str, first: float) -> np.ndarray:
    """Return probabilities [shape=(10,)] that lean towards one genre."""
    spread = (1 - first) * np.arange(1, 11) / 55
    spread[GENRES.index(genre)] += first
    return spread / spread.sum()


# What a made-up song of these genres comes to.
OUTCOMES: dict[str, Outcome] = {"pop": "none", "blues": "unsure", "country": "between", "disco": "not music"}
REASONS = {
    "genre": "",
    "none": "Too unlike the training music.",
    "unsure": "No genre is sure enough.",
    "between": "It is close between two.",
    "not music": "Speech is heard (96 %), but hardly any music.",
}


def prediction(
    genre: str = "jazz", *, outcome: Outcome = "genre", of: Heard | None = None, model: str = "vote", rule: str = "mean"
) -> Prediction:
    first = {"pictures": 0.91, "descriptors": 0.62}.get(model, 0.8) - {"median": 0.03}.get(rule, 0.0)
    song = probabilities(genre, first)
    of = of or heard()
    timeline = []
    for start in range(int(of.used_seconds) - 2):
        wave = 0.3 * (1 + np.sin(start / 4)) * (1 - song.max())
        p = song * (1 - wave) + wave * (np.arange(10) == GENRES.index("rock"))
        timeline.append(Window(float(start), start + 3.0, dict(zip(GENRES, p.tolist(), strict=True))))
    return Prediction(
        verdict="unsure" if outcome != "genre" else genre,
        outcome=outcome,
        genre=genre,
        confidence=float(song.max()),
        probabilities=dict(zip(GENRES, song.tolist(), strict=True)),
        timeline=tuple(timeline),
        reason=REASONS[outcome],
        rule=rule,
        model=model,
        protocol="filtered",
        heard=of,
        distance=1.0,
        classes=card().classes,
    )


def heard_tags(music: float, patches: int = 62, **shares: float) -> Tags:
    """Return tags of a sound that is the same all the time."""
    return Tags(
        names=tuple(name.replace("_", " ") for name in shares),
        shares=tuple(shares.values()),
        music=music,
        timeline=np.tile(np.array([*shares.values()], np.float32)[:, None], patches).reshape(len(shares), patches),
        sounding=np.ones(patches, dtype=bool),
        music_timeline=np.full(patches, music, np.float32),
        genres=dict.fromkeys(GENRES, 0.5),
        other_style=("", 0.0),
    )


MEMBERS = ("descriptors", "pictures")


def listened(
    genre: str = "jazz",
    *,
    members: tuple[str, ...] = MEMBERS,
    missing: Mapping[str, str] = MappingProxyType({}),
    **facts: Any,
) -> Listened:
    of = heard(**facts)
    t = np.linspace(0, 3, 22050 * 3)
    picture = sound.Picture(sound.palette_png(np.zeros((128, 20), np.uint8)), ((0.5, "1 kHz"),))
    tags = heard_tags(0.0, speech=0.96) if genre == "disco" else None
    member = Member(np.tile(probabilities(genre, 0.8), (28, 1)))
    return Listened(
        heard=of,
        analysis=Analysis(
            of.used_seconds,
            {name: member for name in members if name not in missing},
            {name: why for name, why in missing.items() if name in members},
            of,
            tags=tags,
        ),
        pictures=sound.Pictures(mel=picture, log=picture, peaks=sound.peaks(np.sin(t).astype(np.float32))),
        seen=columns_view(np.zeros((128, 20), np.uint8)),
    )


def held() -> Held:
    return Held(Clip.from_samples(np.zeros(SR, np.float32)), None)


def predict(analysis: Analysis, *, model: str = "vote", rule: str = "mean") -> Prediction:
    for name in MEMBERS if model == "vote" else (model,):
        if name not in analysis.members:
            raise ModelError(f"{name} did not answer. {analysis.missing.get(name, 'It was not asked.')}")
    genre = GENRES[int(next(iter(analysis.members.values())).windows[0].argmax())]
    said = prediction(genre, model=model, rule=rule, of=analysis.heard, outcome=OUTCOMES.get(genre, "genre"))
    return replace(said, tags=analysis.tags)
