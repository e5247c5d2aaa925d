"""Measure how long a recipe takes here: three epochs on some tracks, in the background, before a run is started.

What is measured is a fold like any other, in a process of its own, on a few tracks of each genre; only its times are
kept, as the job's result (:func:`mgc.runs.estimate` reads it).
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections import defaultdict
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mgc import files, jobs, runs
from mgc.errors import DatasetError
from mgc.extraction.collected import collected
from mgc.jobs import Kind
from mgc.recipes import recipe
from mgc.runs.background import fold_task, train_in_process
from mgc.runs.plan import Parts, folder
from mgc.splits import Fold

if TYPE_CHECKING:
    from mgc.jobs import Context, Job
    from mgc.runs import Plan

__all__ = ["KIND", "start"]

TRACKS: Final = 60  # about so many are trained on, at least two of each genre
EPOCHS: Final = 3  # the first also compiles
FEW: Final = {"epochs": EPOCHS, "patience": 0, "tune_epochs": 0}


def start(plan: Plan) -> Job:
    """Start to measure a plan's recipe with its options.

    Raises
    ------
    RecipeError, ModelError
        when training is not allowed here, or weights are missing
    DatasetError
        when the data set is not extracted any more
    EngineError, JobError
        as :func:`mgc.jobs.start` does
    """
    runs.check_allowed()
    recipe(plan.config.recipe).weights_path()
    options = {name: FEW.get(name, value) for name, value in plan.config.options.items()}
    name = f"measure-{secrets.token_hex(4)}"
    config = replace(plan.config, name=name, folds=1, options=options)
    fold = _some(plan)
    place = folder(name)
    place.mkdir(parents=True)
    files.write(place / "run.json", json.dumps(asdict(config)).encode())
    files.write(place / "split.json", json.dumps(asdict(Parts((fold,), plan.parts.artists))).encode())
    subject = runs.measured_as(plan.config)
    told = {"name": name, "recipe": config.recipe, "share": len(fold.train) / len(plan.parts.folds[0].train)}
    return jobs.start(KIND.name, subject, told, tasks=[fold_task(config, 0)])


def _some(plan: Plan) -> Fold:
    """Return a fold of some units of each genre of the first fold's training part; one of them is tested."""
    found = collected(plan.config.dataset)
    if found is None:
        raise DatasetError(f"The features of {plan.config.dataset} are not extracted any more.")
    genres = dict(zip(found.ids, found.genres, strict=True))
    by_genre: dict[str, list[str]] = defaultdict(list)
    for unit in plan.parts.folds[0].train:
        by_genre[genres[unit.rpartition(".")[0] if plan.config.protocol == "segments" else unit]].append(unit)
    n = max(2, TRACKS // len(by_genre))
    train = tuple(unit for units in by_genre.values() for unit in units[:n])
    return Fold(train, (), train[:1])


def _run(context: Context) -> dict[str, Any]:
    """Train, and return the times: ``epoch`` [s] (None where there are none), and the ``rest`` of the fold [s]."""
    place = folder(context.job.config["name"])
    done = train_in_process(context, place)
    shutil.rmtree(place, ignore_errors=True)
    took = [row["seconds"] for row in jobs.rows(context.job.id, "epoch").values()]
    epoch = float(np.median(took[1:])) if len(took) > 1 else None
    return {"epoch": epoch, "rest": done["seconds"] - sum(took)}


KIND: Final = Kind(
    "measure",
    lambda config: f"Measure {config['recipe']}",
    _run,
    packages=("runs", "training", "nets", "splits", "extraction", "features", "evaluation"),
    patience=3600.0,
)
