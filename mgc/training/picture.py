"""Fit the picture network on one training part."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mgc.nets import picture_cnn
from mgc.training import windows

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras

    from mgc.recipes import PictureRecipe

__all__ = ["fit", "with_statistics"]


def fit(
    pictures: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.intp],
    recipe: PictureRecipe,
    *,
    n_classes: int,
    seed: int,
    on_epoch: Callable[[int, float], None] | None = None,
) -> tuple[keras.Model, PictureRecipe]:
    """Train from nothing for a fixed number of epochs: nothing is selected, so no validation part is spent.

    Parameters
    ----------
    pictures : np.ndarray [shape=(n, 128, n_columns), uint8]
        of the training part only: the input's mean and deviation are taken from them
    labels : np.ndarray [shape=(n,), 0..n_classes-1]
    recipe : PictureRecipe
    n_classes : int
    seed : int
        of the weights, the order, the windows and dropout
    on_epoch : callable(epoch, loss), optional
        told after each epoch

    Returns
    -------
    model : keras.Model
    recipe : PictureRecipe
        with the training part's mean and deviation filled in
    """
    import keras

    recipe = with_statistics(recipe, pictures)
    keras.utils.set_random_seed(seed)
    model = picture_cnn.build(recipe.net, n_classes)
    _compile(model, recipe, math.ceil(len(pictures) * recipe.crops / recipe.batch_size))
    tell = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: on_epoch(epoch, float(logs["loss"])) if on_epoch else None
    )
    model.fit(_feed(pictures, labels, recipe, seed, n_classes), epochs=recipe.epochs, verbose=0, callbacks=[tell])
    return model, recipe


def _compile(model: keras.Model, recipe: PictureRecipe, batches: int) -> None:
    """Give the model AdamW under a linear warm-up and a cosine, over all epochs of so many batches."""
    import keras

    steps = batches * recipe.epochs
    schedule = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / 20,
        decay_steps=steps - steps // 10,
        alpha=0.01,
        warmup_target=recipe.learning_rate,
        warmup_steps=steps // 10,
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(schedule, weight_decay=recipe.weight_decay),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
    )


def _feed(
    pictures: npt.NDArray[np.uint8], labels: npt.NDArray[np.intp], recipe: PictureRecipe, seed: int, n_classes: int
) -> keras.utils.PyDataset:
    """Return batches of one epoch after the other, each seeded by its own place."""
    import keras

    class Windows(keras.utils.PyDataset):  # type: ignore[misc]
        """Keras asks for the batches of an epoch by position, and tells when the epoch is over."""

        epoch = 0
        order = windows.epoch_order(len(pictures), recipe.crops, seed, 0)

        def __len__(self) -> int:
            return math.ceil(len(self.order) / recipe.batch_size)

        def __getitem__(self, position: int) -> tuple[windows.FloatArray, windows.FloatArray]:
            chosen = self.order[position * recipe.batch_size : (position + 1) * recipe.batch_size]
            return windows.batch(pictures, labels, chosen, recipe, (seed, self.epoch, position), n_classes=n_classes)

        def on_epoch_end(self) -> None:
            self.epoch += 1
            self.order = windows.epoch_order(len(pictures), recipe.crops, seed, self.epoch)

    return Windows()


def with_statistics(recipe: PictureRecipe, pictures: npt.NDArray[np.uint8]) -> PictureRecipe:
    """Return the recipe whose network standardises its input by these training pictures [shape=(n, 128, n_columns)]."""
    pixels = pictures.astype(np.float32) / 255.0
    return replace(recipe, net=replace(recipe.net, mean=float(pixels.mean()), deviation=float(pixels.std())))
