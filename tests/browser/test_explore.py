"""Getting to know a data set, in a real Chromium against a real server (B8); nothing is faked."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect

from mgc import studio
from tests.conftest import start_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.conftest import Server

pytestmark = pytest.mark.browser

SECOND = 1_000  # ms
SONGS = 2  # of each genre, as few as a ranking needs; 12 unless a setting says otherwise
MADE = 420 * SECOND  # the studio's clips, on whatever machine this runs
MEASURED = 420 * SECOND


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a server that nobody has visited, whose engine ends soon after the tests."""
    running = start_server(tmp_path_factory.mktemp("explore"), MGC_STUDIO_SONGS=str(SONGS))
    yield running
    running.stop()


@pytest.fixture
def page(chromium: Browser, nothing: Server, complaints: Callable[[Page], list[str]]) -> Iterator[Page]:
    """Open the Explore page by its link, which is also what a class is given; the console stays clean."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1000}, accept_downloads=True)
    page = context.new_page()
    seen = complaints(page)
    page.goto(f"{nothing.url}/explore")
    page.get_by_role("heading", name="What is in the data?").wait_for()
    yield page
    context.close()
    assert seen == []


def view(page: Page, name: str) -> None:
    page.get_by_role("radiogroup", name="View").get_by_text(name).click()


def add(page: Page, way: str) -> None:
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("dialog").get_by_role("tab", name=way).click()


def add_folder(page: Page, folder: Path) -> None:
    add(page, "Folder")
    page.get_by_role("dialog").get_by_label("Path").fill(str(folder))
    page.get_by_role("dialog").get_by_label("Path").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Add the folder").click()


def all_sound_is_there(page: Page) -> None:
    """Wait until every player has its sound: one that is replaced while it still asks for it gets a 404."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=60 * SECOND)
    page.wait_for_function("[...document.querySelectorAll('audio')].every(one => one.readyState >= 1)", timeout=60_000)


def tone(seconds: float, pitch: float) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, 0.3 * np.sin(np.arange(int(seconds * 22_050)) * pitch), 22_050, format="WAV")
    return out.getvalue()


def zipped(**files: bytes) -> dict[str, object]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return {"name": "my <b>set</b>.zip", "mimeType": "application/zip", "buffer": out.getvalue()}


@pytest.mark.slow
def test_a_first_visit_makes_the_studio_hears_it_draws_its_map_and_exports(page: Page) -> None:
    page.get_by_text("The studio data set is being synthesised").wait_for()
    expect(page.get_by_role("progressbar").first).to_be_visible(timeout=60 * SECOND)  # the engine starts first
    page.get_by_text(re.compile(rf"\d+ of {10 * SONGS}")).first.wait_for(timeout=MADE)
    page.get_by_role("heading", name="Are its files whole?").wait_for(timeout=MADE)
    expect(page.get_by_text("Complete.", exact=False).first).to_be_visible(timeout=MADE)
    view(page, "Listen and look")
    page.locator("audio").first.wait_for(timeout=60 * SECOND)
    page.wait_for_function("document.querySelector('audio').readyState >= 1")
    assert page.evaluate("document.querySelector('audio').duration") == pytest.approx(30.0, abs=0.2)
    page.get_by_text("Extracting features").wait_for(state="detached", timeout=MEASURED)
    view(page, "Map")
    point = page.locator(".js-plotly-plot .scatterlayer .point").nth(10)
    point.wait_for(timeout=60 * SECOND)
    page.locator("audio").nth(1).wait_for(timeout=60 * SECOND)
    # The map by t-SNE takes its place, and moves the points.
    page.get_by_text("until it is ready, the map shows PCA").wait_for(state="detached", timeout=60 * SECOND)
    all_sound_is_there(page)
    place = point.bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    expect(page).to_have_url(re.compile("track="))
    page.get_by_role("heading", name="Nearest neighbours").wait_for()
    all_sound_is_there(page)
    view(page, "Features")
    page.get_by_role("radiogroup", name="Chart").get_by_text("Ranking").click()
    page.get_by_text("The longer the bar", exact=False).wait_for()
    expect(page).to_have_url(re.compile("view=features.*look=ranking"))
    with page.expect_download() as table:
        page.get_by_role("button", name="CSV").first.click()
    assert table.value.suggested_filename == "mgc-studio-ranking-f.csv"
    with page.expect_download() as figure:
        page.get_by_role("button", name="HTML").first.click()
    assert figure.value.path().stat().st_size > 1_000_000  # Plotly is inside
    lines = (table.value.path()).read_text(encoding="utf-8").splitlines()
    assert lines[0] == "descriptor,column,ANOVA F,adjusted mutual information"
    assert len(lines) == 58


def test_a_zip_of_ones_own_becomes_a_data_set(page: Page) -> None:
    add(page, "ZIP")
    files = {
        f"{genre}/{i}.wav": tone(4.0, pitch + i / 50)
        for genre, pitch in (("tango", 0.1), ("polka", 0.3))
        for i in range(2)
    }
    page.get_by_role("dialog").locator("input[type=file]").first.set_input_files([zipped(**files)])
    page.get_by_role("dialog").get_by_role("button", name="Add the ZIP").click()
    page.get_by_role("heading", name="Are its files whole?").wait_for(timeout=60 * SECOND)
    expect(page.get_by_role("radiogroup", name="Genres").or_(page.get_by_text("Tango")).first).to_be_visible()
    expect(page.locator("b", has_text="set")).to_have_count(0)
    expect(page).to_have_url(re.compile("set="))


@pytest.mark.nightly
def test_a_malicious_zip_gets_a_sentence_and_no_data_set(page: Page) -> None:
    add(page, "ZIP")
    evil = zipped(**{"../../jazz/one.wav": tone(3.0, 0.1), "rock/two.wav": tone(3.0, 0.2)})
    page.get_by_role("dialog").locator("input[type=file]").first.set_input_files([evil])
    page.get_by_role("dialog").get_by_role("button", name="Add the ZIP").click()
    said = page.get_by_role("dialog").get_by_role("alert")
    expect(said).to_contain_text("leads out of its folder", timeout=60 * SECOND)
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    expect(page.get_by_role("heading", name="Are its files whole?")).to_be_visible(timeout=MADE)
    assert "set=" not in page.url


@pytest.mark.nightly
def test_a_kaggle_shaped_tree_is_added_by_its_path(page: Page, exact_clips: list[Path], tmp_path: Path) -> None:
    for clip in exact_clips[::10]:
        to = tmp_path / "Data" / "genres_original" / clip.parent.name / f"{clip.stem}.wav"
        to.parent.mkdir(parents=True, exist_ok=True)
        y, sr = soundfile.read(clip, dtype="int16")
        soundfile.write(to, y, sr, subtype="PCM_16")
    add_folder(page, tmp_path)
    page.get_by_text("GTZAN").first.wait_for(timeout=60 * SECOND)
    page.get_by_text(re.compile(r"Absent \(994\)")).first.wait_for(timeout=60 * SECOND)
    expect(page.get_by_text("GTZAN carries no licence", exact=False)).to_be_visible()


def test_back_leads_to_the_view_before_and_forward_to_the_next(page: Page) -> None:
    expect(page.get_by_text("Are its files whole?")).to_be_visible(timeout=MADE)
    for name in ("Listen", "Map"):
        view(page, name)
        expect(page).to_have_url(re.compile(f"view={name.lower()}"))
        all_sound_is_there(page)
    page.go_back()
    expect(page).to_have_url(re.compile("view=listen"))
    expect(page.get_by_role("radiogroup", name="View").get_by_role("radio", checked=True)).to_contain_text("Listen")
    all_sound_is_there(page)
    page.go_back()
    expect(page).not_to_have_url(re.compile("view="))
    expect(page.get_by_text("Are its files whole?")).to_be_visible()
    page.go_forward()
    expect(page).to_have_url(re.compile("view=listen"))
    all_sound_is_there(page)


@pytest.mark.nightly
def test_of_two_tracks_that_are_compared_one_is_heard_at_a_time(page: Page, tmp_path: Path) -> None:
    blues, jazz = (studio.render(genre) for genre in ("blues", "jazz"))
    for name, y in {
        "blues/one": blues,
        "blues/quieter": 0.5 * blues,
        "jazz/one": jazz,
        "jazz/quieter": 0.5 * jazz,
    }.items():
        (tmp_path / "copies" / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(tmp_path / "copies" / f"{name}.wav", y, 22_050, subtype="PCM_16")
    add_folder(page, tmp_path / "copies")
    expect(page).to_have_url(re.compile("set="), timeout=60 * SECOND)
    expect(page.get_by_text("Are its files whole?")).to_be_visible(timeout=MADE)
    view(page, "Audit")
    page.get_by_text("What do you hear?").wait_for(timeout=MEASURED)
    all_sound_is_there(page)
    players = page.locator("audio")
    expect(players).to_have_count(2)
    for sounding, silent in ((0, 1), (1, 0)):
        players.nth(sounding).evaluate("one => one.play()")
        page.wait_for_function(f"document.querySelectorAll('audio')[{silent}].paused", timeout=5 * SECOND)
        assert not players.nth(sounding).evaluate("one => one.paused")
