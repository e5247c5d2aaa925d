"""Weights that others have trained: where they are looked for, and where they come from.

A file is looked for in the folder that ``MGC_WEIGHTS`` names, in ``MGC_HOME/weights``, and where Keras keeps its own
(``KERAS_HOME/models``, ``~/.keras/models``); ``MGC_YAMNET`` names YAMNet's file itself. Nothing is fetched unasked:
:mod:`mgc.downloads` does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from mgc import files
from mgc.errors import ModelError
from mgc.settings import keras_home, settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["WEIGHTS", "Weights", "find", "is_whole", "path"]


@dataclass(frozen=True, slots=True)
class Weights:
    """A file of weights.

    Attributes
    ----------
    title : str
    file : str
        its name, as its authors publish it
    url : str
        where
    megabytes : int
    digest : str
        ``"sha256:..."`` or ``"md5:..."`` as its authors state it, "" where they state none
    """

    title: str
    file: str
    url: str
    megabytes: int
    digest: str


_GOOGLE: Final = "https://storage.googleapis.com"
_KERAS: Final = f"{_GOOGLE}/tensorflow/keras-applications"

# Addresses and checksums: keras.applications of Keras 3.15, which states md5 for three of the four; for YAMNet the
# sha256 of the file that its authors publish.
WEIGHTS: Final[Mapping[str, Weights]] = MappingProxyType(
    {
        "vgg19": Weights(
            "VGG19 (ImageNet)",
            "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
            f"{_KERAS}/vgg19/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
            80,
            "md5:253f8cb515780f3b799900260a226db6",
        ),
        "efficientnetb0": Weights(
            "EfficientNetB0 (ImageNet)",
            "efficientnetb0_notop.h5",
            f"{_GOOGLE}/keras-applications/efficientnetb0_notop.h5",
            16,
            "md5:50bc09e76180e00e4465e1a485ddc09d",
        ),
        "mobilenetv2": Weights(
            "MobileNetV2 (ImageNet)",
            "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
            f"{_KERAS}/mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
            9,
            "",
        ),
        "inceptionv3": Weights(
            "InceptionV3 (ImageNet)",
            "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
            f"{_KERAS}/inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
            88,
            "md5:bcbd6486424b2319ff4ef7d526e38f63",
        ),
        "yamnet": Weights(
            "YAMNet (AudioSet)",
            "yamnet.h5",
            f"{_GOOGLE}/audioset/yamnet.h5",
            15,
            "sha256:13c3308955bbfaef262f175ac9c40e47b134573a93984f009220dd7cc12a1744",
        ),
    }
)


def find(name: str) -> Path | None:
    """Return where a file of weights lies, None when it is not there."""
    file = WEIGHTS[name].file
    chosen = settings()
    if name == "yamnet" and chosen.yamnet:
        return chosen.yamnet.expanduser() if _is_file(chosen.yamnet.expanduser()) else None
    own = [chosen.weights.expanduser(), chosen.weights.expanduser() / "models"] if chosen.weights else []
    places = [*own, chosen.home_dir / "weights", keras_home() / "models"]
    return next((place / file for place in places if _is_file(place / file)), None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # in a folder that this user may not read
        return False


def is_whole(name: str, path: Path) -> bool:
    """Tell whether a file of weights is neither cut short nor something else, as an error page is.

    It has the published checksum, or is at least a file of weights: one may have rebuilt or retrained them.
    """
    import h5py

    digest = WEIGHTS[name].digest
    try:
        if digest and files.digest(path, digest.partition(":")[0]) == digest:
            return True
        with h5py.File(path, "r"):
            return True
    except OSError:
        return False


def path(name: str) -> Path:
    """Return where a file of weights lies; ModelError says how to get it when it is not there."""
    if found := find(name):
        return found
    known = WEIGHTS[name]
    if name == "yamnet" and settings().yamnet:
        raise ModelError(
            "YAMNet's weights are not where MGC_YAMNET says. Correct it, or unset it and run `mgc weights get yamnet`."
        )
    raise ModelError(
        f"The weights of {known.title} ({known.megabytes} MB) are not on this machine. Download them with "
        f"`mgc weights get {name}`, or set MGC_WEIGHTS to a folder that holds {known.file}."
    )
