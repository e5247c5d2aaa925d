"""From what is heard to the two models that ship, with noise for YAMNet: every step runs, the scores are synthetic."""

from __future__ import annotations

import logging
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mgc import weights
from mgc.features.audioset import GENRE_ROWS
from mgc.genres import GENRES
from mgc.models.card import Card
from mgc.models.catalog import SHIPPED, shipped_pins
from mgc.runs import gallery
from scripts import ship_listener

if TYPE_CHECKING:
    from pathlib import Path

EACH = 5  # clips of a genre, one for each fold
PATCHES = 62  # of 30 s


@pytest.fixture(scope="module")
def heard() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return embeddings and scores of clips of every genre, which YAMNet seems to tell apart."""
    rng = np.random.default_rng(0)
    said = gallery.opened("picture-cnn-artists").said
    found = {}
    for genre, row in GENRE_ROWS.items():
        of_genre = np.flatnonzero(said.labels == GENRES.index(genre))
        for i in rng.choice(of_genre, EACH, replace=False):
            scores = rng.uniform(0.0, 0.5, (PATCHES, 521)).astype(np.float32)
            scores[:, row] += 0.1
            found[said.units[i]] = rng.uniform(0.0, 1.0, (PATCHES, 1024)).astype(np.float32), scores
    return found


@pytest.mark.slow
def test_both_models_are_written_with_the_scores_of_each_seed(
    heard: dict[str, tuple[np.ndarray, np.ndarray]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    out, pins, file = tmp_path / "models", tmp_path / "shipped.json", tmp_path / "yamnet.h5"
    shutil.copytree(SHIPPED, out, ignore=shutil.ignore_patterns("gallery", "listener", "vote-yamnet"))
    file.write_bytes(b"weights")
    monkeypatch.setattr(weights, "path", lambda _name: file)
    monkeypatch.setattr(ship_listener, "SEEDS", ship_listener.SEEDS[:2])
    monkeypatch.setattr(ship_listener, "listened", lambda _audio: heard)
    ship_listener.main(tmp_path, out, pins, repeats=2)
    assert {"listener", "vote-yamnet"} <= shipped_pins(pins).keys()
    for name in ("listener", "vote-yamnet"):
        scores = Card.from_bytes((out / name / "card.json").read_bytes()).scores["artists"]
        assert scores.accuracy.n == EACH * len(GENRES)
        assert len(scores.accuracy_by_seed) == len(ship_listener.SEEDS)
        assert scores.accuracy.value > 0.9  # AudioSet's rows say it plainly here
    assert caplog.text.count("vote with YAMNet on these") == len(ship_listener.SEEDS)
    assert "mean of 2: " in caplog.text


def test_a_clip_is_judged_by_a_listener_that_learnt_from_other_artists(
    heard: dict[str, tuple[np.ndarray, np.ndarray]], monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt: list[set[int]] = []
    given: dict[int, list[tuple[int, int]]] = {}
    some = sorted(heard)[::EACH]  # one of each genre
    net = ship_listener.fit([heard[unit] for unit in some], np.arange(len(GENRES)), np.arange(len(GENRES)))

    def noted(clips: list[tuple[np.ndarray, np.ndarray]], labels: np.ndarray, artists: np.ndarray) -> object:
        assert len(clips) == len(labels) == len(artists)
        learnt.append({id(embeddings) for embeddings, _ in clips})
        for (embeddings, _), *row in zip(clips, labels.tolist(), artists.tolist(), strict=True):
            given.setdefault(id(embeddings), []).append(tuple(row))
        return net

    monkeypatch.setattr(ship_listener, "fit", noted)
    one = ship_listener.judged(heard, ship_listener.MEMBERS)
    artists = {id(heard[unit][0]): artist for unit, artist in zip(one.units, one.artists.tolist(), strict=True)}
    for k, known in enumerate(learnt):
        tested = {id(heard[unit][0]) for unit, f in zip(one.units, one.unseen.fold.tolist(), strict=True) if f == k}
        assert tested
        assert not tested & known
        assert not {artists[clip] for clip in tested} & {artists[clip] for clip in known}
    for unit, label, artist in zip(one.units, one.labels.tolist(), one.artists.tolist(), strict=True):
        assert set(given[id(heard[unit][0])]) == {(label, artist)}
