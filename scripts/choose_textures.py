"""What textures and photo layers are worth, alone and in a vote: ``python -m scripts.choose_textures TREE``.

Read on repeated artist-grouped folds inside the 639 training and validation clips of the fault-filtered partition, then
from its 442 training clips to its 197 validation clips: its test part stays unseen. TREE is added to MGC_HOME as a data
set, as ``scripts.ship_models`` does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
import numpy.typing as npt
import typer
from scipy.optimize import minimize_scalar

from mgc.datasets import gtzan, registry
from mgc.evaluation.metrics import log_loss
from mgc.evaluation.voting import calibrate, combine, fit_shares, fit_temperature, pool
from mgc.extraction.collected import collected
from mgc.features import photo
from mgc.features.textures import GROUPS, textures
from mgc.models.catalog import catalog
from mgc.recipes import recipe
from mgc.runs import gallery
from mgc.runs import plan as plans
from mgc.splits import make_split
from mgc.training import direct
from mgc.training.fold import fit_fold
from mgc.training.gradual import Report
from mgc.training.material import material_of
from scripts.ship_models import data_set

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mgc.training.material import Material

SEEDS: Final = (1, 2, 3)  # of the splits
FOLDS: Final = 5
VOTE: Final = {
    "pictures": "picture-cnn",
    "textures": "texture-svm",
    "descriptors": "kernel-table",
    "photo": "photo-svm",
}
Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Inner:
    """The 639 clips, and by seed the rows of the test part of each fold."""

    material: Material
    tests: tuple[tuple[Array, ...], ...]

    def out_of_fold(self, judge: Callable[[Array, Array], Array]) -> list[Array]:
        """Return what ``judge(train, test)`` says of each clip when it was not trained on it, by seed."""
        every, found = np.arange(len(self.material.ids)), []
        for tests in self.tests:
            said = np.zeros((len(every), len(self.material.classes)))
            for test in tests:
                said[test] = judge(np.setdiff1d(every, test), test)
            found.append(said)
        return found


def main(tree: Annotated[Path, typer.Argument(help="Kaggle-shaped tree of GTZAN with pictures and tables")]) -> None:
    """Print the groups alone, all but each, and all; then votes."""
    import keras  # noqa: F401  # on what trains, before the photo layers take what only answers

    name = data_set(tree)
    inner = clips(name)
    pictures, widths = inner.material.pictures, inner.material.widths
    rows = np.concatenate(
        [textures(pictures[at : at + 1, :, : widths[at]] / np.float32(255.0)) for at in range(len(pictures))]
    )
    report("textures", inner, [textured := inner.out_of_fold(machine(inner, rows, list(GROUPS)))])
    for group in GROUPS:
        others = [one for one in GROUPS if one != group]
        report(f"without {group}", inner, [inner.out_of_fold(machine(inner, rows, others))])
    for group in GROUPS:
        report(f"{group} alone", inner, [inner.out_of_fold(machine(inner, rows, [group]))])
    report("descriptors", inner, [described := inner.out_of_fold(descriptors(inner))])
    report("both, averaged", inner, [textured, described], AVERAGED)
    report("both, pooled", inner, [textured, described])
    shown = np.concatenate(
        [photo.photo(pictures[at : at + 1, :, : widths[at]] / np.float32(255.0)) for at in range(len(pictures))]
    )
    report("photo layers", inner, [photographed := inner.out_of_fold(layers(inner, shown, list(photo.GROUPS)))])
    for group in photo.GROUPS:
        report(f"the {group} layer alone", inner, [inner.out_of_fold(layers(inner, shown, [group]))])
    report("all three, pooled", inner, [textured, described, photographed])
    recorded(inner)
    published(name)


def clips(name: str) -> Inner:
    """Return the 639 clips of a data set and their folds."""
    part = {track.id: track.part for track in gtzan.tracks()}
    opened, measured = registry.open_dataset(name), collected(name)
    if measured is None:
        raise typer.BadParameter("The data set has no features yet.")
    faulty = {fault.subject for fault in opened.faults}
    tracks = [one for one in opened.tracks if one.id not in faulty and part.get(one.id) in ("train", "valid")]
    material = material_of(measured, sorted(one.id for one in tracks))
    splits = (make_split(tracks, "artists", k=FOLDS, seed=seed).folds for seed in SEEDS)
    return Inner(material, tuple(tuple(material.places(one.test) for one in folds) for folds in splits))


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


def layers(inner: Inner, rows: Array, groups: Sequence[str]) -> Callable[[Array, Array], Array]:
    """Return what fits a machine on what some photo layers see and asks it."""
    chosen = np.isin(np.repeat(list(photo.GROUPS), list(photo.GROUPS.values())), groups)
    sizes, held = [photo.GROUPS[name] for name in photo.GROUPS if name in groups], rows[:, chosen]
    values = recipe("photo-svm").values()
    values["gamma"] = float(values["gamma"]) * len(photo.GROUPS) / len(groups)
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


def recorded(inner: Inner) -> None:
    """Print what the gallery's runs, which learn from all 999 clips, say of the 639 out of fold."""
    for protocol in ("artists", "tracks"):
        there, said = of_gallery(inner, VOTE, [f"-{protocol}"])
        small = [said["pictures"], said["descriptors"]]
        report(f"{protocol}: two, averaged", there, small, AVERAGED)
        report(f"{protocol}: two, pooled", there, small)
        report(f"{protocol}: three, pooled", there, [*small, said["textures"]])
        report(f"{protocol}: four, pooled", there, list(said.values()))
    by_seed = [f"{seed}-artists" for seed in ("", "-seed-2002", "-seed-7")]
    there, said = of_gallery(inner, {model: one for model, one in VOTE.items() if model != "descriptors"}, by_seed)
    report("three seeds: photo layers", there, [said["photo"]])
    report("three seeds: pictures and textures", there, [said["pictures"], said["textures"]])
    report("three seeds: and photo layers", there, list(said.values()))


def of_gallery(inner: Inner, recipes: Mapping[str, str], runs: Sequence[str]) -> tuple[Inner, dict[str, list[Array]]]:
    """Return the 639 clips with the folds of some runs, and what each model said of them in these, run by run."""
    said: dict[str, list[Array]] = {model: [] for model in recipes}
    tests = []
    for run in runs:
        for model, chosen in recipes.items():
            one = gallery.opened(f"{chosen}{run}").said
            at = {unit: row for row, unit in enumerate(one.units)}
            rows = [at[id] for id in inner.material.ids]
            said[model].append(one.probabilities[rows])
        tests.append(tuple(np.flatnonzero(one.fold[rows] == k) for k in np.unique(one.fold)))
    return replace(inner, tests=tuple(tests)), said


def published(name: str) -> None:
    """Print what is learnt from the published training part and said of its validation part."""
    said: dict[str, Array] = {}
    for model, chosen in ((model, recipe(one)) for model, one in VOTE.items()):
        plan = plans.make_plan(name, chosen.name, "filtered")
        with TemporaryDirectory() as folder:
            _, tested = fit_fold(
                chosen, chosen.values(), plans.material(plan.config, plan.parts), plan.parts.folds[0],
                segments=False, seed=1, folder=Path(folder), report=Report(), judges="validation",
            )  # fmt: skip
        labels, said[model] = tested.labels, tested.probabilities
        line(
            f"published: {model}",
            labels,
            [calibrate(tested.probabilities, fit_temperature(tested.probabilities, labels))],
        )
    # With the shares of what ships, which the folds by artists gave.
    card = catalog().card("vote")
    members = [calibrate(said[one], catalog().card(one).calibration.temperature) for one in card.members]
    voted = calibrate(pool(members, card.shares), card.calibration.temperature)
    line("published: the vote", labels, [voted])


def fit_average(members: Sequence[Array], labels: Array) -> tuple[float, float]:
    """Return the shares of two members whose weighted average has the least log loss: what a vote was once."""
    found = minimize_scalar(
        lambda share: log_loss(labels, share * members[0] + (1.0 - share) * members[1]),
        bounds=(0.0, 1.0),
        method="bounded",
    )
    return float(found.x), 1.0 - float(found.x)


POOLED: Final = (fit_shares, pool)
AVERAGED: Final = (fit_average, combine)


def report(title: str, inner: Inner, said: Sequence[Sequence[Array]], how: tuple[Any, Any] = POOLED) -> None:
    """Print what members say by seed, put together; shares and temperatures are fitted on the other folds."""
    fit, join = how
    labels, found = inner.material.labels, []
    for tests, members in zip(inner.tests, zip(*said, strict=True), strict=True):
        p = np.zeros_like(members[0])
        for test in tests:
            others = np.setdiff1d(np.arange(len(labels)), test)
            even = [calibrate(one, fit_temperature(one[others], labels[others])) for one in members]
            shares = fit([one[others] for one in even], labels[others]) if len(even) > 1 else (1.0,)
            voted = join(even, shares)
            p[test] = calibrate(voted, fit_temperature(voted[others], labels[others]))[test]
        found.append(p)
    line(title, labels, found)


def line(title: str, labels: Array, said: Sequence[Array]) -> None:
    """Print the accuracy of each seed, their mean, and the mean log loss."""
    right = [100 * float((one.argmax(axis=1) == labels).mean()) for one in said]
    loss = float(np.mean([log_loss(labels, one) for one in said]))
    each = f"{', '.join(f'{one:.1f}' for one in right)}; " if len(right) > 1 else ""
    print(f"{title:24} {np.mean(right):5.1f} % ({each}n = {len(labels)})  log loss {loss:.3f}", flush=True)


if __name__ == "__main__":
    typer.run(main)
