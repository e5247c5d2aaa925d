"""A support vector machine on the textures of a mel picture, as plain arrays.

Conventions
-----------
Input [shape=(n, 128, C >= 128, 1), 0..1]: palette index / 255, lowest mel band first. Output: probabilities
[shape=(n, n_classes)]. Inside it is the ``kernel`` form of :mod:`mgc.nets.baselines` on the numbers of
:mod:`mgc.features.textures`, with a scale of its own for each: every group of them counts alike, however many it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.features.textures import N_TEXTURES, textures
from mgc.nets import baselines

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TextureNet", "dump", "load", "parameters"]

FORM: Final = "kernel"


@dataclass(frozen=True, slots=True, eq=False)
class TextureNet:
    """A kernel machine that is shown pictures."""

    table: baselines.TableModel

    @property
    def config(self) -> dict[str, int]:
        """The sizes of its arrays, as :func:`parameters` reads them."""
        return self.table.config

    def probabilities(self, pictures: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Return class probabilities [shape=(n, n_classes)]."""
        return self.table.probabilities(textures(pictures[..., 0]))


def parameters(config: Mapping[str, Any], n_classes: int) -> int:
    """Count the numbers of a card's net by arithmetic; ValueError for a config that is not its sizes."""
    if config.get("inputs") != N_TEXTURES:
        raise ValueError(f"Invalid net config. Received: {config.get('inputs')!r} inputs. Expected: {N_TEXTURES}.")
    return baselines.parameters(FORM, config, n_classes)


def load(config: Mapping[str, Any], n_classes: int, arrays: Mapping[str, npt.NDArray[Any]]) -> TextureNet:
    """Wrap the arrays of a weights file; ValueError names the one that is not as the config says."""
    parameters(config, n_classes)
    wide = {name: np.asarray(array, dtype=np.float32) for name, array in arrays.items()}
    return TextureNet(baselines.load(FORM, config, n_classes, wide))


def dump(net: TextureNet) -> bytes:
    """Return the bytes of the ``.npz`` that :func:`load` reads; landmarks are rounded to half precision."""
    arrays = net.table.arrays
    packed = {**arrays, "landmarks": arrays["landmarks"].astype(np.float16)}
    return baselines.dump(baselines.TableModel(FORM, packed, net.table.n_classes))
