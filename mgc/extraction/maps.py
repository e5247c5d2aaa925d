"""The map of a data set by t-SNE: computed as a job, kept beside the data set with a checksum (``<id>/maps``)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np

from mgc import jobs
from mgc.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy.typing as npt

    from mgc.extraction.collected import Collected
    from mgc.features.cache import Cache
    from mgc.jobs import Context, Job

__all__ = ["KIND", "SPACES", "find", "latest", "start", "table"]

SPACES: Final = ("descriptors", "embeddings")
_VERSION: Final = "map v2"  # of what is kept on disk


def table(
    collected: Collected, ids: Collection[str], space: str
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Return the rows of ``collected`` on a map of one of :data:`SPACES`, and their numbers [shape=(n, p)].

    ``ids`` are those of the data set's tracks.
    """
    known = set(ids)
    there = collected.has_embedding if space == "embeddings" else collected.has_descriptors
    source = collected.embeddings if space == "embeddings" else collected.descriptors
    rows = np.array([row for row in np.flatnonzero(there) if collected.ids[row] in known], dtype=np.intp)
    return rows, np.asarray(source, dtype=np.float64)[rows]


def find(id: str, numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64] | None:
    """Return the map of these numbers [shape=(n, 2)], None when it has not been computed."""
    found = _cache(id).find(_key(numbers))
    return None if found is None else found["where"]


def start(id: str, space: str) -> Job:
    """Start to compute the map of a data set; raise a DatasetError when there is no such space."""
    if space not in SPACES:
        raise DatasetError(f"There is no map of {space!r}; known: {', '.join(SPACES)}.")
    return jobs.start("map", f"{id} {space}", {"dataset": id, "space": space})


def latest(id: str, space: str) -> Job | None:
    """Return the newest job of this map, None when there never was one."""
    return jobs.find("map", f"{id} {space}")


def _run(context: Context) -> dict[str, int]:
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    from mgc.datasets import registry
    from mgc.evaluation import statistics
    from mgc.extraction.collected import collected

    id, space = context.config["dataset"], context.config["space"]
    dataset, held = registry.open_dataset(id), collected(id)
    if held is None or (space == "embeddings" and held.embeddings is None):
        raise DatasetError(f"There are no {space} of {id} yet; `mgc extract {id} --kinds {space}` computes them.")
    _, numbers = table(held, [track.id for track in dataset.tracks], space)

    def make() -> dict[str, npt.NDArray[np.float64]]:
        with threadpool_limits(1):  # on two busy cores its waiting threads were measured to cost 4 to 8 times the time
            where = statistics.project(
                numbers, "tsne", seed=0, progress=lambda done, total: context.progress(done, total, "Computing t-SNE")
            )
        return {"where": where}

    _cache(id).fetch(_key(numbers), make)
    if find(id, numbers) is None:
        raise DatasetError("The map could not be written; is the disk of the MGC_HOME folder full?")
    return {"tracks": len(numbers)}


def _cache(id: str) -> Cache:
    from mgc.datasets import registry
    from mgc.features.cache import Cache

    return Cache(registry.folder(id) / "maps")


def _key(numbers: npt.NDArray[np.float64]) -> str:
    return f"{hashlib.sha256(numbers.tobytes()).hexdigest()} {numbers.shape} tsne {_VERSION}"


KIND: Final = jobs.Kind(
    "map",
    lambda config: f"Compute the t-SNE map of {config['dataset']} ({config['space']})",
    _run,
    packages=("datasets", "evaluation", "extraction", "features"),
)
