"""Studies: many trials of a recipe's options on the validation parts of a split, in the background.

A study is a job of the kind ``tune``, known by that job's number, with a task for each trial; a trial is a row of the
job (:class:`mgc.training.search.Trial`). The test parts of all tuned folds are taken out before the study begins: they
stand in none of its files, and what its processes load does not hold them. The run that trains the best values tests
exactly these parts, which no trial has seen.
"""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from mgc import jobs, records, runs
from mgc.errors import DatasetError, JobError, RecipeError
from mgc.jobs import Kind, TaskSpec
from mgc.recipes import recipe
from mgc.runs import plan
from mgc.runs.background import in_process
from mgc.settings import settings
from mgc.splits import SEED, Fold
from mgc.training import search
from mgc.training.search import ENOUGH, SAMPLERS, Sampler, Trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mgc.jobs import Context, Job
    from mgc.jobs.records import Where
    from mgc.recipes import Option
    from mgc.runs import Run
    from mgc.splits import Protocol

__all__ = [
    "ENOUGH", "FOLDS", "KIND", "MOST_FOLDS", "MOST_TRIALS", "SAMPLERS", "Config", "Plan", "Study", "Trial", "best",
    "delete", "importance", "make_plan", "note", "seconds", "start", "start_best", "studies", "study", "to_json",
    "trials",
]  # fmt: skip

MOST_TRIALS: Final = 500
LIMITED_TRIALS: Final = 5  # of MGC_TRAINING=limited
FOLDS: Final = 5  # of the split
MOST_FOLDS: Final = 3  # that are tuned on: their test parts are taken out, so two fifths are left at least
HOPELESS: Final = 3  # trials that fail before one has finished, and so end the study
AGAIN: Final = 2.0  # s after which a trial reads again what the others came to
ROWS: Final = "trial"
ERRORS: Final = "errors"  # rows of their own: a page, which does not need them, reads all trials every second


@dataclass(frozen=True, slots=True)
class Config:
    """What makes a study.

    ``run`` is the configuration of its folds: the values of the options that are not tuned, and of ``tracks``,
    ``classes`` and ``split`` what is left without the test parts. ``split`` is the hash of the folds with them.
    """

    run: plan.Config
    trials: int
    sampler: Sampler
    tuned: tuple[str, ...]  # names of the options
    split: str
    dataset: str = ""  # as in ``run``: where the removal of a data set looks for it


@dataclass(frozen=True, slots=True)
class Plan:
    """A study that can be started; ``n_kept``: tracks that are taken out, for the test."""

    config: Config
    parts: plan.Parts
    n_kept: int


@dataclass(frozen=True, slots=True)
class Study:
    """A study: its job and its configuration."""

    job: Job
    config: Config

    @property
    def id(self) -> int:
        """The number of its job."""
        return self.job.id

    @property
    def options(self) -> dict[str, Option]:
        """The options that are tuned."""
        known = recipe(self.config.run.recipe).options
        return {name: known[name] for name in self.config.tuned}


class _Pruned(Exception):
    """A trial is hopeless."""


def make_plan(
    dataset: str,
    recipe_name: str,
    protocol: Protocol,
    *,
    n_trials: int = 20,
    sampler: Sampler = "tpe",
    folds: int = 2,
    seed: int = SEED,
    options: Mapping[str, object] | None = None,
) -> Plan:
    """Split a data set for a study.

    Parameters
    ----------
    dataset, recipe_name, protocol, seed
        as :func:`mgc.runs.make_plan` takes them
    n_trials : int in 1..MOST_TRIALS
    sampler : "tpe" or "random"
    folds : int in 1..MOST_FOLDS
        of the split's five that are tuned on; the published partition has one
    options : mapping, optional
        options that are set, and so not tuned

    Raises
    ------
    DatasetError
        as :func:`mgc.runs.make_plan` does
    RecipeError
        also when a number is not accepted, the protocol is leaky, or the recipe has nothing to tune
    """
    for words, number, most in (("trials", n_trials, MOST_TRIALS), ("folds to tune on", folds, MOST_FOLDS)):
        if not 1 <= number <= most:
            raise RecipeError(f"Invalid number of {words}. Received: {number}. Expected: 1 to {most}.")
    if sampler not in SAMPLERS:
        raise RecipeError(f"Invalid sampler. Received: {sampler[:40]!r}. Expected: {' or '.join(SAMPLERS)}.")
    if protocol == "segments":
        raise RecipeError(
            "The protocol segments leaks: tuning would choose what memorises best. Choose tracks, artists or filtered."
        )
    chosen = recipe(recipe_name)
    tuned = tuple(search.space(chosen, options))
    if not tuned:
        raise RecipeError(f"{chosen.title} has no option left to tune.")
    whole = _run_plan(dataset, recipe_name, protocol, folds, seed, options or {})
    tested = {unit for fold in whole.parts.folds for unit in fold.test}
    artists = {id: artist for id, artist in whole.parts.artists.items() if id not in tested}

    def left(units: Sequence[str]) -> tuple[str, ...]:
        return tuple(unit for unit in units if unit not in tested)

    parts = plan.Parts(tuple(Fold(left(one.train), left(one.validation), ()) for one in whole.parts.folds), artists)
    if not all(one.validation for one in parts.folds):
        raise RecipeError("The validation part of a fold is empty; add tracks, or tune on fewer folds.")
    config = Config(
        replace(whole.config, tracks=len(artists)),
        min(n_trials, LIMITED_TRIALS) if settings().training == "limited" else n_trials,
        sampler,
        tuned,
        whole.config.split,
        dataset,
    )
    return Plan(config, parts, len(tested))


def _run_plan(
    dataset: str, recipe_name: str, protocol: Protocol, folds: int, seed: int, options: Mapping[str, object]
) -> runs.Plan:
    """Return the run on the folds that are tuned on."""
    return runs.make_plan(dataset, recipe_name, protocol, folds=FOLDS, tested=folds, seed=seed, options=options)


def start(made: Plan, *, where: Where | None = None) -> Study:
    """Start a planned study; raises as :func:`mgc.runs.start` does."""
    run = replace(made.config.run, name=runs.new_name(made.config.run))
    config = replace(made.config, run=run)
    return Study(runs.begin("tune", run, made.parts, asdict(config), where=where), config)


def study(id: int) -> Study:
    """Return a study by its number; JobError when there is none."""
    found = jobs.job(id)
    if found.kind != "tune":
        raise JobError(f"Job {id} is not a tuning; `mgc jobs` lists all jobs.")
    return Study(found, _read_config(found.config))


def studies(limit: int = 1000, *, active: bool = False) -> tuple[Study, ...]:
    """Return the newest studies, newest first."""
    return tuple(Study(job, _read_config(job.config)) for job in jobs.jobs(limit, active=active, kind="tune"))


def delete(id: int) -> None:
    """Remove a study that has ended, with its folder; runs of its best values stay."""
    place = plan.folder(study(id).config.run.name)
    jobs.delete(id)
    shutil.rmtree(place, ignore_errors=True)


def trials(one: Study) -> tuple[Trial, ...]:
    """Return all trials in their order, without ``errors``; those that have not ended have the state of their task."""
    known = _rows(one.id)
    found: list[Trial] = []
    for task in jobs.tasks(one.id):
        number = int(task.config["trial"])
        trial = known.get(number, Trial(number, {}))
        found.append(trial if trial.state != "running" else replace(trial, state=task.state, why=task.why))
    return tuple(found)


def best(found: Sequence[Trial]) -> Trial | None:
    """Return the finished trial with the smallest validation loss, None before one has finished."""
    return search.best_of(found)


def importance(one: Study) -> dict[str, float]:
    """Return :func:`mgc.training.search.importance` of a study's options; empty where too few trials have finished."""
    return search.importance(one.options, trials(one))


def note(one: Study, found: Sequence[Trial], trial: Trial) -> str:
    """Return what is noted of a run with the values of a trial."""
    n_tried = sum(other.state in ("finished", "pruned") for other in found)
    return (
        f"Values of trial {trial.number + 1} of tuning {one.id}, the best of {n_tried} by validation loss. The test "
        "part was never looked at in tuning."
    )


def start_best(id: int, *, where: Where | None = None) -> Run:
    """Start a run with the best values of a study, on the folds that it tuned on; it tests what no trial has seen.

    Raises
    ------
    RecipeError
        when no trial has finished
    DatasetError
        when the data set is not split as it was, so that a trial may have seen what would be tested
    """
    one = study(id)
    found, config = trials(one), one.config.run
    chosen = best(found)
    if chosen is None:
        raise RecipeError(f"No trial of tuning {id} has finished yet.")
    options = {**config.options, **chosen.values}
    made = _run_plan(config.dataset, config.recipe, config.protocol, config.folds, config.seed, options)
    if made.config.split != one.config.split:
        raise DatasetError(
            f"The data set {config.dataset} has changed since tuning {id}, and its test part with it. Tune again."
        )
    run = runs.start(made, where=where)
    runs.describe(run.id, note=note(one, found, chosen))
    return run


def seconds(config: Config) -> float:
    """Return how long a study should take here at most [s]."""
    return runs.seconds(replace(config.run, folds=config.run.folds * config.trials))


def to_json(id: int) -> dict[str, Any]:
    """Return a study's record, as ``mgc tune --json`` and ``mgc trials --json`` print it."""
    one = study(id)
    found, run = trials(one), one.config.run
    chosen = best(found)
    return {
        "id": id,
        "state": one.job.state,
        "why": one.job.why,
        "dataset": run.dataset,
        "recipe": run.recipe,
        "protocol": run.protocol,
        "folds": run.folds,
        "seed": run.seed,
        "sampler": one.config.sampler,
        "tuned": list(one.config.tuned),
        "options": {name: value for name, value in run.options.items() if name not in one.config.tuned},
        "created": one.job.created,
        "best": None if chosen is None else _trial_json(chosen),
        "trials": [_trial_json(trial) for trial in found],
    }


def _trial_json(trial: Trial) -> dict[str, Any]:
    names = ("state", "values", "loss", "accuracy", "n", "why")
    return {"number": trial.number + 1, **{name: getattr(trial, name) for name in names}}


def _read_config(data: Mapping[str, Any]) -> Config:
    return records.read(Config, json.dumps(dict(data)).encode(), "study")


def _rows(id: int, *, with_errors: bool = False) -> dict[int, Trial]:
    """Return the trials that have values, by number."""
    errors = jobs.rows(id, ERRORS) if with_errors else {}
    rows = jobs.rows(id, ROWS).items()
    return {int(name): Trial(**{**row, "errors": errors.get(name, ())}) for name, row in rows}


def _write(context: Context, trial: Trial) -> None:
    row, name = asdict(trial), f"{trial.number:06d}"
    context.put(ERRORS, {name: row.pop("errors")})
    context.put(ROWS, {name: row})


def _tasks(data: Mapping[str, Any]) -> Iterable[TaskSpec]:
    config = _read_config(data)
    chosen = recipe(config.run.recipe)
    return [
        TaskSpec(
            f"trial {number + 1}",
            {"trial": number, "threads": chosen.cores},
            total=_steps(config.run) * config.run.folds,
            cpu=chosen.cores,
            gpu=1 if chosen.is_gradual else 0,
        )
        for number in range(config.trials)
    ]


def _steps(run: plan.Config) -> int:
    """Return the epochs of a fold at most; 1 for what is fitted at once."""
    return int(run.options.get("epochs", 1)) + int(run.options.get("tune_epochs", 0))


def _run(context: Context) -> dict[str, Any]:
    """Do one trial: ask for its values unless it has them, then fit and judge them in a process of its own."""
    one = Study(context.job, _read_config(context.job.config))
    number = int(context.config["trial"])
    known = _rows(one.id, with_errors=True)
    if number not in known:
        values = search.suggest(
            one.options, list(known.values()), sampler=one.config.sampler, seed=one.config.run.seed, number=number
        )
        known[number] = Trial(number, values)
        _write(context, known[number])
    if known[number].state == "failed":  # the study ended with it and was resumed
        known[number] = replace(known[number], state="running", why="")
    if known[number].state == "running":
        _ended(context, one, _Trying(context, one, known[number]).go_on())
    return {"trial": number}


def _ended(context: Context, one: Study, trial: Trial) -> None:
    """Write down how a trial has ended; a RecipeError ends a study of which nothing but failures has come."""
    _write(context, trial)
    for states in plan.folder(one.config.run.name).glob(f"trial-{trial.number}-fold-*"):
        shutil.rmtree(states, ignore_errors=True)
    known = _rows(one.id).values()
    n_failed = sum(other.state == "failed" for other in known)
    if n_failed >= min(HOPELESS, one.config.trials) and not any(other.state == "finished" for other in known):
        raise RecipeError(trial.why)
    context.progress(context.task.total, context.task.total, "")


class _Trying:
    """One trial at work: what its process reports, and whether it is hopeless."""

    def __init__(self, context: Context, one: Study, trial: Trial) -> None:
        self._context, self._study, self.trial = context, one, trial
        self._steps = _steps(one.config.run)
        self._fold = len(trial.folds)
        self._best = 1.0  # smallest error of the present fold so far
        self._read = -AGAIN

    def go_on(self) -> Trial:
        """Fit and judge the folds that are left; return the trial as it has ended."""
        place, number = plan.folder(self._study.config.run.name), self.trial.number
        task = {"trial": number, "values": self.trial.values, "begin": len(self.trial.folds)}
        name = f"trial {number + 1}"
        try:
            in_process(self._context, place, task, self._note, name=name, log=f"trial-{number}.log")
        except _Pruned:
            return replace(self.trial, state="pruned")
        except RecipeError as error:
            return replace(self.trial, state="failed", why=error.user_message)
        folds = self.trial.folds
        n = sum(fold["n"] for fold in folds)
        return replace(
            self.trial,
            state="finished",
            loss=sum(fold["loss"] for fold in folds) / len(folds),
            accuracy=sum(fold["accuracy"] * fold["n"] for fold in folds) / n,
            n=n,
        )

    def _note(self, kind: str, events: Sequence[dict[str, Any]]) -> None:
        """Take reports of the process; _Pruned ends it."""
        for event in events:
            self._note_one(kind, event)

    def _note_one(self, kind: str, event: dict[str, Any]) -> None:
        steps = self._steps
        if kind in ("fold", "begin"):  # a fold that goes on reports what it had saved once more
            self._fold, self._best = event.get("number", self._fold), 1.0
            self.trial = replace(self.trial, errors=self.trial.errors[: self._fold * steps])
        elif kind == "epoch":
            self._step(1.0 - event["val_accuracy"])
            done, words = self._fold * steps + event["number"], f"epoch {event['number']}"
            self._context.progress(done, self._context.task.total, f"trial {self.trial.number + 1}, {words}")
            self._prune()
        elif kind == "judged":
            if len(self.trial.errors) == self._fold * steps:  # it was fitted at once
                self._step(1.0 - event["accuracy"])
            missing = (self._fold + 1) * steps - len(self.trial.errors)  # epochs that were not needed
            folds = [*self.trial.folds, {**event, "error": self._best}]
            self.trial = replace(
                self.trial, errors=[*self.trial.errors, *[self.trial.errors[-1]] * missing], folds=folds
            )
            _write(self._context, self.trial)
            place = plan.folder(self._study.config.run.name)
            shutil.rmtree(place / f"trial-{self.trial.number}-fold-{self._fold}", ignore_errors=True)
            if len(folds) < self._study.config.run.folds:
                self._prune()

    def _step(self, error: float) -> None:
        self._best = min(self._best, error)
        bests = [*(fold["error"] for fold in self.trial.folds), self._best]
        self.trial = replace(self.trial, errors=[*self.trial.errors, round(sum(bests) / len(bests), 6)])

    def _prune(self) -> None:
        """Compare the trial with the others as they are, or were a moment ago."""
        if time.monotonic() - self._read > AGAIN:
            known = _rows(self._study.id, with_errors=True).values()
            others = [other for other in known if other.number != self.trial.number]
            n_steps = self._steps * self._study.config.run.folds
            self._rule = search.median_rule(self._study.options, others, n_steps)
            self._read = time.monotonic()
        if self._rule(self.trial.errors):
            raise _Pruned


def _title(data: Mapping[str, Any]) -> str:
    run = _read_config(data).run
    return f"Tune {recipe(run.recipe).title} on {run.dataset} ({run.protocol})"


KIND: Final = Kind(
    "tune",
    _title,
    _run,
    tasks=_tasks,
    packages=("runs", "training", "nets", "splits", "extraction", "features", "evaluation"),
    patience=3600.0,
    guard=runs.allowed,
)
