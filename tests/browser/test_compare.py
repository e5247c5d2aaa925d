"""The Compare page in a real Chromium: the gallery is there at once; from a matrix to a sound; a link; a download."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from mgc import runs
from tests.conftest import start_server
from tests.three_genres import CLIPS, data_set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from tests.conftest import Server

pytestmark = pytest.mark.browser

SOON = 60_000  # ms, on a busy machine


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """Start a server on a home with two finished runs; return it with the part of a URL that chooses them."""
    folder = tmp_path_factory.mktemp("compare")
    with pytest.MonkeyPatch.context() as patch, data_set(folder, patch) as name:
        ids = [runs.start(runs.make_plan(name, one, "tracks", folds=2)).id for one in ("knn-table", "logreg-table")]
        running = start_server(folder)
        yield running, "&".join(f"runs={id}" for id in ids)
        running.stop()


@pytest.fixture
def page(chromium: Browser, complaints: Callable[[Page], list[str]]) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1280, "height": 1400})
    seen = complaints(page)
    yield page
    page.close()
    assert seen == []


def test_the_gallery_is_there_on_a_first_visit(page: Page, pair: tuple[Server, str]) -> None:
    page.goto(f"{pair[0].url}/compare")
    page.get_by_text("gallery").first.wait_for(timeout=SOON)
    page.locator(".js-plotly-plot").first.wait_for(timeout=SOON)
    page.get_by_text("Is it really better?").click()
    page.get_by_role("heading", name="Where only one is right").wait_for(timeout=SOON)
    expect(page.get_by_text("Unexpected error")).to_have_count(0)


def test_from_a_cell_of_the_matrix_to_its_clips_and_their_sound_by_a_link_too(
    page: Page, pair: tuple[Server, str], chromium: Browser
) -> None:
    server, chosen = pair
    page.goto(f"{server.url}/compare?view=confusion&{chosen}")
    page.get_by_role("heading", name="Difference").wait_for(timeout=SOON)
    first = page.locator(".js-plotly-plot .nsewdrag").first
    first.wait_for(timeout=SOON)
    page.wait_for_timeout(1500)  # the drawing takes its width
    place = first.bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + place["width"] / 6, place["y"] + place["height"] / 6)  # of three by three cells
    heading = page.get_by_role("heading", name="Bells, rightly classified")
    heading.wait_for(timeout=SOON)
    table = page.get_by_test_id("stDataFrame").last
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 18, box["y"] + 52)  # the first row's box
    page.locator("audio").wait_for(timeout=SOON)
    page.wait_for_url(re.compile("clip="))

    other = chromium.new_page()
    other.goto(page.url)
    other.get_by_role("heading", name="Bells, rightly classified").wait_for(timeout=SOON)
    other.locator("audio").wait_for(timeout=SOON)
    other.close()


@pytest.mark.nightly
def test_a_table_and_a_card_are_downloaded(page: Page, pair: tuple[Server, str]) -> None:
    server, chosen = pair
    page.goto(f"{server.url}/compare?{chosen}")
    save = page.get_by_test_id("stDownloadButton")
    save.filter(has_text="TEX").wait_for(timeout=SOON)
    with page.expect_download() as tables:
        save.filter(has_text="CSV").first.click()
    lines = tables.value.path().read_text().splitlines()
    assert lines[0].startswith("Run,Protocol,Accuracy")
    assert len(lines) == 3
    with page.expect_download() as cards:
        save.filter(has_text="Card of").first.click()
    assert f"of {3 * CLIPS} clips correct" in cards.value.path().read_text()
