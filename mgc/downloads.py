"""A kind of job: the download of a file of weights that others have trained (:mod:`mgc.weights`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mgc import jobs, weights
from mgc.datasets.download import fetch_file
from mgc.errors import ModelError
from mgc.jobs import Kind
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mgc.jobs import Context, Job

__all__ = ["KIND", "get", "start"]


def get(name: str, progress: Callable[[int, int], None] | None = None) -> Path:
    """Return where a file of weights lies, downloaded where it is not there yet; a download that broke off goes on.

    A damaged file of MGC_HOME is fetched again. ``progress`` is called with (bytes so far, bytes in all). Raises as
    :func:`mgc.datasets.download.fetch` does, and ModelError for a name that is not known, or a damaged file elsewhere.
    """
    if name not in weights.WEIGHTS:
        raise ModelError(f"There are no weights called {name[:40]!r}; known: {', '.join(weights.WEIGHTS)}.")
    known = weights.WEIGHTS[name]
    place = settings().home_dir / "weights" / known.file
    if found := weights.find(name):
        if weights.is_whole(name, found):
            return found
        if found != place:
            raise ModelError(f"The file {found} is damaged, or holds no weights. Remove it and try again.")
        place.unlink(missing_ok=True)
    otherwise = f"download {known.url} yourself into the weights folder of MGC_HOME"
    return fetch_file(known.url, place, progress, digest=known.digest, otherwise=otherwise)


def start(name: str) -> Job:
    """Start to fetch a file of weights; ModelError for a name that is not known."""
    if name not in weights.WEIGHTS:
        raise ModelError(f"There are no weights called {name[:40]!r}; known: {', '.join(weights.WEIGHTS)}.")
    return jobs.start("weights", name, {"name": name})


def _run(context: Context) -> None:
    get(str(context.config["name"]), lambda done, total: context.progress(done, total, "Downloading"))


KIND: Final = Kind(
    "weights",
    lambda config: f"Download the weights of {weights.WEIGHTS[config['name']].title}",
    _run,
    packages=("datasets",),
)
