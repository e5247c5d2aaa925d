"""Train what ships, by runs and promotion alone: ``python -m scripts.ship_models TREE`` (or ``make models TREE=...``).

TREE is Kaggle's tree of GTZAN with pictures and both tables. It is added to MGC_HOME as a data set; the picture network
and the descriptor model are trained under three protocols (some seven minutes of two cores for a fit of the network),
promoted into ``models/``, and put to a vote. A stopped call goes on with the runs that it finds in MGC_HOME.

``python -m scripts.ship_models --cards`` trains nothing: it writes the cards again, with the facts of this file.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
import typer

from mgc import jobs, runs
from mgc.datasets import entry, registry
from mgc.errors import DatasetError, JobError
from mgc.evaluation import one_table
from mgc.extraction import job as extraction
from mgc.models.catalog import PINS
from mgc.models.storage import write_card, write_pins
from mgc.nets.descriptor_kernel import prepare
from mgc.runs import plan as plans
from mgc.runs import promote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mgc.runs import Plan, Run
    from mgc.splits import Protocol
    from mgc.training.material import Material

SEED: Final = 20261121
FOLDS: Final[dict[Protocol, int]] = {"artists": 5, "filtered": 1, "tracks": 5}
RECIPES: Final = {"descriptors": "kernel-table", "pictures": "picture-cnn"}
OPTIONS: Final[dict[str, dict[str, object]]] = {"descriptors": {}, "pictures": {}}
TITLES: Final = {
    "vote": ("Vote", "The weighted average of the picture network and the descriptor model, each calibrated first."),
    "pictures": (
        "Picture network",
        "A small convolutional network on windows of 3 s and of 11.5 s of the mel spectrogram.",
    ),
    "descriptors": (
        "Descriptors",
        "Kernel logistic regression on Kaggle's descriptors of 3 s windows and of whole 30 s clips.",
    ),
}
DATA: Final = {
    "name": "GTZAN (Tzanetakis and Cook 2002), Kaggle's pictures and tables",
    "clips": 999,
    "known_faults": "14 exact duplicates, repeated artists, mislabellings (Sturm 2013)",
}
LICENCE: Final = (
    "Weights: under the licence of this project. The audio they were trained on (GTZAN) carries no licence and its "
    "rights holders were never asked; the weights hold no audio."
)


def main(
    tree: Annotated[Path | None, typer.Argument(help="Kaggle-shaped tree of GTZAN with pictures and tables")] = None,
    out: Annotated[Path, typer.Option(help="folder of the shipped models")] = Path("models"),
    pins: Annotated[Path, typer.Option(help="where the hashes of the cards are kept")] = PINS,
    cards: Annotated[bool, typer.Option("--cards", help="train nothing, write the cards again")] = False,
) -> None:
    """Train, judge, and write models and cards."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if not cards:
        if tree is None:
            raise typer.BadParameter("Say where the tree is, or --cards.")
        train(tree, out)
    write_cards_again(out)
    write_pins(out, pins)
    logging.info("wrote %s", ", ".join(str(path) for path in sorted(out.glob("*/card.json"))))


def write_cards_again(root: Path) -> None:
    """Write the shipped cards with the facts of this file; weights, scores and calibration stay as they are."""
    for name, (title, summary) in TITLES.items():
        old = json.loads((root / name / "card.json").read_bytes())
        old["calibration"]["distance_by"] = "descriptors"
        data = DATA | {"clips": old["data"]["clips"]}
        write_card(root, {**old, "title": title, "summary": summary, "data": data, "licence": LICENCE})


def train(tree: Path, out: Path) -> None:
    """Run all protocols, promote both models, and write their vote and the table of leaks."""
    name = data_set(tree)
    made = {model: [trained(name, RECIPES[model], protocol, OPTIONS[model]) for protocol in FOLDS] for model in RECIPES}
    for model, (first, *others) in made.items():
        finished(promote.start(first.id, model, others=[one.id for one in others], into=out))
    promote.write_vote("vote", made, into=out)
    material, parts = plans.material(first.config, plans.read_parts(plans.folder(first.config.name))), {}
    for one in made["descriptors"]:
        folds = plans.read_parts(plans.folder(one.config.name)).folds
        parts[one.config.protocol] = [
            tuple(_rows(material, ids) for ids in ((*fold.train, *fold.validation), fold.test)) for fold in folds
        ]
    labels = material.labels[material.owners]
    one_table.write(one_table.measure(prepare(material.segments), labels, material.owners, parts, seed=SEED), out)


def data_set(tree: Path, kinds: Sequence[str] = ("descriptors", "mel")) -> str:
    """Return the id of the tree's data set, added and extracted.

    Raises
    ------
    DatasetError
        when the tree lacks tables or pictures
    """
    known = {entry.load(registry.folder(name)).path: name for name in registry.ids() if registry.describe(name).made}
    name = known.get(str(tree.resolve())) or registry.add_path(tree.resolve())
    extraction.start(name, kinds)
    status = extraction.wait(name)
    if status.state != "finished":
        raise DatasetError(status.why or "The features could not be extracted.")
    return name


def trained(name: str, recipe: str, protocol: Protocol, options: dict[str, object]) -> Run:
    """Return the finished run of a recipe under a protocol: one that is there, or a new one."""
    plan: Plan = runs.make_plan(name, recipe, protocol, folds=FOLDS[protocol], seed=SEED, options=options)
    for one in runs.runs():
        if runs.same(one.config, plan.config):
            finished(jobs.resume(one.id) if one.job.state in ("failed", "cancelled") else one.job)
            return runs.run(one.id)
    run = runs.start(plan)
    finished(run.job)
    return runs.run(run.id)


def finished(job: jobs.Job) -> None:
    """Wait for a job; JobError says why it did not finish."""
    ended = jobs.wait(job.id)
    logging.info("%s: %s", ended.title, ended.state)
    if ended.state != "finished":
        raise JobError(ended.why or "It was cancelled.")


def _rows(material: Material, ids: tuple[str, ...]) -> Any:
    """Return the segments of some tracks."""
    return np.flatnonzero(np.isin(material.owners, material.places(ids)))


if __name__ == "__main__":
    typer.run(main)
