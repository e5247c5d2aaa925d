"""What a fold's process does: load what the run learns from, fit, judge the test part, and leave the weights behind."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from mgc import files, records
from mgc.evaluation import metrics
from mgc.nets import ARCHITECTURES
from mgc.recipes import recipe
from mgc.runs import plan
from mgc.training.fold import fit_everything, fit_fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from mgc.recipes import Value
    from mgc.training.gradual import Epoch, Report

__all__ = ["NET", "WEIGHTS", "significant", "train", "try_out"]

NET: Final = "net.json"  # in the folder of the fold that trains on everything: its net's config
WEIGHTS: Final = "net.weights.h5"
_DIGITS: Final = 6  # of what is written down


def train(place: Path, number: int, epochs: Sequence[int], report: Report, say: Callable[..., None]) -> dict[str, Any]:
    """Train one fold of the run in ``place``, or on all tracks; return what it came to, as JSON.

    ``epochs`` are those of each stage, where it is trained on all tracks.
    """
    began = time.monotonic()
    config = records.read(plan.Config, (place / "run.json").read_bytes(), "run.json")
    parts, chosen = plan.read_parts(place), recipe(config.recipe)
    material = plan.material(config, parts)
    architecture = ARCHITECTURES[chosen.net]
    states = place / f"fold-{number}"
    states.mkdir(exist_ok=True)
    done, before = 0, 0.0  # epochs that an earlier process has fitted, and how long they took

    def begin(epochs_done: int) -> None:
        nonlocal done
        done = epochs_done
        report.begin(epochs_done)

    def epoch(one: Epoch) -> None:
        nonlocal before
        before += one.seconds if one.number <= done else 0.0
        report.epoch(one)

    told = replace(report, begin=begin, epoch=epoch)
    shared: dict[str, Any] = {"folder": states, "report": told, "weights": chosen.weights_path()}
    values = chosen.values(config.options)
    if number == plan.EVERYTHING:
        clip_seconds = None
        fitted = fit_everything(chosen, values, material, epochs=epochs, seed=config.seed, **shared)
        files.write(place / WEIGHTS, architecture.dump(fitted.net))
        files.write(place / NET, json.dumps(fitted.config).encode())
    else:
        fitted, tested = fit_fold(
            chosen,
            values,
            material,
            parts.folds[number],
            segments=config.protocol == "segments",
            seed=config.seed + number,
            **shared,
        )
        clip_seconds = round(tested.seconds / max(1, len(tested.units)), 6)
        say(
            event="tested",
            units=list(tested.units),
            labels=tested.labels.tolist(),
            probabilities=significant(tested.probabilities),
            windows=tested.windows.tolist(),
            windows_right=tested.windows_right.tolist(),
            distance=None if tested.distance is None else tested.distance.round(_DIGITS).tolist(),
            pauses=None if tested.pauses is None else tested.pauses.round(_DIGITS).tolist(),
        )
    return {
        "fold": number,
        "best_epoch": fitted.epoch,
        "spent": list(fitted.spent),
        "seconds": round(time.monotonic() - began + before, 3),
        "clip_seconds": clip_seconds,
        "parameters": architecture.parameters(fitted.config, fitted.n_classes),
    }


def significant(p: npt.NDArray[np.float64], digits: int = _DIGITS) -> list[list[float]]:
    """Return probabilities [shape=(n, k)] with so many significant digits; 0 would ruin the log loss."""
    return [[float(f"{one:.{digits}g}") for one in row] for row in p.tolist()]


def try_out(
    place: Path, trial: int, values: Mapping[str, Value], begin: int, report: Report, say: Callable[..., None]
) -> dict[str, Any]:
    """Fit a trial of the study in ``place`` on its folds from number ``begin`` on, and judge their validation parts.

    ``values`` are those of the options that are tuned. The study's folds hold no test part.
    """
    config = records.read(plan.Config, (place / "run.json").read_bytes(), "run.json")
    parts, chosen = plan.read_parts(place), recipe(config.recipe)
    material = plan.material(config, parts)
    for number in range(begin, config.folds):
        states = place / f"trial-{trial}-fold-{number}"
        states.mkdir(exist_ok=True)
        say(event="fold", number=number)
        fitted, judged = fit_fold(
            chosen,
            chosen.values({**config.options, **values}),
            material,
            parts.folds[number],
            segments=False,
            seed=config.seed + number,
            folder=states,
            report=report,
            weights=chosen.weights_path(),
            judges="validation",
        )
        say(
            event="judged",
            loss=round(metrics.log_loss(judged.labels, judged.probabilities), _DIGITS),
            accuracy=round(metrics.accuracy(judged.labels, judged.probabilities.argmax(axis=1)), _DIGITS),
            n=len(judged.units),
            epoch=fitted.epoch,
        )
    return {"trial": trial}
