"""What lies at a path of the user's: a folder, an archive, GTZAN in one of its layouts, or nothing."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from mgc.datasets import folder, gtzan
from mgc.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mgc.datasets.base import Dataset, Fault

__all__ = ["looked_at", "opened", "packed_gtzan", "read"]

_PACKED: Final = ("data/genres.tar.gz", "genres.tar.gz")  # as Hugging Face's repository of GTZAN holds it


def looked_at(path: Path | str) -> tuple[Path, bool, bool]:
    """Return a path in full, whether it is a file, and whether it is a folder.

    Raises
    ------
    DatasetError
        when it can be neither
    """
    if not str(path).strip():
        raise DatasetError("The path is empty; give that of a folder or of a ZIP file.")
    try:
        place = Path(path).expanduser().absolute()
        return place, place.is_file(), place.is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # may not be looked at, names no user, is far too long
        raise DatasetError("This path cannot be read.", details=repr(error)) from error


def packed_gtzan(place: Path) -> Path | None:
    """Return the archive in a folder that is Hugging Face's repository of GTZAN, None for any other folder."""
    packed = next((place / name for name in _PACKED if (place / name).is_file()), None)
    return None if packed is None or gtzan.is_tree(place) else packed


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file of the user's for reading.

    Raises
    ------
    DatasetError
        when it cannot be read
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise DatasetError(f"{path.name!r} cannot be read; is it yours to read?", details=str(error)) from error
    with file:
        yield file


def read(place: Path, name: str, title: str, noted: tuple[Fault, ...] = ()) -> Dataset:
    """Read a data set from the files at ``place``; ``noted`` are faults that these files no longer show."""
    if not place.is_dir():
        raise DatasetError(f"The folder {place.name!r} of the data set {title or name!r} is not there any more.")
    found = gtzan.open_tree(place) if gtzan.is_tree(place) else folder.open_folder(place)
    faults = (*noted, *(fault for fault in found.faults if fault not in noted))
    return replace(found, id=name, title=title or found.title, faults=faults)
