"""The search of options: what is suggested is accepted, repeatable, and learns; hopeless trials are told apart."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mgc.recipes import RECIPES, Option
from mgc.training import search
from mgc.training.search import Sampler, Trial

TUNED = [name for name, one in RECIPES.items() if search.space(one)]
LINE = {"x": Option(0.9, "a number", 0.0, 1.0, search=(0.0, 1.0)), "dull": Option(3, "nothing", 1, 9, search=(1, 9))}


def studied(n: int, sampler: Sampler = "tpe", seed: int = 1) -> list[Trial]:
    """Return trials of a study whose loss is the distance from 0.2."""
    trials: list[Trial] = []
    for number in range(n):
        values = search.suggest(LINE, trials, sampler=sampler, seed=seed, number=number)
        trials.append(Trial(number, values, "finished", abs(float(values["x"]) - 0.2)))
    return trials


@given(
    name=st.sampled_from(TUNED),
    sampler=st.sampled_from(["tpe", "random"]),
    seed=st.integers(0, 2**31),
    states=st.lists(st.sampled_from(["finished", "pruned", "failed", "running"]), max_size=13),
    loss=st.floats(0.0, 50.0),
)
@settings(max_examples=40, deadline=None)
def test_every_suggestion_is_accepted_by_its_option(
    name: str, sampler: Sampler, seed: int, states: list[str], loss: float
) -> None:
    recipe = RECIPES[name]
    options = search.space(recipe)
    trials: list[Trial] = []
    for number, state in enumerate([*states, "running"]):
        values = search.suggest(options, trials, sampler=sampler, seed=seed, number=number)
        read = recipe.values(values)
        assert {key: read[key] for key in values} == values
        assert set(values) == set(options)
        trials.append(Trial(number, values, state, loss + number if state == "finished" else None, errors=(0.5,)))


@pytest.mark.parametrize("name", TUNED)
def test_the_first_trial_has_the_defaults_which_lie_in_the_search_space(name: str) -> None:
    options = search.space(RECIPES[name])
    first = search.suggest(options, (), sampler="tpe", seed=1, number=0)
    assert first == {key: one.default for key, one in options.items()}
    search.suggest(options, [Trial(0, first, "finished", 1.0)], sampler="tpe", seed=1, number=1)


def test_choices_and_switches_are_searched_too() -> None:
    options = {
        "how": Option("a", "", choices=("a", "b"), search=("a", "b")),
        "on": Option(True, "", search=(False, True)),
    }
    found = [search.suggest(options, (), sampler="random", seed=3, number=number) for number in range(1, 20)]
    assert {str(one["how"]) for one in found} == {"a", "b"}
    assert {one["on"] for one in found} == {False, True}


def test_the_same_seed_gives_the_same_suggestions_and_another_seed_others() -> None:
    for sampler in search.SAMPLERS:
        one, same, other = (studied(14, sampler, seed) for seed in (1, 1, 2))
        assert [trial.values for trial in one] == [trial.values for trial in same]
        assert one[-1].values != other[-1].values


def test_random_search_does_not_depend_on_what_has_ended() -> None:
    some = studied(5, "random")
    given: dict[str, object] = {"sampler": "random", "seed": 1, "number": 4}
    assert search.suggest(LINE, (), **given) == search.suggest(LINE, some, **given)  # type: ignore[arg-type]


def test_tpe_learns_where_the_loss_is_small() -> None:
    def late(sampler: Sampler) -> float:
        return sum(trial.loss or 0.0 for seed in (1, 2, 3) for trial in studied(30, sampler, seed)[20:])

    assert late("tpe") < 0.7 * late("random")


def test_only_a_trial_below_the_median_is_hopeless_and_only_when_five_have_finished() -> None:
    def finished(n: int) -> list[Trial]:
        errors = (0.5, 0.4, 0.3)
        return [Trial(number, {"x": 0.1, "dull": 1}, "finished", 1.0, errors=errors) for number in range(n)]

    rule = search.median_rule(LINE, finished(5), 3)
    assert rule([0.9])
    assert not search.median_rule(LINE, finished(5), 10)([0.9])  # the first tenth of the steps is spared
    assert rule([0.9, 0.5])
    assert not rule([0.9, 0.35])
    assert not rule([0.3, 0.9])  # its best counts
    assert not search.median_rule(LINE, finished(4), 3)([0.9, 0.9])


def test_importance_finds_what_mattered_and_waits_for_enough_trials() -> None:
    trials = studied(30, "random")
    found = search.importance(LINE, trials)
    assert next(iter(found)) == "x"
    assert math.isclose(sum(found.values()), 1.0)
    assert search.importance(LINE, trials[: search.ENOUGH - 1]) == {}
    assert search.importance(LINE, [Trial(one.number, one.values, "finished", 1.0) for one in trials]) == {}


def test_the_best_trial_is_a_finished_one() -> None:
    assert search.best_of([]) is None
    trials = [Trial(0, {}, "finished", 0.5), Trial(1, {}, "pruned", 0.1), Trial(2, {}, "finished", 0.5)]
    assert search.best_of(trials) == trials[0]
