"""The Train page: nothing, one run, many, a failed one; what is chosen stands in the URL."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mgc import jobs, runs
from mgc.datasets import registry
from mgc.errors import JobError
from mgc.runs.plan import folder
from mgc.settings import settings
from mgc.ui import resources
from mgc.ui.train import prepare
from tests.app.conftest import words
from tests.three_genres import GENRES, play

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mgc.runs import Run

QUICK: dict[str, object] = {"epochs": 3, "patience": 0}


@pytest.fixture
def page(three: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """Return the page with the data set chosen; runs that a test starts are gone after it."""
    st.cache_data.clear()
    st.cache_resource.clear()
    monkeypatch.setattr(resources, "start_warm_up", lambda: None)
    app = AppTest.from_file(str(root / "app.py"), default_timeout=60)
    app.query_params["set"] = three
    yield app.switch_page("pages/train.py")
    for one in runs.runs():
        runs.delete(one.id)


def trained(name: str, recipe: str = "knn-table", **options: object) -> Run:
    run = runs.start(runs.make_plan(name, recipe, "tracks", folds=2, options=options))
    return runs.run(run.id)


def button(app: AppTest, label: str) -> Any:
    return next(one for one in app.button if one.label == label)


def test_a_prepared_run_is_said_in_words_and_started_by_one_click(page: AppTest) -> None:
    page.run()
    assert not page.exception
    said = words(page)
    assert "24 tracks of 3 genres, in 5 folds" in said
    assert "24 in all" in said
    assert not page.success
    assert "No artist is known, so it cannot be checked" in said
    page.selectbox(key="train_recipe").set_value("knn-table").run()
    page.number_input(key="train_folds").set_value(2).run()
    assert "nothing has been measured here yet" in words(page)
    button(page, "Measure the time").click().run()
    assert "as measured here on a few tracks" in words(page)
    button(page, "Start").click().run()
    assert not page.exception
    assert not page.error
    (run,) = runs.runs()
    assert (run.config.recipe, run.config.folds, run.job.state) == ("knn-table", 2, "finished")
    assert "24 tested clips classified correctly" in words(page)


def test_what_leaks_is_said_of_each_fold_and_not_of_what_nobody_knows(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.query_params["protocol"] = "segments"
    page.run()
    (said,) = (one.value for one in page.error)
    counted = re.search(r"in each fold, (\d+)(?: to (\d+))? clips have segments in both", said)
    assert counted
    assert max(int(n) for n in counted.groups(default="0")) <= 24
    real = prepare._plan
    monkeypatch.setattr(prepare, "_plan", lambda *given: replace(real(*given), knows_artists=True))
    page.segmented_control(key="train_protocol").set_value("tracks").run()
    assert [one.value for one in page.success] == ["No known leak: no clip, duplicate or artist is in both parts."]


def test_a_split_that_cannot_be_made_is_refused_before_the_studio_is_made(page: AppTest) -> None:
    for name, value in {"set": "studio", "protocol": "filtered"}.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert [one.value for one in page.warning] == [
        "No published partition: the fault-filtered protocol exists for GTZAN only."
    ]
    assert "train_start" not in {one.key for one in page.button}


def test_a_link_opens_a_prepared_run(page: AppTest) -> None:
    for name, value in {"recipe": "crnn-mel", "protocol": "artists", "folds": "4", "seed": "7"}.items():
        page.query_params[name] = value
    page.query_params["crnn-mel.epochs"] = "9"
    page.query_params["crnn-mel.balance"] = "on"
    page.run()
    assert not page.exception
    assert page.selectbox(key="train_recipe").value == "crnn-mel"
    assert page.number_input(key="train_folds").value == 4
    assert page.number_input(key="train_crnn-mel.epochs").value == 9
    assert page.toggle(key="train_crnn-mel.balance").value is True
    assert "4 folds" in words(page)


def test_nonsense_in_a_link_is_passed_over(page: AppTest) -> None:
    for name, value in {"recipe": "x", "folds": "1000", "seed": "nan", "ann-table.epochs": "-3"}.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert page.selectbox(key="train_recipe").value == "ann-table"
    assert page.number_input(key="train_folds").value == 5
    assert page.number_input(key="train_ann-table.epochs").value == 600


def test_another_recipe_takes_the_former_options_out_of_the_link_and_the_session_keeps_them(page: AppTest) -> None:
    page.query_params["ann-table.epochs"] = "9"
    page.run()
    page.selectbox(key="train_recipe").set_value("knn-table").run()
    page.number_input(key="train_knn-table.k").set_value(3).run()
    assert {name for name in page.query_params if "." in name} == {"knn-table.k"}
    page.selectbox(key="train_recipe").set_value("ann-table").run()
    assert {name for name in page.query_params if "." in name} == {"ann-table.epochs"}
    assert page.number_input(key="train_ann-table.epochs").value == 9


def test_thinned_genres_are_in_the_summary_and_in_the_run(page: AppTest) -> None:
    for name, value in {"recipe": "knn-table", "folds": "2", "thin": "bells", "share": "0.25"}.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert re.search(r"Bells: 1 of \d", words(page))
    button(page, "Start").click().run()
    (run,) = runs.runs()
    assert run.config.thin == {"bells": 0.25}
    assert "thinned" in page.selectbox(key="train_run").options[0]
    assert "cannot become a model" in words(page)


def test_the_changes_of_a_picture_are_seen_and_heard_with_the_values_of_the_form(page: AppTest) -> None:
    for name, value in {"recipe": "cnn-rgb224", "preview": "on"}.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert "Before and after are the same" in words(page)
    same = [one.proto.url for one in page.get("audio")]
    assert len(same) == 2
    page.number_input(key="train_cnn-rgb224.masks").set_value(3).run()
    first = [one.proto.url for one in page.get("audio")]
    assert "Before and after are the same" not in words(page)
    assert first[0] != first[1]
    button(page, "Draw again").click().run()
    assert not page.exception
    assert [one.proto.url for one in page.get("audio")] != first
    page.selectbox(key="train_recipe").set_value("knn-table").run()
    assert not {"preview", "draw", "track"} & set(page.query_params)


def test_what_is_not_ready_is_made_ready_and_trained_by_one_click(
    page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for genre in GENRES:
        (tmp_path / "raw" / genre).mkdir(parents=True)
        for seed in range(4):
            (tmp_path / "raw" / genre / f"{seed}.wav").write_bytes(play(genre, seed))
    name = registry.add_path(tmp_path / "raw")
    for key, value in {"set": name, "recipe": "knn-table", "folds": "2"}.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    button(page, "Extract features and train").click().run()
    assert not page.exception
    assert not page.error
    (run,) = runs.runs()
    assert (run.config.dataset, run.config.folds, run.job.state) == (name, 2, "finished")
    assert "12 tested clips classified correctly" in words(page)


def test_a_leaky_split_is_said_loudly(page: AppTest) -> None:
    page.query_params["protocol"] = "segments"
    page.run()
    assert "This split leaks" in page.error[0].value


def test_what_cannot_be_trained_is_one_sentence_and_no_button(page: AppTest) -> None:
    page.query_params["protocol"] = "filtered"
    page.run()
    assert not page.exception
    assert "published partition" in page.warning[0].value
    assert "Start" not in [one.label for one in page.button]


def test_missing_weights_keep_the_button_off_and_say_how_to_get_them(page: AppTest) -> None:
    page.query_params["recipe"] = "vgg19"
    page.run()
    assert "mgc weights get vgg19" in page.warning[0].value
    assert button(page, "Start").disabled


def test_where_training_is_off_the_page_shows_what_it_would_do(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MGC_TRAINING", "off")
    settings.cache_clear()
    page.run()
    monkeypatch.undo()
    settings.cache_clear()
    assert not page.exception
    assert "switched off" in page.info[0].value
    assert button(page, "Start").disabled
    assert "5 folds" in words(page)


def test_no_runs_yet_is_said(page: AppTest) -> None:
    page.query_params["view"] = "runs"
    page.run()
    assert not page.exception
    assert "No runs yet" in page.info[0].value


def test_a_finished_run_shows_its_score_its_curves_and_its_folds(page: AppTest, three: str) -> None:
    run = trained(three, "ann-table", **QUICK)
    page.query_params["view"] = "runs"
    page.run()
    assert not page.exception
    said = words(page)
    assert "of 24 tested clips classified correctly" in said
    assert "one seed" in said
    assert "Grey: training; without early stopping there is no validation" in said
    assert list(page.dataframe[0].value["Fold"]) == [1, 2]
    assert button(page, "Make it a model").key == f"train_promote_{run.id}"
    name = f"**{run.id}: Dense network, shallow"
    assert name not in said
    page.query_params["present"] = "1"  # then the list of runs is hidden
    assert name in words(page.run())


def test_a_failed_run_says_why_and_offers_another_try(
    page: AppTest, three: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mgc.runs.background.sys.executable", "/bin/false")
    trained(three)
    page.query_params["view"] = "runs"
    page.run()
    assert not page.exception
    assert "ended with status 1" in page.error[0].value
    assert "Try again" in [one.label for one in page.button]


def test_of_many_runs_the_newest_is_shown_and_a_link_shows_another(page: AppTest, three: str) -> None:
    made = [trained(three) for _ in range(3)]
    page.query_params["view"] = "runs"
    page.run()
    assert page.selectbox(key="train_run").value == str(made[-1].id)
    page.selectbox(key="train_run").set_value(str(made[0].id)).run()
    assert not page.exception
    assert page.query_params["run"] in ([str(made[0].id)], str(made[0].id))


def test_a_run_that_was_deleted_meanwhile_does_not_break_the_page(page: AppTest, three: str) -> None:
    trained(three)
    page.query_params["view"] = "runs"
    page.query_params["run"] = "987654"
    page.run()
    assert not page.exception
    assert not page.error


def test_a_name_and_a_note_are_shown_letter_by_letter(page: AppTest, three: str) -> None:
    run = trained(three)
    runs.describe(run.id, title="**bold** <script>", note="x")
    page.query_params["view"] = "runs"
    page.run()
    assert not page.exception
    assert page.selectbox(key="train_run").options == [
        f"{run.id}: **bold** <script> \N{MIDDLE DOT} finished"
    ]  # a list knows no Markdown


def test_a_renamed_run_has_its_new_name_in_the_list_at_once(page: AppTest, three: str) -> None:
    run = trained(three)
    page.query_params["view"] = "runs"
    page.run()
    page.text_input(key=f"train_title_{run.id}").set_value("First try")
    button(page, "Save").click().run()
    assert not page.exception
    listed = page.selectbox(key="train_run")
    said = f"{run.id}: First try \N{MIDDLE DOT} finished"
    assert listed.options == [said]
    assert listed.proto.set_value  # the browser is told: it keeps the words that were chosen
    assert listed.proto.raw_value == said
    page.run()
    assert not page.selectbox(key="train_run").proto.set_value


def test_a_leaky_run_offers_no_model(page: AppTest, three: str) -> None:
    runs.start(runs.make_plan(three, "knn-table", "segments", folds=2))
    page.query_params["view"] = "runs"
    page.run()
    assert "cannot become a model" in words(page)
    assert "Make it a model" not in [one.label for one in page.button]


def test_a_refused_start_is_one_sentence(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    page.run()

    def refuse(*_: object, **__: object) -> None:
        raise JobError("The list of jobs is busy: another process has locked it for too long.")

    monkeypatch.setattr(jobs, "start", refuse)
    button(page, "Start").click().run()
    assert not page.exception
    assert "busy" in page.error[0].value


def test_what_fails_while_a_run_is_watched_is_one_sentence(
    page: AppTest, three: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a fragment, too, which is drawn again without the page and its fence around it."""
    run = trained(three)
    shutil.rmtree(folder(run.config.name))
    page.query_params["view"] = "runs"
    page.run()
    assert "are gone or damaged" in page.error[0].value
    assert button(page, ":red[Delete]").key == f"train_delete_{run.id}"
    script = (
        "from mgc import jobs; from mgc.errors import JobError; from mgc.ui import background\n"
        "def draw(job): raise JobError('The list of jobs is busy.')\n"
        f"background._live({run.id}, draw)"
    )
    monkeypatch.setattr(jobs, "job", lambda id, real=jobs.job: replace(real(id), state="running"))
    app = AppTest.from_string(script, default_timeout=60).run()
    assert not app.exception
    assert app.error[0].value == "The list of jobs is busy."
