"""Recipes: every default is accepted, every name leads somewhere, and what is not accepted is said."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgc.errors import RecipeError
from mgc.nets import ARCHITECTURES, layers
from mgc.recipes import RECIPES, Augmentation, Fit, Option, recipe
from mgc.weights import WEIGHTS


@pytest.mark.parametrize("name", RECIPES)
def test_the_defaults_are_accepted_and_searches_stay_within_bounds(name: str) -> None:
    one = recipe(name)
    assert one.name == name
    assert one.values() == {key: option.default for key, option in one.options.items()}
    for key, option in one.options.items():
        for value in option.search:
            assert option.read(key, value) == value
        assert option.words
        assert option.accepts


@pytest.mark.parametrize("name", RECIPES)
def test_every_option_and_fixed_value_reaches_the_net_the_feed_or_the_fit(name: str) -> None:
    one = recipe(name)
    known = {field.name for kind in (Fit, Augmentation) for field in fields(kind)}
    if one.is_gradual:
        module = ARCHITECTURES[one.net].module
        known |= {field.name for field in fields(module.Config)}
        assert set(one.options) | set(one.fixed) <= known
        layers.read_config(module.Config, layers.plain(one.net_config(one.values())))
    assert not one.weights or one.weights in WEIGHTS


def test_no_recipe_flips_a_spectrogram() -> None:
    assert not any("flip" in name for one in RECIPES.values() for name in one.options)


def test_options_are_read_from_words() -> None:
    values = recipe("cnn-grey350").values({"epochs": "7", "scaled": "off", "dropout": "0.5", "balance": True})
    assert (values["epochs"], values["scaled"], values["dropout"], values["balance"]) == (7, False, 0.5, True)


@pytest.mark.parametrize(
    ("key", "value"),
    [("epochs", "0"), ("epochs", "2.5"), ("epochs", "many"), ("epochs", True), ("dropout", "nan"), ("dropout", "-1"),
     ("balance", "perhaps"), ("epochs", None), ("dropout", "inf"), ("epochs", "1e99")],
)  # fmt: skip
def test_a_value_that_is_not_accepted_is_one_sentence(key: str, value: object) -> None:
    with pytest.raises(RecipeError, match=f"Invalid value for {key}.*Expected"):
        recipe("ann-table").values({key: value})


def test_an_unknown_option_names_the_known_ones() -> None:
    with pytest.raises(RecipeError, match=r"no option 'momentum'.*epochs"):
        recipe("ann-table").values({"momentum": 1})


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none()))
def test_a_number_is_read_within_its_bounds_or_refused(value: object) -> None:
    option = Option(5, "a number", 1, 10)
    try:
        found = option.read("n", value)
    except RecipeError:
        return
    assert isinstance(found, int)
    assert 1 <= found <= 10


@pytest.mark.parametrize(("option", "reason"), [("flip", "backwards"), ("flips", "backwards"), ("gain", "louder or")])
def test_a_change_that_is_left_out_is_refused_with_its_reason(option: str, reason: str) -> None:
    with pytest.raises(RecipeError, match=reason):
        recipe("cnn-rgb224").values({option: "on"})
    with pytest.raises(RecipeError, match="has no option"):
        recipe("knn-table").values({option: "on"})
