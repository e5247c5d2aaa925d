"""Dense layers on a row of numbers: 57 descriptors of three seconds, or the 1024 of a YAMNet patch.

Conventions
-----------
Input [shape=(n, inputs), float32], standardised inside by ``mean`` and ``scale`` of the training rows. Output
[shape=(n, n_classes)]: logits. Each hidden layer is Dense, relu and Dropout, as in the notebooks that Kaggle's table
has been classified with.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field, PositiveInt
from pydantic.dataclasses import dataclass

from mgc.nets.layers import STRICT, guard

if TYPE_CHECKING:
    import keras
    import numpy.typing as npt

__all__ = ["MOST_INPUTS", "Config", "adapt", "build", "parameter_count"]

MOST_INPUTS: Final = 2048
Number = Annotated[float, Field(strict=False)]


@dataclass(frozen=True, slots=True, config=STRICT)
class Config:
    """What decides the network's shape.

    Attributes
    ----------
    units : tuple of int > 0
        of the hidden layers, 0..8 of them
    dropout : float in [0, 1)
        behind each hidden layer, or on the row itself where there is none; in training only
    inputs : int
        numbers in a row
    mean, scale : tuple of float, of that length
        of the training rows; empty before they are known
    """

    units: Annotated[tuple[PositiveInt, ...], Field(max_length=8)] = (256, 128, 64)
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.2
    inputs: Annotated[int, Field(ge=1, le=MOST_INPUTS)] = 57
    mean: Annotated[tuple[Number, ...], Field(max_length=MOST_INPUTS)] = ()
    scale: Annotated[tuple[Number, ...], Field(max_length=MOST_INPUTS)] = ()


def adapt(config: Config, rows: npt.NDArray[Any]) -> Config:
    """Return the config whose network standardises its input by these training rows [shape=(n, inputs)]."""
    mean, scale = rows.mean(axis=0, dtype="float64"), rows.std(axis=0, dtype="float64")
    scale[scale == 0.0] = 1.0
    return replace(
        config, inputs=rows.shape[1], mean=tuple(mean.astype(float).tolist()), scale=tuple(scale.astype(float).tolist())
    )


def parameter_count(config: Config, n_classes: int) -> int:
    """Count weights by arithmetic; ValueError where ``mean`` and ``scale`` are not of the length of ``inputs``."""
    if not len(config.mean) == len(config.scale) == config.inputs:
        raise ValueError(f"Invalid net config. Expected: mean and scale of {config.inputs} numbers.")
    widths = (config.inputs, *config.units, n_classes)
    return sum((before + 1) * after for before, after in itertools.pairwise(widths))


def build(config: Config, n_classes: int) -> keras.Model:
    """Build the untrained network; ValueError when it would be too large."""
    guard(parameter_count(config, n_classes))
    import keras
    from keras import layers

    inputs = keras.Input((config.inputs,))
    scale = [1.0 / one for one in config.scale]
    offset = [-mean / one for mean, one in zip(config.mean, config.scale, strict=True)]
    # Layers are named, for Keras' own counter starts anew when a page clears its session (see picture_cnn).
    x = layers.Rescaling(scale, offset=offset, name="standardise")(inputs)
    if not config.units:
        x = layers.Dropout(config.dropout, name="dropout")(x)
    for position, units in enumerate(config.units):
        x = layers.Dense(units, activation="relu", name=f"hidden_{position}")(x)
        x = layers.Dropout(config.dropout, name=f"dropout_{position}")(x)
    return keras.Model(inputs, layers.Dense(n_classes, name="logits")(x), name="table_mlp")
