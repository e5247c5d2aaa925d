"""Search a recipe's options: what to try next, when a trial is hopeless, and which options mattered.

A study is its list of trials, which its caller keeps. Optuna is asked on a study that is rebuilt in memory each time,
so nothing of it is lost with a process. Everything random is seeded by (seed, number of the trial).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mgc.recipes import Option, Recipe, Value

__all__ = ["ENOUGH", "SAMPLERS", "Sampler", "Trial", "best_of", "importance", "median_rule", "space", "suggest"]

Sampler = Literal["tpe", "random"]
SAMPLERS: Final[Mapping[str, str]] = {"tpe": "TPE", "random": "Random search"}

FREE: Final = 5  # finished trials before one may be pruned: as in Optuna
WARM_UP: Final = 10  # a trial is not pruned in the first tenth of its steps
BETTER: Final = 1 / 3  # share of the finished trials that importance compares with all of them
# Finished trials from which importance is computed: Optuna advises at least 5 in the share above.
ENOUGH: Final = 15


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial of a study.

    Attributes
    ----------
    number : int
        from 0
    values : dict
        of the options that are tuned
    state : str
        "finished", "pruned", "failed"; anything else while it has not ended
    loss, accuracy : float or None
        of the clips of the validation parts, means over the folds; the loss in nats, the smaller the better
    n : int
        of these clips
    errors : sequence of float
        after each step (an epoch, or a fold of what is fitted at once) the mean over the folds begun of the smallest
        share of validation examples that were misclassified so far
    folds : sequence of dict
        of each fold that was judged: ``loss``, ``accuracy``, ``n``, ``error``, ``epoch``
    why : str
        a sentence when it failed
    """

    number: int
    values: dict[str, Value]
    state: str = "running"
    loss: float | None = None
    accuracy: float | None = None
    n: int = 0
    errors: Sequence[float] = ()
    folds: Sequence[dict[str, Any]] = ()
    why: str = ""


def space(recipe: Recipe, fixed: Mapping[str, object] | None = None) -> dict[str, Option]:
    """Return the options of a recipe that are tuned: those with a search space that are not ``fixed``."""
    return {name: one for name, one in recipe.options.items() if one.search and name not in (fixed or {})}


def suggest(
    options: Mapping[str, Option], trials: Sequence[Trial], *, sampler: Sampler, seed: int, number: int
) -> dict[str, Value]:
    """Return the values of the trial ``number``; the first trial has the defaults of the options.

    ``trials`` are the others that have values. TPE (Bergstra et al. 2011; Watanabe 2023) draws at random until ten have
    ended, and stays away from those that run; random search does not read them.
    """
    if number == 0:
        return {name: one.default for name, one in options.items()}
    found = _study(options, trials, sampler, seed, number)
    return cast("dict[str, Value]", dict(found.ask(_distributions(options)).params))


def median_rule(
    options: Mapping[str, Option], trials: Sequence[Trial], n_steps: int
) -> Callable[[Sequence[float]], bool]:
    """Return what tells by the errors of a trial so far whether it is hopeless.

    It is when its best error is worse than the median of the finished trials at the same step (Golovin et al. 2017).
    The first :data:`FREE` trials and the first tenth of ``n_steps`` are spared.
    """
    optuna = _optuna()
    rule = optuna.pruners.MedianPruner(n_startup_trials=FREE, n_warmup_steps=n_steps // WARM_UP)
    known = _study(options, trials)

    def is_hopeless(errors: Sequence[float]) -> bool:
        now = optuna.trial.create_trial(state=optuna.trial.TrialState.RUNNING, intermediate_values=_steps(errors))
        return bool(rule.prune(known, now))

    return is_hopeless


def best_of(trials: Sequence[Trial]) -> Trial | None:
    """Return the finished trial with the smallest loss, None before one has finished."""
    finished = [one for one in trials if one.state == "finished" and one.loss is not None]
    return min(finished, key=lambda one: (one.loss, one.number), default=None)


def importance(options: Mapping[str, Option], trials: Sequence[Trial]) -> dict[str, float]:
    """Return how much each option separates the better third of the finished trials from all, largest first [0..1].

    PED-ANOVA (Watanabe, Bansal and Hutter 2023); shares add up to 1. Empty where fewer than :data:`ENOUGH` trials have
    finished, or all have the same loss.
    """
    finished = [one for one in trials if one.state == "finished"]
    if len(finished) < ENOUGH or len({one.loss for one in finished}) == 1:
        return {}
    optuna = _optuna()
    evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=BETTER)
    return dict(optuna.importance.get_param_importances(_study(options, finished), evaluator=evaluator))


def _optuna() -> Any:
    """Import Optuna, which logs each study and trial unless told otherwise."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _study(
    options: Mapping[str, Option],
    trials: Sequence[Trial],
    sampler: Sampler = "random",
    seed: int = 0,
    number: int = 0,
) -> Any:
    """Return a study that knows these trials, in the order of their numbers."""
    optuna = _optuna()
    drawn = int(np.random.SeedSequence((seed, number)).generate_state(1)[0])
    kind = optuna.samplers.TPESampler if sampler == "tpe" else optuna.samplers.RandomSampler
    made = optuna.create_study(sampler=kind(seed=drawn))
    states = optuna.trial.TrialState
    named = {"finished": states.COMPLETE, "pruned": states.PRUNED, "failed": states.FAIL}
    distributions = _distributions(options)
    for one in sorted(trials, key=lambda trial: trial.number):
        made.add_trial(
            optuna.trial.create_trial(
                state=named.get(one.state, states.RUNNING),
                value=one.loss if one.state == "finished" else None,
                params=one.values,
                distributions=distributions,
                intermediate_values=_steps(one.errors),
            )
        )
    return made


def _steps(errors: Sequence[float]) -> dict[int, float]:
    return dict(enumerate(errors))


def _distributions(options: Mapping[str, Option]) -> dict[str, Any]:
    return {name: _distribution(one) for name, one in options.items()}


def _distribution(one: Option) -> Any:
    kinds = _optuna().distributions
    if isinstance(one.default, bool | str):
        return kinds.CategoricalDistribution(one.search)
    low, high = one.search
    kind = kinds.IntDistribution if isinstance(one.default, int) else kinds.FloatDistribution
    return kind(low, high, log=one.log)
