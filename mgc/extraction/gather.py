"""The last task of a job: one record of everything, from the cache and from the tables that came with the data set."""

from __future__ import annotations

import csv
import shutil
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.datasets.entry import write_json
from mgc.extraction.collected import POINTER, RECORD_VERSION
from mgc.extraction.sound import key
from mgc.features.cache import Cache
from mgc.features.descriptors import COLUMNS
from mgc.features.pictures import N_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mgc.extraction.plan import Item, Line

__all__ = ["THUMBNAIL_COLUMNS", "record"]

Row = npt.NDArray[np.float64]

WHOLE_TABLE: Final = "features_30_sec.csv"
SEGMENT_TABLE: Final = "features_3_sec.csv"
N_BANDS: Final = 128
THUMBNAIL_COLUMNS: Final = 33
_STEP: Final = N_COLUMNS // THUMBNAIL_COLUMNS  # picture columns that one of a thumbnail averages
N_EMBEDDING: Final = 1024


def record(
    folder: Path, items: Sequence[Item], tables: Mapping[str, str], lines: Mapping[str, Line], *, kinds: Sequence[str]
) -> None:
    """Write the record of tracks that are in the cache.

    Parameters
    ----------
    folder : Path
        of the extraction
    items : sequence of Item
        the tracks, in the data set's order
    tables : mapping of str to str
        name of a table that came with the data set -> its path
    lines : mapping of str to Line
        what became of each track
    kinds : sequence of str
        what was extracted
    """
    place = folder / f"record-{time.time_ns()}"
    place.mkdir()
    about: dict[str, Any] = {
        "version": RECORD_VERSION,
        "folder": place.name,
        "embeddings": "embeddings" in kinds,
        "ids": [item.id for item in items],
        "genres": [item.genre for item in items],
    }
    about |= _numbers(place, items, tables, lines, Cache(folder / "cache"), kinds)
    _pictures(place, items, lines, Cache(folder / "cache"))
    write_json(folder / POINTER, about)
    for old in folder.glob("record-*"):
        if old != place:
            shutil.rmtree(old, ignore_errors=True)  # who has it mapped keeps it


def _numbers(
    place: Path,
    items: Sequence[Item],
    tables: Mapping[str, str],
    lines: Mapping[str, Line],
    cache: Cache,
    kinds: Sequence[str],
) -> dict[str, Any]:
    """Write all but the pictures; return where descriptors come from and the checksums."""
    n = len(items)
    whole_rows, segment_rows = _tables(items, tables)
    descriptors = np.full((n, len(COLUMNS)), np.nan)
    seconds = np.full(n, np.nan)
    embeddings = np.full((n, N_EMBEDDING), np.nan, dtype=np.float32)
    segments: list[Row] = []
    owners: list[int] = []
    origins: list[str | None] = []
    checksums: list[str] = []
    for row, item in enumerate(items):
        parts = _parts(item, lines, cache, ("sound", "descriptors", "embeddings"))
        sound, described = parts["sound"], parts["descriptors"]
        checksums.append(str(sound["checksum"]) if sound else "")
        seconds[row] = sound["seconds"] if sound else np.nan
        mine: list[Row] = []
        origin = None
        if described:
            descriptors[row], mine, origin = described["whole"], list(described["segments"]), "audio"
        elif item.id in whole_rows:
            descriptors[row], mine, origin = whole_rows[item.id], segment_rows[item.id], "table"
        elif lines.get(item.id) and lines[item.id].picture:
            origin = "picture"
        if parts["embeddings"]:
            embeddings[row] = parts["embeddings"]["patches"].mean(axis=0, dtype=np.float32)
        segments += mine
        owners += [row] * len(mine)
        origins.append(origin)
    arrays = {
        "descriptors": descriptors,
        "segments": np.array(segments).reshape(len(segments), len(COLUMNS)),
        "owners": np.array(owners, dtype=np.int32),
        "seconds": seconds,
    }
    if "embeddings" in kinds:
        arrays["embeddings"] = embeddings
    for name, array in arrays.items():
        np.save(place / f"{name}.npy", array, allow_pickle=False)
    return {"origins": origins, "checksums": checksums}


def _pictures(place: Path, items: Sequence[Item], lines: Mapping[str, Line], cache: Cache) -> None:
    """Write the pictures, one after the other into a file that is never in memory as a whole.

    Written, not mapped: into a file that is mapped a full disk is told by a signal that ends the process.
    """
    n = len(items)
    widths = np.zeros(n, dtype=np.int32)
    thumbnails = np.zeros((n, N_BANDS, THUMBNAIL_COLUMNS), dtype=np.uint8)
    header = {"descr": "|u1", "fortran_order": False, "shape": (n, N_BANDS, N_COLUMNS)}
    with (place / "pictures.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for row, item in enumerate(items):
            picture = np.zeros((N_BANDS, N_COLUMNS), dtype=np.uint8)
            found = _parts(item, lines, cache, ("picture",))["picture"]
            if found:
                widths[row] = min(found["picture"].shape[1], N_COLUMNS)
                picture[:, : widths[row]] = found["picture"][:, :N_COLUMNS]
                small = picture[:, : _STEP * THUMBNAIL_COLUMNS]
                thumbnails[row] = np.rint(small.reshape(N_BANDS, THUMBNAIL_COLUMNS, _STEP).mean(axis=2))
            file.write(picture.data)
    np.save(place / "widths.npy", widths, allow_pickle=False)
    np.save(place / "thumbnails.npy", thumbnails, allow_pickle=False)


def _parts(
    item: Item, lines: Mapping[str, Line], cache: Cache, names: Sequence[str]
) -> dict[str, dict[str, npt.NDArray[Any]] | None]:
    """Return what the cache has of a track; its own picture file goes before the one drawn from its sound."""
    line = lines.get(item.id)
    found = {}
    for name in names:
        digest = "" if line is None else line.picture if name == "picture" and line.picture else line.sha256
        found[name] = cache.find(key(digest, name)) if digest else None
    return found


def _tables(items: Sequence[Item], tables: Mapping[str, str]) -> tuple[dict[str, Row], defaultdict[str, list[Row]]]:
    """Return the rows of Kaggle's tables by track: one of the whole, and those of its segments in order."""
    wholes: dict[str, Row] = {}
    segments: defaultdict[str, list[Row]] = defaultdict(list)
    if all(item.audio for item in items):
        return wholes, segments
    for name, row in _rows(tables.get(WHOLE_TABLE, "")):
        wholes[name] = row
    for name, row in _rows(tables.get(SEGMENT_TABLE, "")):
        segments[name].append(row)
    return wholes, segments


def _rows(path: str) -> list[tuple[str, Row]]:
    """Return (track, descriptors) of each row of a table; rows that hold no numbers, or no name, are left out."""
    if not path:
        return []
    found = []
    with open(path, newline="", encoding="utf-8", errors="replace") as file:
        for row in csv.DictReader(file):
            try:
                values = np.array([float(row[column]) for column in COLUMNS])
                found.append((".".join(row["filename"].split(".")[:2]), values))
            except (AttributeError, KeyError, TypeError, ValueError):
                continue
    return found
