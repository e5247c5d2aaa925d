"""The listener: a linear layer on what YAMNet hears, and how far that is from all it was trained on.

Conventions
-----------
Input: rows of :func:`mgc.features.audioset.summaries` [shape=(n, 1034)], so there are ten classes. ``known`` holds the
summaries of the training clips without their last ten numbers, each of length 1. The distance of a row is 1 minus its
cosine with the nearest of them: 0..1, about 0.04 for a clip of 30 s by an artist who is not among them.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.features.audioset import GENRE_ROWS, N_SUMMARY
from mgc.features.products import product
from mgc.nets import baselines

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Listener", "dump", "load", "parameters", "unit"]

Array = npt.NDArray[Any]
WIDTH: Final = N_SUMMARY - len(GENRE_ROWS)  # numbers of a summary that a distance is measured by


@dataclass(frozen=True, slots=True, eq=False)
class Listener:
    """A linear model of summaries, and the training clips [shape=(m, 1024), each of length 1] that it knows."""

    linear: baselines.TableModel
    known: Array

    @property
    def config(self) -> dict[str, int]:
        """The sizes of its arrays, as :func:`parameters` reads them."""
        return {**self.linear.config, "known": len(self.known)}

    def probabilities(self, rows: Array) -> npt.NDArray[np.float64]:
        """Return class probabilities [shape=(n, n_classes)]."""
        return self.linear.probabilities(rows)

    def distance(self, rows: Array) -> npt.NDArray[np.float64]:
        """Return how far each row is from the nearest that is known [shape=(n,), 0..1]."""
        places = unit(rows[:, :WIDTH]).astype(np.float32)
        nearest = product(places, self.known.astype(np.float32).T).max(axis=1)
        return np.asarray(np.clip(1.0 - nearest, 0.0, 1.0), dtype=np.float64)


def unit(rows: Array) -> npt.NDArray[np.float64]:
    """Return rows scaled to length 1; rows of zeros stay as they are."""
    rows = np.asarray(rows, dtype=np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0.0, lengths, 1.0))


def parameters(config: Mapping[str, Any], n_classes: int) -> int:
    """Count the numbers of a card's net by arithmetic; ValueError for a config that is not its sizes."""
    known = config.get("known")
    if set(config) != {"inputs", "known"} or config["inputs"] != N_SUMMARY or type(known) is not int or known < 1:
        raise ValueError(f"Invalid net config. Expected: inputs ({N_SUMMARY}) and known, integers above 0.")
    if n_classes != len(GENRE_ROWS):
        raise ValueError(f"Invalid number of classes. Received: {n_classes}. Expected: {len(GENRE_ROWS)}.")
    return baselines.parameters("linear", {"inputs": N_SUMMARY}, n_classes) + known * WIDTH


def load(config: Mapping[str, Any], n_classes: int, arrays: Mapping[str, Array]) -> Listener:
    """Wrap the arrays of a weights file; ValueError names the one that is not as the config says."""
    parameters(config, n_classes)
    held = dict(arrays)
    known, shape = held.pop("known", None), (config["known"], WIDTH)
    if known is None or known.shape != shape or not np.isfinite(known).all():
        found = "none" if known is None else known.shape
        raise ValueError(f"Invalid array `known`. Received: shape {found}. Expected: finite, {shape}.")
    return Listener(baselines.load("linear", {"inputs": config["inputs"]}, n_classes, held), known)


def dump(net: Listener) -> bytes:
    """Return the bytes of the ``.npz`` that :func:`load` reads."""
    np.savez_compressed(held := io.BytesIO(), allow_pickle=False, known=net.known, **net.linear.arrays)
    return held.getvalue()
