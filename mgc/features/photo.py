"""What the first layers of a network that has learnt photographs see in a mel picture.

EfficientNet-Lite0 (Tan and Le 2019, arXiv 1905.11946; Liu 2020), trained by Google on ImageNet's photographs and
published under the Apache License 2.0. Rebuilt here from its description, up to where its middle layers end;
``scripts/ship_photo.py`` has made the file of its weights, in half precision, each batch normalisation folded into the
convolution before it.

Conventions
-----------
Input: pictures [shape=(n, 128, C), 0..1, C >= 128], palette index / 255, lowest mel band first, 11.15 columns a second.
They are shown as Kaggle's PNGs show them, in colour: two pixels a band, three quarters of a pixel a column. Output:
:data:`N_PHOTO` numbers each, in the groups of :data:`GROUPS`: what two layers see, averaged over time in four bands of
frequency. An object may be anywhere in a photograph; in a spectrogram, how high it lies matters. How the layers were
chosen: docs/NOTES.md.
"""

from __future__ import annotations

import hashlib
import io
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.errors import ModelError
from mgc.features.pictures import N_COLUMNS, palette
from mgc.networks import function, layout, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mgc.networks import Function

__all__ = ["GROUPS", "N_PHOTO", "WEIGHTS", "architecture", "photo"]

Array = npt.NDArray[np.float32]

WEIGHTS: Final = Path(__file__).resolve().parents[2] / "models" / "lite0.npz"
DIGEST: Final = "daf22d50345bff605ec066ecdc5756c623395a661eade7d536a50ec0c9f3c210"
STAGES: Final = (  # kernel, stride, expansion, channels, blocks; of the stages that are used (Tan and Le 2019, table 1)
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
)
STEM: Final = 32  # channels
SEEN: Final = ("block5_expand", "block8_expand")  # the second is where the network is cut
GROUPS: Final[Mapping[str, int]] = {"middle": 4 * 240, "deep": 4 * 480}
N_PHOTO: Final = sum(GROUPS.values())

_HEIGHT: Final = 256  # pixels
_WIDTH: Final = 256  # of 30 s
_STEP: Final = 16  # pixels; a width is a multiple of it, so that songs of any length come in few shapes
_HEIGHTS: Final = 4  # bands of frequency
_building: Final = threading.Lock()


def photo(pictures: npt.NDArray[np.floating]) -> Array:
    """Return what is seen [shape=(n, N_PHOTO), float32] in pictures [shape=(n, 128, C), 0..1].

    Raises
    ------
    ValueError
        when they are no such pictures
    ModelError
        when the file of weights is missing or another one, or Keras cannot be used
    """
    x = np.asarray(pictures, dtype=np.float32)
    if x.ndim != 3 or x.shape[1] != 128 or not x.shape[2]:
        raise ValueError(f"Invalid pictures. Received: shape {x.shape}. Expected: (n, 128, columns).")
    call = _network()
    found = [np.concatenate(call(_image(one)[None]), axis=1) for one in x]
    return np.concatenate(found) if found else np.empty((0, N_PHOTO), dtype=np.float32)


def _image(picture: Array) -> Array:
    """Return a picture [shape=(128, C)] as the network is shown it [shape=(256, width, 3), RGB, about -1..1]."""
    import cv2

    index = np.rint(np.clip(picture, 0.0, 1.0) * 255.0).astype(np.uint8)[::-1]
    colours = palette()[:, ::-1].astype(np.float32)[index]
    width = max(1, round(index.shape[1] * _WIDTH / N_COLUMNS / _STEP)) * _STEP
    image = cv2.resize(colours, (width, _HEIGHT), interpolation=cv2.INTER_LINEAR)
    return np.asarray((image - 127.0) / 128.0, dtype=np.float32)  # as it was trained


def _network() -> Function:
    prepare("photo")
    with _building:
        return _built()


@cache
def _built() -> Function:
    """Build the network and fill it from its file."""
    held = _arrays()
    model = architecture()
    for layer in model.layers:
        if layer.weights:
            layer.set_weights([held[f"{layer.name}.kernel"], held[f"{layer.name}.bias"]])
    return function(model)


def _arrays() -> dict[str, Array]:
    try:
        data = WEIGHTS.read_bytes()
    except OSError as error:
        raise ModelError(f"The file {WEIGHTS.name} of the photo layers is missing.", details=repr(error)) from error
    if hashlib.sha256(data).hexdigest() != DIGEST:
        raise ModelError(f"The file {WEIGHTS.name} of the photo layers is not the one that was shipped.")
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return {name: file[name].astype(np.float32) for name in file.files}


def architecture() -> Any:
    """Return the network, its weights at random: images [shape=(n, 256, width, 3)] -> both groups."""
    from keras import Input, Model, layers

    inputs = x = Input((_HEIGHT, None, 3))
    if (form := layout()) == "channels_first":
        x = layers.Permute((3, 1, 2), name="permute")(x)
    common: dict[str, Any] = {"padding": "same", "data_format": form}
    axis = 1 if form == "channels_first" else -1

    def relu6(x: Any, name: str) -> Any:
        return layers.ReLU(6.0, name=f"{name}_relu")(x)

    x = relu6(layers.Conv2D(STEM, 3, strides=2, name="stem", **common)(x), "stem")
    seen: list[Any] = []
    for name, kernel, stride, expansion, channels, is_last in _blocks():
        before = x
        if expansion > 1:
            x = relu6(layers.Conv2D(expansion * x.shape[axis], 1, name=f"{name}_expand", **common)(x), name + "_expand")
            if f"{name}_expand" in SEEN:
                seen.append(_in_bands(x, name, form))
            if is_last:
                break
        x = relu6(layers.DepthwiseConv2D(kernel, strides=stride, name=f"{name}_depthwise", **common)(x), name)
        x = layers.Conv2D(channels, 1, name=f"{name}_project", **common)(x)
        if stride == 1 and before.shape[axis] == channels:
            x = layers.Add(name=f"{name}_add")([x, before])
    return Model(inputs, seen, name="lite0")


def _blocks() -> Iterator[tuple[str, int, int, int, int, bool]]:
    """Yield name, kernel, stride, expansion and channels of each block, and whether the network is cut in it."""
    number = 0
    for kernel, stride, expansion, channels, blocks in STAGES:
        for position in range(blocks):
            yield f"block{number}", kernel, stride if position == 0 else 1, expansion, channels, False
            number += 1
    yield f"block{number}", 5, 1, 6, 112, True


def _in_bands(x: Any, name: str, form: str) -> Any:
    """Average a layer's output over time and in bands of frequency [shape=(n, 4 c)], the highest band first."""
    from keras import layers, ops

    if form == "channels_first":
        x = layers.Permute((2, 3, 1), name=f"{name}_turned")(x)
    x = ops.mean(x, axis=2)
    x = layers.AveragePooling1D(x.shape[1] // _HEIGHTS, name=f"{name}_mean")(x)
    return layers.Flatten(name=f"{name}_flat")(x)
