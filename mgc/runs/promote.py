"""From a finished run to a model of the Classify page: trained on all its tracks, calibrated on what the folds said.

The folds' models have each seen a part of the tracks; the one that is used sees all of them, for as many epochs as the
folds needed. Its scores are the folds', which judged clips that they had not seen. Temperature and threshold are fitted
on the predictions of another fold than the one that is scored (:mod:`mgc.evaluation.scores`), and what ships is fitted
on all of them. Where no run has several folds, its one test part is cut into five by artist, which serve as folds do.
"""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mgc import jobs, runs
from mgc.errors import RecipeError
from mgc.evaluation import scores
from mgc.evaluation.scores import Unseen
from mgc.jobs import Kind
from mgc.models.card import Card
from mgc.models.catalog import FEATURES, promoted_root
from mgc.models.storage import classes_of, write_model
from mgc.recipes import recipe
from mgc.runs.background import fold_task, train_in_process
from mgc.runs.one_fold import NET, WEIGHTS
from mgc.runs.plan import EVERYTHING, folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from mgc.jobs import Context, Job
    from mgc.jobs.records import Where
    from mgc.runs import Run
    from mgc.runs.recorded import Recorded

__all__ = ["KIND", "Judgement", "judged", "start", "summary", "write", "write_vote"]

ID: Final = re.compile("[a-z0-9][a-z0-9_-]{0,63}")
USUAL: Final = 100  # tested clips; of fewer, the share of 0.99 that counts as usual is all of them
PARTS: Final = 5  # of the only test part, to calibrate and score on different ones
LICENCE: Final = (
    "Weights: under the licence of this project. They hold no audio; whether you may share them depends on the data "
    "set."
)


def start(
    id: int, model: str = "", *, others: Sequence[int] = (), into: Path | None = None, where: Where | None = None
) -> Job:
    """Start to make a model of a run.

    Parameters
    ----------
    id : int
        of a finished run
    model : str
        id of the model; by default the run's recipe and number
    others : sequence of int
        runs of the same recipe, options and data set under other protocols, whose scores the card shows as well
    into : Path, optional
        folder of models instead of that of MGC_HOME

    Raises
    ------
    RecipeError
        when no training is allowed here, the run has not finished or is leaky, another run differs, or the id is not
        accepted
    """
    run = runs.run(id)
    model = model or f"{run.config.recipe}-{id}"
    if not ID.fullmatch(model):
        raise RecipeError(f"Invalid id of a model. Received: {model[:64]!r}. Expected: letters a-z, digits, - and _.")
    for one in (run, *map(runs.run, others)):
        if one.job.state != "finished":
            raise RecipeError(f"Run {one.id} has not finished; only a finished run can be promoted.")
        if _without(one) != _without(run):
            raise RecipeError(f"Run {one.id} has another recipe, other options or another data set than run {id}.")
    if "segments" in {one.config.protocol for one in (run, *map(runs.run, others))}:
        raise RecipeError(
            "A run under the protocol segments cannot be promoted: its score is leaky. Train under tracks or artists."
        )
    if run.config.thin:
        raise RecipeError(
            f"Run {id} was trained on thinned genres, so its score says nothing about a model that is trained on all "
            "tracks. Promote a run that was not thinned."
        )
    done = (task.result for task in jobs.tasks(id))
    spent = [_spent(one) for one in done if isinstance(one, dict) and one["best_epoch"]]
    task = fold_task(run.config, EVERYTHING, [int(np.median(stage)) for stage in zip(*spent, strict=False)])
    config = {"run": id, "others": list(others), "model": model, "into": str(into.resolve()) if into else ""}
    config["dataset"] = run.config.dataset
    return jobs.start("promote", model, config, where=where, tasks=[task])


def _spent(result: Mapping[str, Any]) -> Sequence[int]:
    """Return how many epochs of each stage led to a fold's weights; older runs know their sum."""
    return result.get("spent") or [result["best_epoch"]]


def _without(run: Run) -> tuple[object, ...]:
    config = run.config
    return config.dataset, config.recipe, config.options, config.thin, config.classes


def _run(context: Context) -> dict[str, Any]:
    """Train on all tracks, then write the model."""
    run = runs.run(int(context.config["run"]))
    place = folder(run.config.name)
    done = train_in_process(context, place)
    tested = [runs.recorded(int(one)) for one in (run.id, *context.config["others"])]
    into = Path(context.config["into"]) if context.config["into"] else None
    card = write(str(context.config["model"]), tested, place, epochs=int(done["best_epoch"]), into=into)
    return {"model": card.id}


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What the runs of one or more models have said, on one list of clips."""

    by_protocol: dict[str, Unseen]
    reference: Unseen
    together: dict[str, bool]  # protocols with a single test part
    labels: npt.NDArray[np.intp]
    artists: npt.NDArray[np.intp]
    splits: dict[str, dict[str, Any]]

    def scores(self, model: str) -> dict[str, Any]:
        """Return what a card holds under ``scores``."""
        return {
            name: scores.score(one, self.reference, self.labels, together=self.together[name], artists=self.artists)[
                model
            ]
            for name, one in self.by_protocol.items()
        }

    def calibration(self, model: str, *, distance_by: str | None) -> dict[str, Any]:
        """Return what a card holds under ``calibration``."""
        fitted = scores.fit_calibration(self.reference, self.labels, np.ones(len(self.reference.positions), dtype=bool))
        knows_usual = len(self.reference.positions) >= USUAL
        return {
            "temperature": round(fitted.temperatures[model], 5),
            "unsure_below": round(fitted.unsure_below[model], 4),
            "unfamiliar_above": round(fitted.unfamiliar_above, 4) if distance_by and knows_usual else None,
            "pauses_above": round(fitted.pauses_above, 4) if knows_usual and self.reference.pauses.any() else None,
            "distance_by": distance_by,
        }


def judged(members: Mapping[str, Sequence[Recorded]]) -> Judgement:
    """Put the predictions of models together: model id -> its runs, one for each protocol.

    RecipeError when the runs have other splits, or one artist made all of the only test part.
    """
    said = {model: {run.config.protocol: (run, run.said) for run in of_model} for model, of_model in members.items()}
    protocols = set.intersection(*(set(one) for one in said.values()))
    first = next(iter(said.values()))
    everybody = sorted({unit for name in protocols for unit in first[name][1].units})
    where = {unit: position for position, unit in enumerate(everybody)}
    labels, artists = (np.zeros(len(everybody), dtype=np.intp) for _ in range(2))
    by_protocol: dict[str, Unseen] = {}
    for name in sorted(protocols):
        run, found = first[name]
        at = np.array([where[unit] for unit in found.units], dtype=np.intp)
        labels[at], artists[at] = found.labels, found.artists
        if any(
            one[name][0].config.split != run.config.split or one[name][1].units != found.units for one in said.values()
        ):
            raise RecipeError(f"The runs under the protocol {name} have different splits; use one seed for all.")
        by_protocol[name] = Unseen(
            at,
            found.fold,
            {model: one[name][1].probabilities for model, one in said.items()},
            next((d for one in said.values() if (d := one[name][1].distance) is not None), np.zeros(len(at))),
            found.pauses if found.pauses is not None else np.zeros(len(at)),
        )
    together: dict[str, bool] = {name: first[name][0].config.folds == 1 for name in protocols}
    if all(together.values()):
        by_protocol = {name: _in_parts(one, artists) for name, one in by_protocol.items()}
        together = dict.fromkeys(together, False)
    reference = next(name for name in ("artists", "tracks", "filtered") if not together.get(name, True))
    return Judgement(
        by_protocol,
        by_protocol[reference],
        together,
        labels,
        artists,
        {
            name: {"k": run.config.folds, "hash": run.config.split, "n": len(found.units)}
            for name, (run, found) in first.items()
            if name in protocols
        },
    )


def _in_parts(tested: Unseen, artists: npt.NDArray[np.intp]) -> Unseen:
    """Return a single test part cut into :data:`PARTS` by artist; RecipeError when one artist made all of it."""
    from sklearn.model_selection import GroupKFold

    of = artists[tested.positions]
    if (n_parts := min(PARTS, len(np.unique(of)))) < 2:
        raise RecipeError(
            "All tested tracks of this run are by one artist, so none are left to calibrate on. Promote a run of "
            "several folds."
        )
    fold = np.zeros(len(of), dtype=np.intp)
    for number, (_, rows) in enumerate(GroupKFold(n_parts).split(of, groups=of)):
        fold[rows] = number
    return replace(tested, fold=fold)


def write(model: str, tested: Sequence[Recorded], place: Path, *, epochs: int, into: Path | None = None) -> Card:
    """Write a model from what was trained in ``place``, with the scores of runs of it, the first of which names it."""
    run = tested[0]
    config, chosen = run.config, recipe(run.config.recipe)
    net_config = json.loads((place / NET).read_bytes())
    found = judged({model: tested})
    measures = run.said.distance is not None
    facts = {
        **_common(model, run.listed.title or f"{chosen.title} ({config.dataset})", run),
        "kind": chosen.reads,
        "summary": chosen.sentence,
        "features": {**FEATURES, "window_seconds": chosen.window_seconds, "hop_seconds": chosen.hop_seconds},
        "net": {"name": chosen.net, "config": net_config},
        "recipe": {"name": chosen.name, **config.options, "epochs_trained": epochs},
        "splits": found.splits,
        "scores": found.scores(model),
        "calibration": found.calibration(model, distance_by=model if measures else None),
    }
    return write_model(into or promoted_root(), facts, (place / WEIGHTS).read_bytes())


def write_vote(model: str, members: Mapping[str, Sequence[Recorded]], *, into: Path | None = None) -> Card:
    """Write the vote of promoted models: model id -> its runs. Their shares are fitted on what the folds have said.

    Raises
    ------
    RecipeError
        when the runs have other splits, or one artist made all of the only test part
    """
    root = into or promoted_root()
    found = judged(members)
    fitted = scores.fit_calibration(found.reference, found.labels, np.ones(len(found.reference.positions), dtype=bool))
    cards = [Card.from_bytes((root / name / "card.json").read_bytes()) for name in members]
    run = next(iter(members.values()))[0]
    measuring = next((card.id for card in cards if card.calibration.distance_by == card.id), None)
    facts = {
        **_common(model, "Vote", run),
        "kind": "vote",
        "summary": summary([card.title for card in cards]),
        "features": dict(FEATURES),
        "net": {"name": "pool", "config": {"shares": {name: round(one, 4) for name, one in fitted.shares.items()}}},
        "recipe": {"rule": "mean", "pool_of": list(members), "shares": "smallest log loss on unseen tracks"},
        "members": list(members),
        "parameters": sum(card.parameters for card in cards),
        "splits": found.splits,
        "scores": found.scores(scores.VOTE),
        "calibration": found.calibration(scores.VOTE, distance_by=measuring),
    }
    return write_model(root, facts)


def summary(titles: Sequence[str]) -> str:
    """Return what a vote is, in a sentence."""
    said = f"{', '.join(titles[:-1])} and {titles[-1]} say" if len(titles) > 1 else f"{titles[0]} says"
    return f"What {said}, calibrated and multiplied, each with its own weight."


def _common(model: str, title: str, run: Recorded) -> dict[str, Any]:
    """Return what stands in every card that is made of runs."""
    return {
        "id": model,
        "title": title,
        "classes": classes_of(run.config.classes),
        "seed": run.config.seed,
        "data": {"name": run.config.dataset, "clips": run.config.tracks},
        "licence": LICENCE,
        "created": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "versions": {one: importlib.metadata.version(one) for one in ("keras", "numpy", "scikit-learn")},
    }


KIND: Final = Kind(
    "promote",
    lambda config: f"Make the model {config['model']} from run {config['run']}",
    _run,
    packages=("runs", "training", "nets", "splits", "extraction", "features", "evaluation", "models"),
    patience=3600.0,
    guard=runs.allowed,
)
