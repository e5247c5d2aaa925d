"""A network of keras.applications that has learnt ImageNet's photographs, and a new output layer for genres.

Conventions
-----------
Input [shape=(n, 128, 334, 1), float32, 0..1] as every net that reads pictures: the image is made inside
(:mod:`mgc.nets.image`). Output [shape=(n, n_classes)]: logits. Batch normalisation of the backbone always runs in
inference mode, in fine-tuning too: statistics of a few small batches of pictures would undo what the weights know.

The embedding is what the backbone sees at three depths, each averaged over the image and standardised: a spectrogram's
textures stand in the middle layers, while the last ones are made for the objects of photographs.
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
    """One of the networks: its function in keras.applications, and how many weights it has without the top.

    ``depths`` names the layers that make the embedding, the last of the network among them, with their channels.
    """

    function: str
    parameters: int
    depths: Mapping[str, int]
    mode: Literal["caffe", "tf", "none"]  # what its inputs are: BGR less ImageNet's mean, -1..1, or 0..255


# Parameter counts of include_top=False, as Keras 3.15 builds them (tests/nets/test_backbone.py compares).
BACKBONES: Final[Mapping[str, Backbone]] = MappingProxyType(
    {
        "vgg19": Backbone("VGG19", 20_024_384, {"block3_pool": 256, "block4_pool": 512, "block5_pool": 512}, "caffe"),
        "efficientnetb0": Backbone(
            "EfficientNetB0",
            4_049_571,
            {"block4a_expand_activation": 240, "block6a_expand_activation": 672, "top_activation": 1280},
            "none",
        ),
        "mobilenetv2": Backbone(
            "MobileNetV2",
            2_257_984,
            {"block_6_expand_relu": 192, "block_13_expand_relu": 576, "out_relu": 1280},
            "tf",
        ),
        "inceptionv3": Backbone("InceptionV3", 21_802_784, {"mixed2": 288, "mixed7": 768, "mixed10": 2048}, "tf"),
    }
)
_IMAGENET_MEAN: Final = (103.939, 116.779, 123.68)  # of B, G and R: keras.applications' "caffe" mode


@dataclass(frozen=True, slots=True, config=STRICT)
class Config:
    """What decides the network's shape.

    Attributes
    ----------
    backbone : str
        one of :data:`BACKBONES`
    size : int
        pixels of an image's side
    units : int >= 0
        of a dense layer between the backbone and the output, 0 for none
    dropout : float in [0, 1)
        before the output, in training only
    """

    backbone: Name = "mobilenetv2"
    size: Annotated[int, Field(ge=75, le=512)] = 224
    units: Annotated[int, Field(ge=0, le=4096)] = 0
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.2


def parameter_count(config: Config, n_classes: int) -> int:
    """Count weights by arithmetic."""
    backbone = BACKBONES[config.backbone]
    width = sum(backbone.depths.values())
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
    x = image_layer(config.size, grey=False, frame=False)(inputs)
    if chosen.mode == "tf":
        x = layers.Rescaling(1.0 / 127.5, offset=-1.0, name="rescaling")(x)
    elif chosen.mode == "caffe":
        x = layers.Rescaling(1.0, offset=[-one for one in _IMAGENET_MEAN], name="rescaling")(ops.flip(x, axis=-1))
    function: Any = getattr(keras.applications, chosen.function)
    body = function(
        include_top=False,
        weights=None if weights is None else str(weights),
        input_shape=(config.size, config.size, 3),
    )
    seen = [layers.GlobalAveragePooling2D(name=f"mean_{name}")(body.get_layer(name).output) for name in chosen.depths]
    x = keras.Model(body.inputs, layers.Concatenate(name="depths")(seen), name="backbone")(x, training=False)
    # Its mean and variance are set once, from the training part (:func:`standardise`).
    x = layers.BatchNormalization(center=False, scale=False, name="standardise")(x, training=False)
    if config.units:
        x = layers.Dense(config.units, activation="relu", name="dense")(x)
    x = layers.Dropout(config.dropout, name="dropout")(x)
    return keras.Model(inputs, layers.Dense(n_classes, name="logits", dtype="float32")(x), name="backbone_net")


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
