"""Faults M-1 to M-4: damaged, foreign and absurd models are refused by name, before any of their code could run."""

from __future__ import annotations

import hashlib
import io
import json
import time
import tracemalloc
import zipfile
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from mgc.errors import ModelError, ModelMismatch
from mgc.models.catalog import Catalog
from mgc.models.storage import hdf5_size, npz_arrays, npz_size
from mgc.nets import picture_cnn
from tests.model_fixtures import CONFIG, card, pins, write_card, write_models

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.faults

FILES = {"descriptors": "weights.npz", "pictures": "weights.weights.h5"}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return write_models(tmp_path / "models", with_keras=False)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def link_elsewhere(path: Path) -> None:
    elsewhere = path.parents[2] / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


@pytest.mark.parametrize("model", FILES)
@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (flip, "altered"),
        (cut, "bytes"),
        (lambda path: path.unlink(), "missing"),
        (lambda path: path.write_bytes(b""), "0 bytes"),
        (link_elsewhere, "link"),
    ],
    ids=["flipped byte", "truncated", "missing", "empty", "link"],
)
def test_m1_damaged_weights_are_named_and_the_rest_remains(
    models: Path, model: str, harm: Callable[[Path], Any], said: str
) -> None:
    harm(models / model / FILES[model])
    opened = Catalog(models, pins=pins(models))
    other = next(name for name in FILES if name != model)
    assert [one.id for one in opened.cards()] == [other]
    assert opened.default().id == other
    assert set(opened.broken()) == {model, "vote"}
    assert said in opened.broken()[model]
    assert model in opened.broken()["vote"]
    with pytest.raises(ModelError, match=model):
        opened.card("vote")


def test_m1_a_wrong_sha_in_the_card_is_refused(models: Path) -> None:
    data = json.loads((models / "descriptors" / "card.json").read_text())
    data["weights"]["sha256"] = "0" * 64
    (models / "descriptors" / "card.json").write_text(json.dumps(data))
    assert "SHA-256" in Catalog(models).broken()["descriptors"]


def test_m1_a_shipped_card_that_was_changed_or_added_or_removed_is_refused(models: Path) -> None:
    shipped = pins(models)
    write_card(models, "descriptors", title="Better than it was")
    assert "not the one that was shipped" in Catalog(models, pins=shipped).broken()["descriptors"]
    shipped = pins(models)
    del shipped["pictures"]
    assert "not the one that was shipped" in Catalog(models, pins=shipped).broken()["pictures"]
    assert "missing" in Catalog(models, pins=shipped | {"gone": "0" * 64}).broken()["gone"]


def test_m1_weights_changed_after_the_start_are_noticed(models: Path) -> None:
    opened = Catalog(models, pins=pins(models))
    flip(models / "descriptors" / FILES["descriptors"])
    with pytest.raises(ModelError, match="altered"):
        opened.weights("descriptors")


def dot_keras(layer: dict[str, Any]) -> bytes:
    """Return a ``.keras`` archive that holds one hostile layer."""
    config = {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "s", "layers": [layer]},
        "registered_name": None,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1", "date_saved": "2026-11-21"}))
        archive.writestr("model.weights.h5", b"")
    return out.getvalue()


def hostile(canary: Path) -> dict[str, bytes]:
    def layer(module: str, name: str, **config: Any) -> bytes:
        return dot_keras({"module": module, "class_name": name, "config": config, "registered_name": None})

    with h5py.File(out := io.BytesIO(), "w") as file:
        file["layers/dense/vars/0"] = h5py.ExternalLink(str(canary), "/x")
    with h5py.File(soft := io.BytesIO(), "w") as file:
        file["layers/dense/vars/0"] = h5py.SoftLink("/somewhere")
    with h5py.File(words := io.BytesIO(), "w") as file:
        file["layers/dense/vars/0"] = "text"
    np.savez(objects := io.BytesIO(), window__mean=np.array([{"a": 1}], dtype=object))
    return {
        "Lambda": layer("keras.layers", "Lambda", function=f"__import__('os').system('touch {canary}')"),
        "TFSMLayer": layer("keras.layers", "TFSMLayer", filepath=str(canary)),
        "os.system": layer("os", "system", command=f"touch {canary}"),
        "StringLookup": layer("keras.layers", "StringLookup", vocabulary="/etc/passwd"),
        "external link": out.getvalue(),
        "soft link": soft.getvalue(),
        "text in HDF5": words.getvalue(),
        "pickle in npz": objects.getvalue(),
        "pickle": b"\x80\x04cos\nsystem\n(S'touch " + str(canary).encode() + b"'\ntR.",
        "HDF5 in name only": b"\x89HDF\r\n\x1a\n" + b"\0" * 500,
        "zip in name only": b"PK\x03\x04" + b"\0" * 500,
    }


HOSTILE = ("Lambda", "TFSMLayer", "os.system", "StringLookup", "external link", "soft link", "text in HDF5")
HOSTILE += ("pickle in npz", "pickle", "HDF5 in name only", "zip in name only")


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("model", FILES)
def test_m2_hostile_weights_are_refused_even_when_their_card_vouches_for_them(
    models: Path, tmp_path: Path, model: str, name: str
) -> None:
    canary = tmp_path / "canary"
    data = hostile(canary)[name]
    (models / model / FILES[model]).write_bytes(data)
    unvouched = Catalog(models).broken()
    assert "bytes" in unvouched[model] or "altered" in unvouched[model]
    write_card(models, model)  # now size and SHA-256 agree
    opened = Catalog(models)
    assert model in opened.broken()
    with pytest.raises(ModelError):
        opened.card(model)
    assert not canary.exists()


def test_m2_outside_and_virtual_storage_in_hdf5_is_refused(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    canary.write_bytes(b"\0" * 80)
    with h5py.File(outside := io.BytesIO(), "w") as file:
        file.create_dataset("x", shape=(10,), dtype="f8", external=[(str(canary), 0, 80)])
    layout = h5py.VirtualLayout(shape=(10,), dtype="f8")
    layout[:] = h5py.VirtualSource(str(canary), "x", shape=(10,))
    with h5py.File(virtual := io.BytesIO(), "w") as file:
        file.create_virtual_dataset("x", layout)
    for held in (outside, virtual):
        with pytest.raises(ModelError, match="outside"):
            hdf5_size(held.getvalue())


def test_m2_a_group_that_holds_itself_ends(tmp_path: Path) -> None:
    with h5py.File(held := io.BytesIO(), "w") as file:
        file.create_group("a")["b"] = file["/"]
    with pytest.raises(ModelError, match="more than"):
        hdf5_size(held.getvalue())


def test_m3_an_absurd_config_is_refused_by_arithmetic_without_allocating(models: Path) -> None:
    absurd = CONFIG.to_json() | {"channels": [4, 2_000_000_000]}
    count = picture_cnn.parameter_count(picture_cnn.CNNConfig.from_json(absurd), 10)
    for claimed in (1, picture_cnn.parameter_count(CONFIG, 10), count):
        write_card(models, "pictures", net={"name": "picture_cnn", "config": absurd}, parameters=claimed)
        tracemalloc.start()
        began = time.perf_counter()
        opened = Catalog(models)
        took = time.perf_counter() - began
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert "parameters" in opened.broken()["pictures"]
        assert took < 1.0  # usually 0.01 s; the promise is 0.1
        assert peak < 10e6


def test_m3_an_npz_that_claims_to_be_huge_is_refused_from_its_header(models: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": (2_000_000_000, 1000)}
    )
    with zipfile.ZipFile(held := io.BytesIO(), "w") as archive:
        archive.writestr("window__mean.npy", header.getvalue())
    assert npz_size(held.getvalue()) == 2_000_000_000_000
    (models / "descriptors" / "weights.npz").write_bytes(held.getvalue())
    write_card(models, "descriptors")
    assert "2,000,000,000,000 numbers" in Catalog(models).broken()["descriptors"]
    with pytest.raises(ModelError, match="broken"):
        npz_arrays(b"".join([zipped_header((3,))]))


def zipped_header(shape: tuple[int, ...]) -> bytes:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(held := io.BytesIO(), "w") as archive:
        archive.writestr("x.npy", header.getvalue())
    return held.getvalue()


def test_m3_a_negative_shape_and_a_late_npy_version_are_refused() -> None:
    with pytest.raises(ModelError):
        npz_size(zipped_header((-5, 3)))
    with zipfile.ZipFile(held := io.BytesIO(), "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x02\x00" + b"\xff" * 4)
    with pytest.raises(ModelError, match="version"):
        npz_size(held.getvalue())


@pytest.mark.parametrize(
    "config", [{"channels": "abc"}, {"channels": [4]}, {"units": 3}, {"channels": [4, -1]}, {"dropout": 2.0}]
)
def test_m3_a_config_that_is_not_ours_is_refused(models: Path, config: dict[str, Any]) -> None:
    write_card(models, "pictures", net={"name": "picture_cnn", "config": config})
    assert "config" in Catalog(models).broken()["pictures"]


def test_m3_a_net_that_we_do_not_know_is_refused(models: Path) -> None:
    write_card(models, "pictures", net={"name": "os.system", "config": {}})
    assert "unknown" in Catalog(models).broken()["pictures"]


@pytest.mark.parametrize("change", [{"sr": 44_100}, {"pad_mode": "constant"}, {"n_mels": 64}, {"new": 1}, {"sr": None}])
@pytest.mark.parametrize("model", ["pictures", "descriptors", "vote"])
def test_m4_other_features_are_a_mismatch_and_not_a_wrong_genre(
    models: Path, model: str, change: dict[str, Any]
) -> None:
    write_card(models, model, features=card(model)["features"] | change)
    opened = Catalog(models)
    assert next(iter(change)) in opened.broken()[model]
    with pytest.raises(ModelMismatch):
        opened.card(model)
    assert len(opened.cards()) == (2 if model == "vote" else 1)


def test_m4_a_card_in_the_folder_of_another_model_is_refused(models: Path) -> None:
    (models / "twin").mkdir()
    data = (models / "vote" / "card.json").read_bytes()
    (models / "twin" / "card.json").write_bytes(data)
    pinned = pins(models) | {"twin": hashlib.sha256(data).hexdigest()}
    assert "another model" in Catalog(models, pins=pinned).broken()["twin"]
