"""The audit of a registered data set: a job whose report is kept and made again only when the data change.

Conventions
-----------
``<id>/audit/report.json`` holds the report and a key: a sha256 over everything that the report depends on. Page and
command line share it. It is not beside ``dataset.json``, because pages take a change there for a change of the data set
itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mgc import jobs, records
from mgc.audit.report import AuditReport, examine
from mgc.errors import DatasetError

if TYPE_CHECKING:
    from pathlib import Path

    from mgc.audit.report import Progress
    from mgc.datasets.base import Dataset
    from mgc.datasets.validation import Report
    from mgc.extraction.collected import Collected
    from mgc.jobs import Context, Job

__all__ = ["KIND", "audit", "find", "key", "start"]

FORMAT: Final = 5  # raise it whenever the same data would give another report


@dataclass(frozen=True, slots=True)
class _File:
    format: int
    key: str
    report: AuditReport


def start(id: str) -> Job:
    """Start the audit of a data set whose features have been extracted."""
    return jobs.start("audit", id, {"dataset": id})


def audit(
    id: str, dataset: Dataset, collected: Collected, validation: Report | None, progress: Progress | None = None
) -> AuditReport:
    """Return what :func:`mgc.audit.report.examine` finds in a registered data set, from the cache where it can.

    Of a data set that is not in the registry nothing is kept, nor on a full disk.
    """
    report = find(id, dataset, collected, validation)
    if report is None:
        report = examine(dataset, collected, validation, progress=progress)
        _save(id, key(dataset, collected, validation), report)
    return report


def find(id: str, dataset: Dataset, collected: Collected, validation: Report | None) -> AuditReport | None:
    """Return the report that is kept, None when there is none or the data have changed since."""
    try:
        path = _path(id)
        kept = records.read(_File, path.read_bytes(), path.name)
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


def _save(id: str, now: str, report: AuditReport) -> None:
    """Keep a report. On a full disk, a NaN or a data set that was removed meanwhile nothing is kept."""
    with contextlib.suppress(OSError, ValueError, DatasetError):
        path = _path(id)
        path.parent.mkdir(exist_ok=True)  # no parents: a removed data set stays removed
        records.write(path, _File(FORMAT, now, report))


def _path(id: str) -> Path:
    from mgc.datasets import registry

    return registry.folder(id) / "audit" / "report.json"


def _run(context: Context) -> dict[str, Any]:
    from mgc.datasets import registry, validation
    from mgc.extraction.collected import collected

    id = context.config["dataset"]
    dataset, measured = registry.open_dataset(id), collected(id)
    if measured is None:
        raise DatasetError(f"No features of {id} have been extracted yet; run `mgc extract {id}`.")
    checked = validation.kept(id, dataset)
    report = audit(id, dataset, measured, checked, lambda step, done, total: context.progress(done, total, step))
    if find(id, dataset, measured, checked) is None:
        raise DatasetError("The audit's report could not be written; is the disk of the MGC_HOME folder full?")
    return {name: len(getattr(report, name)) for name in ("exact", "near", "labels", "outliers", "broken")}


KIND: Final = jobs.Kind(
    "audit",
    lambda config: f"Audit {config['dataset']}",
    _run,
    packages=("audit", "datasets", "evaluation", "extraction", "features", "nets", "splits"),
)
