"""Train the gallery with the program's own engine: ``python -m scripts.make_gallery TREE`` (``make gallery TREE=...``).

TREE is Kaggle's tree of GTZAN with pictures and both tables; ``--audio`` a folder with audio by genre, for the recipes
that read it (the tree itself where it has all audio). It takes hours on two cores and can be stopped at any time: each
fold that has finished is a file of ``models/gallery/``, and the next call trains only the folds that are missing there.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, replace
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import typer

from mgc import jobs, runs
from mgc.errors import JobError
from mgc.runs import gallery
from mgc.runs.background import fold_task
from scripts.ship_models import data_set

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mgc.jobs import Job
    from mgc.runs import Run
    from mgc.runs.gallery import Planned

KINDS = {"tree": ("descriptors", "mel"), "audio": ("descriptors", "mel", "embeddings")}


def main(
    tree: Annotated[Path, typer.Argument(help="Kaggle-shaped tree of GTZAN with pictures and tables")],
    audio: Annotated[Path | None, typer.Option(help="folder with audio by genre, for recipes that read audio")] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="id of a run of the plan, or how it begins; repeatable")
    ] = None,
) -> None:
    """Train what is planned and not there, in the order of the plan."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    places = {"tree": tree, "audio": audio or tree}
    for planned in gallery.PLAN:
        if not only or any(planned.id.startswith(one) for one in only):
            name = data_set(places[planned.needs], KINDS[planned.needs])
            make(planned, name)


def make(planned: Planned, name: str) -> None:
    """Train the folds of a run that are missing, and keep each of them as soon as it has finished."""
    plan = plan_of(planned, name)
    if planned.share < 1.0:
        plan = plan_of(planned, name, dict.fromkeys(plan.config.classes, planned.share))
    missing = set(range(plan.config.folds)) - set(gallery.folds_in(planned.id))
    newest = known(plan.config)[:1]  # an older one may have been trained by an earlier form of the recipe
    for one in newest:
        missing -= set(keep(planned, one))
    if not missing:
        logging.info("%s: all %d folds are there", planned.id, plan.config.folds)
        return
    run = next((one for one in newest if one.job.state != "finished"), None)
    if run is not None:
        job = jobs.resume(run.id) if run.job.state in ("failed", "cancelled") else run.job
    else:
        config = replace(plan.config, name=runs.new_name(plan.config))
        tasks = [fold_task(config, number) for number in sorted(missing)]
        job = runs.begin(runs.KIND, config, plan.parts, asdict(config), tasks=tasks)
    follow(planned, job)


def plan_of(planned: Planned, name: str, thin: Mapping[str, float] | None = None) -> runs.Plan:
    """Return the plan of a run on a data set."""
    return runs.make_plan(
        name,
        planned.recipe,
        planned.protocol,
        folds=planned.folds,
        seed=planned.seed,
        options=planned.options,
        form=planned.form,
        thin=thin,
    )


def known(config: runs.Config) -> list[Run]:
    """Return the runs of that configuration in MGC_HOME, newest first."""
    return [one for one in runs.runs() if runs.same(one.config, config)]


def _note(planned: Planned, now: Job) -> None:
    keep(planned, runs.run(now.id))


def follow(planned: Planned, job: Job) -> None:
    """Wait for a run's job, and keep each fold as it finishes."""
    now = jobs.wait(job.id, lambda now: _note(planned, now), every=10.0)
    keep(planned, runs.run(job.id))
    logging.info("%s: %s", planned.id, now.state)
    if now.state != "finished":
        raise JobError(now.why or "It was cancelled.")


def keep(planned: Planned, run: Run) -> tuple[int, ...]:
    """Write the finished folds of a run into the gallery; return the numbers of all that are there."""
    made = gallery.keep(planned.id, runs.recorded(run.id), title=planned.title, note=planned.note)
    for number in made:
        logging.info("%s: kept fold %d", planned.id, number + 1)
    return gallery.folds_in(planned.id)


if __name__ == "__main__":
    typer.run(main)
