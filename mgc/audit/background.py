"""The audit of a data set as a job; its report is kept beside the data set (:mod:`mgc.audit.cache`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mgc import jobs
from mgc.errors import DatasetError

if TYPE_CHECKING:
    from mgc.jobs import Context, Job

__all__ = ["KIND", "start"]


def start(id: str) -> Job:
    """Start the audit of a data set whose features have been extracted."""
    return jobs.start("audit", id, {"dataset": id})


def _run(context: Context) -> dict[str, Any]:
    from mgc.audit import cache
    from mgc.datasets import registry, validation
    from mgc.extraction.collected import collected

    id = context.config["dataset"]
    dataset, measured = registry.open_dataset(id), collected(id)
    if measured is None:
        raise DatasetError(f"Nothing was extracted from {id} yet; `mgc extract {id}` does.")
    checked = validation.kept(id, dataset)
    report = cache.audit(id, dataset, measured, checked, lambda step, done, total: context.progress(done, total, step))
    if cache.find(id, dataset, measured, checked) is None:
        raise DatasetError("The audit's report could not be written; is the disk of the MGC_HOME folder full?")
    return {
        "exact": len(report.exact),
        "near": len(report.near),
        "labels": len(report.labels),
        "outliers": len(report.outliers),
        "broken": len(report.broken),
    }


KIND: Final = jobs.Kind(
    "audit",
    lambda config: f"Audit {config['dataset']}",
    _run,
    packages=("audit", "datasets", "evaluation", "extraction", "features", "nets", "splits"),
)
