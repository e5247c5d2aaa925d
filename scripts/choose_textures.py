"""What each group of textures is worth: ``python -m scripts.choose_textures TREE`` (some ten minutes of two cores).

Read on repeated artist-grouped folds inside the 639 training and validation clips of the fault-filtered partition, so
that its test part stays unseen. TREE is added to MGC_HOME as a data set, as ``scripts.ship_models`` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
import numpy.typing as npt
import typer

from mgc.datasets import gtzan, registry
from mgc.evaluation.metrics import log_loss
from mgc.evaluation.voting import calibrate, fit_shares, fit_temperature, pool
from mgc.extraction.collected import collected
from mgc.features.textures import GROUPS, textures
from mgc.recipes import recipe
from mgc.splits import make_split
from mgc.training import direct
from mgc.training.material import material_of
from scripts.ship_models import data_set

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mgc.training.material import Material

SEEDS: Final = (1, 2, 3)  # of the splits
FOLDS: Final = 5
Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Inner:
    """The 639 clips, and their folds by seed: rows of training and test part."""

    material: Material
    folds: tuple[tuple[tuple[Array, Array], ...], ...]

    def out_of_fold(self, judge: Callable[[Array, Array], Array]) -> list[Array]:
        """Return what ``judge(train, test)`` says of each clip when it was not trained on it, by seed."""
        found = []
        for folds in self.folds:
            said = np.zeros((len(self.material.ids), len(self.material.classes)))
            for train, test in folds:
                said[test] = judge(train, test)
            found.append(calibrate(said, fit_temperature(said, self.material.labels)))
        return found


def main(tree: Annotated[Path, typer.Argument(help="Kaggle-shaped tree of GTZAN with pictures and tables")]) -> None:
    """Print the groups alone, all but each, and all; the descriptors beside them; and both together."""
    inner = clips(data_set(tree))
    pictures, widths = inner.material.pictures, inner.material.widths
    rows = np.concatenate(
        [textures(pictures[at : at + 1, :, : widths[at]] / np.float32(255.0)) for at in range(len(pictures))]
    )
    report("textures", inner, textured := inner.out_of_fold(machine(inner, rows, list(GROUPS))))
    for name in GROUPS:
        report(
            f"without {name}", inner, inner.out_of_fold(machine(inner, rows, [one for one in GROUPS if one != name]))
        )
    for name in GROUPS:
        report(f"{name} alone", inner, inner.out_of_fold(machine(inner, rows, [name])))
    report("descriptors", inner, described := inner.out_of_fold(descriptors(inner)))
    labels = inner.material.labels
    both = list(zip(textured, described, strict=True))
    report("both, pooled", inner, [pool(said, fit_shares(said, labels)) for said in both])
    report("both, averaged", inner, [np.mean(said, axis=0) for said in both])


def clips(name: str) -> Inner:
    """Return the 639 clips of a data set and their folds."""
    part = {track.id: track.part for track in gtzan.tracks()}
    opened, measured = registry.open_dataset(name), collected(name)
    if measured is None:
        raise typer.BadParameter("The data set has no features yet.")
    faulty = {fault.subject for fault in opened.faults}
    tracks = [one for one in opened.tracks if one.id not in faulty and part.get(one.id) in ("train", "valid")]
    material = material_of(measured, sorted(one.id for one in tracks))
    folds = (make_split(tracks, "artists", k=FOLDS, seed=seed).folds for seed in SEEDS)
    return Inner(
        material,
        tuple(
            tuple((material.places((*one.train, *one.validation)), material.places(one.test)) for one in split)
            for split in folds
        ),
    )


def machine(inner: Inner, rows: Array, groups: Sequence[str]) -> Callable[[Array, Array], Array]:
    """Return what fits a machine on some groups of the textures and asks it."""
    chosen = np.isin(np.repeat(list(GROUPS), list(GROUPS.values())), groups)
    sizes, held = [GROUPS[name] for name in GROUPS if name in groups], rows[:, chosen]
    values = recipe("texture-svm").values()
    # The squared distance grows with the number of groups, each of which counts alike.
    values["gamma"] = float(values["gamma"]) * len(GROUPS) / len(groups)
    labels, n_classes = inner.material.labels, len(inner.material.classes)

    def judge(train: Array, test: Array) -> Array:
        net = direct.fit_groups(held[train], sizes, labels[train], values, n_classes=n_classes, seed=0)
        return net.probabilities(held[test])

    return judge


def descriptors(inner: Inner) -> Callable[[Array, Array], Array]:
    """Return what fits the descriptor model and asks it about whole clips."""

    def judge(train: Array, test: Array) -> Array:
        net = direct.fit_kernel(inner.material, train, recipe("kernel-table").values(), seed=0)
        return net.clip.probabilities(inner.material.clips[test])

    return judge


def report(title: str, inner: Inner, said: Sequence[Array]) -> None:
    """Print accuracy of each seed, their mean, and the mean log loss."""
    labels = inner.material.labels
    right = [100 * float((one.argmax(axis=1) == labels).mean()) for one in said]
    loss = float(np.mean([log_loss(labels, one) for one in said]))
    each = ", ".join(f"{one:.1f}" for one in right)
    print(f"{title:24} {np.mean(right):5.1f} % ({each}; n = {len(labels)})  log loss {loss:.3f}", flush=True)


if __name__ == "__main__":
    typer.run(main)
