"""Doubts that were worked out once stay on the shelf, until what they were worked out from changes.

Conventions
-----------
``<id>/doubt/found.json`` holds the lists and a mark: a sha256 over all that they depend on. Page and command line share
it. It is not beside ``dataset.json``, since what lies there tells the pages that the data set itself has changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mgc import files
from mgc.audit.report import Doubts, examine
from mgc.errors import DatasetError
from mgc.strict import parse, read

if TYPE_CHECKING:
    from mgc.audit.report import Say
    from mgc.datasets.base import Dataset
    from mgc.datasets.validation import Report
    from mgc.extraction.collected import Collected

__all__ = ["doubts", "find", "mark"]

FORMAT: Final = 3  # raise it whenever a list would come out otherwise from the same data
_FOLDER: Final = "doubt"
_FILE: Final = "found.json"


@dataclass(frozen=True, slots=True)
class _File:
    format: int
    mark: str
    doubts: Doubts


def doubts(name: str, dataset: Dataset, collected: Collected, report: Report | None, tell: Say | None = None) -> Doubts:
    """Return what :func:`mgc.audit.report.examine` finds in a data set of the shelf; looked for only once.

    Parameters
    ----------
    name : str
        id on the shelf; of another data set nothing is kept
    dataset, collected, report, tell
        as in :func:`mgc.audit.report.examine`
    """
    held = find(name, dataset, collected, report)
    if held is None:
        held = examine(dataset, collected, report, tell=tell)
        _save(name, mark(dataset, collected, report), held)
    return held


def find(name: str, dataset: Dataset, collected: Collected, report: Report | None) -> Doubts | None:
    """Return what was found before, None when nobody has looked since the data changed."""
    from mgc.datasets import registry

    try:
        held = read(_File, parse((registry.folder(name) / _FOLDER / _FILE).read_bytes()), _FILE)
    except (OSError, ValueError, DatasetError):
        return None  # never made, damaged, of another version, or no id of the shelf
    now = (FORMAT, mark(dataset, collected, report))
    return held.doubts if (held.format, held.mark) == now else None


def mark(dataset: Dataset, collected: Collected, report: Report | None) -> str:
    """Return a sha256 (hexadecimal) of everything that doubts depend on."""
    tracks = [(t.id, t.genre, t.artist, t.title, t.duplicate_of, t.md5) for t in dataset.tracks]
    faults = [asdict(fault) for fault in dataset.faults]
    findings = None if report is None else [asdict(finding) for finding in report.findings]
    measured = (collected.ids, collected.origins, collected.checksums)
    words = json.dumps([FORMAT, dataset.source, dataset.genres, tracks, faults, findings, measured])
    sum_ = hashlib.sha256(words.encode())
    for numbers in (collected.descriptors, collected.widths, collected.pictures):
        sum_.update(np.ascontiguousarray(numbers).data)
    return sum_.hexdigest()


def _save(name: str, now: str, held: Doubts) -> None:
    """Keep the lists. A full disk, a number that is none, or a data set that was removed costs their making again."""
    from mgc.datasets import registry

    with contextlib.suppress(OSError, ValueError, DatasetError):
        place = registry.folder(name) / _FOLDER
        place.mkdir(exist_ok=True)  # no parents: what was removed stays removed
        files.write(place / _FILE, json.dumps(asdict(_File(FORMAT, now, held)), allow_nan=False).encode())
