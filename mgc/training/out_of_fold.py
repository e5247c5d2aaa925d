"""Predictions for clips that the models did not train on: one file per fold, so that a stopped run continues.

Conventions
-----------
All probabilities are uncalibrated; pictures are judged on the app's windows (3 s, one every second, 28 in a clip of
30 s) and phrases. Kaggle's 3 s table has ten segments a clip that do not overlap, so the descriptors are judged on at
most ten windows.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mgc.evaluation.scores import Unseen
from mgc.evaluation.voting import combine, vote
from mgc.features.pictures import pauses, phrases, picture_windows
from mgc.nets import picture_cnn
from mgc.nets.descriptor_kernel import softmax
from mgc.training import descriptor, picture

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import keras

    from mgc.datasets.base import Track
    from mgc.nets.descriptor_kernel import DescriptorNet
    from mgc.recipes import DescriptorRecipe, PictureRecipe
    from mgc.splits import Split

__all__ = ["Material", "fit_descriptors", "on_everything", "out_of_fold", "picture_probabilities"]

log = logging.getLogger(__name__)

STARTS = np.arange(28.0)  # s; where the windows of a 30 s clip begin
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What models learn from: n clips of a data set that have a picture and descriptors.

    Attributes
    ----------
    classes : tuple of str
    tracks : tuple of Track, length n
    labels : np.ndarray [shape=(n,), 0..n_classes-1]
    pictures : np.ndarray [shape=(n, 128, n_columns), uint8]
    clips : np.ndarray [shape=(n, 57)]
        descriptors of the whole clips
    segments : np.ndarray [shape=(m, 57)]
        descriptors of 3 s segments
    owners : np.ndarray [shape=(m,), 0..n-1]
        whose segment each row is
    """

    classes: tuple[str, ...]
    tracks: tuple[Track, ...]
    labels: npt.NDArray[np.intp]
    pictures: npt.NDArray[np.uint8]
    clips: npt.NDArray[np.float64]
    segments: npt.NDArray[np.float64]
    owners: npt.NDArray[np.intp]

    @property
    def ids(self) -> tuple[str, ...]:
        """Track ids, in the arrays' order."""
        return tuple(track.id for track in self.tracks)

    def places(self, names: Iterable[str]) -> npt.NDArray[np.intp]:
        """Return where the tracks of these ids stand in the arrays; those that are not here are left out."""
        where = {name: position for position, name in enumerate(self.ids)}
        return np.array([where[name] for name in names if name in where], dtype=np.intp)


def fit_descriptors(
    material: Material, train: npt.NDArray[np.intp], recipe: DescriptorRecipe, *, seed: int
) -> DescriptorNet:
    """Fit the descriptor net on the clips at ``train``."""
    rows = np.isin(material.owners, train)
    return descriptor.fit_net(
        material.clips[train],
        material.labels[train],
        material.segments[rows],
        material.labels[material.owners[rows]],
        recipe,
        n_classes=len(material.classes),
        seed=seed,
    )


def picture_probabilities(model: keras.Model, pictures: npt.NDArray[np.uint8]) -> Array:
    """Return song probabilities [shape=(n, n_classes)] of pictures [shape=(n, 128, 334)], as the app makes them."""
    windows = _judge(model, np.stack([picture_windows(one, STARTS) for one in pictures]))
    longer = _judge(model, np.stack([phrases(one) for one in pictures]))
    return combine([vote(windows), longer.mean(axis=1)])


def _judge(model: keras.Model, shown: npt.NDArray[np.uint8]) -> Array:
    """Return probabilities [shape=(n, W, n_classes)] of stretches [shape=(n, W, 128, width)]."""
    flat = shown.reshape(-1, *shown.shape[2:], 1).astype(np.float32) / 255.0
    logits = np.asarray(model.predict(flat, batch_size=128, verbose=0), dtype=np.float64)
    return softmax(logits).reshape(*shown.shape[:2], -1)


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

    No validation part is held out: nothing is selected, the number of epochs is fixed in the recipe. Only the networks'
    predictions are kept in ``work``: descriptors take seconds.
    """
    folder = work / f"{split.protocol}-{_key(pictures.to_json(), seed, split.hash, _print_of(material))}"
    folder.mkdir(parents=True, exist_ok=True)
    places, numbers, distances = [], [], []
    said: dict[str, list[Array]] = {"descriptors": [], "pictures": []}
    for number, fold in enumerate(split.folds):
        train, test = material.places((*fold.train, *fold.validation)), material.places(fold.test)
        kept = folder / f"{number}.npy"
        if not kept.exists():
            seen, labels = material.pictures[train], material.labels[train]
            network, _ = picture.fit(seen, labels, pictures, n_classes=len(material.classes), seed=seed + number)
            partial = kept.with_suffix(".partial.npy")
            np.save(partial, picture_probabilities(network, material.pictures[test]), allow_pickle=False)
            partial.replace(kept)
        said["pictures"].append(np.load(kept, allow_pickle=False))
        net = fit_descriptors(material, train, descriptors, seed=seed + number)
        windows = (net.window.probabilities(material.segments[material.owners == one]) for one in test)
        by_window = np.stack([vote(one) for one in windows])
        said["descriptors"].append(combine([net.clip.probabilities(material.clips[test]), by_window]))
        distances.append(net.clip.distance(material.clips[test]))
        places.append(test)
        numbers.append(np.full(len(test), number))
        right = (said["pictures"][-1].argmax(axis=1) == material.labels[test]).mean()
        log.info("%s fold %d of %d: pictures alone %.1f %%", split.protocol, number + 1, len(split.folds), 100 * right)
    positions = np.concatenate(places)
    return Unseen(
        positions,
        np.concatenate(numbers),
        {name: np.concatenate(parts) for name, parts in said.items()},
        np.concatenate(distances),
        np.array([pauses(material.pictures[one]) for one in positions]),
    )


def on_everything(
    material: Material, recipe: PictureRecipe, *, seed: int, work: Path
) -> tuple[keras.Model, PictureRecipe]:
    """Train the network that ships, on all clips, or take it from ``work`` where it was trained before."""
    kept = work / f"everything-{_key(recipe.to_json(), seed, _print_of(material))}.weights.h5"
    if not kept.exists():
        model, _ = picture.fit(material.pictures, material.labels, recipe, n_classes=len(material.classes), seed=seed)
        partial = kept.with_name("partial-" + kept.name)
        model.save_weights(partial)
        partial.replace(kept)
    recipe = picture.with_statistics(recipe, material.pictures)
    return picture_cnn.load(recipe.net.to_json(), len(material.classes), kept), recipe


def _key(*what: object) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:12]


def _print_of(material: Material) -> str:
    """Return a hash of what a network learns from: the clips, their genres and their pictures."""
    whole = hashlib.sha256(json.dumps([material.ids, material.labels.tolist()]).encode())
    whole.update(np.ascontiguousarray(material.pictures).data)
    return whole.hexdigest()
