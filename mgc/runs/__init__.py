"""Runs: a data set, a recipe and a protocol, trained fold by fold in the background; what came of it, from its rows.

A run is a job of the kind ``train``, and is known by that job's number. ``plan`` says what it will do; ``start`` begins
it; ``record`` is all that is said of it, computed from its rows. Folds that have finished can be read while others are
still at work.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import secrets
import shutil
import zlib
from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mgc import files, jobs, records
from mgc.errors import JobError, RecipeError
from mgc.evaluation import metrics
from mgc.evaluation.predictions import Predictions
from mgc.jobs.process import hold
from mgc.recipes import recipe
from mgc.runs import gallery
from mgc.runs.plan import Config, Parts, Plan, folder, make_plan, read_config, read_parts, read_thin
from mgc.runs.recorded import Fold, Listed, Recorded
from mgc.settings import cores, settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    import numpy.typing as npt

    from mgc.jobs import Job, TaskSpec
    from mgc.jobs.records import Where

__all__ = [
    "About", "Config", "Estimate", "Fold", "Listed", "Parts", "Plan", "Predictions", "Recorded", "Run", "about",
    "allowed", "begin", "check_allowed", "delete", "describe", "epochs", "estimate", "folds", "listed", "log_tail",
    "make_plan", "measured_as", "new_name", "predictions", "read_thin", "recorded", "run", "runs", "same", "scores",
    "scores_of", "seconds", "start", "to_json",
]  # fmt: skip

KIND: Final = "train"
TRAINING: Final = (KIND, "tune", "promote", "measure")  # kinds of job that train
_DIGITS: Final = 15  # of a run's number, at most
_BINS: Final = 10  # of the calibration error
_MOST_SCORED: Final = 1000
_SCORED: Final[dict[tuple[str, int, int], dict[str, Any]]] = {}  # by run and its predictions: intervals take a while
START_SECONDS: Final = 8.0  # of a fold's process: an interpreter and TensorFlow


@dataclass(frozen=True, slots=True)
class Run:
    """A run: its job and its configuration."""

    job: Job
    config: Config

    @property
    def id(self) -> int:
        """The number of its job."""
        return self.job.id


@dataclass(frozen=True, slots=True)
class About:
    """What a person has called a run, and noted."""

    title: str = ""
    note: str = ""


def start(plan: Plan, *, name: str = "", where: Where | None = None) -> Run:
    """Start a planned run; ``name`` is that of its folder, a new one by default.

    Raises
    ------
    RecipeError, ModelError
        when training is switched off here, another run is at work where one is allowed, or weights are missing
    EngineError, JobError
        as :func:`mgc.jobs.start` does
    """
    config = replace(plan.config, name=name or new_name(plan.config))
    return Run(begin(KIND, config, plan.parts, asdict(config), where=where), config)


def new_name(config: Config) -> str:
    """Return a name for the folder of a run or a study that nothing has yet."""
    return f"{config.recipe}-{config.protocol}-{secrets.token_hex(4)}"


def begin(
    kind: str,
    config: Config,
    parts: Parts,
    about: dict[str, Any],
    *,
    where: Where | None = None,
    tasks: Iterable[TaskSpec] | None = None,
) -> Job:
    """Write the folder of a run, or of a study, and start its job with the configuration ``about``.

    ``tasks`` are those to do instead of all of the kind's. The folder stays where there is a job, also when that could
    not be started: it can be resumed. Raises as :func:`start` does.
    """
    check_allowed()
    recipe(config.recipe).weights_path()
    place = folder(config.name)
    try:
        place.mkdir(parents=True, exist_ok=True)
        files.write(place / "run.json", json.dumps(asdict(config)).encode())
        files.write(place / "split.json", json.dumps(asdict(parts)).encode())
        return jobs.start(kind, config.name, about, where=where, tasks=tasks)
    except BaseException as error:
        with contextlib.suppress(JobError):
            if jobs.find(kind, config.name) is None:
                shutil.rmtree(place, ignore_errors=True)
        if isinstance(error, OSError):
            raise JobError("The run cannot be written; is MGC_HOME full or read-only?", details=repr(error)) from error
        raise


def check_allowed() -> None:
    """Raise a RecipeError where MGC_TRAINING allows no training now."""
    mode = settings().training
    if mode == "off":
        raise RecipeError("Training is switched off on this server (MGC_TRAINING=off); run the app yourself to train.")
    if mode == "limited" and any(jobs.jobs(1, active=True, kind=kind) for kind in TRAINING):
        raise RecipeError("Another run is active, and this server trains one at a time; try again in a few minutes.")


@contextlib.contextmanager
def allowed() -> Iterator[None]:
    """Guard the start of a job that trains: raise as :func:`check_allowed`, and of two at once let one be first."""
    lock: AbstractContextManager[object] = contextlib.nullcontext()
    if settings().training == "limited":
        try:
            lock = hold(settings().home_dir / "training", wait=True)
        except OSError as error:
            raise JobError("The MGC_HOME folder cannot be written.", details=repr(error)) from error
    with lock:
        check_allowed()
        yield


def run(id: int) -> Run:
    """Return a run by its number; JobError when there is none."""
    found = jobs.job(id)
    if found.kind != KIND:
        raise JobError(f"Job {id} is not a training run; `mgc runs` lists the runs.")
    return Run(found, read_config(found.config))


def runs(limit: int = 1000, *, active: bool = False) -> tuple[Run, ...]:
    """Return the newest runs, newest first."""
    found = jobs.jobs(limit, active=active, kind=KIND)
    return tuple(Run(job, read_config(job.config)) for job in found)


def delete(id: int) -> None:
    """Remove a run that has ended, with its folder; a model that was promoted from it stays.

    A JobError says that it has not ended, or that a model is being made of it.
    """
    place = folder(run(id).config.name)
    for job in jobs.jobs(active=True, kind="promote"):
        if id in (job.config["run"], *job.config["others"]):
            raise JobError(f"A model is being made from run {id}; stop that first.")
    jobs.delete(id)
    shutil.rmtree(place, ignore_errors=True)


def about(one: Run) -> About:
    """Return what a person has called a run and written about it."""
    try:
        return records.read(About, (folder(one.config.name) / "about.json").read_bytes(), "about.json")
    except (OSError, ValueError):
        return About()


def describe(id: int, *, title: str | None = None, note: str | None = None) -> None:
    """Give a run another title, or a note."""
    one = run(id)
    known = about(one)
    changed = About(known.title if title is None else title[:200], known.note if note is None else note[:5000])
    records.write(folder(one.config.name) / "about.json", changed)


def epochs(id: int) -> tuple[dict[str, Any], ...]:
    """Return all epochs of a run in their order: fold, number, losses, accuracies, learning_rate, seconds."""
    return tuple(jobs.rows(id, "epoch").values())


def predictions(id: int) -> Predictions:
    """Return what the finished folds have said of their test parts."""
    one = run(id)
    found = jobs.rows(id, "prediction")
    return _said(one, found, read_parts(folder(one.config.name)).artists if found else {})


def _said(one: Run, found: dict[str, Any], artists: dict[str, int]) -> Predictions:
    n_classes = len(one.config.classes)
    owners = [unit.rpartition(".")[0] if one.config.protocol == "segments" else unit for unit in found]
    return Predictions(
        tuple(found),
        np.array([row["fold"] for row in found.values()], dtype=np.intp),
        np.array([row["label"] for row in found.values()], dtype=np.intp),
        np.array([row["p"] for row in found.values()], dtype=np.float64).reshape(-1, n_classes),
        np.array([artists[owner] for owner in owners], dtype=np.intp),
        *(_measured([row.get(name) for row in found.values()]) for name in _OPTIONAL),
    )


_OPTIONAL: Final = ("distance", "pauses", "windows", "windows_right")  # fields of Predictions, in their order
_NONE: Final = np.empty(0, dtype=np.intp)
_NOTHING: Final = Predictions((), _NONE, _NONE, np.empty((0, 1)), _NONE)


def _measured(column: list[float | None]) -> npt.NDArray[np.float64] | None:
    return None if None in column or not column else np.array(column, dtype=np.float64)


def scores(found: Predictions, n_classes: int, *, segments: bool = False) -> dict[str, Any]:
    """Return what predictions are worth: accuracy with its intervals, over clips and over artists, and the rest.

    Probabilities are uncalibrated; a promoted model's are not. ``segments`` of one clip are drawn together.
    """
    if not found.units:
        return {}
    guess = found.probabilities.argmax(axis=1)
    clips = [unit.rpartition(".")[0] for unit in found.units] if segments else None
    over_clips = metrics.bootstrap(found.labels, guess, metrics.accuracy, groups=clips)
    over_artists = metrics.bootstrap(found.labels, guess, metrics.accuracy, groups=found.artists)
    f1 = metrics.bootstrap(found.labels, guess, metrics.macro_f1, groups=clips)
    return {
        "accuracy": asdict(over_clips),
        "accuracy_by_artist": {
            "low": over_artists.low,
            "high": over_artists.high,
            "n_artists": len(np.unique(found.artists)),
        },
        "macro_f1": asdict(f1),
        "log_loss": metrics.log_loss(found.labels, found.probabilities),
        "ece": metrics.expected_calibration_error(found.probabilities, found.labels, bins=_BINS),
        "confusion": metrics.confusion(found.labels, guess, n_classes).tolist(),
    }


def scores_of(one: Run | Recorded, said: Predictions) -> dict[str, Any]:
    """Return :func:`scores` of what a run has predicted so far; worked out again only when that is something else."""
    key = one.config.name, len(said.units), zlib.crc32(said.probabilities.tobytes())
    if key not in _SCORED:
        if len(_SCORED) >= _MOST_SCORED:
            _SCORED.clear()
        _SCORED[key] = scores(said, len(one.config.classes), segments=one.config.protocol == "segments")
    return _SCORED[key]


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long a run should take here [s], and what that rests on, as the end of a sentence."""

    seconds: float
    basis: str


def seconds(config: Config) -> float:
    """Return how long a run should take here [s]: the seconds of :func:`estimate`."""
    return estimate(config).seconds


def estimate(config: Config) -> Estimate:
    """Return how long a run should take here, if no fold stops early.

    By what was measured for these options (:mod:`mgc.runs.measuring`), else by an earlier run of its recipe, else
    roughly, by what the recipe says.
    """
    chosen = recipe(config.recipe)
    measured = jobs.find("measure", measured_as(config))
    if measured is not None and measured.state == "finished" and "share" in measured.result:
        share, start = measured.result["share"], measured.result["rest"]
        if chosen.net == "backbone":  # which looks at every track once before the first epoch, while it is frozen
            start = START_SECONDS + max(0.0, start - START_SECONDS) / share
        elif not chosen.is_gradual:
            start /= share
        each, basis = (measured.result["epoch"] or 0.0) / share, "as measured here on a few tracks"
    else:
        each, start, basis = _by_earlier(config) or (
            chosen.seconds * config.tracks / 1000.0,
            START_SECONDS,
            "by a rough estimate, as nothing has been measured here yet",
        )
    per_fold = each * int(config.options.get("epochs", 1)) + start
    at_once = max(1, min(config.folds, cores() // chosen.cores))
    return Estimate(per_fold * math.ceil(config.folds / at_once), basis)


def measured_as(config: Config) -> str:
    """Return what a measurement for a configuration is filed under: its data, recipe and options but for the epochs."""
    options = config.options | dict.fromkeys(("epochs", "patience", "tune_epochs"), 0)
    said = json.dumps([config.dataset, config.tracks, config.recipe, config.protocol, options, config.thin])
    return hashlib.sha256(said.encode()).hexdigest()


def _by_earlier(config: Config) -> tuple[float, float, str] | None:
    """Return seconds of an epoch, of the rest of a fold, and what they rest on, by the newest run of a recipe."""
    for earlier in runs(50):
        if earlier.config.recipe != config.recipe:
            continue
        ratio = config.tracks / earlier.config.tracks
        if known := epochs(earlier.id):
            each = float(np.median([epoch["seconds"] for epoch in known]))
            return each * ratio, START_SECONDS, f"judging by run {earlier.id}"
        done = [task.result["seconds"] for task in jobs.tasks(earlier.id) if isinstance(task.result, dict)]
        if done:
            return 0.0, float(np.median(done)) * ratio + START_SECONDS, f"judging by run {earlier.id}"
    return None


def folds(one: Run, said: Predictions, history: Sequence[dict[str, Any]]) -> tuple[Fold, ...]:
    """Return how far each fold is, by the run's :func:`predictions` and :func:`epochs`."""
    done = Counter[int]()
    for epoch in history:
        done[epoch["fold"]] = max(done[epoch["fold"]], epoch["number"])
    right = said.probabilities.argmax(axis=1) == said.labels
    found = []
    for task in jobs.tasks(one.id):
        number = int(task.config["fold"])
        mine = said.fold == number
        result = task.result if isinstance(task.result, dict) else {}
        found.append(
            Fold(
                number,
                task.state,
                done[number],
                result.get("best_epoch"),
                float(right[mine].mean()) if mine.any() else None,
                int(mine.sum()),
                result.get("seconds"),
                result.get("clip_seconds"),
                result.get("parameters"),
            )
        )
    return tuple(found)


def listed(limit: int = 1000) -> tuple[Listed, ...]:
    """Return the runs of the gallery in its order, then one's own, newest first.

    A gallery run with damaged files is left out: :func:`recorded` says what is wrong with it.
    """
    found = []
    for name in gallery.ids():
        with contextlib.suppress(RecipeError):
            found.append(gallery.listed(name))
    return (*found, *map(_listed, runs(limit)))


def _listed(one: Run) -> Listed:
    known = about(one)
    return Listed(str(one.id), "own", one.job.state, known.title, known.note, one.job.created, one.config)


def same(one: Config, other: Config) -> bool:
    """Return whether two runs do the same: configurations that differ in nothing but the names of their folders."""
    return replace(one, name="") == replace(other, name="")


def recorded(id: int | str) -> Recorded:
    """Return a run as it is read: one's own by its number, one of the gallery by its name.

    Of a run whose folder was removed by hand the list is left, without predictions. JobError, or RecipeError, when
    there is no such run.
    """
    if not str(id).isdecimal():
        return gallery.opened(str(id))
    if len(str(id)) > _DIGITS:
        raise JobError(f"There is no run {str(id)[:_DIGITS]}...")
    one = run(int(id))
    found, why = jobs.rows(one.id, "prediction"), one.job.why
    try:
        parts = read_parts(folder(one.config.name))
    except RecipeError as error:  # its folder was removed by hand: the list of runs is shown all the same
        return Recorded(_listed(one), folds(one, _NOTHING, ()), (), _NOTHING, why or error.user_message)
    said, history = _said(one, found, parts.artists), epochs(one.id)
    own = tuple(
        replace(fold, n_train=len(parts.folds[fold.number].train)) if fold.number >= 0 else fold
        for fold in folds(one, said, history)
    )
    return Recorded(_listed(one), own, history, said, why)


def to_json(id: int | str, *, with_folds: bool = True) -> dict[str, Any]:
    """Return a run's record, as `mgc train --json` and `mgc run --json` print it."""
    one = recorded(id)
    config, about = one.config, one.listed
    record: dict[str, Any] = {
        "id": int(one.id) if about.source == "own" else one.id,
        "source": about.source,
        "state": about.state,
        "why": one.why,
        "title": about.title,
        "note": about.note,
        "dataset": config.dataset,
        "recipe": config.recipe,
        "protocol": config.protocol,
        "seed": config.seed,
        "options": config.options,
        "thin": config.thin,
        "form": config.form,
        "classes": list(config.classes),
        "tracks": config.tracks,
        "split": config.split,
        "created": about.created,
        "scores": scores_of(one, one.said),
    }
    return {**record, "folds": [asdict(fold) for fold in one.folds]} if with_folds else record


def log_tail(one: Run, fold: int, n_bytes: int = 4000) -> str:
    """Return the end of a fold's log, "" when there is none."""
    try:
        with (folder(one.config.name) / f"fold-{fold}.log").open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - n_bytes))
            return file.read().decode(errors="replace")
    except OSError:
        return ""
