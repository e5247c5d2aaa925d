"""What the networks made of Keras layers have in common: a strict config, and weights in one HDF5 file.

A net is rebuilt from its config by our code, and only numbers are read from its file.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
from pydantic import ConfigDict

from mgc import records
from mgc.networks import function

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import keras
    import numpy.typing as npt

__all__ = [
    "MAX_PARAMETERS",
    "STRICT",
    "compiled",
    "config_json",
    "dump",
    "guard",
    "load_weights",
    "plain",
    "read_config",
]

Config = TypeVar("Config")

MAX_PARAMETERS: Final = 30_000_000  # a card that claims more is refused before anything is allocated; VGG19 has 20
STRICT: Final = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)  # of the dataclasses that are configs


def read_config(kind: type[Config], data: Mapping[str, Any]) -> Config:
    """Read a card's ``net.config``; ValueError for an unknown key or a value outside its range."""
    return records.read(kind, json.dumps(dict(data)).encode(), "net.config")


def config_json(config: Any) -> dict[str, Any]:
    """Return the plain dictionary that :func:`read_config` reads."""
    given: dict[str, Any] = json.loads(json.dumps(asdict(config)))
    return given


def plain(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config as JSON has it: lists for tuples."""
    given: dict[str, Any] = json.loads(json.dumps(dict(config)))
    return given


def guard(count: int) -> None:
    """Raise a ValueError for a net of more than :data:`MAX_PARAMETERS` weights."""
    if count > MAX_PARAMETERS:
        raise ValueError(f"The network claims {count:,} parameters; at most {MAX_PARAMETERS:,} are accepted.")


def load_weights(model: keras.Model, path: Path) -> keras.Model:
    """Load the weights of a file that :func:`dump` has filled; ValueError when they are those of another network."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # Keras only warns of layers that it leaves at random weights
            model.load_weights(path)
    except (ValueError, KeyError, OSError, UserWarning) as error:
        raise ValueError(f"the weights do not fit the net: {error}") from error
    return model


def dump(model: keras.Model) -> bytes:
    """Return the bytes of the HDF5 file of a network's weights, without the optimiser's state."""
    import keras

    bare = keras.Model(model.inputs, model.outputs)  # the same layers, never compiled
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.weights.h5"  # Keras knows the form by the name
        bare.save_weights(path)
        return path.read_bytes()


def compiled(net: keras.Model) -> Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]:
    """Return a network as a plain function, inputs -> probabilities."""
    from scipy.special import softmax

    ask = function(net)
    return lambda x: np.asarray(softmax(ask(x)[0], axis=-1))
