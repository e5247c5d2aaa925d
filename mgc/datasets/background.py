"""Jobs that make, add and check a data set, and its removal, which ends them.

Whatever adds a data set goes on to extract its features, as a job of its own, which decodes each file once and writes
the validation's report, too: the data set is there, and can be looked at, when the first of them has finished.
"""

from __future__ import annotations

import contextlib
import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from mgc import jobs
from mgc.errors import JobError, MgcError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mgc.jobs import Context, Job

__all__ = [
    "ADD", "CHECK", "STUDIO", "active", "add_clips", "add_gtzan", "add_path", "add_zip", "check", "make_studio",
    "remove",
]  # fmt: skip

_STUDIO: Final = "studio"  # id of its data set
_PACKAGES: Final = ("datasets", "audio", "studio", "features")
_log: Final = logging.getLogger(__name__)


def make_studio() -> Job:
    """Start to make the studio's data set."""
    return jobs.start("studio", _STUDIO, {"dataset": _STUDIO})


def add_path(path: Path | str) -> Job:
    """Start to add a folder or a ZIP file of this machine; raise a DatasetError when it cannot be a path."""
    from mgc.datasets.registry import looked_at

    place, _, _ = looked_at(path)  # in full: a worker process has another working directory
    return jobs.start("add", str(place), {"path": str(place)})


def add_gtzan(source: str) -> Job:
    """Start to download GTZAN from ``"kaggle"`` or ``"huggingface"``."""
    return jobs.start("add", f"gtzan {source}", {"gtzan": source})


def add_zip(name: str, file: BinaryIO, token: str) -> Job:
    """Start to add an uploaded ZIP, titled by its file's ``name``; its bytes stay in memory until they are unpacked.

    ``token`` is unlike that of any other upload.
    """
    return jobs.start("add", token, {"zip": name}, payload=file)


def add_clips(title: str, clips: Mapping[str, Sequence[tuple[str, bytes]]], token: str) -> Job:
    """Start to make a data set of uploads, ``{genre: [(file name, bytes), ...]}``."""
    return jobs.start("add", token, {"clips": title}, payload=clips)


def check(id: str) -> Job:
    """Start to check every file of a data set."""
    return jobs.start("check", id, {"dataset": id})


def active(id: str) -> tuple[Job, ...]:
    """Return the jobs that work on a data set."""
    return tuple(job for job in jobs.jobs(active=True) if job.config.get("dataset") == id)


def remove(id: str) -> None:
    """Cancel the jobs that work on a data set and remove it, with what was worked out about it."""
    from mgc.datasets import registry
    from mgc.extraction import job as extraction

    for job in active(id):
        jobs.cancel(job.id)
    extraction.cancel(id)
    registry.remove(id)
    for job in jobs.jobs():  # a later data set of this id has nothing to do with how these have ended
        if job.subject.partition(" ")[0] == id and job.config.get("dataset") == id and job.state == "failed":
            with contextlib.suppress(JobError):
                jobs.delete(job.id)


def _run_studio(context: Context) -> dict[str, str]:
    from mgc.datasets import registry

    id = registry.make_studio(partial(context.progress, step="Synthesising"))
    _go_on(id)
    return {"dataset": id}


def _run_add(context: Context) -> dict[str, str]:
    from mgc.datasets import registry

    unpacking = partial(context.progress, step="Unpacking")
    config = context.config
    if "path" in config:
        id = registry.add_path(config["path"], unpacking)
    elif "gtzan" in config:
        id = registry.add_gtzan(config["gtzan"], partial(context.progress, step="Downloading"), unpacking)
    elif "zip" in config:
        id = registry.add_zip(config["zip"], context.payload, unpacking)
    else:
        id = registry.add_clips(config["clips"], context.payload)
    _go_on(id)
    return {"dataset": id}


def _run_check(context: Context) -> dict[str, str]:
    from mgc.datasets import registry, validation

    id = context.config["dataset"]
    report = validation.validate(registry.open_dataset(id), partial(context.progress, step="Checking every file"))
    return {"state": report.state}


def _go_on(id: str) -> None:
    """Extract and check a data set that is new; where no extraction can begin, its files are checked alone.

    The data set is there even if neither can begin: its page offers them again.
    """
    from mgc.extraction import job

    for begin in (job.start, check):
        try:
            begin(id)
            return
        except MgcError as error:
            _log.warning("%s: %s (%s)", type(error).__name__, error.user_message, error.details)


def _title(config: Mapping[str, Any]) -> str:
    if "path" in config:
        return f"Add {Path(config['path']).name or config['path']}"
    return f"Add {config.get('zip') or config.get('clips') or 'GTZAN'}"


STUDIO: Final = jobs.Kind("studio", lambda config: "Synthesise the studio data set", _run_studio, packages=_PACKAGES)
ADD: Final = jobs.Kind("add", _title, _run_add, packages=_PACKAGES)
CHECK: Final = jobs.Kind(
    "check", lambda config: f"Check the files of {config['dataset']}", _run_check, packages=_PACKAGES
)
