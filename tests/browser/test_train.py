"""The Train page in a real Chromium, with a real engine: from nothing to a model of one's own, and through a crash."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import psutil
import pytest
from playwright.sync_api import expect

from mgc import runs
from mgc.datasets import registry
from mgc.settings import settings
from tests.conftest import start_server
from tests.three_genres import data_set, play

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from tests.conftest import Server

pytestmark = pytest.mark.browser

SOON = 60_000  # ms, on a busy machine
LATER = 600_000
CURVES = "[data-mgc=curves]"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a server without a studio and without runs, on a home with a small data set; this process has it, too."""
    folder = tmp_path_factory.mktemp("train")
    with pytest.MonkeyPatch.context() as patch, data_set(folder, patch):
        running = start_server(folder, MGC_JOBS="engine", MGC_STUDIO_SONGS="2", MGC_WORKERS="2")
        yield running
        running.stop()


@pytest.fixture
def page(chromium: Browser, complaints: Callable[[Page], list[str]]) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1280, "height": 1000})
    seen = complaints(page)
    yield page
    page.close()
    assert seen == []


def kill_a_fold() -> None:
    """Kill a process that trains in this home."""
    for process in psutil.process_iter(["cmdline"]):
        with contextlib.suppress(psutil.Error):
            is_fold = "mgc.runs.process" in (process.info["cmdline"] or [])
            if is_fold and process.environ().get("MGC_HOME") == str(settings().home):
                process.kill()
                return
    raise AssertionError("no fold is being trained")


def grows(page: Page, by: int) -> None:
    """Wait until the curves show so many more epochs."""
    before = int(page.locator(CURVES).get_attribute("data-epochs") or 0)
    more = re.compile(f"^({'|'.join(str(before + by + n) for n in range(1000))})$")
    expect(page.locator(CURVES)).to_have_attribute("data-epochs", more, timeout=SOON)


@pytest.mark.nightly
def test_one_click_leads_from_nothing_to_a_model_that_classifies_the_visitors_song(page: Page, fresh: Server) -> None:
    page.goto(f"{fresh.url}/train?folds=2&ann-table.epochs=20")  # two songs a genre allow two folds
    page.get_by_role("button", name="Try it: train on the studio").click(timeout=SOON)
    page.get_by_text("training starts when the data is ready").wait_for(timeout=SOON)
    page.locator(CURVES).wait_for(timeout=LATER)
    page.get_by_role("button", name="Make it a model").click(timeout=LATER)
    page.get_by_role("link", name="Classify a song with this model").click(timeout=LATER)
    page.get_by_role("heading", name="Which genre is this?").wait_for(timeout=SOON)
    song = {"name": "mine.wav", "mimeType": "audio/wav", "buffer": play("bells", 1)}
    page.locator("input[type=file]").set_input_files([song])  # type: ignore[list-item]
    verdict = page.get_by_role("heading", level=2).filter(
        has_text=re.compile(r"\d+\s?%\ssure|Between|No clear genre|None of these|Not music")
    )
    verdict.wait_for(timeout=SOON)
    expect(page.get_by_text("Dense network, shallow (studio)").first).to_be_visible()


@pytest.mark.nightly
def test_a_linked_run_is_watched_through_a_crash_without_flicker_and_stopped(page: Page, fresh: Server) -> None:
    (three,) = (id for id in registry.ids() if id != "studio")
    page.goto(f"{fresh.url}/train?set={three}&folds=2&seed=7&ann-table.epochs=2000&ann-table.patience=0")
    expect(page.get_by_label("Epochs (at most)")).to_have_value("2000", timeout=SOON)
    expect(page.get_by_label("Folds")).to_have_value("2")
    page.get_by_role("button", name="Start", exact=True).click()
    page.locator(CURVES).wait_for(timeout=LATER)
    for part in (CURVES, f"{CURVES} path", "h1"):
        page.locator(part).first.evaluate("(node) => { node.mine = true; }")
    (run,) = runs.runs(active=True)
    grows(page, 5)
    kill_a_fold()
    grows(page, 20)
    control = page.context.new_cdp_session(page)
    control.send("Page.setWebLifecycleState", {"state": "frozen"})  # as a tab that sleeps
    slept = len(runs.epochs(run.id))
    page.wait_for_timeout(30_000)
    assert len(runs.epochs(run.id)) > slept
    control.send("Page.setWebLifecycleState", {"state": "active"})
    page.get_by_role("button", name="Stop").click()
    page.get_by_text(": stopped.").wait_for(timeout=SOON)
    known = runs.epochs(run.id)
    expect(page.locator(CURVES)).to_have_attribute("data-epochs", str(max(one["number"] for one in known)))
    for part in (CURVES, f"{CURVES} path", "h1"):  # nothing was replaced
        assert page.locator(part).first.evaluate("(node) => node.mine")
    numbers = [one["number"] for one in known if one["fold"] == 0]
    assert numbers == list(range(1, len(numbers) + 1))
    page.get_by_role("button", name="Resume").click()
    grows(page, 5)
    page.get_by_role("button", name="Stop").click()
    page.get_by_text(": stopped.").wait_for(timeout=SOON)
    page.get_by_text("Name and note").click()
    page.get_by_label("Name", exact=True).fill("Through a crash")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("combobox", name="Run")).to_have_value(re.compile("Through a crash"), timeout=SOON)
    page.get_by_role("button", name="Delete").click()
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Delete").click()
    expect(page.get_by_text(": stopped.")).to_have_count(0, timeout=SOON)
    expect(page.get_by_text("Unexpected error")).to_have_count(0)
    assert run.id not in [one.id for one in runs.runs()]
