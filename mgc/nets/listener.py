"""The listener: a kernel machine on YAMNet's embeddings, added as logits to what AudioSet's genre classes say.

Conventions
-----------
Input: rows of :func:`mgc.features.audioset.summaries` [shape=(n, 2058)], so there are ten classes. All but their last
ten numbers go through the ``kernel`` form of :mod:`mgc.nets.baselines`, whose landmarks are the training clips. The
last ten are multiplied by ``slope`` and added to its logits: far from every training clip the kernel is near 0, and but
for a small bias AudioSet's classes decide.

The distance of a row is 1 minus the cosine of its mean embedding (square roots) with that of the nearest training clip:
0..1, about 0.04 for a clip of 30 s by an artist who is not among them.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.features.audioset import GENRE_ROWS, N_SUMMARY
from mgc.features.products import product
from mgc.features.yamnet import N_EMBEDDING
from mgc.nets import baselines
from mgc.nets.descriptor_kernel import softmax

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["WIDTH", "Listener", "dump", "load", "parameters"]

Array = npt.NDArray[Any]
FORM: Final = "kernel"
WIDTH: Final = N_SUMMARY - len(GENRE_ROWS)  # numbers of a summary that the kernel reads
_TINY: Final = 1e-30  # below any probability that matters; keeps a logarithm finite


@dataclass(frozen=True, eq=False)
class Listener:
    """A kernel machine on embeddings, and the weight of AudioSet's rows beside it."""

    table: baselines.TableModel
    slope: float

    @property
    def config(self) -> dict[str, int]:
        """The sizes of its arrays, as :func:`parameters` reads them."""
        return self.table.config

    def probabilities(self, rows: Array) -> npt.NDArray[np.float64]:
        """Return class probabilities [shape=(n, n_classes)]."""
        learnt = self.table.probabilities(rows[:, :WIDTH])
        return np.asarray(softmax(np.log(np.maximum(learnt, _TINY)) + self.slope * rows[:, WIDTH:]))

    def distance(self, rows: Array) -> npt.NDArray[np.float64]:
        """Return how far each row is from the nearest training clip [shape=(n,), 0..1]."""
        nearest = product(_directions(rows), self._known.T).max(axis=1)
        return np.asarray(np.clip(1.0 - nearest, 0.0, 1.0), dtype=np.float64)

    @cached_property
    def _known(self) -> Array:
        """Directions of the training clips [shape=(m, 1024)], which the landmarks hold."""
        arrays = self.table.arrays
        return _directions(arrays["landmarks"] * arrays["scale"] + arrays["mean"])


def _directions(rows: Array) -> Array:
    """Return square roots of mean embeddings [shape=(n, 1024), float32], each scaled to length 1; zeros stay zeros."""
    roots = np.sqrt(np.maximum(rows[:, :N_EMBEDDING], 0.0)).astype(np.float32)
    lengths = np.linalg.norm(roots, axis=1, keepdims=True)
    return np.asarray(roots / np.where(lengths > 0.0, lengths, np.float32(1.0)))


def parameters(config: Mapping[str, Any], n_classes: int) -> int:
    """Count the numbers of a card's net by arithmetic; ValueError for a config that is not its sizes."""
    if config.get("inputs") != WIDTH:
        raise ValueError(f"Invalid net config. Received: {config.get('inputs')!r} inputs. Expected: {WIDTH}.")
    if n_classes != len(GENRE_ROWS):
        raise ValueError(f"Invalid number of classes. Received: {n_classes}. Expected: {len(GENRE_ROWS)}.")
    return baselines.parameters(FORM, config, n_classes) + 1


def load(config: Mapping[str, Any], n_classes: int, arrays: Mapping[str, Array]) -> Listener:
    """Wrap the arrays of a weights file; ValueError names the one that is not as the config says."""
    parameters(config, n_classes)
    held = {name: np.asarray(array, dtype=np.float32) for name, array in arrays.items()}
    slope = held.pop("slope", None)
    if slope is None or slope.shape != () or not np.isfinite(slope):
        found = "none" if slope is None else str(slope)
        raise ValueError(f"Invalid array `slope`. Received: {found}. Expected: a finite number.")
    return Listener(baselines.load(FORM, config, n_classes, held), float(slope))


def dump(net: Listener) -> bytes:
    """Return the bytes of the ``.npz`` that :func:`load` reads; landmarks are rounded to half precision."""
    arrays = net.table.arrays
    halved = arrays["landmarks"].astype(np.float16)
    packed: dict[str, Array] = {**arrays, "landmarks": halved, "slope": np.asarray(net.slope, dtype=np.float32)}
    np.savez_compressed(held := io.BytesIO(), allow_pickle=False, **packed)
    return held.getvalue()
