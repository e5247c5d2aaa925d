"""Write what ships: weights, cards, and the pins that the catalogue checks them by."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mgc.models.catalog import FEATURES, PINS
from mgc.nets.picture_cnn import parameter_count
from mgc.shipping.scores import MEMBERS, Calibration

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import keras

    from mgc.nets.descriptor_kernel import DescriptorModel
    from mgc.recipes import DescriptorRecipe, PictureRecipe
    from mgc.splits import Protocol, Split

__all__ = ["Shipment", "write"]

TITLES: Final = {
    "vote": ("Vote", "The weighted average of the picture network and the descriptor model, each calibrated first."),
    "pictures": (
        "Picture network",
        "A small convolutional network that looks at 3 s and at 11.5 s of mel spectrogram at a time.",
    ),
    "descriptors": ("Descriptors", "Kernel logistic regression on Kaggle's descriptors of 3 s windows and of 30 s."),
}
LICENCE: Final = (
    "Weights: as this project. The audio they were learned from (GTZAN) carries no licence and its rights holders were "
    "never asked; the weights hold no audio."
)


@dataclass(frozen=True, slots=True, eq=False)
class Shipment:
    """Everything that the three cards need."""

    net: keras.Model
    pictures: PictureRecipe
    clip: DescriptorModel
    window: DescriptorModel
    descriptors: DescriptorRecipe
    seed: int
    clips: int
    splits: Mapping[Protocol, Split]
    scores: Mapping[Protocol, dict[str, dict[str, Any]]]  # protocol -> model id -> scores
    calibration: Calibration


def write(shipment: Shipment, root: Path, *, pins: Path = PINS) -> None:
    """Write ``root/<id>/card.json`` and weights for the vote and its members, then the pins of the cards."""
    hashes = {}
    for name in ("vote", *MEMBERS):
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        weights = _save_weights(shipment, name, folder)
        card = json.dumps(_card(shipment, name, weights), indent=1, ensure_ascii=False) + "\n"
        (folder / "card.json").write_text(card, encoding="utf-8")
        hashes[name] = hashlib.sha256(card.encode()).hexdigest()
    pins.write_text(json.dumps(hashes, indent=1) + "\n", encoding="utf-8")


def _save_weights(shipment: Shipment, name: str, folder: Path) -> dict[str, Any] | None:
    if name == "vote":
        return None
    if name == "pictures":
        path = folder / "weights.weights.h5"
        shipment.net.save_weights(path)
    else:
        path = folder / "weights.npz"
        parts = {"clip": shipment.clip, "window": shipment.window}
        arrays = {f"{part}__{key}": value for part, model in parts.items() for key, value in model.to_arrays().items()}
        # Single precision halves the file and moves no probability by more than 1e-5.
        np.savez_compressed(
            path, allow_pickle=False, **{key: value.astype(np.float32) for key, value in arrays.items()}
        )
    data = path.read_bytes()
    return {"file": path.name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def _card(shipment: Shipment, name: str, weights: dict[str, Any] | None) -> dict[str, Any]:
    title, summary = TITLES[name]
    calibration = shipment.calibration
    return {
        "id": name,
        "title": title,
        "kind": name,
        "summary": summary,
        "members": list(MEMBERS) if name == "vote" else [],
        "features": dict(FEATURES),
        "net": _net(shipment, name),
        "parameters": sum(_counts(shipment).values()) if name == "vote" else _counts(shipment)[name],
        "weights": weights,
        "recipe": _recipe(shipment, name),
        "seed": shipment.seed,
        "data": {
            "name": "GTZAN (Tzanetakis and Cook 2002), Kaggle's pictures and tables",
            "clips": shipment.clips,
            "known_faults": "14 exact duplicates, repeated artists, mislabellings (Sturm 2013)",
        },
        "licence": LICENCE,
        "splits": {
            protocol: {"k": split.k, "hash": split.hash, "n": shipment.scores[protocol][name]["accuracy"]["n"]}
            for protocol, split in shipment.splits.items()
        },
        "scores": {protocol: by_model[name] for protocol, by_model in shipment.scores.items()},
        "calibration": {
            "temperature": round(calibration.temperatures[name], 5),
            "unsure_below": round(calibration.unsure_below[name], 4),
            "unfamiliar_above": round(calibration.unfamiliar_above, 4),
            "pauses_above": round(calibration.pauses_above, 4),
        },
        "created": datetime.now(UTC).date().isoformat(),
        "versions": {package: importlib.metadata.version(package) for package in ("keras", "numpy", "scikit-learn")},
    }


def _recipe(shipment: Shipment, name: str) -> dict[str, Any]:
    if name == "vote":
        return {"rule": "mean", "average_of": list(MEMBERS), "shares": "smallest log loss on unseen artists"}
    return shipment.pictures.to_json() if name == "pictures" else shipment.descriptors.to_json()


def _net(shipment: Shipment, name: str) -> dict[str, Any]:
    if name == "vote":
        shares = {member: round(share, 4) for member, share in shipment.calibration.shares.items()}
        return {"name": "average", "config": {"shares": shares}}
    if name == "pictures":
        return {"name": "picture_cnn", "config": shipment.pictures.net.to_json()}
    landmarks = {"clip_landmarks": len(shipment.clip.landmarks), "window_landmarks": len(shipment.window.landmarks)}
    return {"name": "descriptor_kernel", "config": landmarks}


def _counts(shipment: Shipment) -> dict[str, int]:
    arrays = (array for model in (shipment.clip, shipment.window) for array in model.to_arrays().values())
    return {
        "pictures": parameter_count(shipment.pictures.net),
        "descriptors": sum(int(array.size) for array in arrays),
    }
