"""Batches of one epoch after the other, each window cut, changed and mixed by a generator of its own place.

Conventions
-----------
A picture is [shape=(128, n_columns), uint8], palette index, lowest band first. A window is float32 in [0, 1].
Everything random is drawn from a generator seeded by (seed, epoch, batch): the same call gives the same windows,
whatever happened before, so a resumed run sees what an uninterrupted one would have seen.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import keras

    from mgc.recipes import Augmentation

__all__ = ["augment", "changes", "epoch_order", "feed", "mix", "pictures_batch", "place"]

FloatArray = npt.NDArray[np.float32]
_TILT_POINTS: Final = 5
_DB: Final = 40.0  # true decibels between palette index 0 and 255 (mgc.features.pictures)


def epoch_order(n: int, crops: int, seed: int, epoch: int) -> npt.NDArray[np.intp]:
    """Return the order [shape=(n * crops,)] in which the examples are drawn from in one epoch."""
    rng = np.random.default_rng((seed, epoch))
    return rng.permutation(np.repeat(np.arange(n), crops))


def changes(how: Augmentation) -> bool:
    """Tell whether an augmentation changes anything."""
    masks = how.masks and (how.band_mask or how.time_mask)
    return bool(masks or how.stretch or how.shift or how.tilt or how.mixup or how.zoom or how.slide or how.noise)


def pictures_batch(
    pictures: npt.NDArray[np.uint8],
    targets: FloatArray,
    how: Augmentation,
    rng: np.random.Generator,
    *,
    width: int,
    fill: float,
) -> tuple[FloatArray, FloatArray]:
    """Make one batch.

    Parameters
    ----------
    pictures : np.ndarray [shape=(b, 128, n_columns), uint8]
    targets : np.ndarray [shape=(b, n_classes), float32]
    how : Augmentation
    rng : np.random.Generator
    width : int >= 0
        columns of a window; 0 is the whole picture
    fill : float in [0, 1]
        what a mask shows

    Returns
    -------
    windows : np.ndarray [shape=(b, 128, width, 1), float32]
    targets : np.ndarray [shape=(b, n_classes), float32]
    """
    columns = width or pictures.shape[2]
    windows = np.stack([augment(picture, how, rng, width=columns, fill=fill) for picture in pictures])
    windows, targets = mix(windows, targets, how.mixup, rng)
    return windows[..., None], targets


def augment(
    picture: npt.NDArray[np.uint8], how: Augmentation, rng: np.random.Generator, *, width: int, fill: float
) -> FloatArray:
    """Cut one window [shape=(128, width), 0..1] out of a picture and change it as ``how`` says.

    Parameters
    ----------
    picture : np.ndarray [shape=(128, n_columns >= width), uint8]
    how : Augmentation
    rng : np.random.Generator
    width : int > 0
        columns of the window
    fill : float in [0, 1]
        what a mask shows: the mean pixel, so that masking does not move the input's mean
    """
    bands, n_columns = picture.shape
    start, pace = place(n_columns, how, rng, width=width)
    shown = np.minimum(start + (np.arange(width) * pace).astype(np.intp), n_columns - 1)
    window = picture[:, shown].astype(np.float32) / 255.0
    if shift := int(rng.integers(-how.shift, how.shift + 1)):
        window = np.roll(window, shift, axis=0)
        window[slice(shift) if shift > 0 else slice(shift, None)] = 0.0
    if how.zoom or how.slide:
        window = _moved(window, how, rng)
    if how.noise:
        level = 1.0 - (how.noise + rng.uniform(0.0, 20.0)) / _DB  # palette units of the noise's mean power
        window = _louder_by(window, level, rng)
    if how.tilt:
        at = np.linspace(0, bands - 1, _TILT_POINTS)
        curve = np.interp(np.arange(bands), at, rng.normal(0.0, how.tilt, _TILT_POINTS)).astype(np.float32)
        window = np.clip(window + curve[:, None], 0.0, 1.0)
    for _ in range(how.masks):
        height, length = int(rng.integers(0, how.band_mask + 1)), int(rng.integers(0, how.time_mask + 1))
        low, left = rng.integers(0, bands - height + 1), rng.integers(0, max(1, width - length + 1))
        window[low : low + height] = fill
        window[:, left : left + length] = fill
    return window


def place(n_columns: int, how: Augmentation, rng: np.random.Generator, *, width: int) -> tuple[int, float]:
    """Draw where in a picture a window begins [columns], and how many columns of the picture one of it shows."""
    pace: float = min(float(1.0 + rng.uniform(-how.stretch, how.stretch)), max(1.0, (n_columns - 1) / width))
    last: int = n_columns - int(width * pace)
    return int(rng.integers(0, last)) if last > 0 else 0, pace


def _moved(window: FloatArray, how: Augmentation, rng: np.random.Generator) -> FloatArray:
    """Zoom and move a window; what comes in is black."""
    import cv2

    height, width = window.shape
    zoom = 1.0 + rng.uniform(-how.zoom, how.zoom)
    right, up = rng.uniform(-how.slide, how.slide) * width, rng.uniform(-how.slide, how.slide) * height
    turn = np.array(
        [[zoom, 0.0, (1.0 - zoom) * width / 2 + right], [0.0, zoom, (1.0 - zoom) * height / 2 + up]], dtype=np.float64
    )
    return np.asarray(cv2.warpAffine(window, turn, (width, height), flags=cv2.INTER_LINEAR), dtype=np.float32)


def _louder_by(window: FloatArray, level: float, rng: np.random.Generator) -> FloatArray:
    """Add noise of that mean level to a window, as powers add; its power in a cell is exponentially distributed."""
    scale = np.float32(_DB / 10.0)
    grain = rng.exponential(1.0, window.shape).astype(np.float32)
    power = np.power(np.float32(10.0), (window - 1.0) * scale)
    power += grain * np.float32(10.0 ** ((level - 1.0) * _DB / 10.0))
    return np.asarray(np.clip(1.0 + np.log10(power) / scale, 0.0, 1.0), dtype=np.float32)


def mix(
    windows: FloatArray, targets: FloatArray, alpha: float, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Blend each window and its target [shape=(n, n_classes)] with another (mixup); the larger share stays its own."""
    if alpha <= 0.0:
        return windows, targets
    share = rng.beta(alpha, alpha, len(windows)).astype(np.float32)
    share = np.maximum(share, 1.0 - share)
    other = rng.permutation(len(windows))
    wide = share.reshape(-1, *[1] * (windows.ndim - 1))
    mixed = wide * windows + (1.0 - wide) * windows[other]
    return mixed, share[:, None] * targets + (1.0 - share[:, None]) * targets[other]


def feed(
    x: npt.NDArray[Any],
    labels: npt.NDArray[np.intp],
    *,
    n_classes: int,
    batch_size: int,
    seed: int,
    crops: int = 1,
    width: int = 0,
    how: Augmentation | None = None,
    fill: float = 0.0,
    weights: npt.NDArray[np.float64] | None = None,
) -> keras.utils.PyDataset:
    """Return the batches of an epoch, that of its attribute ``epoch``, for ``keras.Model.fit``.

    Parameters
    ----------
    x : np.ndarray [shape=(n, p), float] or [shape=(n, 128, columns), uint8]
        rows or pictures
    labels : np.ndarray [shape=(n,)]
    n_classes, batch_size, seed : int
    crops, width : int
        of pictures, as :class:`mgc.recipes.Fit` has them
    how : Augmentation, optional
        None: inputs are shown in their order and as they are, for validation
    fill : float
    weights : np.ndarray [shape=(n_classes,)], optional
        of the classes
    """
    import keras

    class Feed(keras.utils.PyDataset):  # type: ignore[misc]
        epoch = 0  # to be set as each epoch begins: Keras calls on_epoch_end at other moments with each backend
        _drawn: tuple[int, npt.NDArray[np.intp]] | None = None

        def __len__(self) -> int:
            return math.ceil(len(x) * (crops if how is not None else 1) / batch_size)

        def __getitem__(self, position: int) -> tuple[FloatArray, ...]:
            epoch = self.epoch
            chosen = self.order(epoch)[position * batch_size : (position + 1) * batch_size]
            targets = np.eye(n_classes, dtype=np.float32)[labels[chosen]]
            seen = x[chosen]
            if seen.ndim == 2:
                inputs = seen.astype(np.float32)
            elif how is None or not (changes(how) or width):
                inputs = seen[..., None].astype(np.float32) / np.float32(255.0)
            else:
                rng = np.random.default_rng((seed, epoch, position))
                inputs, targets = pictures_batch(seen, targets, how, rng, width=width, fill=fill)
            if weights is None:
                return inputs, targets
            return inputs, targets, weights[labels[chosen]].astype(np.float32)

        def order(self, epoch: int) -> npt.NDArray[np.intp]:
            if how is None:
                return np.arange(len(x))
            drawn = self._drawn
            if drawn is None or drawn[0] != epoch:
                drawn = self._drawn = epoch, epoch_order(len(x), crops, seed, epoch)
            return drawn[1]

    return Feed()
