"""The audit of a registered data set is kept beside it and made again only when its data change.

Conventions
-----------
``<id>/audit/report.json`` holds the report and a key: a sha256 over everything that the report depends on. Page and
command line share it. It is not beside ``dataset.json``, because a change there tells the pages that the data set
itself has changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mgc import files
from mgc.audit.report import AuditReport, examine
from mgc.errors import DatasetError

if TYPE_CHECKING:
    from mgc.audit.report import Progress
    from mgc.datasets.base import Dataset
    from mgc.datasets.validation import Report
    from mgc.extraction.collected import Collected

__all__ = ["audit", "find", "key"]

FORMAT: Final = 4  # raise it whenever the same data would give another report
_FOLDER: Final = "audit"
_FILE: Final = "report.json"


@dataclass(frozen=True, slots=True)
class _File:
    format: int
    key: str
    report: AuditReport


def audit(
    id: str, dataset: Dataset, collected: Collected, validation: Report | None, progress: Progress | None = None
) -> AuditReport:
    """Return what :func:`mgc.audit.report.examine` finds in a registered data set, from the cache where it can.

    Parameters
    ----------
    id : str
        of the data set in the registry; of another one nothing is kept
    dataset, collected, validation, progress
        as for :func:`mgc.audit.report.examine`
    """
    report = find(id, dataset, collected, validation)
    if report is None:
        report = examine(dataset, collected, validation, progress=progress)
        _save(id, key(dataset, collected, validation), report)
    return report


def find(id: str, dataset: Dataset, collected: Collected, validation: Report | None) -> AuditReport | None:
    """Return the report that is kept, None when there is none or the data have changed since."""
    from mgc.datasets import registry

    try:
        kept: _File = _reader().validate_json((registry.folder(id) / _FOLDER / _FILE).read_bytes(), strict=True)
    except (OSError, ValueError, DatasetError):
        return None  # never made, damaged, of another version, or no id of the registry
    return kept.report if (kept.format, kept.key) == (FORMAT, key(dataset, collected, validation)) else None


def key(dataset: Dataset, collected: Collected, validation: Report | None) -> str:
    """Return a sha256 (hexadecimal) of everything that an audit depends on."""
    tracks = [(t.id, t.genre, t.artist, t.title, t.duplicate_of, t.md5) for t in dataset.tracks]
    faults = [asdict(fault) for fault in dataset.faults]
    findings = None if validation is None else [asdict(finding) for finding in validation.findings]
    measured = (collected.ids, collected.origins, collected.checksums)
    words = json.dumps([FORMAT, dataset.source, dataset.genres, tracks, faults, findings, measured])
    sum_ = hashlib.sha256(words.encode())
    for numbers in (collected.descriptors, collected.widths, collected.pictures):
        sum_.update(np.ascontiguousarray(numbers).data)
    return sum_.hexdigest()


@cache
def _reader() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(_File)


def _save(id: str, now: str, report: AuditReport) -> None:
    """Keep a report. On a full disk, a NaN or a data set that was removed meanwhile nothing is kept."""
    from mgc.datasets import registry

    with contextlib.suppress(OSError, ValueError, DatasetError):
        folder = registry.folder(id) / _FOLDER
        folder.mkdir(exist_ok=True)  # no parents: a removed data set stays removed
        files.write(folder / _FILE, json.dumps(asdict(_File(FORMAT, now, report)), allow_nan=False).encode())
