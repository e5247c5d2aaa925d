"""The Compare page: no run, one, many, damaged and deleted ones; what is shown is what the commands print."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from mgc import runs
from mgc.cli import app
from mgc.runs import gallery
from mgc.runs.comparison import SCORES, SHARES
from mgc.ui import resources
from mgc.ui.compare import VIEWS
from tests.app.conftest import words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mgc.runs import Recorded

RECIPES = {
    "a-tracks": ("knn-table", "tracks"),
    "b-tracks": ("logreg-table", "tracks"),
    "c-artists": ("knn-table", "artists"),
}


@pytest.fixture(scope="module")
def recorded(three: str) -> dict[str, Recorded]:
    """Return three runs to record; the second answers a few clips wrongly, as the made-up genres are easy to tell."""
    found = {}
    for id, (recipe, protocol) in RECIPES.items():
        run = runs.start(runs.make_plan(three, recipe, protocol, folds=2))  # type: ignore[arg-type]
        found[id] = runs.recorded(run.id)
        runs.delete(run.id)
    said = found["b-tracks"].said
    wrong = said.probabilities.copy()
    wrong[[1, 4, 9, 10, 17]] = np.roll(wrong[[1, 4, 9, 10, 17]], 1, axis=1)
    found["b-tracks"] = replace(found["b-tracks"], said=replace(said, probabilities=wrong))
    return found


@pytest.fixture
def page(
    recorded: dict[str, Recorded], root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AppTest]:
    """Return the page over a gallery of three runs."""
    st.cache_data.clear()
    st.cache_resource.clear()
    monkeypatch.setattr(resources, "start_warm_up", lambda: None)
    monkeypatch.setattr(gallery, "ROOT", tmp_path / "gallery")
    for id, one in recorded.items():
        gallery.keep(id, one, title=id.upper(), note="")
    yield AppTest.from_file(str(root / "app.py"), default_timeout=60).switch_page("pages/compare.py")
    for own in runs.runs():
        runs.delete(own.id)


def opened(page: AppTest, view: str, *ids: str) -> AppTest:
    page.query_params["view"] = view
    if ids:
        page.query_params["runs"] = list(ids)
    page.run()
    assert not page.exception, page.exception
    assert not page.error, page.error
    return page


def test_a_first_visit_shows_two_runs_of_one_protocol(page: AppTest) -> None:
    opened(page, "scores")
    assert page.multiselect(key="compare_runs").value == ["a-tracks", "b-tracks"]


def test_an_address_written_by_hand_may_name_runs_with_commas(page: AppTest) -> None:
    opened(page, "scores", "b-tracks,a-tracks")
    assert page.multiselect(key="compare_runs").value == ["b-tracks", "a-tracks"]
    assert page.query_params["runs"] == ["b-tracks", "a-tracks"]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_shows_one_run_two_and_three(page: AppTest, view: str) -> None:
    opened(page, view, "a-tracks")
    if view != "ladder":  # which has no runs to choose
        page.multiselect(key="compare_runs").set_value(["b-tracks", "a-tracks"]).run()
        assert page.query_params["runs"] == ["b-tracks", "a-tracks"]
        page.multiselect(key="compare_runs").set_value(["b-tracks", "a-tracks", "c-artists"]).run()
    assert not page.exception
    assert not page.error


def test_without_any_run_the_page_says_how_to_get_some(
    page: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(gallery, "ROOT", tmp_path / "none")
    opened(page, "scores")
    assert "Choose runs to compare" in page.info[0].value


@pytest.mark.parametrize("view", ["scores", "confusion", "better", "genres"])
def test_runs_of_two_protocols_are_not_compared_but_shown(page: AppTest, view: str) -> None:
    opened(page, view, "a-tracks", "c-artists")
    [sentence] = [one.value for one in page.warning]
    assert "tracks" in sentence
    assert "artists" in sentence


def test_a_run_that_is_gone_or_damaged_is_one_sentence_and_the_others_stay(page: AppTest, tmp_path: Path) -> None:
    (tmp_path / "gallery/b-tracks/fold-0.json.gz").write_bytes(b"no gzip")
    opened(page, "scores", "a-tracks", "b-tracks", "77", "nothing")
    said = [one.value for one in page.warning]
    assert len(said) == 3
    assert sum("not here any more" in one for one in said) == 2
    assert sum("damaged" in one for one in said) == 1


def test_a_cell_of_the_matrix_lists_its_clips_with_both_answers(page: AppTest, recorded: dict[str, Recorded]) -> None:
    one = recorded["a-tracks"]
    label = one.config.classes[0]
    page.query_params["cell"] = f"{label}~{label}"
    opened(page, "confusion", "a-tracks", "b-tracks")
    right = (one.said.labels == 0) & (one.said.probabilities.argmax(axis=1) == 0)
    listed = set(page.dataframe[-1].value["clip"])
    assert {one.said.units[row] for row in right.nonzero()[0]} <= listed
    assert {"A-TRACKS", "B-TRACKS"} <= set(page.dataframe[-1].value.columns)


@pytest.mark.parametrize("is_held", [True, False])
def test_a_link_opens_the_clip_that_was_picked_and_drops_one_that_the_list_does_not_hold(
    is_held: bool, page: AppTest, recorded: dict[str, Recorded]
) -> None:
    one = recorded["a-tracks"]
    label = one.config.classes[0]
    right = (one.said.labels == 0) & (one.said.probabilities.argmax(axis=1) == 0)
    unit = one.said.units[int(right.argmax())]
    page.query_params["cell"] = f"{label}~{label}"
    page.query_params["clip"] = unit if is_held else "nothing"
    opened(page, "confusion", "a-tracks", "b-tracks")
    shown = [text.value for text in [*page.info, *page.markdown] if unit in text.value]
    assert bool(shown) == is_held, shown
    assert ("clip" in page.query_params) == is_held


def test_every_number_of_the_tables_is_printed_by_the_command(page: AppTest) -> None:
    opened(page, "scores", "a-tracks", "b-tracks")
    record = json.loads(CliRunner().invoke(app, ["compare", "a-tracks", "b-tracks", "--json"]).stdout)
    table = page.dataframe[0].value.set_index("Run")
    for id, row in (("a-tracks", table.loc["A-TRACKS"]), ("b-tracks", table.loc["B-TRACKS"])):
        printed = record["scores"][id]
        for name in printed:
            shown = row[SCORES[name]] / (100 if name in SHARES else 1)
            assert shown == pytest.approx(printed[name]["value"], abs=1e-9), name
        for column, over in (("Over clips", "over_clips"), ("Over artists", "over_artists")):
            bounds = printed["accuracy"][over]
            assert row[column] == f"{100 * bounds['low']:.1f} to {100 * bounds['high']:.1f}"
        costs = record["costs"][id]
        assert row["Training, s"] == costs["seconds"]
        assert row["Per clip, ms"] == costs["clip_milliseconds"]
    page.session_state["compare_view"] = "better"
    page.run()
    [pair] = record["pairs"]
    tests = page.dataframe[0].value.set_index("Test")
    assert tests.loc["McNemar, exact", "p"] == pytest.approx(pair["mcnemar"]["p"])
    assert tests.loc["Bootstrap over artists", "p"] == pytest.approx(pair["bootstrap"]["over_artists"]["p"])
    assert tests.loc["Corrected t-test over folds", "p"] == pytest.approx(pair["corrected_t"]["p"])
    assert pair["words"].replace("\N{NO-BREAK SPACE}", " ").split(":")[0] in words(page).replace("\\", "")


def test_own_runs_stand_beside_those_of_the_gallery(page: AppTest, three: str) -> None:
    run = runs.start(runs.make_plan(three, "ann-table", "tracks", folds=2, options={"epochs": 2, "patience": 0}))
    opened(page, "curves", str(run.id), "a-tracks")
    assert "solved at once: A-TRACKS" in words(page)
    assert page.query_params["runs"] == [str(run.id), "a-tracks"]
    runs.delete(run.id)
    page.run()
    assert not page.exception
    assert any("not here any more" in one.value for one in page.warning)
    assert page.query_params["runs"] in ("a-tracks", ["a-tracks"])


def test_a_view_is_left_and_opened_again_and_a_link_replaces_what_was_chosen(page: AppTest) -> None:
    opened(page, "confusion", "b-tracks", "a-tracks")
    for view in ("ladder", "confusion"):
        page.session_state["compare_view"] = view
        page.run()
        assert not page.exception
        assert not page.error
    assert page.multiselect(key="compare_runs").value == ["b-tracks", "a-tracks"]
    page.switch_page("pages/about.py").run()
    page.query_params["runs"] = ["c-artists", "c-artists", *(["a-tracks"] * 7)]
    page.switch_page("pages/compare.py").run()
    assert not page.error
    assert page.multiselect(key="compare_runs").value == ["c-artists", "a-tracks"]


def test_folds_of_other_clips_are_not_subtracted(
    page: AppTest, recorded: dict[str, Recorded], three: str, tmp_path: Path
) -> None:
    one = recorded["b-tracks"]
    other = replace(one, said=replace(one.said, fold=np.roll(one.said.fold, 1)))
    shutil.rmtree(tmp_path / "gallery/b-tracks")
    gallery.keep("b-tracks", other, title="B-TRACKS", note="")
    page.query_params["fold"] = "0"
    opened(page, "confusion", "a-tracks", "b-tracks")
    assert any("holds different clips" in one.value for one in page.info)


def test_a_new_name_is_shown_at_once(page: AppTest, recorded: dict[str, Recorded]) -> None:
    opened(page, "scores", "a-tracks", "b-tracks")
    gallery.keep("a-tracks", recorded["a-tracks"], title="Renamed", note="")
    page.run()
    assert "Renamed" in list(page.dataframe[0].value["Run"])


def test_a_run_without_a_finished_fold_is_left_out_with_a_sentence(page: AppTest, tmp_path: Path) -> None:
    for path in (tmp_path / "gallery/b-tracks").glob("fold-*"):
        path.unlink()
    opened(page, "scores", "a-tracks", "b-tracks")
    assert any("No fold has finished yet" in one.value for one in page.warning)
    assert list(page.dataframe[0].value["Run"]) == ["A-TRACKS"]
