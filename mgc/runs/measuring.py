"""Measure how long a recipe takes here: three epochs on some tracks, in the background, before a run is started.

What is measured is a fold like any other, in a process of its own, on a few tracks of each genre; only its times are
kept, as the job's result (:func:`mgc.runs.estimate` reads it). Its folder lasts as long as an attempt.
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
from mgc.jobs import Kind, TaskSpec
from mgc.recipes import recipe
from mgc.runs.background import fold_task, train_in_process
from mgc.runs.plan import Parts, folder, read_config
from mgc.splits import Fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mgc.jobs import Context, Job
    from mgc.runs import Config, Plan

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
    EngineError, JobError
        as :func:`mgc.jobs.start` does
    """
    recipe(plan.config.recipe).weights_path()
    return jobs.start(KIND.name, runs.measured_as(plan.config), asdict(plan.config))


def _short(config: Config) -> Config:
    """Return the configuration of the fold that is measured."""
    return replace(config, folds=1, options={name: FEW.get(name, value) for name, value in config.options.items()})


def _tasks(config: Mapping[str, Any]) -> Iterable[TaskSpec]:
    return [fold_task(_short(read_config(config)), 0)]


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
    """Train, and return the times: ``epoch`` [s] (None where there are none), and the ``rest`` of the fold [s].

    ``share`` is how much of the first fold's training part that was.
    """
    config = read_config(context.job.config)
    given: dict[str, Any] = {name: getattr(config, name) for name in ("protocol", "folds", "seed", "options", "thin")}
    plan = runs.make_plan(config.dataset, config.recipe, **given, form=config.form or None)
    # Each attempt has a folder of its own: one that was cancelled may still be about to remove its own.
    fold, place = _some(plan), folder(f"measure-{context.job.id}-{secrets.token_hex(4)}")
    for former in place.parent.glob(f"measure-{context.job.id}-*"):
        shutil.rmtree(former, ignore_errors=True)
    place.mkdir(parents=True)
    try:
        files.write(place / "run.json", json.dumps(asdict(_short(plan.config))).encode())
        files.write(place / "split.json", json.dumps(asdict(Parts((fold,), plan.parts.artists))).encode())
        done = train_in_process(context, place)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    took = [row["seconds"] for row in jobs.rows(context.job.id, "epoch").values()]
    epoch = float(np.median(took[1:])) if len(took) > 1 else None
    share = len(fold.train) / len(plan.parts.folds[0].train)
    return {"epoch": epoch, "rest": done["seconds"] - sum(took), "share": share}


KIND: Final = Kind(
    "measure",
    lambda config: f"Measure {recipe(config['recipe']).title}",
    _run,
    tasks=_tasks,
    packages=("runs", "training", "nets", "splits", "extraction", "features", "evaluation"),
    patience=3600.0,
    guard=runs.allowed,
)
