"""A support vector machine on numbers that sum up a mel picture, as plain arrays.

Conventions
-----------
Input [shape=(n, 128, C >= 128, 1), 0..1]: palette index / 255, lowest mel band first. Output: probabilities
[shape=(n, n_classes)]. Inside it is the ``kernel`` form of :mod:`mgc.nets.baselines` on what one of :data:`SEEN` makes
of the picture, with a scale of its own for each number: every group of them counts alike, however many it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.features import photo, textures
from mgc.nets import baselines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["SEEN", "PictureKernel", "Seen", "dump", "load", "parameters"]

FORM: Final = "kernel"


@dataclass(frozen=True, slots=True)
class Seen:
    """What sums up pictures: the function, pictures [shape=(n, 128, C)] -> numbers, and its groups of numbers."""

    numbers: Callable[[npt.NDArray[Any]], npt.NDArray[np.float32]]
    groups: Mapping[str, int]


SEEN: Final[Mapping[str, Seen]] = MappingProxyType(  # by the name of the net
    {
        "texture_kernel": Seen(textures.textures, textures.GROUPS),
        "photo_kernel": Seen(photo.photo, photo.GROUPS),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class PictureKernel:
    """A kernel machine that is shown pictures; ``name`` is one of :data:`SEEN`."""

    name: str
    table: baselines.TableModel

    @property
    def config(self) -> dict[str, int]:
        """The sizes of its arrays, as :func:`parameters` reads them."""
        return self.table.config

    def probabilities(self, pictures: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Return class probabilities [shape=(n, n_classes)]."""
        return self.table.probabilities(SEEN[self.name].numbers(pictures[..., 0]))


def parameters(name: str, config: Mapping[str, Any], n_classes: int) -> int:
    """Count the numbers of a card's net by arithmetic; ValueError for a config that is not its sizes."""
    expected = sum(SEEN[name].groups.values())
    if config.get("inputs") != expected:
        raise ValueError(f"Invalid net config. Received: {config.get('inputs')!r} inputs. Expected: {expected}.")
    return baselines.parameters(FORM, config, n_classes)


def load(name: str, config: Mapping[str, Any], n_classes: int, arrays: Mapping[str, npt.NDArray[Any]]) -> PictureKernel:
    """Wrap the arrays of a weights file; ValueError names the one that is not as the config says."""
    parameters(name, config, n_classes)
    wide = {key: np.asarray(array, dtype=np.float32) for key, array in arrays.items()}
    return PictureKernel(name, baselines.load(FORM, config, n_classes, wide))


def dump(net: PictureKernel) -> bytes:
    """Return the bytes of the ``.npz`` that :func:`load` reads; landmarks are rounded to half precision."""
    arrays = net.table.arrays
    packed = {**arrays, "landmarks": arrays["landmarks"].astype(np.float16)}
    return baselines.dump(baselines.TableModel(FORM, packed, net.table.n_classes))
