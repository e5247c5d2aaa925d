"""Train on one fold of a split and judge its test part; or train on everything, for the model that is used.

All that is fitted is fitted on the training part of the fold: scalers, means, kernels, weights. With early stopping the
validation part chooses the epoch. The test part is judged once, at the end.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt

from mgc.errors import RecipeError
from mgc.features.pictures import COLUMNS_PER_SECOND, pauses
from mgc.nets import ARCHITECTURES, layers
from mgc.nets.asking import WHOLE, Call, judge_picture, judge_rows
from mgc.nets.descriptor_kernel import DescriptorNet
from mgc.nets.picture_kernel import SEEN
from mgc.training import direct, gradual
from mgc.training.material import examples

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from mgc.evaluation.voting import Member
    from mgc.recipes import Recipe, Value
    from mgc.splits import Fold
    from mgc.training.gradual import Report
    from mgc.training.material import Examples, Material

__all__ = ["Fitted", "Tested", "fit_everything", "fit_fold"]

_CLIP: Final = 30.0  # s that a whole picture shows


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A net with the config that its card holds, and the epoch whose weights it has (0: it was solved at once).

    ``spent`` are the epochs of each stage that led to these weights, none where it was solved at once.
    """

    net: Any
    config: dict[str, Any]
    n_classes: int
    epoch: int = 0
    spent: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """What a net says of the units of a test part.

    Attributes
    ----------
    units : tuple of str
        ids of tracks, or of segments for the protocol ``segments``
    labels : np.ndarray [shape=(t,), 0..n_classes-1]
    probabilities : np.ndarray [shape=(t, n_classes)]
        of the songs: windows voted on, uncalibrated
    windows, windows_right : np.ndarray [shape=(t,), int]
        how many windows each was judged by, and how many of them, taken alone, were right
    seconds : float
        that judging took, for all of them
    distance : np.ndarray [shape=(t,)] or None
        how unfamiliar each is, where the net measures it
    pauses : np.ndarray [shape=(t,), 0..1] or None
        share of each track in which next to nothing sounds, where there are pictures
    """

    units: tuple[str, ...]
    labels: npt.NDArray[np.intp]
    probabilities: npt.NDArray[np.float64]
    windows: npt.NDArray[np.intp]
    windows_right: npt.NDArray[np.intp]
    seconds: float
    distance: npt.NDArray[np.float64] | None = None
    pauses: npt.NDArray[np.float64] | None = None


def fit_fold(
    recipe: Recipe,
    values: Mapping[str, Value],
    material: Material,
    fold: Fold,
    *,
    segments: bool,
    seed: int,
    folder: Path,
    report: Report,
    weights: Path | None = None,
    judges: Literal["test", "validation"] = "test",
) -> tuple[Fitted, Tested]:
    """Fit a recipe on a fold's training part, and judge its test part, or for tuning its validation part.

    Parameters
    ----------
    recipe : Recipe
    values : mapping
        of all its options: ``recipe.values(...)``
    material : Material
    fold : Fold
        ids of tracks, or of segments of 3 s with ``segments``
    segments : bool
        whether the split is one of the protocol ``segments``
    seed : int
        of this fold
    folder : Path
        where states are saved, and found again by a fit that was stopped
    report : Report
    weights : Path, optional
        foreign weights that the recipe starts from
    judges : "test" or "validation"
        what is judged; a validation part that is judged is not trained on, and the test part is then not read

    Raises
    ------
    RecipeError
        when the fold cannot be trained: nothing to read, a genre without training tracks, a loss that is no number
    Interrupted
        when it is not wanted any more
    """
    given = examples(material, recipe, segments=segments)
    holds_out = judges == "validation"
    train, validation = given.places(fold.train), given.places(fold.validation)
    test = validation if holds_out else given.places(fold.test)
    fitted = _fit(recipe, values, material, given, train, validation, seed, folder, report, weights, holds_out)
    told = _ask(recipe, fitted)
    if len(test):
        told(material, given, int(test[0]), segments)  # the first call compiles, which no clip's time should hold
    began = time.monotonic()
    said = [told(material, given, unit, segments) for unit in test.tolist()]
    seconds = time.monotonic() - began
    songs = [one.song() for one in said]
    probabilities = np.stack(songs) if songs else np.empty((0, len(material.classes)))
    units, tracks, labels = tuple(given.units[unit] for unit in test), given.tracks[test], given.labels[test]
    windows = np.array([len(one.windows) for one in said], dtype=np.intp)
    right = np.array(
        [np.count_nonzero(one.windows.argmax(axis=1) == label) for one, label in zip(said, labels, strict=True)],
        dtype=np.intp,
    )
    distance = fitted.net.clip.distance(material.clips[tracks]) if isinstance(fitted.net, DescriptorNet) else None
    rests = None
    if not segments and material.widths[tracks].all():
        rests = np.array([pauses(material.pictures[track, :, : material.widths[track]]) for track in tracks])
    return fitted, Tested(units, labels, probabilities, windows, right, seconds, distance, rests)


def fit_everything(
    recipe: Recipe,
    values: Mapping[str, Value],
    material: Material,
    *,
    epochs: Sequence[int],
    seed: int,
    folder: Path,
    report: Report,
    weights: Path | None = None,
) -> Fitted:
    """Fit a recipe on all tracks, for so many epochs of each stage.

    Nothing is left to choose an epoch by: the folds have chosen (:attr:`Fitted.spent`).
    """
    given = examples(material, recipe)
    every = np.arange(len(given.units))
    if recipe.is_gradual:
        first, tuned = (*epochs, 0, 0)[:2]
        values = {**values, "epochs": max(1, first), "patience": 0, "tune_epochs": tuned}
    return _fit(recipe, values, material, given, every, every[:0], seed, folder, report, weights)


def _fit(
    recipe: Recipe,
    values: Mapping[str, Value],
    material: Material,
    given: Examples,
    train: npt.NDArray[np.intp],
    validation: npt.NDArray[np.intp],
    seed: int,
    folder: Path,
    report: Report,
    weights: Path | None,
    holds_out: bool = False,
) -> Fitted:
    """Fit on some units; with ``holds_out`` never on those of the validation part."""
    n_classes = len(material.classes)
    if missing := sorted(set(range(n_classes)) - set(given.labels[train].tolist())):
        raise RecipeError(f"No track of {material.classes[missing[0]]} is in the training part; use fewer folds.")
    if recipe.is_gradual:
        net, config, spent, epoch = gradual.fit(
            recipe,
            values,
            given.x,
            given.labels[given.unit],
            given.of(train),
            given.of(validation),
            n_classes=n_classes,
            seed=seed,
            folder=folder,
            report=report,
            weights=weights,
            holds_out=holds_out,
        )
        return Fitted(net, config, n_classes, epoch, spent)
    # Nothing is chosen by the validation part here, so it is learnt, too, unless it is to be judged.
    learnt = train if holds_out else np.sort(np.concatenate([train, validation]))
    if recipe.net == "descriptor_kernel":
        kernel = direct.fit_kernel(material, given.tracks[learnt], values, seed=seed)
        config = {"clip_landmarks": len(kernel.clip.landmarks), "window_landmarks": len(kernel.window.landmarks)}
        return Fitted(kernel, config, n_classes)
    if recipe.net in SEEN:
        machine = direct.fit_pictures(recipe.net, material, given.tracks[learnt], values, seed=seed)
        return Fitted(machine, machine.config, n_classes)
    rows = given.of(learnt)
    table = direct.fit_table(
        recipe, values, given.x[rows], given.labels[given.unit[rows]], n_classes=n_classes, seed=seed
    )
    return Fitted(table, table.config, n_classes)


def _ask(recipe: Recipe, fitted: Fitted) -> Callable[[Material, Examples, int, bool], Member]:
    """Return what judges a unit."""
    net = fitted.net
    call: Call
    if recipe.is_gradual:
        call = layers.compiled(net)
    else:
        call = (net.window if isinstance(net, DescriptorNet) else net).probabilities

    def ask(material: Material, given: Examples, unit: int, segments: bool) -> Member:
        rows, track = given.x[given.of(np.array([unit]))], given.tracks[unit]
        if recipe.reads != "pictures":
            said = judge_rows(call, rows)
            if isinstance(net, DescriptorNet):  # which reads whole clips, so there are no segments
                said = replace(said, blocks=net.clip.probabilities(material.clips[track]))
            return said
        picture = rows[0]
        width = picture.shape[1] if segments else int(material.widths[track])
        return judge_picture(
            call,
            picture if recipe.window_seconds >= WHOLE else picture[:, :width],
            _starts(width, recipe.window_seconds, recipe.hop_seconds),
            seconds=recipe.window_seconds,
            judges="windows" if segments else ARCHITECTURES[recipe.net].judges,
        )

    return ask


def _starts(width: int, window: float, hop: float) -> npt.NDArray[np.float64]:
    """Return where the windows of a picture of so many columns begin [shape=(W >= 1,), seconds]."""
    last = max(0.0, width / COLUMNS_PER_SECOND - min(window, _CLIP))
    return np.arange(0.0, last + 0.06, hop)
