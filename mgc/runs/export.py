"""A finished run for other programs: its curves for TensorBoard and MLflow, its model for Keras and ONNX.

A run's folds keep predictions, not nets; the net is that of the model which was promoted from the run.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import time
from typing import TYPE_CHECKING, Any, Final

from mgc import files, jobs, runs
from mgc.errors import RecipeError
from mgc.models import catalog
from mgc.nets import ARCHITECTURES
from mgc.recipes import recipe
from mgc.runs.background import task_name
from mgc.runs.plan import folder
from mgc.settings import quiet_tensorflow
from mgc.training import export

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mgc.runs import Run

__all__ = ["to_keras", "to_mlflow", "to_onnx", "to_tensorboard"]

SCALARS: Final = ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")
BATCH: Final = 1000  # metrics that MLflow takes at a time


def to_keras(id: int, into: Path) -> tuple[Path, ...]:
    """Write the net of a run's model, and its card; RecipeError where there is none, ModelError of a failed check."""
    model, net = _net(id)
    card = into / "card.json"
    with _made(into):
        files.write(card, (catalog.catalog().entry(model).folder / "card.json").read_bytes())
        return export.save_keras(net, into), card


def to_onnx(id: int, path: Path) -> tuple[Path, ...]:
    """Write the net of a run's model as ONNX; raises as :func:`to_keras` does."""
    _, net = _net(id)
    with _made(path.parent):
        return (export.save_onnx(net, path),)


def to_tensorboard(id: int, into: Path) -> tuple[Path, ...]:
    """Write a run's epochs as event files, a folder for each fold; RecipeError where there is nothing to write."""
    run = _finished(id)
    history = _history(run)
    place = into / run.config.name
    if place.exists():
        raise RecipeError(
            f"This folder already holds an export of run {id}; remove that first, or choose another folder."
        )
    with _made(place):
        for fold in sorted({epoch["fold"] for epoch in history}):
            mine = [epoch for epoch in history if epoch["fold"] == fold]
            export.save_scalars(place / _word(fold), ((epoch["number"], _scalars(epoch)) for epoch in mine))
    return (place,)


def to_mlflow(id: int, uri: str) -> str:
    """Write a run's options, epochs, scores and records into an MLflow store; return the id of MLflow's run.

    RecipeError where MLflow is not installed, or does not accept the address.
    """
    run = _finished(id)
    if importlib.util.find_spec("mlflow") is None:
        raise RecipeError("MLflow is not installed: pip install mlflow")
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param
    from mlflow.exceptions import MlflowException

    config, record, now = run.config, runs.to_json(id), int(1000 * time.time())
    about = {
        name: getattr(config, name) for name in ("dataset", "recipe", "protocol", "folds", "seed", "tracks", "split")
    }
    metrics = [
        Metric(f"{_word(epoch['fold'])}/{name}", value, now, epoch["number"])
        for epoch in runs.epochs(id)
        for name, value in _scalars(epoch).items()
    ]
    scores = record["scores"]
    metrics += [Metric(name, scores[name]["value"], now, 0) for name in ("accuracy", "macro_f1")]
    metrics += [Metric(name, scores[name], now, 0) for name in ("log_loss", "ece")]
    try:
        client: Any = MlflowClient(tracking_uri=uri)
        known = client.get_experiment_by_name(config.dataset)
        experiment = known.experiment_id if known else client.create_experiment(config.dataset)
        made = client.create_run(experiment, run_name=runs.about(run).title or config.name).info.run_id
        client.log_batch(made, params=[Param(name, str(value)) for name, value in {**about, **config.options}.items()])
        for first in range(0, len(metrics), BATCH):
            client.log_batch(made, metrics=metrics[first : first + BATCH])
        client.log_text(made, json.dumps(record, indent=1), "run.json")
        for one in ("split.json", *(("card.json",) if _model(id) else ())):
            source = folder(config.name) if one == "split.json" else catalog.catalog().entry(_model(id)).folder
            client.log_artifact(made, str(source / one))
        client.set_terminated(made)
    except ImportError as error:  # mlflow-skinny without what a database needs
        raise RecipeError(f"MLflow lacks {error.name} for this address: pip install mlflow") from error
    except MlflowException as error:
        raise RecipeError(f"MLflow refuses {uri[:200]!r}: {str(error)[:600]}", details=repr(error)) from error
    return str(made)


@contextlib.contextmanager
def _made(place: Path) -> Iterator[None]:
    """Make a folder to write into; a RecipeError says why it cannot be written."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise RecipeError(f"{place} cannot be written ({error.strerror}).", details=repr(error)) from error


def _finished(id: int) -> Run:
    run = runs.run(id)
    if run.job.state != "finished":
        raise RecipeError(f"Run {id} has not finished; only a finished run can be exported.")
    return run


def _history(run: Run) -> tuple[dict[str, Any], ...]:
    if history := runs.epochs(run.id):
        return history
    raise RecipeError(f"{run.config.recipe} is not trained in epochs, so TensorBoard has nothing to show.")


def _scalars(epoch: dict[str, Any]) -> dict[str, float]:
    return {name: epoch[name] for name in SCALARS if epoch[name] is not None}


def _word(fold: int) -> str:
    return task_name(fold).replace(" ", "-")


def _model(id: int) -> str:
    """Return the newest model that was made of a run, "" when there is none, or another run has its name now."""
    known = {card.id for card in catalog.catalog().cards()}
    for job in jobs.jobs(kind="promote"):  # newest first
        if job.state == "finished" and not job.config["into"] and job.result["model"] in known:
            if job.config["run"] == id:
                return str(job.result["model"])
            known.discard(job.result["model"])
    return ""


def _net(id: int) -> tuple[str, Any]:
    """Return the model of a run, and its net."""
    run = _finished(id)
    architecture = ARCHITECTURES[recipe(run.config.recipe).net]
    if architecture.module is None:
        raise RecipeError(
            f"{run.config.recipe} is not a Keras net; its model is weights.npz and card.json in MGC_HOME/models."
        )
    if not (model := _model(id)):
        raise RecipeError(f"Run {id} has no model yet; `mgc promote {id}` trains one.")
    card = catalog.catalog().card(model)
    quiet_tensorflow()
    return model, architecture.load(card.net.config, len(card.classes), catalog.catalog().weights(model))
