"""What models learn from: the tracks of a data set that have what a recipe reads, cut into examples.

Conventions
-----------
An *example* is one input with one label: a row of descriptors, a YAMNet patch, a picture. A *unit* is what a split
names and what is scored: a track, or for the protocol ``segments`` a stretch of 3 s called ``"<track>.<number>"``.
Predictions of a unit's examples are put together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.errors import RecipeError
from mgc.features.pictures import COLUMNS_PER_SECOND
from mgc.splits import N_SEGMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mgc.extraction.collected import Collected
    from mgc.recipes import Recipe

__all__ = ["Examples", "Material", "examples", "material_of"]

_SEGMENT: Final = 3.0  # s
_PATCH_STEP: Final = 0.48  # s between YAMNet's patches


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """All that was measured on n tracks of a data set; arrays may be files that are mapped into memory.

    Attributes
    ----------
    classes : tuple of str
        genres, sorted
    ids : tuple of str, length n
    labels : np.ndarray [shape=(n,), 0..n_classes-1]
    pictures : np.ndarray [shape=(n, 128, 334), uint8]
    widths : np.ndarray [shape=(n,)]
        columns of a picture that show sound
    clips : np.ndarray [shape=(n, 57)]
        descriptors of the whole clips, NaN where unknown
    segments : np.ndarray [shape=(m, 57)]
        descriptors of 3 s
    owners : np.ndarray [shape=(m,), 0..n-1]
        whose segment each row is
    patches : np.ndarray [shape=(q, 1024)]
        YAMNet's embeddings, one every 0.48 s; no rows where they were not computed
    patch_owners : np.ndarray [shape=(q,), 0..n-1]
    """

    classes: tuple[str, ...]
    ids: tuple[str, ...]
    labels: npt.NDArray[np.intp]
    pictures: npt.NDArray[np.uint8]
    widths: npt.NDArray[np.intp]
    clips: npt.NDArray[np.float64]
    segments: npt.NDArray[np.float64]
    owners: npt.NDArray[np.intp]
    patches: npt.NDArray[Any]
    patch_owners: npt.NDArray[np.intp]

    def places(self, names: Iterable[str]) -> npt.NDArray[np.intp]:
        """Return where the tracks of these ids stand in the arrays; those that are not here are left out."""
        where = {name: position for position, name in enumerate(self.ids)}
        return np.array([where[name] for name in names if name in where], dtype=np.intp)

    def known(self, reads: str) -> npt.NDArray[np.bool_]:
        """Tell which tracks have what a net reads [shape=(n,)]."""
        if reads == "pictures":
            return np.asarray(self.widths > 0)
        if reads == "embeddings":
            return np.isin(np.arange(len(self.ids)), self.patch_owners)
        return np.isfinite(self.clips).all(axis=1) & np.isin(np.arange(len(self.ids)), self.owners)


@dataclass(frozen=True, eq=False)
class Examples:
    """Inputs of a kind of net, with the unit and the label of each.

    Attributes
    ----------
    x : np.ndarray [shape=(m, ...)]
        rows [p], or pictures [128, columns]
    units : tuple of str
        ids of what is scored
    unit : np.ndarray [shape=(m,)]
        whose example each is, a position in ``units``
    labels : np.ndarray [shape=(len(units),), 0..n_classes-1]
    tracks : np.ndarray [shape=(len(units),)]
        which track of the material each unit is, or is cut from
    """

    x: npt.NDArray[Any]
    units: tuple[str, ...]
    unit: npt.NDArray[np.intp]
    labels: npt.NDArray[np.intp]
    tracks: npt.NDArray[np.intp]

    @cached_property
    def _sorted(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Return the examples by unit, and the unit of each."""
        order = np.argsort(self.unit, kind="stable")
        return order, self.unit[order]

    def of(self, units: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Return the examples of some units, in their order."""
        order, unit = self._sorted
        first = np.searchsorted(unit, units, side="left")
        last = np.searchsorted(unit, units, side="right")
        return np.concatenate([order[a:b] for a, b in zip(first, last, strict=True)] or [order[:0]])

    def places(self, names: Iterable[str]) -> npt.NDArray[np.intp]:
        """Return which units have these ids; those that do not exist are left out."""
        where = {name: position for position, name in enumerate(self.units)}
        return np.array([where[name] for name in names if name in where], dtype=np.intp)


def material_of(measured: Collected, ids: Sequence[str] | None = None) -> Material:
    """Return what was measured on a data set, of all tracks or of some."""
    rows = np.arange(len(measured.ids)) if ids is None else measured.rows(ids)
    genres = [measured.genres[row] for row in rows]
    classes = tuple(sorted(set(genres)))
    position = np.full(len(measured.ids), -1, dtype=np.intp)
    position[rows] = np.arange(len(rows))
    everything = len(rows) == len(measured.ids)
    mine = position[measured.owners] >= 0
    patches, patch_owners = measured.patches, measured.patch_owners
    if patches is None or patch_owners is None:
        patches, patch_owners = np.empty((0, 1024), dtype=np.float16), np.empty(0, dtype=np.int32)
    heard = position[patch_owners] >= 0
    return Material(
        classes=classes,
        ids=tuple(measured.ids[row] for row in rows),
        labels=np.array([classes.index(genre) for genre in genres], dtype=np.intp),
        pictures=measured.pictures if everything else measured.pictures[rows],
        widths=measured.widths[rows].astype(np.intp),
        clips=measured.descriptors[rows],
        segments=measured.segments[mine],
        owners=position[measured.owners[mine]],
        patches=patches[heard],
        patch_owners=position[patch_owners[heard]],
    )


def examples(material: Material, recipe: Recipe, *, segments: bool = False) -> Examples:
    """Cut the material into what a recipe's net reads; units are tracks, or with ``segments`` stretches of 3 s.

    Raises
    ------
    RecipeError
        when no track has what the recipe reads, or it judges whole clips and ``segments`` cuts them
    """
    if segments and recipe.sees_whole_clips:
        raise RecipeError(
            f"{recipe.title} classifies whole clips, so it cannot be tested on segments; choose another protocol."
        )
    if recipe.reads == "pictures":
        x: npt.NDArray[Any]
        x, owner, number = _pictures(material, segments=segments)
    else:
        rows, owner = (
            (material.patches, material.patch_owners)
            if recipe.reads == "embeddings"
            else (material.segments, material.owners)
        )
        kept = material.known(recipe.reads)[owner]
        x, owner = rows[kept], owner[kept]
        number = _running(owner)
        if recipe.reads == "embeddings":
            number = np.minimum((number * _PATCH_STEP / _SEGMENT).astype(np.intp), N_SEGMENTS - 1)
    if not len(x):
        what = {"embeddings": "YAMNet's embeddings", "pictures": "pictures"}.get(recipe.reads, "descriptors")
        raise RecipeError(f"{recipe.title} needs {what}, and no track of this data set has them yet.")
    key = owner * N_SEGMENTS + number if segments else owner
    found, unit = np.unique(key, return_inverse=True)
    tracks = found // N_SEGMENTS if segments else found
    names = tuple(
        f"{material.ids[track]}.{one % N_SEGMENTS}" if segments else material.ids[track]
        for one, track in zip(found.tolist(), tracks.tolist(), strict=True)
    )
    return Examples(x, names, unit.astype(np.intp), material.labels[tracks], tracks.astype(np.intp))


def _running(owner: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return the number of each row among those of its owner, from 0 [shape=(m,)]."""
    order = np.argsort(owner, kind="stable")
    number = np.empty(len(owner), dtype=np.intp)
    starts = np.searchsorted(owner[order], owner[order], side="left")
    number[order] = np.arange(len(owner)) - starts
    return number


def _pictures(
    material: Material, *, segments: bool
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return pictures, whose they are, and the number of each among its track's."""
    tracks = np.flatnonzero(material.known("pictures"))
    if not segments:
        whole = len(tracks) == len(material.ids)
        shown = material.pictures if whole else material.pictures[tracks]
        return shown, tracks.astype(np.intp), np.zeros(len(tracks), dtype=np.intp)
    width = int(_SEGMENT * COLUMNS_PER_SECOND)
    starts = np.floor(np.arange(N_SEGMENTS) * _SEGMENT * COLUMNS_PER_SECOND).astype(np.intp)
    fits = starts[None, :] + width <= material.widths[tracks, None]
    owner, number = np.nonzero(fits)
    cut = np.stack(
        [material.pictures[tracks[i], :, starts[k] : starts[k] + width] for i, k in zip(owner, number, strict=True)]
    )
    return cut, tracks[owner].astype(np.intp), number.astype(np.intp)
