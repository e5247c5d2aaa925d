"""A data set's record, ``dataset.json``: read strictly, written atomically.

Conventions
-----------
A data set that was copied or made here lists its tracks, with files relative to its folder; one that was added by its
path is only remembered, and read again each time it is opened.
"""

from __future__ import annotations

import contextlib
import datetime
import json
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

from mgc import records
from mgc.datasets.base import Dataset, Fault, Source, Track, os_errors
from mgc.errors import DatasetError

__all__ = ["FILE", "Entry", "Kept", "Row", "by_path", "load", "pack", "save", "write_json"]

FILE: Final = "dataset.json"
_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One data set in the registry; ``made`` is False for the studio until it has been recorded."""

    id: str
    title: str
    source: Source
    tracks: int
    made: bool = True


@dataclass(frozen=True, slots=True)
class Kept:
    """``dataset.json``: ``path`` for what lies elsewhere, ``tracks`` for what lies here."""

    format: int
    title: str
    source: Source
    licence: str
    n_tracks: int
    added: str  # ISO 8601, UTC
    path: str | None = None
    tracks: tuple[Row, ...] = ()
    faults: tuple[Fault, ...] = ()

    def unpack(self, name: str, folder: Path) -> Dataset:
        """Return the data set whose files lie in ``folder``."""
        tracks = tuple(row.track(folder) for row in self.tracks)
        return Dataset(name, self.title, self.licence, tracks, {}, self.faults, self.source)


@dataclass(frozen=True, slots=True)
class Row:
    """One track of a data set that lies here."""

    id: str
    genre: str
    artist: str
    title: str
    file: str
    seconds: float | None = None

    def track(self, folder: Path) -> Track:
        """Return it with its file, which must lie in ``folder``."""
        place = PurePosixPath(self.file)
        if place.is_absolute() or ".." in place.parts or "\0" in self.file:
            raise ValueError(f"the file {self.file!r} lies outside")
        return Track(self.id, self.genre, self.artist, self.title, self.seconds, folder / place)


def pack(dataset: Dataset, folder: Path | None, *, path: Path | None = None) -> Kept:
    """Return what is to be written about ``dataset``; tracks are listed when their files lie in ``folder``.

    Faults are written down of what lies here, ``path`` being relative then: those of the archive are not found again.
    """
    rows = (
        ()
        if folder is None
        else tuple(
            Row(t.id, t.genre, t.artist, t.title, t.audio.relative_to(folder).as_posix(), t.seconds)
            for t in dataset.tracks
            if t.audio is not None
        )
    )
    return Kept(
        format=_FORMAT,
        title=dataset.title,
        source=dataset.source,
        licence=dataset.licence,
        n_tracks=len(dataset.tracks),
        added=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        path=None if path is None else str(path),
        tracks=rows,
        faults=() if path is not None and path.is_absolute() else dataset.faults,
    )


def save(kept: Kept, folder: Path) -> None:
    """Write ``dataset.json`` into ``folder``."""
    write_json(folder / FILE, kept)


def load(folder: Path) -> Kept:
    """Read ``dataset.json`` of ``folder``.

    Raises
    ------
    DatasetError
        when it is missing, damaged, or of another version of the program
    """
    try:
        kept = _parsed((folder / FILE).read_bytes())
    except FileNotFoundError as error:
        raise DatasetError(f"There is no data set called {folder.name!r}.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetError(
            f"The record of the data set {folder.name!r} is damaged; remove it and add it again.", details=str(error)
        ) from error
    if kept.format != _FORMAT:
        raise DatasetError(f"The data set {folder.name!r} was added by another version; remove it and add it again.")
    return kept


def _parsed(data: bytes) -> Kept:
    """Read a record; ``path`` as plain JSON, since pydantic refuses the surrogates of a name that is no UTF-8."""
    plain = records.parse(data)
    path = plain.pop("path", None) if isinstance(plain, dict) else None
    if path is not None and (not isinstance(path, str) or "\0" in path):
        raise ValueError(f"Invalid value for `{FILE}.path`: a path is expected.")
    return replace(records.read(Kept, json.dumps(plain).encode(), FILE), path=path)


def by_path(root: Path, place: Path) -> str | None:
    """Return the id of the data set below ``root`` that was added by the path of the folder ``place`` (resolved)."""
    for file in sorted(root.glob(f"[!.]*/{FILE}")):
        with contextlib.suppress(DatasetError, OSError, RuntimeError):  # damaged, or a link in a circle
            kept = load(file.parent)
            if kept.path is not None and Path(kept.path).is_absolute() and Path(kept.path).resolve() == place:
                return file.parent.name
    return None


def write_json(path: Path, record: Any) -> None:
    """Write a record as :func:`mgc.records.write` does; an error of the disk is a DatasetError."""
    with os_errors("The folder of data sets cannot be written; is the disk full?"):
        records.write(path, record)
