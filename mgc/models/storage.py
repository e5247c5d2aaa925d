"""A model's files: weights are held against their card before anything in them is believed, and written whole.

Only two forms of weights are read, and neither can carry code: arrays in an ``.npz`` (never pickled ones), and HDF5 as
Keras' ``save_weights`` writes it (never a whole ``.keras`` model, whose layers are somebody else's program). Bytes are
compared with the card's size and SHA-256 first; then sizes are added up from headers; only then is memory allocated.

Weights are written first, then the card that names them. A reader finds the old model or the new one: the weights file
is called by its content, so that new weights never stand under an old card.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc import files, nets
from mgc.errors import ModelError
from mgc.genres import display_name, palette
from mgc.models.card import Card

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from mgc.models.card import Weights

__all__ = [
    "MAX_WEIGHTS_BYTES",
    "classes_of",
    "hdf5_size",
    "npz_arrays",
    "npz_size",
    "verified_bytes",
    "write_card",
    "write_model",
    "write_pins",
]

MAX_WEIGHTS_BYTES: Final = 200_000_000  # 30 million parameters (mgc.nets.layers) as float32, and some air
_HDF5_MAGIC: Final = b"\x89HDF\r\n\x1a\n"
_HDF5_MOST: Final = 1_000  # groups and data sets; ours hold some 50
_NUMBERS: Final = frozenset("fiub")  # kinds of dtype that are numbers; "O" would be a pickle
_ENDINGS: Final = {"npz": ".npz", "hdf5": ".weights.h5"}  # Keras reads weights only from such names


def verified_bytes(folder: Path, weights: Weights) -> bytes:
    """Read a weights file of a model's folder; ModelError when it is missing, elsewhere, too large, cut or altered."""
    path = folder / weights.file
    if weights.bytes > MAX_WEIGHTS_BYTES:
        raise ModelError(f"The weights claim {weights.bytes:,} bytes; at most {MAX_WEIGHTS_BYTES:,} are accepted.")
    if not path.is_file():
        raise ModelError(f"The weights file {weights.file} is missing.")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ModelError(f"The weights file {weights.file} is a link to another place, which is not accepted.")
    if (size := path.stat().st_size) != weights.bytes:
        raise ModelError(f"The weights file {weights.file} has {size:,} bytes; its card says {weights.bytes:,}.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"The weights file {weights.file} cannot be read.", details=str(error)) from error
    if hashlib.sha256(data).hexdigest() != weights.sha256:
        raise ModelError(f"The weights file {weights.file} was altered: its SHA-256 is not the one of its card.")
    return data


def npz_size(data: bytes) -> int:
    """Count the numbers in an ``.npz`` from the headers of its arrays, allocating none of them.

    ModelError when it is no ``.npz`` of plain numbers.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if len(set(names)) < len(names) or not all(name.endswith(".npy") for name in names):
                raise ModelError("The weights are not an .npz of arrays: the file holds something else.")
            return sum(_npy_size(archive, name) for name in names)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, RuntimeError) as error:
        # RuntimeError: an encrypted member; NotImplementedError (its child): a compression that zipfile does not know
        raise ModelError("The weights are not an .npz of arrays.", details=repr(error)) from error


def npz_arrays(data: bytes) -> dict[str, npt.NDArray[Any]]:
    """Read the arrays of an ``.npz`` that :func:`npz_size` has accepted."""
    npz_size(data)
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as held:
            return {name: held[name] for name in held.files}
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError) as error:
        raise ModelError("The weights are a broken .npz.", details=repr(error)) from error


def hdf5_size(data: bytes) -> int:
    """Count the numbers in an HDF5 file of weights, following no link out of it and reading none of them.

    ModelError when it is no HDF5 file, or holds links, outside or virtual storage, or other things than numbers.
    """
    if not data.startswith(_HDF5_MAGIC):
        raise ModelError("The weights are not an HDF5 file as Keras' save_weights writes it.")
    import h5py

    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            return _walk(file)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelError("The weights are a broken HDF5 file.", details=repr(error)) from error


def classes_of(genres: Iterable[str]) -> list[dict[str, str]]:
    """Return genres as they stand in a card, with the names and colours that the program gives them."""
    return [{"id": genre, "name": display_name(genre), "colour": colour} for genre, colour in palette(genres).items()]


def write_model(root: Path, facts: Mapping[str, Any], net: object = None) -> Card:
    """Write ``root/<id>/`` and return its card.

    Parameters
    ----------
    root : Path
        of shipped or promoted models; made where it is missing
    facts : mapping
        a card as JSON, without what follows from the net: ``weights`` and ``parameters``
    net : object, optional
        what the architecture ``facts["net"]["name"]`` builds, or the bytes that it dumps; None for a vote, whose
        ``parameters`` must be given

    Raises
    ------
    ModelError, ValueError, OSError
        when the card is not valid, the net's config is not accepted, the folder cannot be written
    """
    if net is None:
        return write_card(root, {"weights": None, **facts})
    architecture, config = nets.ARCHITECTURES[facts["net"]["name"]], facts["net"]["config"]
    data = net if isinstance(net, bytes) else architecture.dump(net)
    digest = hashlib.sha256(data).hexdigest()
    name = f"weights-{digest[:12]}{_ENDINGS[architecture.form]}"
    weights = {"file": name, "sha256": digest, "bytes": len(data)}
    card = {**facts, "weights": weights, "parameters": architecture.parameters(config, len(facts["classes"]))}
    Card.from_json(card)  # before anything is written
    folder = root / facts["id"]
    folder.mkdir(parents=True, exist_ok=True)
    files.write(folder / name, data)
    written = write_card(root, card)
    for old in folder.glob("weights*"):
        if old.name != name:
            old.unlink()
    return written


def write_card(root: Path, data: Mapping[str, Any]) -> Card:
    """Check a card and write it to ``root/<id>/card.json``; raises as :func:`write_model` does."""
    card = Card.from_json(data)
    folder = root / card.id
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(card.to_json(), indent=1, ensure_ascii=False) + "\n"
    files.write(folder / "card.json", text.encode())
    return card


def write_pins(root: Path, pins: Path) -> None:
    """Write the SHA-256 of every card under ``root``: what the catalogue holds shipped cards against."""
    hashes = {
        card.parent.name: hashlib.sha256(card.read_bytes()).hexdigest() for card in sorted(root.glob("*/card.json"))
    }
    files.write(pins, json.dumps(hashes, indent=1).encode() + b"\n")


def _npy_size(archive: zipfile.ZipFile, name: str) -> int:
    with archive.open(name) as member:
        if (version := np.lib.format.read_magic(member)) != (1, 0):  # later ones allow headers of 4 GB
            raise ModelError(f"The weights hold an array of .npy version {version}; (1, 0) is accepted.")
        shape, _, dtype = np.lib.format.read_array_header_1_0(member)
    if min(shape, default=0) < 0:
        raise ModelError(f"The weights hold an array of shape {shape}.")
    if dtype.kind not in _NUMBERS:
        raise ModelError(f"The weights hold an array of {dtype.kind!r}, which is not numeric.")
    return math.prod(shape)


def _walk(file: Any) -> int:
    import h5py

    total, seen, waiting = 0, 0, [file]
    while waiting:
        group = waiting.pop()
        for name in group:
            seen += 1
            if seen > _HDF5_MOST:  # also ends a group that links to itself
                raise ModelError(f"The weights hold more than {_HDF5_MOST:,} groups and arrays.")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise ModelError("The weights hold a link to another place, which is not accepted.")
            item = group[name]
            if isinstance(item, h5py.Group):
                waiting.append(item)
            elif not isinstance(item, h5py.Dataset) or item.external or item.is_virtual:
                raise ModelError("The weights keep numbers outside of their file, which is not accepted.")
            elif item.dtype.kind not in _NUMBERS:
                raise ModelError(f"The weights hold an array of {item.dtype.kind!r}, which is not numeric.")
            else:
                total += int(item.size or 0)
    return total
