"""A small folder of models with random weights: everything that ships, in its form, but not in its worth."""

from __future__ import annotations

import hashlib
import json
import wave
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mgc.audio.clip import SR
from mgc.genres import GENRES
from mgc.models.catalog import FEATURES
from mgc.models.storage import classes_of
from mgc.nets import picture_cnn
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = picture_cnn.CNNConfig(channels=(4, 6), band_pool=4)
NUMBERS_IN = 53  # of the descriptor model
ESTIMATE = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 100}
SCORES = {
    "accuracy": ESTIMATE,
    "macro_f1": ESTIMATE,
    "ece": 0.05,
    "confusion": [[10 if i == j else 0 for j in range(10)] for i in range(10)],
    "coverage": 0.7,
    "accuracy_when_sure": 0.8,
}
CALIBRATION = {
    "temperature": 1.0,
    "unsure_below": 0.0,
    "unfamiliar_above": None,
    "pauses_above": None,
    "distance_by": "descriptors",
}


def descriptor_arrays(seed: int = 0, landmarks: int = 7) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    arrays = {}
    for part in ("window", "clip"):
        one = {
            "mean": rng.normal(size=NUMBERS_IN),
            "scale": rng.uniform(50, 100, NUMBERS_IN),
            "landmarks": rng.normal(size=(landmarks, NUMBERS_IN)),
            "gamma": np.array(0.01),
            "weights": rng.normal(size=(landmarks, len(GENRES))),
            "bias": rng.normal(size=len(GENRES)),
            "centre": np.zeros(NUMBERS_IN),
            "whiten": np.eye(NUMBERS_IN) / np.sqrt(NUMBERS_IN),
        }
        arrays |= {f"{part}__{name}": value.astype(np.float32) for name, value in one.items()}
    return arrays


def card(model: str, **changes: Any) -> dict[str, Any]:
    """Return a valid card of model "vote", "descriptors" or "pictures", with top-level ``changes``."""
    nets = {
        "vote": {"name": "pool", "config": {}},
        "descriptors": {"name": "descriptor_kernel", "config": {"clip_landmarks": 7, "window_landmarks": 7}},
        "pictures": {"name": "picture_cnn", "config": CONFIG.to_json()},
    }
    return {
        "id": model,
        "title": model.capitalize(),
        "kind": model,
        "summary": "Random weights.",
        "members": ["descriptors", "pictures"] if model == "vote" else [],
        "classes": classes_of(GENRES),
        "features": dict(FEATURES),
        "net": nets[model],
        "parameters": 1,
        "weights": None,
        "recipe": {"rule": "mean"},
        "seed": 0,
        "data": {"name": "none"},
        "licence": "as this project",
        "splits": {"filtered": {"k": 1, "hash": "0" * 12, "n": 100}},
        "scores": {"filtered": SCORES, "tracks": SCORES},
        "calibration": CALIBRATION,
        "created": "2026-11-21",
        "versions": {"numpy": np.__version__},
    } | changes


def write_card(root: Path, model: str, **changes: Any) -> None:
    """Write ``card.json`` for whatever weights lie in the model's folder, hash and size included."""
    folder = root / model
    folder.mkdir(parents=True, exist_ok=True)
    found = sorted(path for path in folder.iterdir() if path.name.startswith("weights"))
    if found:
        data = found[0].read_bytes()
        weights = {"file": found[0].name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        sizes = {
            "pictures": picture_cnn.parameter_count(CONFIG, len(GENRES)),
            "descriptors": sum(array.size for array in descriptor_arrays().values()),
        }
        changes = {"weights": weights, "parameters": sizes[model]} | changes
    (folder / "card.json").write_text(json.dumps(card(model, **changes)))


def write_models(root: Path, *, with_keras: bool = True) -> Path:
    """Write the vote and its two members; without Keras the network's weights are the right size and nothing else."""
    for model in ("vote", "descriptors", "pictures"):
        (root / model).mkdir(parents=True, exist_ok=True)
    np.savez(root / "descriptors" / "weights.npz", **descriptor_arrays())
    path = root / "pictures" / "weights.weights.h5"
    if with_keras:
        import keras

        keras.utils.set_random_seed(1)
        picture_cnn.build(CONFIG, len(GENRES)).save_weights(path)
    else:
        import h5py

        with h5py.File(path, "w") as file:
            file["layers/dense/vars/0"] = np.zeros(picture_cnn.parameter_count(CONFIG, len(GENRES)), dtype=np.float32)
    for model in ("descriptors", "pictures", "vote"):
        write_card(root, model)
    return root


def pins(root: Path) -> dict[str, str]:
    """Return what ``shipped.json`` would hold for a folder of models."""
    return {path.parent.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in root.glob("*/card.json")}


@contextmanager
def models_in_use(root: Path, **environment: str) -> Iterator[Path]:
    """Let this process take its models from ``root``, as an operator would."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"MGC_MODELS_DIR": str(root), **environment}.items():
            patch.setenv(name, value)
        settings.cache_clear()
        yield root
    settings.cache_clear()


def write_wav(path: Path, seconds: float = 4.0, level: float = 0.2) -> Path:
    rng = np.random.default_rng(0)
    y = level * np.sin(2 * np.pi * 330 * np.arange(int(seconds * SR)) / SR) + rng.normal(
        0, level / 10, int(seconds * SR)
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SR)
        file.writeframes((32_767 * np.clip(y, -1, 1)).astype("<i2").tobytes())
    return path
