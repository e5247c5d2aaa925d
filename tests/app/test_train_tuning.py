"""Tuning on the Train page: no tuning, one, many, a failed one; what is chosen stands in the URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mgc import runs
from mgc.errors import RecipeError
from mgc.runs import tuning
from mgc.settings import settings
from mgc.ui import resources
from tests.app.conftest import words
from tests.studies import Process, judged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mgc.runs.tuning import Study


@pytest.fixture
def page(three: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """Return the page at Tuning with the data set chosen; what a test starts is gone after it."""
    st.cache_data.clear()
    st.cache_resource.clear()
    monkeypatch.setattr(resources, "start_warm_up", lambda: None)
    Process(monkeypatch, judged)
    app = AppTest.from_file(str(root / "app.py"), default_timeout=60)
    app.query_params["set"] = three
    app.query_params["view"] = "tuning"
    yield app.switch_page("pages/train.py")
    for study in tuning.studies():
        tuning.delete(study.id)
    for run in runs.runs():
        runs.delete(run.id)


def tuned(name: str, n_trials: int = 3, recipe: str = "logreg-table") -> Study:
    return tuning.start(tuning.make_plan(name, recipe, "tracks", n_trials=n_trials))


def button(app: AppTest, label: str) -> Any:
    return next(one for one in app.button if one.label == label)


def test_a_tuning_is_prepared_by_a_link_and_started_by_one_click(page: AppTest) -> None:
    for name, value in {"recipe": "logreg-table", "trials": "4", "sampler": "random", "tuned": "1"}.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    said = words(page)
    assert "Tries 4 combinations of values for **Logistic regression**: C." in said
    assert "of 24 tracks are kept back for the final test" in said
    button(page, "Start tuning").click().run()
    assert not page.exception
    (study,) = tuning.studies()
    assert (study.config.sampler, study.config.trials, study.config.run.folds) == ("random", 4, 1)
    assert "Best: trial 1" in words(page)


def test_nonsense_in_a_link_is_passed_over(page: AppTest) -> None:
    for name, value in {"trials": "-1", "sampler": "grid", "tuned": "9", "protocol": "segments", "tuning": "7"}.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert page.number_input(key="train_trials").value == 20
    assert page.number_input(key="train_tuned").value == 2
    assert "Tries 20 combinations" in words(page)


def test_what_cannot_be_tuned_is_one_sentence_and_no_button(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mgc.training.search.space", lambda *_: {})
    page.run()
    assert not page.exception
    assert page.warning[0].value == "Dense network, shallow has no option left to tune."
    assert "Start tuning" not in [one.label for one in page.button]


def test_where_training_is_off_the_page_shows_what_it_would_do(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MGC_TRAINING", "off")
    settings.cache_clear()
    page.run()
    monkeypatch.undo()
    settings.cache_clear()
    assert not page.exception
    assert "switched off" in page.info[0].value
    assert button(page, "Start tuning").disabled


def test_a_finished_tuning_shows_its_best_values_three_charts_and_its_trials(page: AppTest, three: str) -> None:
    tuned(three, 20)
    page.run()
    assert not page.exception
    assert "Best: trial 1**, validation loss **0.000**" in words(page)
    assert "(the recipe's defaults)" in words(page)
    assert len(page.get("plotly_chart")) == 2  # one option: nothing to compare its importance with
    table = page.dataframe[0].value
    assert list(table["Trial"]) == list(range(1, 21))
    assert {"finished", "pruned"} == set(table["State"])


def test_the_best_values_are_trained_by_one_click(page: AppTest, three: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mgc.runs.background.sys.executable", "/bin/false")  # the run itself is tried elsewhere
    study = tuned(three)
    page.run()
    button(page, "Train with the best values").click().run()
    assert not page.exception
    (run,) = runs.runs()
    assert f"tuning {study.id}" in runs.about(run).note
    assert page.query_params["view"] in (["runs"], "runs")
    assert "The test part was never looked at in tuning." in words(page)


def test_a_failed_tuning_says_why_and_offers_another_try(
    page: AppTest, three: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(task: dict[str, Any]) -> Iterator[Any]:
        raise RecipeError("The loss is no longer a number.")
        yield

    Process(monkeypatch, failing)
    tuned(three)
    page.run()
    assert not page.exception
    assert page.error[0].value == "The loss is no longer a number."
    assert "Try again" in [one.label for one in page.button]
    assert list(page.dataframe[0].value["State"]) == ["failed"] * 3


def test_of_many_tunings_the_newest_is_shown_and_a_link_shows_another(page: AppTest, three: str) -> None:
    made = [tuned(three) for _ in range(3)]
    page.run()
    assert page.selectbox(key="train_tuning").value == str(made[-1].id)
    page.selectbox(key="train_tuning").set_value(str(made[0].id)).run()
    assert not page.exception
    page.selectbox(key="train_tuning").set_value("new").run()
    assert not page.exception
    assert "This tuning" in words(page)
