"""Predictions for clips that the models never met: one file per fold, so that a stopped run goes on where it was.

Conventions
-----------
All probabilities are uncalibrated; pictures are judged on the app's windows (3 s, one every second,
28 in a clip of 30 s) and phrases.
Kaggle's 3 s table has ten segments a clip that do not overlap, so the descriptors are judged on at most ten windows.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mgc.evaluation.voting import combine, vote
from mgc.features.phrases import pauses, phrases
from mgc.features.pictures import picture_windows
from mgc.nets import picture_cnn
from mgc.training import descriptor, picture

if TYPE_CHECKING:
    from pathlib import Path

    import keras

    from mgc.nets.descriptor_kernel import DescriptorModel
    from mgc.recipes import DescriptorRecipe, PictureRecipe
    from mgc.shipping.material import Material
    from mgc.splits import Split

__all__ = ["STARTS", "Unseen", "fit_descriptors", "on_everything", "out_of_fold", "picture_probabilities"]

log = logging.getLogger(__name__)

STARTS = np.arange(28.0)  # s; where the windows of a 30 s clip begin
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Unseen:
    """Song probabilities of every tested clip by models that did not train on it (rows follow ``positions``).

    Attributes
    ----------
    positions : np.ndarray [shape=(t,)]
        of the tested clips in the material
    fold : np.ndarray [shape=(t,)]
    descriptors, pictures : np.ndarray [shape=(t, 10)]
        uncalibrated
    distance : np.ndarray [shape=(t,)]
        of the clip's descriptors from the training part's
    pauses : np.ndarray [shape=(t,), 0..1]
        share of the clip in which next to nothing sounds
    """

    positions: npt.NDArray[np.intp]
    fold: npt.NDArray[np.intp]
    descriptors: Array
    pictures: Array
    distance: Array
    pauses: Array


def fit_descriptors(
    material: Material, train: npt.NDArray[np.intp], recipe: DescriptorRecipe, *, seed: int
) -> tuple[DescriptorModel, DescriptorModel]:
    """Fit the clip model and the window model on the clips at ``train``."""
    clip = descriptor.fit(
        material.clips[train],
        material.labels[train],
        gamma=recipe.clip_gamma,
        c=recipe.clip_c,
        landmarks=recipe.clip_landmarks,
        seed=seed,
    )
    rows = np.isin(material.owners, train)
    window = descriptor.fit(
        material.segments[rows],
        material.labels[material.owners[rows]],
        gamma=recipe.window_gamma,
        c=recipe.window_c,
        landmarks=recipe.window_landmarks,
        seed=seed,
    )
    return clip, window


def picture_probabilities(model: keras.Model, pictures: npt.NDArray[np.uint8]) -> Array:
    """Return song probabilities [shape=(n, 10)] of pictures [shape=(n, 128, 334)], as the app makes them."""
    windows = _judge(model, np.stack([picture_windows(one, STARTS) for one in pictures]))
    longer = _judge(model, np.stack([phrases(one) for one in pictures]))
    return combine([vote(windows, "mean"), longer.mean(axis=1)])


def _judge(model: keras.Model, shown: npt.NDArray[np.uint8]) -> Array:
    """Return probabilities [shape=(n, W, 10)] of stretches [shape=(n, W, 128, width)]."""
    flat = shown.reshape(-1, *shown.shape[2:], 1).astype(np.float32) / 255.0
    logits = np.asarray(model.predict(flat, batch_size=128, verbose=0), dtype=np.float64)
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    return np.asarray(odds.reshape(*shown.shape[:2], -1))


def out_of_fold(
    material: Material,
    split: Split,
    pictures: PictureRecipe,
    descriptors: DescriptorRecipe,
    *,
    seed: int,
    work: Path,
) -> Unseen:
    """Train both members once per fold on everything outside the test part, and let them judge the test part.

    No validation part is held out: nothing is selected, the number of epochs is fixed in the recipe. Only what the
    networks said is kept: descriptors take seconds.
    """
    folder = work / f"{split.protocol}-{_key(pictures.to_json(), seed, split.hash, _print_of(material))}"
    folder.mkdir(parents=True, exist_ok=True)
    where = {name: position for position, name in enumerate(material.ids)}
    parts: list[dict[str, npt.NDArray[Any]]] = []
    for number, fold in enumerate(split.folds):
        train = np.array([where[name] for name in (*fold.train, *fold.validation) if name in where])
        test = np.array([where[name] for name in fold.test if name in where])
        seen = _network_says(material, train, test, pictures, seed=seed + number, kept=folder / f"{number}.npy")
        parts.append(
            {
                "positions": test,
                "fold": np.full(len(test), number),
                "pictures": seen,
                **_descriptors_say(material, train, test, descriptors, seed=seed + number),
            }
        )
        right = (seen.argmax(axis=1) == material.labels[test]).mean()
        log.info("%s fold %d of %d: pictures alone %.1f %%", split.protocol, number + 1, len(split.folds), 100 * right)
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Unseen(**joined, pauses=np.array([pauses(material.pictures[one]) for one in joined["positions"]]))


def on_everything(
    material: Material, recipe: PictureRecipe, *, seed: int, work: Path
) -> tuple[keras.Model, PictureRecipe]:
    """Train the network that ships, on all clips, or take it from ``work`` where it was trained before."""
    kept = work / f"everything-{_key(recipe.to_json(), seed, _print_of(material))}.weights.h5"
    if not kept.exists():
        model, _ = picture.fit(material.pictures, material.labels, recipe, seed=seed)
        partial = kept.with_name("partial-" + kept.name)
        model.save_weights(partial)
        partial.replace(kept)
    recipe = picture.with_statistics(recipe, material.pictures)
    model = picture_cnn.build(recipe.net)
    model.load_weights(kept)
    return model, recipe


def _key(*what: object) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:12]


def _print_of(material: Material) -> str:
    """Return a hash of what a network learns from: the clips, their genres and their pictures."""
    whole = hashlib.sha256(json.dumps([material.ids, material.labels.tolist()]).encode())
    whole.update(np.ascontiguousarray(material.pictures).data)
    return whole.hexdigest()


def _network_says(
    material: Material,
    train: npt.NDArray[np.intp],
    test: npt.NDArray[np.intp],
    recipe: PictureRecipe,
    *,
    seed: int,
    kept: Path,
) -> Array:
    if not kept.exists():
        model, _ = picture.fit(material.pictures[train], material.labels[train], recipe, seed=seed)
        partial = kept.with_suffix(".partial.npy")
        np.save(partial, picture_probabilities(model, material.pictures[test]), allow_pickle=False)
        partial.replace(kept)
    said: Array = np.load(kept, allow_pickle=False)
    return said


def _descriptors_say(
    material: Material,
    train: npt.NDArray[np.intp],
    test: npt.NDArray[np.intp],
    recipe: DescriptorRecipe,
    *,
    seed: int,
) -> dict[str, Array]:
    clip, window = fit_descriptors(material, train, recipe, seed=seed)
    by_window = np.stack(
        [vote(window.probabilities(material.segments[material.owners == one]), "mean") for one in test]
    )
    return {
        "descriptors": combine([clip.probabilities(material.clips[test]), by_window]),
        "distance": clip.distance(material.clips[test]),
    }
