"""Train what ships, by runs and promotion alone: ``python -m scripts.ship_models TREE`` (or ``make models TREE=...``).

TREE is Kaggle's tree of GTZAN with pictures and both tables. It is added to MGC_HOME as a data set; each model is
trained under three protocols with several seeds (some seven minutes of two cores for a fit of the network), that of
the first seed is promoted into ``models/``, and all are put to a vote. A stopped call goes on with the runs that it
finds in MGC_HOME; what the gallery holds is not trained again for its scores. ``--only`` trains some of the models anew
and leaves the others as they are.

``python -m scripts.ship_models --cards`` trains nothing: it writes the cards again, with the facts of this file.
"""

from __future__ import annotations

import json
import logging
from dataclasses import replace
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
from mgc.runs import gallery, promote
from mgc.runs import plan as plans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mgc.runs import Plan, Run
    from mgc.runs.recorded import Recorded
    from mgc.splits import Protocol
    from mgc.training.material import Material

SEEDS: Final = (20261121, 2002, 7)  # of splits and weights; the first is that of what ships
FOLDS: Final[dict[Protocol, int]] = {"artists": 5, "filtered": 1, "tracks": 5}
RECIPES: Final = {
    "descriptors": "kernel-table",
    "textures": "texture-svm",
    "photo": "photo-svm",
    "pictures": "picture-cnn",
}
OPTIONS: Final[dict[str, dict[str, object]]] = {model: {} for model in RECIPES}
TITLES: Final = {
    "vote": (
        "Vote",
        promote.summary(["the picture network", "the photo layers", "the textures", "the descriptor model"]),
    ),
    "pictures": (
        "Picture network",
        "A small convolutional network on the mel spectrogram: 30 s for the verdict, 3 s for the timeline.",
    ),
    "textures": (
        "Textures",
        "A support vector machine on numbers of the mel spectrogram: timbre, how it changes, rhythm, and how sharp the "
        "tones are.",
    ),
    "photo": (
        "Photo layers",
        "A support vector machine on what two layers of EfficientNet-Lite0, which has learnt photographs, see in the "
        "mel spectrogram, 30 s at a time.",
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


LICENCES: Final = {  # of models that use what others have made
    "photo": f"{LICENCE} They are used with layers of EfficientNet-Lite0 (Google), which are under the Apache License "
    "2.0 (models/lite0.LICENSE)."
}


def main(
    tree: Annotated[Path | None, typer.Argument(help="Kaggle-shaped tree of GTZAN with pictures and tables")] = None,
    out: Annotated[Path, typer.Option(help="folder of the shipped models")] = Path("models"),
    pins: Annotated[Path, typer.Option(help="where the hashes of the cards are kept")] = PINS,
    cards: Annotated[bool, typer.Option("--cards", help="train nothing, write the cards again")] = False,
    only: Annotated[list[str] | None, typer.Option(help="id of a model to train anew; repeatable")] = None,
) -> None:
    """Train, judge, and write models and cards."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if unknown := set(only or ()) - set(RECIPES):
        raise typer.BadParameter(f"There is no model {min(unknown)}; known: {', '.join(RECIPES)}.")
    if not cards:
        if tree is None:
            raise typer.BadParameter("Say where the tree is, or --cards.")
        train(tree, out, only or list(RECIPES))
    write_cards_again(out)
    write_pins(out, pins)
    logging.info("wrote %s", ", ".join(str(path) for path in sorted(out.glob("*/card.json"))))


def write_cards_again(root: Path) -> None:
    """Write the shipped cards with the facts of this file; weights, scores and calibration stay as they are."""
    for name, (title, summary) in TITLES.items():
        old = json.loads((root / name / "card.json").read_bytes())
        old["calibration"]["distance_by"] = "descriptors"
        data = DATA | {"clips": old["data"]["clips"]}
        write_card(
            root, {**old, "title": title, "summary": summary, "data": data, "licence": LICENCES.get(name, LICENCE)}
        )


def train(tree: Path, out: Path, models: Sequence[str]) -> None:
    """Run all protocols with all seeds, promote ``models``, and write the vote and the table of leaks."""
    name = data_set(tree)
    for model in models:
        first, *others = (trained(name, model, protocol, SEEDS[0]) for protocol in FOLDS)
        finished(promote.start(first.id, model, others=[one.id for one in others], into=out))
    said = [
        {model: [recorded(name, model, protocol, seed) for protocol in FOLDS] for model in RECIPES} for seed in SEEDS
    ]
    promote.write_vote("vote", said[0], into=out)
    write_seeds(out, [promote.judged(members) for members in said])
    if "descriptors" in models:
        write_leaks(name, out)


def write_seeds(out: Path, by_seed: Sequence[promote.Judgement]) -> None:
    """Write into the cards what each seed came to, where that differs: a split may be fixed and a fit draw nothing."""
    scores = [{model: one.scores(model) for model in (*RECIPES, "vote")} for one in by_seed]
    for model in (*RECIPES, "vote"):
        card = json.loads((out / model / "card.json").read_bytes())
        for protocol, held in card["scores"].items():
            found = [one[model][protocol]["accuracy"]["value"] for one in scores]
            if len(set(found)) > 1:
                held["accuracy_by_seed"] = found
        write_card(out, card)


def write_leaks(name: str, out: Path) -> None:
    """Write what one table alone comes to, where its split leaks and where it does not."""
    parts = {}
    for protocol in FOLDS:
        run = trained(name, "descriptors", protocol, SEEDS[0])
        held = plans.read_parts(plans.folder(run.config.name))
        material = plans.material(run.config, held)
        parts[protocol] = [
            tuple(_rows(material, ids) for ids in ((*fold.train, *fold.validation), fold.test)) for fold in held.folds
        ]
    labels = material.labels[material.owners]
    one_table.write(one_table.measure(prepare(material.segments), labels, material.owners, parts, seed=SEEDS[0]), out)


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


def trained(name: str, model: str, protocol: Protocol, seed: int) -> Run:
    """Return the finished run of a model's recipe under a protocol: one that is there, or a new one."""
    plan = planned(name, model, protocol, seed)
    for one in runs.runs():
        if runs.same(one.config, plan.config):
            finished(jobs.resume(one.id) if one.job.state in ("failed", "cancelled") else one.job)
            return runs.run(one.id)
    run = runs.start(plan)
    finished(run.job)
    return runs.run(run.id)


def recorded(name: str, model: str, protocol: Protocol, seed: int) -> Recorded:
    """Return what such a run has said: one of one's own, that of the gallery, or a new one."""
    config = planned(name, model, protocol, seed).config
    own = any(runs.same(one.config, config) for one in runs.runs())
    held = (one for one in map(gallery.listed, gallery.ids()) if one.state == "finished")
    found = next((one.id for one in held if runs.same(replace(one.config, dataset=name), config)), None)
    return runs.recorded(found if found and not own else trained(name, model, protocol, seed).id)


def planned(name: str, model: str, protocol: Protocol, seed: int) -> Plan:
    """Return the plan of a model's run."""
    return runs.make_plan(name, RECIPES[model], protocol, folds=FOLDS[protocol], seed=seed, options=OPTIONS[model])


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
