"""Work in the background in a real Chromium: it outlives its tab, is seen from any page, stopped and resumed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.conftest import start_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.conftest import Server

pytestmark = pytest.mark.browser

SOON = 60_000  # ms, on a busy machine


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a server that nobody has visited, whose engine ends soon after the tests."""
    running = start_server(tmp_path_factory.mktemp("background"), MGC_STUDIO_SONGS="12")
    yield running
    running.stop()


@pytest.mark.nightly
def test_the_studio_goes_on_without_its_tab_and_is_stopped_and_resumed_from_another_page(
    chromium: Browser, fresh: Server
) -> None:
    first = chromium.new_page()
    first.goto(f"{fresh.url}/explore")
    first.get_by_text("The studio data set is being synthesised").wait_for(timeout=SOON)
    first.get_by_text(re.compile(r"\d+ of 120")).first.wait_for(timeout=2 * SOON)
    first.close()
    page = chromium.new_page()
    page.goto(f"{fresh.url}/about")
    page.get_by_role("button", name="Background work").click(timeout=SOON)
    page.get_by_text("Synthesise the studio data set").wait_for(timeout=SOON)
    page.get_by_text(re.compile(r"\d+ of 120")).first.wait_for(timeout=SOON)
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Nothing is running.").wait_for(timeout=SOON)
    expect(page.get_by_text(": stopped.")).to_be_visible()
    other = chromium.new_page()
    other.goto(f"{fresh.url}/explore")
    other.get_by_text("Synthesise the studio data set: stopped.").wait_for(timeout=SOON)
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Stop").wait_for(timeout=SOON)
    other.reload()
    other.get_by_text("The studio data set is being synthesised").wait_for(timeout=SOON)
    other.get_by_role("button", name="Stop").click()
    other.get_by_text("Synthesise the studio data set: stopped.").wait_for(timeout=SOON)
    page.get_by_text("Nothing is running.").wait_for(timeout=SOON)
    page.close()
    other.close()
