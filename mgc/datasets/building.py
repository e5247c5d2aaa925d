"""Build a new data set in a hidden folder, then rename it into place; and remove one."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import shutil
import tempfile
import time
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mgc import files
from mgc.datasets.entry import FILE
from mgc.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["STUDIO", "alone", "building", "check_room", "discard", "settle", "settle_studio"]

STUDIO: Final = "studio"
_MADE_LATER: Final = frozenset(
    ("audit", "doubt", "extraction", "maps")
)  # folders beside a record, made of what it lists
_MOMENT: Final = 60.0  # s between the making of a folder and its lock, at the very most


@contextlib.contextmanager
def building(root: Path, most: int) -> Iterator[Path]:
    """Yield a hidden folder below ``root`` to build in; what is still there in the end is taken away.

    Parameters
    ----------
    root : Path
        the registry, made where it is missing
    most : int
        data sets that it may hold

    Raises
    ------
    DatasetError
        when the registry is full, or cannot be written
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        _sweep(root)
        check_room(root, most)
        new = Path(tempfile.mkdtemp(dir=root, prefix=".new-"))
        held = _lock(new)
    except OSError as error:
        raise DatasetError("The folder of data sets cannot be written.", details=str(error)) from error
    try:
        yield new
    except OSError as error:
        raise DatasetError("The data set could not be written; is the disk full?", details=str(error)) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
        os.close(held)


def check_room(root: Path, most: int) -> None:
    """Refuse when the registry is full.

    Raises
    ------
    DatasetError
        when it holds ``most`` data sets
    """
    if sum(1 for _ in root.glob("[!.]*")) >= most:
        raise DatasetError(f"There are {most} data sets already, the most allowed; remove one first.")


def discard(place: Path) -> None:
    """Take a data set's folder away, at once: nobody sees half of it.

    Raises
    ------
    DatasetError
        when it may not be moved
    """
    try:
        gone = Path(tempfile.mkdtemp(dir=place.parent, prefix=".removed-"))
        place.replace(gone / place.name)
    except OSError as error:
        raise DatasetError(f"The data set {place.name!r} cannot be removed.", details=str(error)) from error
    shutil.rmtree(gone, ignore_errors=True)


def _sweep(root: Path) -> None:
    """Take away what was left by a program that was killed while it built or removed something."""
    for left in (*root.glob(".new-*"), *root.glob(".removed-*")):
        with contextlib.suppress(OSError):  # locked: somebody is at work in it
            if time.time() - left.stat().st_mtime > _MOMENT:
                held = _lock(left)
                shutil.rmtree(left, ignore_errors=True)
                os.close(held)
    for place in root.glob("[!.]*"):
        if _is_ghost(place):
            shutil.rmtree(place, ignore_errors=True)


def _lock(folder: Path) -> int:
    """Lock a folder for as long as the descriptor that is returned is open, or this process lives.

    Raises
    ------
    OSError
        when somebody else holds it
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _is_ghost(place: Path) -> bool:
    """Tell whether nothing is left of a data set but what late work on it wrote; what users put there is no ghost."""
    try:
        names = {path.name for path in place.iterdir()}
    except OSError:
        return False
    return FILE not in names and names <= _MADE_LATER


def settle(new: Path, title: str) -> str:
    """Rename what was built to the first free id that is like ``title``, never the studio's; return the id.

    All of it is on the disk by then: a record never outlives a power cut that its files do not.
    """
    _sync(new)
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48].strip("-") or "set"
    number = 1
    while True:
        name = base if number == 1 else f"{base}-{number}"
        number += 1
        if name == STUDIO:
            continue  # whatever calls itself so, the studio is ours
        try:
            new.rename(new.with_name(name))  # refused where a folder with something in it stands
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise
            continue
        return name


def _sync(new: Path) -> None:
    """Wait until the disk holds every file below a folder; measured: 1.5 ms for a clip that was just written."""
    for folder, _, names in os.walk(new):
        for name in names:
            files.sync(Path(folder, name))
        with contextlib.suppress(OSError):  # not every file system syncs folders
            files.sync(Path(folder))


def settle_studio(new: Path) -> str:
    """Rename what was built to the studio's id, whatever stands there; return the id.

    Raises
    ------
    DatasetError
        when what stands there cannot be taken away
    """
    _sync(new)
    place = new.with_name(STUDIO)
    if place.exists():  # the studio of another size, or what is left of one: no other id would ever be found
        discard(place)
    new.rename(place)
    return STUDIO


@contextlib.contextmanager
def alone(root: Path, what: str) -> Iterator[None]:
    """Wait until no other process does the same in the registry; ``what`` names it.

    Raises
    ------
    DatasetError
        when the registry cannot be written
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = (root / f".{what}.lock").open("w")
    except OSError as error:
        raise DatasetError("The folder of data sets cannot be written.", details=str(error)) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
