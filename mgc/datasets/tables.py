"""Kaggle's tables of descriptors: ``features_30_sec.csv``, a row per clip, ``features_3_sec.csv``, a row per segment.

Conventions
-----------
A row's ``filename`` names its track: ``blues.00000.wav``, or ``blues.00000.3.wav`` for a segment. The numbers are those
of :data:`mgc.features.descriptors.COLUMNS`; other columns are not read.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mgc.errors import DatasetError
from mgc.features.descriptors import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["CLIPS", "SEGMENTS", "Table", "read_table", "tracks_in"]

CLIPS: Final = "features_30_sec.csv"
SEGMENTS: Final = "features_3_sec.csv"
_LINE: Final = 4_096  # letters of a row that are read at once; Kaggle's have up to 1,200


@dataclass(frozen=True, eq=False)
class Table:
    """A table's n rows in its order."""

    tracks: tuple[str, ...]  # that each row belongs to
    numbers: npt.NDArray[np.float64]  # [shape=(n, 57)], in the order of :data:`mgc.features.descriptors.COLUMNS`

    @cached_property
    def rows(self) -> dict[str, npt.NDArray[np.intp]]:
        """The rows of each track, by its id."""
        found: dict[str, list[int]] = {}
        for row, name in enumerate(self.tracks):
            found.setdefault(name, []).append(row)
        return {name: np.array(rows, dtype=np.intp) for name, rows in found.items()}

    def of(self, track: str) -> npt.NDArray[np.float64]:
        """Return the numbers of a track [shape=(k, 57)]; k is 0 where the table lacks it."""
        return self.numbers[self.rows.get(track, np.empty(0, dtype=np.intp))]


def read_table(path: Path | str) -> Table:
    """Read a table; rows without a name, or with something else than numbers, are left out.

    Raises
    ------
    DatasetError
        when the file cannot be read, or is not Kaggle's table
    """
    name = str(path).rpartition("/")[2]
    tracks, numbers = [], []
    try:
        with open(path, newline="", encoding="utf-8", errors="replace") as file:
            rows = csv.reader(file)
            head = next(rows, [])
            if missing := [column for column in ("filename", *COLUMNS) if column not in head]:
                raise DatasetError(f"{name} is not Kaggle's table: it has no column {missing[0]!r}.")
            at, columns = head.index("filename"), [head.index(column) for column in COLUMNS]
            for row in rows:
                if len(row) > max(at, *columns) and (track := _track(row[at])):
                    try:
                        numbers.append([float(row[column]) for column in columns])
                    except ValueError:
                        continue
                    tracks.append(track)
    except (OSError, csv.Error) as error:
        raise DatasetError(f"{name} cannot be read.", details=repr(error)) from error
    return Table(tuple(tracks), np.array(numbers, dtype=np.float64).reshape(len(numbers), len(COLUMNS)))


def tracks_in(path: Path) -> Iterator[str]:
    """Yield the track of each row, from the first column alone: ten times faster than reading all sixty.

    A DatasetError is raised when the file is not Kaggle's table.
    """
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        if file.readline(_LINE).partition(",")[0].strip() != "filename":
            raise DatasetError(f"{path.name} is not Kaggle's table: its first column is not 'filename'.")
        while line := file.readline(_LINE):
            if name := _track(line.partition(",")[0].strip()):
                yield name


def _track(filename: str) -> str:
    """Return ``blues.00000`` for ``blues.00000.wav`` and ``blues.00000.3.wav``."""
    return ".".join(filename.split(".")[:2])
