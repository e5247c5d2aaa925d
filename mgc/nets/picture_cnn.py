"""A small convolutional network that reads a stretch of Kaggle's mel picture.

Conventions
-----------
Input [shape=(n, 128, width, 1), float32, 0..1]: palette index / 255, lowest mel band first, about 11.16 columns a
second. Output [shape=(n, n_classes)]: logits.

Five 3x3 convolutions with batch normalisation, each but the last followed by 2x2 max pooling, then the mean over what
is left: the plain VGG-like shape that "short-chunk" taggers use (Won et al. 2020, arXiv 2006.00751), two sizes smaller.
"""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    import keras

__all__ = ["BANDS", "MAX_PARAMETERS", "WIDTH", "CNNConfig", "build", "dump", "load", "parameter_count", "parameters"]

BANDS: Final = 128  # mel bands in a picture
WIDTH: Final = 33  # columns in a 3 s window: floor(3 * 334.8 / 30)
MAX_PARAMETERS: Final = 20_000_000  # a card that claims more is refused before anything is allocated


@dataclass(frozen=True, slots=True)
class CNNConfig:
    """Everything that decides the network's shape; JSON in, JSON out.

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

    channels: tuple[int, ...] = (24, 48, 96, 128, 192)
    band_pool: int = 2
    mean: float = 0.12
    deviation: float = 0.18
    dropout: float = 0.1

    def __post_init__(self) -> None:
        rules = {
            "channels": 2 <= len(self.channels) <= 8 and all(type(c) is int and c > 0 for c in self.channels),
            "band_pool": self.band_pool in (1, 2, 4),
            "mean": 0.0 <= self.mean <= 1.0,
            "deviation": 0.0 < self.deviation <= 1.0,
            "dropout": 0.0 <= self.dropout < 1.0,
        }
        for name, holds in rules.items():
            if not holds:
                raise ValueError(
                    f"Invalid value for `{name}`. Received: {getattr(self, name)!r}. Expected: see CNNConfig."
                )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CNNConfig:
        """Read a card's ``net.config``.

        Raises
        ------
        ValueError
            for an unknown key or a value outside its range
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(data) - known):
            raise ValueError(f"Unknown keys in the network's config: {', '.join(unknown)}. Expected: {sorted(known)}.")
        try:
            return cls(**{**data, "channels": tuple(data.get("channels", cls().channels))})
        except TypeError as error:
            raise ValueError(f"Invalid network config: {error}.") from error

    def to_json(self) -> dict[str, Any]:
        """Return the plain dictionary that :meth:`from_json` reads."""
        return {**asdict(self), "channels": list(self.channels)}


def parameter_count(config: CNNConfig, n_classes: int) -> int:
    """Count weights by arithmetic, allocating nothing: the guard against absurd cards."""
    total, before = 0, 1
    for filters in config.channels:
        total += 9 * before * filters + 4 * filters  # kernel; batch normalisation's four vectors
        before = filters
    return total + (before + 1) * n_classes


def build(config: CNNConfig, n_classes: int, *, width: int | None = None) -> keras.Model:
    """Build the untrained network.

    Parameters
    ----------
    config : CNNConfig
    n_classes : int > 0
    width : int > 0 or None
        columns of the input; None takes any: the mean at the end does not mind

    Raises
    ------
    ValueError
        when the network would have more than :data:`MAX_PARAMETERS` weights
    """
    if (count := parameter_count(config, n_classes)) > MAX_PARAMETERS:
        raise ValueError(f"The network claims {count:,} parameters; at most {MAX_PARAMETERS:,} are accepted.")
    import keras
    from keras import layers

    inputs = keras.Input((BANDS, width, 1))
    # Layers are named as Keras would number them: its own counter starts anew whenever Streamlit ends a page's run and
    # clears Keras' session, also in the middle of this function, and two layers of one name are refused.
    x = layers.Rescaling(1.0 / config.deviation, offset=-config.mean / config.deviation, name="rescaling")(inputs)
    if config.band_pool > 1:
        x = layers.AveragePooling2D((config.band_pool, 1), name="average_pooling2d")(x)
    for position, filters in enumerate(config.channels):
        nth = f"_{position}" if position else ""
        x = layers.Conv2D(
            filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal", name=f"conv2d{nth}"
        )(x)
        # 0.95: an epoch is some 80 batches, 0.99 would lag behind
        x = layers.BatchNormalization(momentum=0.95, name=f"batch_normalization{nth}")(x)
        x = layers.Activation("relu", name=f"activation{nth}")(x)
        if position < len(config.channels) - 1:
            x = layers.MaxPooling2D(2, padding="same", name=f"max_pooling2d{nth}")(x)
    x = layers.GlobalAveragePooling2D(name="global_average_pooling2d")(x)
    x = layers.Dropout(config.dropout, name="dropout")(x)
    return keras.Model(inputs, layers.Dense(n_classes, name="dense")(x), name="picture_cnn")


def parameters(config: Mapping[str, Any], n_classes: int) -> int:
    """Return :func:`parameter_count` of a card's ``net.config``; raises as :meth:`CNNConfig.from_json` does."""
    return parameter_count(CNNConfig.from_json(config), n_classes)


def load(config: Mapping[str, Any], n_classes: int, path: Path) -> keras.Model:
    """Rebuild the network of a card's ``net.config`` and load its weights.

    Raises
    ------
    ValueError
        when the config is not accepted or the weights are those of another network
    """
    model = build(CNNConfig.from_json(config), n_classes)
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

    bare = keras.Model.from_config(model.get_config())
    bare.set_weights(model.get_weights())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.weights.h5"  # Keras tells the form by the name
        bare.save_weights(path)
        return path.read_bytes()
