"""Convolutions, then a recurrent layer, then attention over time: a network that follows a clip as a whole.

Conventions
-----------
Input [shape=(n, 128, width, 1), float32, 0..1]: a mel picture, palette index / 255, lowest band first. Output
[shape=(n, n_classes)]: logits. The shape is that of Choi et al. (2017, "Convolutional recurrent neural networks for
music classification", arXiv 1609.04243), with attention pooling (Ilse et al. 2018, arXiv 1802.04712) in place of the
last state, so that each moment can count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, PositiveInt
from pydantic.dataclasses import dataclass

from mgc.nets.layers import STRICT, guard
from mgc.nets.picture_cnn import BANDS, adapt

if TYPE_CHECKING:
    import keras

__all__ = ["Config", "adapt", "build", "parameter_count"]


@dataclass(frozen=True, slots=True, config=STRICT)
class Config:
    """What decides the network's shape.

    Attributes
    ----------
    filters : tuple of int > 0
        of each convolution, 2..5 of them; each halves the bands, all but the last halve the columns
    units : int > 0
        of the recurrent layer, in each direction
    mean, deviation : float
        of the training pictures' pixels (0..1)
    dropout : float in [0, 1)
        before the last layer, in training only
    """

    filters: Annotated[tuple[PositiveInt, ...], Field(min_length=2, max_length=5)] = (24, 48, 96, 96)
    units: Annotated[int, Field(ge=1, le=1024)] = 64
    mean: Annotated[float, Field(ge=0.0, le=1.0)] = 0.12
    deviation: Annotated[float, Field(gt=0.0, le=1.0)] = 0.18
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.2


def _rows(config: Config) -> int:
    """Return the numbers of a moment that the recurrent layer reads."""
    return (BANDS >> (1 + len(config.filters))) * config.filters[-1]


def parameter_count(config: Config, n_classes: int) -> int:
    """Count weights by arithmetic."""
    total, before = 0, 1
    for filters in config.filters:
        total += 9 * before * filters + 4 * filters  # kernel; batch normalisation's four vectors
        before = filters
    total += 2 * 3 * config.units * (_rows(config) + config.units + 2)  # two directions, three gates, two biases
    return total + (2 * config.units + 1) + (2 * config.units + 1) * n_classes


def build(config: Config, n_classes: int) -> keras.Model:
    """Build the untrained network; ValueError when it would be too large."""
    guard(parameter_count(config, n_classes))
    import keras
    from keras import layers, ops

    inputs = keras.Input((BANDS, None, 1))
    x = layers.Rescaling(1.0 / config.deviation, offset=-config.mean / config.deviation, name="rescaling")(inputs)
    x = layers.AveragePooling2D((2, 1), name="bands")(x)
    for position, filters in enumerate(config.filters):
        x = layers.Conv2D(
            filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal", name=f"convolution_{position}"
        )(x)
        x = layers.BatchNormalization(momentum=0.95, name=f"normalisation_{position}")(x)
        x = layers.Activation("relu", name=f"relu_{position}")(x)
        pool = (2, 2) if position < len(config.filters) - 1 else (2, 1)
        x = layers.MaxPooling2D(pool, padding="same", name=f"pooling_{position}")(x)
    x = layers.Permute((2, 1, 3), name="moments")(x)  # time first
    x = layers.Reshape((-1, _rows(config)), name="rows")(x)
    x = layers.Bidirectional(layers.GRU(config.units, return_sequences=True, name="gru"), name="recurrent")(x)
    weight = layers.Softmax(axis=1, name="attention")(layers.Dense(1, name="score")(x))
    x = ops.sum(x * weight, axis=1)
    x = layers.Dropout(config.dropout, name="dropout")(x)
    return keras.Model(inputs, layers.Dense(n_classes, name="logits", dtype="float32")(x), name="crnn_mel")
