"""Weights files: held against their card before anything in them is believed.

Only two forms are read, and neither can carry code: arrays in an ``.npz`` (never pickled ones), and HDF5 as Keras'
``save_weights`` writes it (never a whole ``.keras`` model, whose layers are somebody else's program). Bytes are
compared with the card's size and SHA-256 first; then sizes are added up from headers; only then may anybody allocate.
"""

from __future__ import annotations

import hashlib
import io
import math
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from mgc.models.card import Weights

__all__ = ["MAX_WEIGHTS_BYTES", "hdf5_size", "npz_arrays", "npz_size", "verified_bytes"]

MAX_WEIGHTS_BYTES: Final = 200_000_000  # 20 million parameters (nets.picture_cnn) as float64, and some air
_HDF5_MAGIC: Final = b"\x89HDF\r\n\x1a\n"
_HDF5_MOST: Final = 1_000  # groups and data sets; ours hold some 50
_NUMBERS: Final = frozenset("fiub")  # kinds of dtype that are numbers; "O" would be a pickle


def verified_bytes(folder: Path, weights: Weights) -> bytes:
    """Read a weights file whose size and digest are those of its card.

    Parameters
    ----------
    folder : Path
        of the model; the file must lie in it
    weights : Weights
        what the card says

    Raises
    ------
    ModelError
        when the file is missing, elsewhere, too large, cut or altered; the sentence says which
    """
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

    Raises
    ------
    ModelError
        when it is no ``.npz`` of plain numbers
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if len(set(names)) < len(names) or not all(name.endswith(".npy") for name in names):
                raise ModelError("The weights are no .npz of arrays: it holds other files.")
            return sum(_npy_size(archive, name) for name in names)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, RuntimeError) as error:
        # RuntimeError: an encrypted member; NotImplementedError (its child): a compression nobody uses
        raise ModelError("The weights are no .npz of arrays.", details=repr(error)) from error


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

    Raises
    ------
    ModelError
        when it is no HDF5 file, or holds links, outside or virtual storage, or other things than numbers
    """
    if not data.startswith(_HDF5_MAGIC):
        raise ModelError("The weights are no HDF5 file as Keras' save_weights writes it.")
    import h5py

    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            return _walk(file)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelError("The weights are a broken HDF5 file.", details=repr(error)) from error


def _npy_size(archive: zipfile.ZipFile, name: str) -> int:
    with archive.open(name) as member:
        if (version := np.lib.format.read_magic(member)) != (1, 0):  # later ones allow headers of 4 GB
            raise ModelError(f"The weights hold an array of .npy version {version}; (1, 0) is accepted.")
        shape, _, dtype = np.lib.format.read_array_header_1_0(member)
    if min(shape, default=0) < 0:
        raise ModelError(f"The weights hold an array of shape {shape}.")
    if dtype.kind not in _NUMBERS:
        raise ModelError(f"The weights hold an array of {dtype.kind!r}, which is no number.")
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
                raise ModelError(f"The weights hold an array of {item.dtype.kind!r}, which is no number.")
            else:
                total += int(item.size or 0)
    return total
