"""Weights that others have trained: where they are looked for, where they come from, and how one gets them.

A file is looked for in the folder that ``MGC_WEIGHTS`` names, in ``MGC_HOME/weights``, and where Keras keeps its own
(``KERAS_HOME/models``, ``~/.keras/models``). Nothing is fetched unasked; what is asked for is fetched by a job.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from mgc import jobs
from mgc.datasets.download import fetch_file
from mgc.errors import ModelError
from mgc.jobs import Kind
from mgc.settings import keras_home, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from mgc.jobs import Context, Job
    from mgc.recipes import Recipe

__all__ = ["KIND", "WEIGHTS", "Weights", "find", "get", "of_recipe", "path", "start"]


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
        return chosen.yamnet.expanduser() if chosen.yamnet.expanduser().is_file() else None
    own = [chosen.weights.expanduser(), chosen.weights.expanduser() / "models"] if chosen.weights else []
    places = [*own, chosen.home_dir / "weights", keras_home() / "models"]
    return next((place / file for place in places if (place / file).is_file()), None)


def path(name: str) -> Path:
    """Return where a file of weights lies; ModelError says how to get it when it is not there."""
    if found := find(name):
        return found
    known = WEIGHTS[name]
    raise ModelError(
        f"The weights of {known.title} are not here ({known.megabytes} MB): `mgc weights get {name}` fetches them, or "
        f"MGC_WEIGHTS names a folder that has {known.file}."
    )


def get(name: str, progress: Callable[[int, int], None] | None = None) -> Path:
    """Return where a file of weights lies, downloaded where it is not there yet; a download that broke off goes on.

    ``progress`` is called with (bytes so far, bytes in all). Raises as :func:`mgc.datasets.download.fetch` does, and
    ModelError for a name that is not known.
    """
    if name not in WEIGHTS:
        raise ModelError(f"There are no weights called {name[:40]!r}; known: {', '.join(WEIGHTS)}.")
    if found := find(name):
        return found
    known = WEIGHTS[name]
    otherwise = f"download {known.url} yourself into the weights folder of MGC_HOME"
    place = settings().home_dir / "weights" / known.file
    return fetch_file(known.url, place, progress, digest=known.digest, otherwise=otherwise)


def of_recipe(recipe: Recipe) -> Path | None:
    """Return the weights that a recipe starts from, None when it needs none; raises as :func:`path` does."""
    # YAMNet's were used when the data set was extracted: training reads its embeddings
    return path(recipe.weights) if recipe.weights and recipe.reads != "embeddings" else None


def start(name: str) -> Job:
    """Start to fetch a file of weights; ModelError for a name that is not known."""
    if name not in WEIGHTS:
        raise ModelError(f"There are no weights called {name[:40]!r}; known: {', '.join(WEIGHTS)}.")
    return jobs.start("weights", name, {"name": name})


def _run(context: Context) -> None:
    get(str(context.config["name"]), lambda done, total: context.progress(done, total, "Downloading"))


KIND: Final = Kind(
    "weights",
    lambda config: f"Download of the weights of {WEIGHTS[config['name']].title}",
    _run,
    packages=("datasets",),
)
