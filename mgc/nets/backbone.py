"""A network of keras.applications that has learnt ImageNet's photographs, and a new output layer for genres.

Conventions
-----------
Input [shape=(n, 128, 334, 1), float32, 0..1] as every net that reads pictures: the image is made inside
(:mod:`mgc.nets.image`). Output [shape=(n, n_classes)]: logits. Batch normalisation of the backbone always runs in
inference mode, in fine-tuning too: statistics of a few small batches of pictures would undo what the weights know.

The embedding is what the backbone sees at two depths, averaged over time in four bands of frequency and standardised. A
spectrogram's textures stand in the middle layers, while the last ones are made for the objects of photographs: the
network is cut at the deeper of the two. An object may be anywhere in a photograph; in a spectrogram, how high it lies
matters.
"""

from __future__ import annotations

from dataclasses import dataclass as plain
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from mgc.nets.image import image_layer
from mgc.nets.layers import STRICT, guard
from mgc.nets.picture_cnn import BANDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import keras
    import numpy.typing as npt

__all__ = ["BACKBONES", "Backbone", "Config", "build", "parameter_count", "parts", "standardise"]

Name = Literal["vgg19", "efficientnetb0", "mobilenetv2", "inceptionv3"]


@plain(frozen=True, slots=True)
class Backbone:
    """One of the networks: its function in keras.applications, and how many weights it has up to its cut.

    ``depths`` names the layers that make the embedding, with their channels; the deeper one is where it is cut.
    """

    function: str
    parameters: int
    depths: Mapping[str, int]
    mode: Literal["caffe", "tf", "none"]  # what its inputs are: BGR less ImageNet's mean, -1..1, or 0..255


# Parameter counts as Keras 3.15 builds them (tests/nets/test_architectures.py compares).
BACKBONES: Final[Mapping[str, Backbone]] = MappingProxyType(
    {
        "vgg19": Backbone("VGG19", 10_585_152, {"block3_pool": 256, "block4_pool": 512}, "caffe"),
        "efficientnetb0": Backbone(
            "EfficientNetB0",
            945_927,
            {"block4a_expand_activation": 240, "block6a_expand_activation": 672},
            "none",
        ),
        "mobilenetv2": Backbone(
            "MobileNetV2", 616_256, {"block_6_expand_relu": 192, "block_13_expand_relu": 576}, "tf"
        ),
        "inceptionv3": Backbone("InceptionV3", 8_975_264, {"mixed2": 288, "mixed7": 768}, "tf"),
    }
)
_SIZE: Final = 224  # pixels of an image's side, as in keras.applications
_HEIGHTS: Final = 4  # bands of frequency
_IMAGENET_MEAN: Final = (103.939, 116.779, 123.68)  # of B, G and R: keras.applications' "caffe" mode


@dataclass(frozen=True, slots=True, config=STRICT)
class Config:
    """What decides the network's shape.

    Attributes
    ----------
    backbone : str
        one of :data:`BACKBONES`
    units : int >= 0
        of a dense layer between the backbone and the output, 0 for none
    dropout : float in [0, 1)
        before the output, in training only
    """

    backbone: Name = "mobilenetv2"
    units: Annotated[int, Field(ge=0, le=4096)] = 0
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.2


def parameter_count(config: Config, n_classes: int) -> int:
    """Count weights by arithmetic."""
    backbone = BACKBONES[config.backbone]
    width = _HEIGHTS * sum(backbone.depths.values())
    total = backbone.parameters + 2 * width
    if config.units:
        total += (width + 1) * config.units
        width = config.units
    return total + (width + 1) * n_classes


def build(config: Config, n_classes: int, *, weights: Path | None = None) -> keras.Model:
    """Build the network, its backbone with the weights of a file or with random ones.

    ValueError when it would be too large, or the weights are those of another network.
    """
    guard(parameter_count(config, n_classes))
    import keras
    from keras import layers, ops

    chosen = BACKBONES[config.backbone]
    inputs = keras.Input((BANDS, None, 1))
    x = image_layer(_SIZE, grey=False, frame=False)(inputs)
    if chosen.mode == "tf":
        x = layers.Rescaling(1.0 / 127.5, offset=-1.0, name="rescaling")(x)
    elif chosen.mode == "caffe":
        x = layers.Rescaling(1.0, offset=[-one for one in _IMAGENET_MEAN], name="rescaling")(ops.flip(x, axis=-1))
    function: Any = getattr(keras.applications, chosen.function)
    body = function(
        include_top=False,
        weights=None if weights is None else str(weights),
        input_shape=(_SIZE, _SIZE, 3),
    )
    seen = [_in_bands(body.get_layer(name).output, name) for name in chosen.depths]
    x = keras.Model(body.inputs, layers.Concatenate(name="depths")(seen), name="backbone")(x, training=False)
    # Its mean and variance are set once, from the training part (:func:`standardise`).
    x = layers.BatchNormalization(center=False, scale=False, name="standardise")(x, training=False)
    if config.units:
        x = layers.Dense(config.units, activation="relu", name="dense")(x)
    x = layers.Dropout(config.dropout, name="dropout")(x)
    return keras.Model(inputs, layers.Dense(n_classes, name="logits", dtype="float32")(x), name="backbone_net")


def _in_bands(x: Any, name: str) -> Any:
    """Average a layer's output [shape=(n, h, w, c)] over time and in bands of frequency [shape=(n, 4 c)]."""
    from keras import layers

    _, height, width, _ = x.shape  # of 28, 25, 14 and 12 rows, the heights at 224 pixels, four bands are left
    pool = layers.AveragePooling2D((-(-height // _HEIGHTS), width), padding="same", name=f"mean_{name}")
    return layers.Flatten(name=f"flat_{name}")(pool(x))


def standardise(model: keras.Model, embedding: npt.NDArray[Any]) -> None:
    """Have a network standardise its embedding by that of the training part [shape=(n, width)]."""
    model.get_layer("standardise").set_weights([embedding.mean(axis=0), embedding.var(axis=0)])


def parts(model: keras.Model) -> tuple[keras.Model, keras.Model]:
    """Cut a network in two that share its layers: picture -> embedding [shape=(n, width)], embedding -> logits."""
    import keras

    after = model.layers[model.layers.index(model.get_layer("backbone")) + 1 :]
    below = keras.Model(model.inputs, after[0].input)
    x = embedding = keras.Input(after[0].input.shape[1:])
    for layer in after:
        x = layer(x)
    return below, keras.Model(embedding, x, name="head")
