"""One architecture per file, each readable in one sitting, and the registry that finds them by the name in a card.

A card's ``net`` is a name of :data:`ARCHITECTURES` and a config; with the number of classes that is all it takes to
count a net's parameters, to rebuild it from its weights, and to write the weights of a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, Final, Literal

from mgc.nets import (
    backbone,
    baselines,
    crnn_mel,
    descriptor_kernel,
    image_cnn,
    layers,
    listener,
    picture_cnn,
    picture_kernel,
    table_mlp,
)

if TYPE_CHECKING:
    from mgc.nets.asking import Judges

__all__ = ["ARCHITECTURES", "Architecture"]

Config = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Architecture:
    """One way to build a net.

    Attributes
    ----------
    reads : str
        what it is shown: "descriptors" (rows of 57), "pictures" (stretches of a mel picture), "embeddings" (YAMNet's,
        rows of 1024) or "sounds" (what sums up a stretch of those and of AudioSet's ten genres, rows of 2058:
        :func:`mgc.features.audioset.summaries`); the kind of its cards
    form : "npz" or "hdf5"
        of its weights file
    parameters : callable(config, n_classes) -> int
        counts by arithmetic and allocates nothing; raises ValueError for a config that is not accepted
    load : callable(config, n_classes, weights) -> net
        ``weights`` are the arrays of an ``.npz`` or the path of an HDF5 file; raises ValueError when they do not fit
    dump : callable(net) -> bytes
        of a weights file
    module : module or None
        of a net made of Keras layers: its ``Config``, ``build(config, n_classes)`` and, where its input is
        standardised, ``adapt(config, training inputs)``
    spare : int
        numbers that its file may hold beside the parameters (a dropout layer keeps its seed there)
    judges : "windows", "clips", "whole" or "stretches"
        what a net that is shown pictures judges of a song. "windows": these alone. "clips": each window with the 11.5 s
        around it, and stretches of 30 s. "whole": windows, and stretches of 30 s that decide, by a net that takes any
        width. "stretches": those of 30 s alone, of which a window has the nearest one's answer
    any_window : bool
        whether it takes windows of other lengths and paces than :data:`mgc.models.catalog.FEATURES` names
    """

    reads: str
    form: Literal["npz", "hdf5"]
    parameters: Callable[[Config, int], int]
    load: Callable[[Config, int, Any], Any]
    dump: Callable[[Any], bytes]
    module: ModuleType | None = None
    spare: int = 0
    judges: Judges = "windows"
    any_window: bool = False


def _of_layers(module: ModuleType, reads: str, *, judges: Judges = "windows") -> Architecture:
    kind: Any = module.Config

    def parameters(config: Config, n_classes: int) -> int:
        return int(module.parameter_count(layers.read_config(kind, config), n_classes))

    def load(config: Config, n_classes: int, path: Any) -> Any:
        return layers.load_weights(module.build(layers.read_config(kind, config), n_classes), path)

    return Architecture(
        reads,
        "hdf5",
        parameters,
        load,
        layers.dump,
        module,
        spare=64,
        judges=judges,
        any_window=True,
    )


def _baseline(form: str) -> Architecture:
    return Architecture(
        "descriptors", "npz", partial(baselines.parameters, form), partial(baselines.load, form), baselines.dump
    )


def _picture_kernel(name: str, *, judges: Judges) -> Architecture:
    parameters, load = partial(picture_kernel.parameters, name), partial(picture_kernel.load, name)
    return Architecture("pictures", "npz", parameters, load, picture_kernel.dump, judges=judges)


ARCHITECTURES: Final[Mapping[str, Architecture]] = MappingProxyType(
    {
        "descriptor_kernel": Architecture(
            "descriptors", "npz", descriptor_kernel.parameters, descriptor_kernel.load, descriptor_kernel.dump
        ),
        "picture_cnn": _of_layers(picture_cnn, "pictures", judges="whole"),
        "image_cnn": _of_layers(image_cnn, "pictures"),
        "backbone": _of_layers(backbone, "pictures"),
        "crnn_mel": _of_layers(crnn_mel, "pictures"),
        "table_mlp": _of_layers(table_mlp, "descriptors"),
        "patch_mlp": _of_layers(table_mlp, "embeddings"),
        **{f"{form}_table": _baseline(form) for form in baselines.FORMS},
        "texture_kernel": _picture_kernel("texture_kernel", judges="clips"),
        "photo_kernel": _picture_kernel("photo_kernel", judges="stretches"),
        "listener": Architecture("sounds", "npz", listener.parameters, listener.load, listener.dump),
    }
)
