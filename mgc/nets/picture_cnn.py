"""A small convolutional network that reads a stretch of Kaggle's mel picture.

Conventions
-----------
Input [shape=(n, 128, width, 1), float32, 0..1]: palette index / 255, lowest mel band first, about 11.16 columns a
second. Output [shape=(n, n_classes)]: logits.

Five 3x3 convolutions with batch normalisation, each but the last followed by 2x2 max pooling, then the mean over what
is left: the plain VGG-like shape that "short-chunk" taggers use (Won et al. 2020, arXiv 2006.00751), two sizes smaller.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

from pydantic import Field, PositiveInt
from pydantic.dataclasses import dataclass

from mgc.nets.layers import MAX_PARAMETERS, STRICT, config_json, dump, guard, load_weights, read_config
from mgc.networks import layout

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import keras
    import numpy as np
    import numpy.typing as npt

__all__ = [
    "BANDS", "MAX_PARAMETERS", "WIDTH", "CNNConfig", "adapt", "build", "dump", "load", "parameter_count", "parameters",
]  # fmt: skip

Standardised = TypeVar("Standardised")

BANDS: Final = 128  # mel bands in a picture
WIDTH: Final = 33  # columns in a 3 s window: floor(3 * 334.8 / 30)


@dataclass(frozen=True, slots=True, config=STRICT)
class CNNConfig:
    """Everything that decides the network's shape; a value outside its range is a ValueError.

    Attributes
    ----------
    channels : tuple of int > 0
        filters of each convolution, 2..8 of them
    band_pool : int in {1, 2, 4}
        neighbouring mel bands averaged before the first convolution (2: 64 bands, half the work)
    mean, deviation : float
        of the training pictures' pixels (0..1); the network standardises its own input
    dropout : float in [0, 1)
        before the last layer, in training only
    """

    channels: Annotated[tuple[PositiveInt, ...], Field(min_length=2, max_length=8)] = (24, 48, 96, 128, 192)
    band_pool: Literal[1, 2, 4] = 2
    mean: Annotated[float, Field(ge=0.0, le=1.0)] = 0.12
    deviation: Annotated[float, Field(gt=0.0, le=1.0)] = 0.18
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.1

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CNNConfig:
        """Read a card's ``net.config``; ValueError for an unknown key or a value outside its range."""
        return read_config(cls, data)

    def to_json(self) -> dict[str, Any]:
        """Return the plain dictionary that :meth:`from_json` reads."""
        return config_json(self)


def adapt(config: Standardised, pictures: npt.NDArray[np.uint8]) -> Standardised:
    """Return a config whose network standardises its input by these training pictures [shape=(n, 128, n_columns)].

    Of any config with ``mean`` and ``deviation``.
    """
    pixels = pictures.astype("float32") / 255.0
    found: Standardised = replace(config, mean=float(pixels.mean()), deviation=max(float(pixels.std()), 1e-6))  # type: ignore[type-var]
    return found


Config = CNNConfig


def parameter_count(config: CNNConfig, n_classes: int) -> int:
    """Count weights by arithmetic, allocating nothing: the guard against absurd cards."""
    total, before = 0, 1
    for filters in config.channels:
        total += 9 * before * filters + 4 * filters  # kernel; batch normalisation's four vectors
        before = filters
    return total + (before + 1) * n_classes


def build(config: CNNConfig, n_classes: int) -> keras.Model:
    """Build the untrained network, for inputs of any width.

    ValueError when it would have more than :data:`MAX_PARAMETERS` weights.
    """
    guard(parameter_count(config, n_classes))
    import keras
    from keras import layers

    inputs = keras.Input((BANDS, None, 1))
    # Layers are named as Keras would number them: its own counter starts anew whenever Streamlit ends a page's run and
    # clears Keras' session, also in the middle of this function, and two layers of one name are refused.
    x = layers.Rescaling(1.0 / config.deviation, offset=-config.mean / config.deviation, name="rescaling")(inputs)
    form: Any = {"data_format": layout()}
    axis = -1
    if form["data_format"] == "channels_first":
        x, axis = layers.Permute((3, 1, 2), name="permute")(x), 1
    if config.band_pool > 1:
        x = layers.AveragePooling2D((config.band_pool, 1), name="average_pooling2d", **form)(x)
    for position, filters in enumerate(config.channels):
        nth = f"_{position}" if position else ""
        x = layers.Conv2D(
            filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal", name=f"conv2d{nth}", **form
        )(x)
        # 0.95: an epoch is some 80 batches, 0.99 would lag behind
        x = layers.BatchNormalization(axis, momentum=0.95, name=f"batch_normalization{nth}")(x)
        x = layers.Activation("relu", name=f"activation{nth}")(x)
        if position < len(config.channels) - 1:
            x = layers.MaxPooling2D(2, padding="same", name=f"max_pooling2d{nth}", **form)(x)
    x = layers.GlobalAveragePooling2D(name="global_average_pooling2d", **form)(x)
    x = layers.Dropout(config.dropout, name="dropout")(x)
    return keras.Model(inputs, layers.Dense(n_classes, name="dense")(x), name="picture_cnn")


def parameters(config: Mapping[str, Any], n_classes: int) -> int:
    """Return :func:`parameter_count` of a card's ``net.config``; raises as :meth:`CNNConfig.from_json` does."""
    return parameter_count(CNNConfig.from_json(config), n_classes)


def load(config: Mapping[str, Any], n_classes: int, path: Path) -> keras.Model:
    """Rebuild the network of a card's ``net.config`` and load its weights.

    ValueError when the config is not accepted or the weights are those of another network.
    """
    return load_weights(build(CNNConfig.from_json(config), n_classes), path)
