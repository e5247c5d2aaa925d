"""What a visitor sees of each outcome where YAMNet listens, too: a talk, a techno loop, a song, and one between."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
import soundfile
from playwright.sync_api import expect

from mgc.audio.clip import SR
from scripts.outside_music import loops
from tests.conftest import start_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PLAYER = ".st-key-mgc_player [data-mgc=player]"
ANSWER_MS = 60_000  # the very first one waits for TensorFlow


@pytest.fixture(scope="module")
def address(yamnet_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the app on a machine that has YAMNet's weights."""
    running = start_server(tmp_path_factory.mktemp("listening"), MGC_YAMNET=str(yamnet_file))
    yield running.url
    running.stop()


@pytest.fixture
def page(chromium: Browser, address: str, complaints: Callable[[Page], list[str]]) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 390, "height": 1000})
    context.set_default_timeout(ANSWER_MS)  # the first chart waits for Plotly, too
    page = context.new_page()
    seen = complaints(page)
    page.goto(address)
    page.get_by_role("heading", name="Which genre is this?").wait_for()
    yield page
    context.close()
    assert seen == []


@pytest.fixture(scope="module")
def techno() -> dict[str, object]:
    y = dict(loops())["techno"]
    soundfile.write(out := io.BytesIO(), y, SR, format="WAV")
    return {"name": "techno loop.wav", "mimeType": "audio/wav", "buffer": out.getvalue()}


def upload(page: Page, file: object, headline: str | re.Pattern[str]) -> None:
    page.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
    page.get_by_role("heading", level=2).filter(has_text=headline).wait_for(timeout=ANSWER_MS)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def colours(page: Page) -> set[str]:
    """Return those of the bars beside the verdict."""
    bars = page.locator(".mgc-bars > :nth-child(even)")
    bars.first.wait_for()
    return {str(bar.evaluate("(b) => getComputedStyle(b, '::before').backgroundColor")) for bar in bars.all()}


def test_a_talk_is_no_music_and_the_page_says_what_it_is(page: Page, shared: Path) -> None:
    upload(page, shared / "open_audio" / "198-209-0000.ogg", "Not music")
    page.get_by_text(re.compile(r"Speech is heard \(\d+ %\), but hardly any music")).wait_for()
    expect(page.locator(PLAYER)).to_have_attribute("data-heard", re.compile("^speech 99"))
    expect(page.locator(".mgc-bars")).to_have_count(0)  # no genres of a talk


def test_a_techno_loop_is_none_of_these_and_no_genre_is_coloured(page: Page, techno: dict[str, object]) -> None:
    upload(page, techno, "None of these")
    page.get_by_text(re.compile("It is unlike all music|It sounds like techno")).first.wait_for()
    expect(page.locator(PLAYER)).to_have_attribute("data-heard", re.compile("techno"))
    assert len(colours(page)) == 1


def test_a_real_song_gets_its_genre_and_what_is_heard_second_by_second(page: Page, exact_clips: list[Path]) -> None:
    upload(page, next(path for path in exact_clips if path.stem == "classical.00004"), "Classical")
    expect(page.locator(PLAYER)).to_have_attribute("data-heard", re.compile("violin"))
    page.get_by_text("Bottom: what is heard; the stronger the shade, the surer.").wait_for()
    assert len(colours(page)) > 1


@pytest.mark.nightly
def test_a_song_between_two_genres_is_said_to_lie_there(page: Page, shared: Path) -> None:
    # A point apart: which comes first may differ from machine to machine.
    song = shared / "open_audio" / "Karissa_Hobbs_-_Lets_Go_Fishin.ogg"
    upload(page, song, re.compile(r"Between\s+(Country|Pop)\s+and\s+(Country|Pop)"))
    page.get_by_text(re.compile("(Country and Pop|Pop and Country) are close")).first.wait_for()
    assert len(colours(page)) > 1
