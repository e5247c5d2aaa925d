"""Train on a data set that is not ready yet: the studio is made, features are extracted, then the run is started.

A job that only waits for others. It is a thread of the app, not a task of the engine, where it would hold a slot that
the others may need; so it goes on without the page, and not without the app.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from mgc import jobs, runs
from mgc.datasets import background as data
from mgc.datasets import registry
from mgc.errors import JobError
from mgc.extraction import job as extraction
from mgc.jobs import Kind
from mgc.recipes import Value, recipe
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mgc.jobs import Context, Job

__all__ = ["KIND", "start"]

LOOK: Final = 0.5  # s between two looks at what is waited for


def start(
    dataset: str,
    recipe_name: str,
    protocol: str,
    *,
    folds: int,
    seed: int,
    options: Mapping[str, Value],
    thin: Mapping[str, float] | None = None,
) -> Job:
    """Start to prepare a data set; the run that :func:`mgc.runs.make_plan` would plan is started after it.

    Raises
    ------
    RecipeError, ModelError
        when training is not allowed here, an option is not accepted, or weights are missing
    EngineError, JobError
        as :func:`mgc.jobs.start` does
    """
    runs.check_allowed()
    chosen = recipe(recipe_name)
    chosen.weights_path()
    given = {"protocol": protocol, "folds": folds, "seed": seed, "options": chosen.values(options)}
    config = {"dataset": dataset, "recipe": recipe_name, "plan": {**given, "thin": dict(thin or {})}}
    return jobs.start(KIND.name, dataset, config, where=None if settings().jobs == "inline" else "app")


def _run(context: Context) -> dict[str, Any]:
    """Wait for each step in turn, then start the run."""
    id, chosen = context.config["dataset"], recipe(context.config["recipe"])
    if not registry.describe(id).made:
        _wait(context, data.make_studio())
    embeddings = ("embeddings",) if chosen.reads == "embeddings" else ()
    extraction.start(id, ("descriptors", "mel", *embeddings))
    while (now := extraction.status(id)).is_active:
        context.progress(now.done, now.total, "Extracting features")
        time.sleep(LOOK)
    if now.state != "finished":
        raise JobError(now.why or "The extraction was stopped, so training did not start.")
    return {"run": runs.start(runs.make_plan(id, chosen.name, **context.config["plan"])).id}


def _wait(context: Context, job: Job) -> None:
    """Wait for a job, and report its progress."""
    while (now := jobs.job(job.id)).is_active:
        context.progress(now.done, now.total, now.step)
        jobs.reconcile()
        time.sleep(LOOK)
    if now.state != "finished":
        raise JobError(now.why or f"{now.title}: stopped, so training did not start.")


KIND: Final = Kind("prepare", lambda config: f"Prepare {config['dataset']} and train {config['recipe']}", _run)
