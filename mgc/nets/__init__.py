"""One architecture per file, each readable in one sitting, and the registry that finds them by the name in a card.

A card's ``net`` is a name of :data:`ARCHITECTURES` and a config; with the number of classes that is all it takes to
count a net's parameters, to rebuild it from its weights, and to write the weights of a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

from mgc.nets import descriptor_kernel, picture_cnn

__all__ = ["ARCHITECTURES", "Architecture"]

Config = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Architecture:
    """One way to build a net.

    Attributes
    ----------
    reads : str
        what it is shown, e.g. "descriptors" or "pictures"; the kind of its cards
    form : "npz" or "hdf5"
        of its weights file
    parameters : callable(config, n_classes) -> int
        counts by arithmetic and allocates nothing; raises ValueError for a config that is not accepted
    load : callable(config, n_classes, weights) -> net
        ``weights`` are the arrays of an ``.npz`` or the path of an HDF5 file; raises ValueError when they do not fit
    dump : callable(net) -> bytes
        of a weights file
    spare : int
        numbers that its file may hold beside the parameters (a dropout layer keeps its seed there)
    any_window : bool
        whether it takes windows of other lengths and paces than :data:`mgc.models.catalog.FEATURES` names
    """

    reads: str
    form: Literal["npz", "hdf5"]
    parameters: Callable[[Config, int], int]
    load: Callable[[Config, int, Any], Any]
    dump: Callable[[Any], bytes]
    spare: int = 0
    any_window: bool = False


ARCHITECTURES: Final[Mapping[str, Architecture]] = MappingProxyType(
    {
        "descriptor_kernel": Architecture(
            "descriptors", "npz", descriptor_kernel.parameters, descriptor_kernel.load, descriptor_kernel.dump
        ),
        "picture_cnn": Architecture(
            "pictures",
            "hdf5",
            picture_cnn.parameters,
            picture_cnn.load,
            picture_cnn.dump,
            spare=64,
            any_window=True,
        ),
    }
)
