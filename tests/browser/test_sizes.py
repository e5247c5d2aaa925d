"""Classify and About on narrow screens and on a projector: nothing is cut, torn from its line or too small."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect

from mgc.audio.clip import SR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from tests.conftest import Server

pytestmark = pytest.mark.browser

PLAYER = ".st-key-mgc_player [data-mgc=player]"
ANSWER_MS = 60_000  # the very first one waits for TensorFlow
PHONE, HALF, DESK = 390, 683, 1440


@pytest.fixture
def opened(chromium: Browser, server: Server) -> Iterator[Callable[[str, int], Page]]:
    """Return ``opened(address, width)``."""
    contexts = []

    def at(address: str, width: int) -> Page:
        contexts.append(chromium.new_context(viewport={"width": width, "height": 900}))
        page = contexts[-1].new_page()
        page.goto(server.url + address)
        page.get_by_role("heading", level=1).wait_for()
        return page

    yield at
    for context in contexts:
        context.close()


def noise(seed: int) -> dict[str, object]:
    """Return a file of 2 s as a browser hands it over."""
    out = io.BytesIO()
    soundfile.write(out, np.random.default_rng(seed).normal(0, 0.1, 2 * SR), SR, format="WAV")
    return {"name": f"a song with a rather long name {seed}.wav", "mimeType": "audio/wav", "buffer": out.getvalue()}


@pytest.mark.parametrize("width", [PHONE, pytest.param(HALF, marks=pytest.mark.nightly), DESK])
def test_the_way_out_of_presentation_mode_stands_in_line_with_the_links(opened, width):
    page = opened("/about?present=1", width)
    entries = [page.locator(f".st-key-mgc_head p:visible:text-is('{name}')") for name in ("Explore", "About", "Exit")]
    middles = []
    for entry in entries:
        entry.wait_for()
        box = entry.bounding_box()
        middles.append(box["y"] + box["height"] / 2)
    assert max(middles) - min(middles) < 2


def test_the_pictures_labels_grow_with_the_type_of_presentation_mode(opened):
    def size(address: str) -> float:
        page = opened(address, DESK)
        page.locator(f"{PLAYER}[data-audio=ready]").wait_for(timeout=ANSWER_MS)
        return float(page.locator(f"{PLAYER} canvas.upper").evaluate("c => parseFloat(c.getContext('2d').font)"))

    usual, presented = size("/classify?sample=jazz"), size("/classify?sample=jazz&present=1")
    assert usual == pytest.approx(11, abs=0.2)
    assert presented > 1.5 * usual


def test_a_long_list_shows_its_pages_and_on_a_phone_the_names(opened):
    page = opened("/classify", PHONE)
    page.locator("input[type=file]").set_input_files([noise(seed) for seed in range(9)])
    name = page.locator(".st-key-mgc_songs [data-testid=stText]").first
    name.wait_for(timeout=ANSWER_MS)
    is_whole = "e => [e, ...e.querySelectorAll('*')].every((one) => one.scrollWidth <= one.clientWidth + 1)"
    assert name.evaluate(is_whole)
    expect(page.get_by_text("a song with a rather long name 0.wav").first).to_be_visible()
    expect(page.get_by_test_id("stPagination").get_by_text("2", exact=True)).to_be_visible()


@pytest.mark.parametrize("width", [PHONE, pytest.param(HALF, marks=pytest.mark.nightly)])
def test_tables_and_cards_of_about_fit_the_page(opened, width):
    page = opened("/about", width)
    page.get_by_text("As a table").click()
    table = page.locator("table", has_text="Macro-F1")
    table.wait_for()
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    assert table.evaluate("e => e.parentElement.scrollWidth <= e.clientWidth + 1")  # it scrolls, or fits
    for card in page.locator(".stGrid > *").all():
        assert card.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
