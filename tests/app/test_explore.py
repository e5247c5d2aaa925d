"""The Explore page: its frame, its filters in the URL, each view with something and with nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from streamlit.testing.v1 import AppTest

from mgc.datasets.entry import Entry
from mgc.datasets.validation import Finding
from mgc.errors import DatasetError
from mgc.extraction.job import Status
from mgc.ui import explore, resources
from mgc.ui.explore import adding, selection
from tests.app import exploring
from tests.app.conftest import words


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "one.wav"
    soundfile.write(path, 0.3 * np.sin(np.arange(66_150) / 8), 22050)
    return path


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> exploring.Engine:
    fake = exploring.Engine()
    for name in ("status", "start", "cancel"):
        monkeypatch.setattr(f"mgc.extraction.job.{name}", getattr(fake, name))
    return fake


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, engine: exploring.Engine, root: Path, clip: Path) -> AppTest:
    sets = {"studio": Entry("studio", "The studio", "studio", 36), "small": Entry("small", "Small", "folder", 36)}
    here = {id: exploring.known(id, audio=clip) for id in sets}
    monkeypatch.setattr(adding, "_entries", lambda: sets)
    monkeypatch.setattr(explore, "known", lambda id: here[id])
    monkeypatch.setattr(selection, "revision", lambda id: "r1")
    monkeypatch.setattr(resources, "start_warm_up", lambda: None)
    return AppTest.from_file(str(root / "app.py"), default_timeout=60)


def go(page: AppTest, **query: str | list[str]) -> AppTest:
    for name, value in query.items():
        page.query_params[name] = value
    page.switch_page("pages/explore.py").run()
    assert not page.exception
    assert not page.error, page.error[0].value
    return page


def test_the_page_opens_on_the_overview_of_the_studio(page: AppTest) -> None:
    go(page)
    assert page.title[0].value == "What is in the data?"
    assert page.selectbox(key="explore_set").value == "studio"
    assert [m.value for m in page.metric][:4] == ["36", "3", "18", "18"]
    assert "Are its files whole?" in words(page)
    assert "Partial" in words(page)


def test_filters_live_in_the_url_and_hold_in_every_view(page: AppTest) -> None:
    go(page, set="small", genre=["jazz", "tango"], view="overview")
    assert "24 of 36 tracks" in words(page)
    assert page.button_group(key="explore_genre").value == ["jazz", "tango"]
    page.button_group(key="explore_view").set_value("features").run()
    assert "24 of 36 tracks" in words(page)
    assert page.query_params["view"] == "features"
    assert page.query_params["genre"] == ["jazz", "tango"]
    page.button(key="explore_clear").click().run()
    assert "genre" not in page.query_params
    assert "36 tracks" in words(page)


def test_filters_that_leave_nothing_say_so(page: AppTest) -> None:
    go(page, words="no such song")
    assert "No track matches" in page.info[0].value


def test_a_filter_of_another_data_set_is_dropped(page: AppTest) -> None:
    go(page, set="small", genre="polka", artist="nobody", only="nonsense", view="nowhere")
    assert "36 tracks" in words(page)
    assert "genre" not in page.query_params


@pytest.mark.parametrize("look", ["one", "ranking", "correlation", "two", "profile"])
def test_every_look_at_the_features_is_drawn(page: AppTest, look: str) -> None:
    go(page, set="small", view="features", look=look)
    assert len(page.get("plotly_chart")) == 1
    assert "18 tracks are described by the data set's table" in words(page)
    assert [b.label for b in page.get("download_button")][:2] == ["HTML", "CSV"]


@pytest.mark.parametrize(("by", "column"), [("f", "ANOVA F"), ("mi", "adjusted mutual information")])
def test_the_table_of_the_ranking_begins_with_the_best(page: AppTest, by: str, column: str) -> None:
    go(page, set="small", view="features", look="ranking", by=by)
    (table,) = page.dataframe
    scores = list(table.value[column])
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]


def test_a_number_is_never_drawn_against_itself(page: AppTest) -> None:
    go(page, set="small", view="features", look="two", x="tempo", y="tempo")
    assert page.selectbox(key="explore_x").value == "tempo"
    assert page.selectbox(key="explore_y").value == "rms_mean"
    page.selectbox(key="explore_x").set_value("rms_mean").run()
    assert not page.exception
    assert page.selectbox(key="explore_y").value == "spectral_centroid_mean"


def test_beside_two_descriptors_a_track_stands_before_the_first_click(page: AppTest) -> None:
    go(page, set="small", view="features", look="two", genre="jazz")
    assert page.button(key="scatter_open").label == "Listen and look"
    assert "**Jazz** \N{MIDDLE DOT} jazz.00000" in words(page)
    go(page, set="small", view="features", look="two", genre="jazz", track="jazz.00004")
    assert "jazz.00004" in words(page)


def test_numbers_can_be_found_by_the_names_of_books_and_say_their_unit(page: AppTest) -> None:
    go(page, set="small", view="features", look="one")
    assert "Spectral centroid, mean (Hz)" in page.selectbox(key="explore_descriptor").options
    (chart,) = page.get("plotly_chart")
    assert json.loads(chart.proto.spec)["layout"]["xaxis"]["title"]["text"].endswith("(Hz)")


def test_ten_genres_are_not_cut_off_on_a_phone(page: AppTest) -> None:
    go(page, set="small")
    assert page.button_group(key="explore_genre").proto.wrap  # beside "Filters" they would else scroll out of sight


def test_without_numbers_the_features_offer_to_measure(
    page: AppTest, engine: exploring.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explore, "known", lambda id: exploring.known(id, measured=False))
    go(page, view="features")
    page.button(key="explore_extract").click().run()
    assert engine.asked == ["start studio"]
    assert "You can see this view once the features have been extracted." in page.info[0].value
    page.button(key="explore_stop").click().run()
    assert engine.asked[1:] == ["cancel studio"]
    assert "3 of 36 tracks are done" in words(page)


def test_a_job_that_cannot_be_stopped_says_why(
    page: AppTest, engine: exploring.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(id: str) -> None:
        raise DatasetError("The disk is full.")

    monkeypatch.setattr(explore, "known", lambda id: exploring.known(id, measured=False))
    go(page, view="features")
    page.button(key="explore_extract").click().run()
    monkeypatch.setattr("mgc.extraction.job.cancel", refuse)
    page.button(key="explore_stop").click().run()
    assert not page.exception
    assert [error.value for error in page.error] == ["The disk is full."]


def test_a_job_that_failed_says_why_and_can_be_begun_again(
    page: AppTest, engine: exploring.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explore, "known", lambda id: exploring.known(id, measured=False))
    engine.now = Status("failed", done=3, total=36, failed=(("jazz.00001", "It is no *sound*."),), why="It was lost.")
    go(page)
    assert "could not be extracted. It was lost." in words(page)
    assert "jazz.00001: It is no \\*sound\\*." in words(page)
    page.button(key="explore_extract_again").click().run()
    assert engine.asked == ["start studio"]


@pytest.mark.parametrize(
    ("sounding", "said"), [(18, "2 of 18 tracks with audio"), (36, "3 of 36 tracks"), (0, "3 of 36 tracks")]
)
def test_the_measuring_says_how_many_of_the_tracks_can_be_heard(
    page: AppTest, engine: exploring.Engine, sounding: int, said: str
) -> None:
    engine.now = Status("running", done=3, total=36, sounding=sounding, heard=2)
    go(page)
    assert page.get("progress")[0].proto.text == f"Extracting features \N{MIDDLE DOT} {said}"


def test_an_engine_that_cannot_be_started_gets_its_sentence(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore, "known", lambda id: exploring.known(id, measured=False))

    def refuse(id: str, kinds: object) -> None:
        raise DatasetError("No engine here.")

    monkeypatch.setattr("mgc.extraction.job.start", refuse)
    go(page, view="features")
    page.button(key="explore_extract").click().run()
    assert page.error[0].value == "No engine here."
    assert not page.run().error


def test_what_was_measured_is_said(page: AppTest) -> None:
    go(page)
    assert "36 of 36 tracks (18 from audio, 18 from the data set's own table" in words(page)


WILD = "*x* :red[y] <b>z</b>"  # bold, colour and markup, were it taken for Markdown


def wild() -> selection.Known:
    """A data set whose every word is a stranger's."""
    known = exploring.known()
    tracks = tuple(
        replace(track, genre=WILD if track.genre == "jazz" else track.genre, artist=WILD, title=WILD)
        for track in known.dataset.tracks
    )
    held = known.collected
    assert held is not None
    finding = Finding("broken", tracks[0].id, WILD)
    assert known.report is not None
    report = replace(known.report, findings=(finding,), counts={"broken": 1})
    dataset = replace(known.dataset, title=WILD, licence=WILD, tracks=tracks, tables={WILD: Path("x.csv")})
    genres = tuple(track.genre for track in tracks)
    return replace(known, id="wild", dataset=dataset, report=report, collected=replace(held, genres=genres))


@pytest.mark.parametrize(
    "query",
    [
        {"view": "overview"},
        {"view": "overview", "genre": WILD, "words": WILD},
        {"view": "listen"},
        {"view": "features", "look": "one"},
        {"view": "features", "look": "profile"},
        {"view": "map"},
    ],
)
def test_strangers_words_are_shown_letter_by_letter(
    page: AppTest, monkeypatch: pytest.MonkeyPatch, query: dict[str, str]
) -> None:
    known = wild()
    monkeypatch.setattr(adding, "_entries", lambda: {"studio": Entry("studio", WILD, "folder", 36)})
    monkeypatch.setattr(explore, "known", lambda id: known)
    go(page, **query)
    shown = [words(page), *(button.label for button in page.button)]
    shown += [option.content for group in page.get("button_group") for option in group.proto.options]
    read = "\n".join(shown).casefold()
    assert r"\*x\*" in read
    assert not re.findall(r"(?<!\\)(?:\*x|<b)|:red\[", read)
