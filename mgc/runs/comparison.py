"""Runs side by side, as the Compare page and ``mgc compare`` show them: recorded runs in, one comparison out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mgc import runs
from mgc.evaluation import comparing
from mgc.evaluation.comparing import Candidate
from mgc.recipes import RECIPES
from mgc.runs import ladder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

    from mgc.evaluation.comparing import Comparison, Score
    from mgc.runs import Recorded

__all__ = [
    "SCORES",
    "SHARES",
    "Cost",
    "candidate",
    "check",
    "compare",
    "confusion",
    "cost",
    "difference",
    "elsewhere",
    "lines",
    "scores",
    "to_json",
]

# What each score is called; those of SHARES are shares.
SCORES: Final[Mapping[str, str]] = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro-F1",
    "top_3": "Among the first three",
    "window_accuracy": "Accuracy of windows",
    "log_loss": "Log loss",
    "brier": "Brier score",
    "ece": "Calibration error",
}
SHARES: Final = ("accuracy", "balanced_accuracy", "macro_f1", "top_3", "window_accuracy")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took: parameters, seconds of all folds, milliseconds to judge a clip. None where not recorded."""

    parameters: int | None
    seconds: float | None
    clip_milliseconds: float | None


def candidate(one: Recorded, name: str = "") -> Candidate:
    """Return a run as comparisons read it, called ``name`` or by its title."""
    folds = sorted((fold for fold in one.folds if fold.state == "finished"), key=lambda fold: fold.number)
    known = all(fold.n_train for fold in folds)
    config = one.config
    return Candidate(
        name or one.listed.title or f"{RECIPES[config.recipe].title} (run {one.id})",
        config.dataset,
        config.protocol,
        config.split,
        config.classes,
        config.folds,
        len(folds) == config.folds,
        one.said,
        tuple(fold.n_train or 0 for fold in folds) if known else (),
    )


def compare(chosen: Sequence[Recorded], names: Mapping[str, str] | None = None) -> Comparison:
    """Compare runs; ``names`` are what sentences call them, by id. ComparisonError as :func:`comparing.compare`."""
    names = names or {}
    return comparing.compare({one.id: candidate(one, names.get(one.id, "")) for one in chosen})


def check(chosen: Sequence[Recorded], names: Mapping[str, str] | None = None) -> None:
    """Raise the ComparisonError that :func:`compare` would raise."""
    names = names or {}
    comparing.check({one.id: candidate(one, names.get(one.id, "")) for one in chosen})


def scores(one: Recorded) -> dict[str, Score]:
    """Return the scores of one run with their intervals; equal to those of a comparison that it is in."""
    return comparing.scores(candidate(one))


def confusion(one: Recorded, fold: int | None = None) -> npt.NDArray[np.int64]:
    """Return the confusion matrix of a run, or of one of its folds: row = label, column = answer."""
    return comparing.matrix(candidate(one), fold)


def difference(
    a: Recorded, b: Recorded, fold: int | None, names: Mapping[str, str]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the confusion matrices of two runs over the same clips, genres in the order of the first.

    ComparisonError when they, or the fold, hold other clips.
    """
    one, other = (candidate(run, names.get(run.id, "")) for run in (a, b))
    counts = comparing.matrix(one, fold)
    return counts, counts - comparing.difference(one, other, fold)


def cost(one: Recorded) -> Cost:
    """Return what a run took."""
    done = [fold for fold in one.folds if fold.state == "finished"]
    parameters = [fold.parameters for fold in done if fold.parameters]
    seconds = [fold.seconds for fold in done if fold.seconds]
    clip = [fold.clip_seconds for fold in done if fold.clip_seconds]
    return Cost(
        max(parameters, default=None),
        round(sum(seconds), 3) if seconds else None,
        round(1000 * float(np.median(clip)), 3) if clip else None,
    )


def elsewhere(a: Recorded, b: Recorded) -> dict[str, tuple[str, str]]:
    """Return the ids of runs of the same two recipes, options and data under other protocols, strictest last."""
    found = ladder.found(runs.listed())
    rungs = [next((one.rungs for one in found if run.id in one.rungs.values()), {}) for run in (a, b)]
    both = [name for name in rungs[0] if name in rungs[1] and name != a.config.protocol]
    return {name: (rungs[0][name], rungs[1][name]) for name in both}


def to_json(found: Comparison, chosen: Iterable[Recorded]) -> dict[str, Any]:
    """Return a comparison as ``mgc compare --json`` prints it."""
    return {**found.to_json(), "costs": {one.id: asdict(cost(one)) for one in chosen}}


def lines(found: Comparison) -> list[str]:
    """Return a comparison in words."""
    unit = "segments" if found.protocol == "segments" else "clips"
    text = [f"{len(found.names)} runs under the protocol {found.protocol}, {found.n:,} {unit}:"]
    for id, name in found.names.items():
        one = found.scores[id]["accuracy"]
        over = f", {_range(one.over_artists)} over artists" if one.over_artists else ""
        text.append(
            f"  {name}: {100 * one.value:.1f} % correct (95 % interval: {_range(one.over_clips)} over clips{over})"
        )
    return [*text, *(comparing.in_words(found, pair).replace("\N{NO-BREAK SPACE}", " ") for pair in found.pairs)]


def _range(interval: Any) -> str:
    return f"{100 * interval.low:.1f} to {100 * interval.high:.1f}"
