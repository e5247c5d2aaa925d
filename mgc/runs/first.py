"""Train on a data set that is not ready yet: the studio is made, features are extracted, then the run is started.

A job that only waits for others. It takes no slot, which they may need, and goes on without the page and without the
app: the engine does it in a thread of its own, and the next engine where that one was killed.
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any, Final

from mgc import jobs, runs
from mgc.datasets import background as data
from mgc.datasets import registry
from mgc.errors import JobError
from mgc.extraction import job as extraction
from mgc.jobs import Kind, TaskSpec
from mgc.recipes import Value, recipe
from mgc.runs import plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mgc.jobs import Context, Job
    from mgc.splits import Protocol

__all__ = ["KIND", "start"]

LOOK: Final = 0.5  # s between two looks at what is waited for


def start(
    dataset: str,
    recipe_name: str,
    protocol: Protocol,
    *,
    folds: int,
    seed: int,
    options: Mapping[str, Value],
    thin: Mapping[str, float] | None = None,
) -> Job:
    """Start to prepare a data set; the run that :func:`mgc.runs.make_plan` would plan is started after it.

    Raises
    ------
    DatasetError, RecipeError, ModelError
        when training is not allowed here, the split or an option is not accepted, or weights are missing
    EngineError, JobError
        as :func:`mgc.jobs.start` does
    """
    chosen = recipe(recipe_name)
    chosen.weights_path()
    plan.check(dataset, recipe_name, protocol, folds=folds, seed=seed)
    given = {"protocol": protocol, "folds": folds, "seed": seed, "options": chosen.values(options)}
    config = {"dataset": dataset, "recipe": recipe_name, "plan": {**given, "thin": dict(thin or {})}}
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()
    return jobs.start(KIND.name, f"{dataset} {digest}", config)


def _run(context: Context) -> dict[str, Any]:
    """Wait for each step in turn, then start the run."""
    id, chosen = context.config["dataset"], recipe(context.config["recipe"])
    if not registry.describe(id).made:
        _wait(context, data.make_studio())
    kinds = {"descriptors", "mel", *(("embeddings",) if chosen.reads == "embeddings" else ())}
    known: set[str] = set()
    while not kinds <= known:  # one that was under way may lack some
        extraction.start(id, sorted(kinds))
        now = extraction.wait(id, lambda now: context.progress(now.done, now.total, "Extracting features"), LOOK)
        if now.state != "finished":
            raise JobError(now.why or "The extraction was stopped, so training did not start.")
        known = set(now.kinds)
    name = f"{chosen.name}-{context.config['plan']['protocol']}-prepared-{context.job.id}"
    begun = jobs.find(runs.KIND, name)  # by an attempt that was killed after it
    if begun is None:
        begun = runs.start(runs.make_plan(id, chosen.name, **context.config["plan"]), name=name).job
    return {"run": begun.id}


def _wait(context: Context, job: Job) -> None:
    """Wait for a job, and report its progress."""
    while (now := jobs.job(job.id)).is_active:
        context.progress(now.done, now.total, now.step)
        jobs.reconcile()
        time.sleep(LOOK)
    if now.state != "finished":
        raise JobError(now.why or f"{now.title}: stopped, so training did not start.")


KIND: Final = Kind(
    "prepare",
    lambda config: f"Prepare {config['dataset']} and train {recipe(config['recipe']).title}",
    _run,
    tasks=lambda config: [TaskSpec(cpu=0, total=0)],
    packages=("runs", "datasets", "extraction", "splits"),
    guard=runs.allowed,
)
