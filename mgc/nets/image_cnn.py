"""A small convolutional network on the whole picture of a clip as a square image, grey or in colour.

Conventions
-----------
Input [shape=(n, 128, 334, 1), float32, 0..1] as every net that reads pictures: the image is made inside
(:mod:`mgc.nets.image`). Output [shape=(n, n_classes)]: logits. Convolutions of 3x3 without padding, each followed by
relu and 2x2 max pooling, then a dense layer: the shape of many a first project on Kaggle's pictures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, PositiveInt
from pydantic.dataclasses import dataclass

from mgc.nets.image import image_layer
from mgc.nets.layers import STRICT, guard
from mgc.nets.picture_cnn import BANDS

if TYPE_CHECKING:
    import keras

__all__ = ["Config", "build", "parameter_count"]


@dataclass(frozen=True, slots=True, config=STRICT)
class Config:
    """What decides the network's shape and what it sees.

    Attributes
    ----------
    size : int
        pixels of an image's side
    grey : bool
        one channel instead of three
    scaled : bool
        pixels 0..1 instead of 0..255
    frame : bool
        with the white margins of Kaggle's figure around the picture
    filters : tuple of int > 0
        of each convolution, 1..6 of them
    units : int >= 0
        of the dense layer before the last, 0 for none
    dropout : float in [0, 1)
        before the last layer, in training only
    """

    size: Annotated[int, Field(ge=32, le=512)] = 224
    grey: bool = False
    scaled: bool = True
    frame: bool = False
    filters: Annotated[tuple[PositiveInt, ...], Field(min_length=1, max_length=6)] = (16, 32, 64)
    units: Annotated[int, Field(ge=0, le=4096)] = 128
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.2


def parameter_count(config: Config, n_classes: int) -> int:
    """Count weights by arithmetic."""
    side, before, total = config.size, 1 if config.grey else 3, 0
    for filters in config.filters:
        total += (9 * before + 1) * filters
        side, before = (side - 2) // 2, filters
    width = side * side * before
    if config.units:
        total += (width + 1) * config.units
        width = config.units
    return total + (width + 1) * n_classes


def build(config: Config, n_classes: int) -> keras.Model:
    """Build the untrained network; ValueError when it would be too large."""
    guard(parameter_count(config, n_classes))
    import keras
    from keras import layers

    inputs = keras.Input((BANDS, None, 1))
    x = image_layer(config.size, grey=config.grey, frame=config.frame)(inputs)
    if config.scaled:
        x = layers.Rescaling(1.0 / 255.0, name="rescaling")(x)
    for position, filters in enumerate(config.filters):
        x = layers.Conv2D(filters, 3, activation="relu", name=f"convolution_{position}")(x)
        x = layers.MaxPooling2D(2, name=f"pooling_{position}")(x)
    x = layers.Flatten(name="flatten")(x)
    if config.units:
        x = layers.Dense(config.units, activation="relu", name="dense")(x)
    x = layers.Dropout(config.dropout, name="dropout")(x)
    # float32: the logits of half precision are too coarse for a loss
    return keras.Model(inputs, layers.Dense(n_classes, name="logits", dtype="float32")(x), name="image_cnn")
