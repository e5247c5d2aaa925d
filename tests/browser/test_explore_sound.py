"""Listen and look, and the map, in a real Chromium: pictures, cursor, two tracks, a click that is heard."""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect

from mgc.datasets import registry
from mgc.datasets.entry import write_json
from mgc.extraction.collected import POINTER, RECORD_VERSION, Pointer
from mgc.settings import settings
from tests.app import exploring
from tests.conftest import start_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

    from mgc.extraction.collected import Collected

pytestmark = [pytest.mark.browser, pytest.mark.nightly]

WAIT_MS = 30_000
PLAYER = "[data-mgc=player]"
GENRES = ("blues", "jazz")
PER_GENRE = 3


@pytest.fixture(scope="module")
def explore(exact_clips: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose registry holds six real clips, with numbers that lie far apart on the map; the page's address."""
    folder = tmp_path_factory.mktemp("explore")
    for genre in GENRES:
        (folder / "clips" / genre).mkdir(parents=True)
        for path in [path for path in exact_clips if path.parent.name == genre][:PER_GENRE]:
            shutil.copy(path, folder / "clips" / genre)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MGC_HOME", str(folder / "home"))
        settings.cache_clear()
        id = registry.add_path(folder / "clips")
        write(registry.folder(id) / "extraction", exploring.collected(registry.open_dataset(id).tracks))
    settings.cache_clear()
    server = start_server(folder, MGC_HOME=str(folder / "home"))
    yield f"{server.url}/explore?set={id}"
    server.stop()


def write(folder: Path, found: Collected) -> None:
    """Write a record where the page looks for what was measured."""
    (folder / "record-1").mkdir(parents=True)
    digests = {}
    for name in ("descriptors", "segments", "owners", "pictures", "widths", "thumbnails", "seconds"):
        path = folder / "record-1" / f"{name}.npy"
        np.save(path, getattr(found, name), allow_pickle=False)
        digests[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    pointer = Pointer(
        RECORD_VERSION, "record-1", found.ids, found.genres, found.origins, found.checksums, arrays=digests
    )
    write_json(folder / POINTER, asdict(pointer.sealed()))


@pytest.fixture
def visit(chromium: Browser, explore: str, complaints: Callable[[Page], list[str]]) -> Iterator[Callable[..., Page]]:
    """Open a view by its link; whatever the journey, the console stays clean."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1400})
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    seen = complaints(page)

    def go(query: str) -> Page:
        page.goto(f"{explore}&{query}")
        page.locator(f"{PLAYER}[data-audio=ready]").first.wait_for(timeout=WAIT_MS)
        return page

    yield go
    context.close()
    assert seen == []


def colours(player: Locator) -> int:
    """How many colours the picture of a player shows."""
    return int(
        player.locator("canvas.upper").evaluate(
            """(c) => new Set(new Uint32Array(
                c.getContext("2d").getImageData(0, 0, c.width, c.height).data.buffer)).size"""
        )
    )


def is_state(player: Locator, name: str, value: str | re.Pattern[str]) -> None:
    expect(player).to_have_attribute(f"data-{name}", value, timeout=WAIT_MS)


def test_every_picture_is_painted_over_the_same_sound(visit: Callable[..., Page]) -> None:
    page = visit("view=listen")
    player = page.locator(PLAYER)
    pictures = {"wave": "Waveform", "stft-log": "STFT", "chroma": "Chroma", "mfcc": "MFCC", "onsets": "Onsets, tempo"}
    for view, label in {**pictures, "parts": "Harmonic, percussive"}.items():
        page.get_by_role("radiogroup", name="Picture").get_by_text(label, exact=True).click()
        is_state(player, "view", view)
        is_state(player, "audio", "ready")
        least = 3 if view in ("wave", "onsets") else 50
        page.wait_for_timeout(200)  # a picture is decoded after the view has changed
        assert colours(player) >= least, view


def test_the_frequency_axis_turns_and_a_pointer_reads_it(visit: Callable[..., Page]) -> None:
    page = visit("view=listen&picture=stft&axis=linear")
    player = page.locator(PLAYER)
    is_state(player, "view", "stft-linear")
    upper = player.locator("canvas.upper")
    box = upper.bounding_box()
    assert box is not None
    upper.hover(position={"x": box["width"] / 2, "y": box["height"] / 2}, force=True)
    expect(player.locator(".readout")).to_contain_text(re.compile(r"5\.\d\d kHz"))  # half of 11 kHz
    page.get_by_role("radiogroup", name="Frequency axis").get_by_text("Log frequency").click()
    is_state(player, "view", "stft-log")
    upper.hover(position={"x": box["width"] / 3, "y": box["height"] / 2}, force=True)
    expect(player.locator(".readout")).to_contain_text(re.compile(r"6\d\d Hz"))  # the middle of 40 Hz to 11 kHz


@pytest.mark.parametrize(
    ("scheme", "paper"), [pytest.param("light", "#fcfcfb", marks=pytest.mark.nightly), ("dark", "#14181a")]
)
def test_a_saved_picture_is_as_opaque_as_the_page_it_was_saved_from(
    chromium: Browser, explore: str, scheme: Any, paper: str, tmp_path: Path
) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 1000}, color_scheme=scheme, accept_downloads=True)
    page = context.new_page()
    for view in ("features", "map"):
        page.goto(f"{explore}&view={view}")
        camera = page.locator(".modebar-btn[data-title*=Download]").first
        camera.wait_for(timeout=WAIT_MS)
        with page.expect_download(timeout=WAIT_MS) as saved:
            camera.click()
        saved.value.save_as(tmp_path / f"{view}.png")
        pixels = cv2.imread(str(tmp_path / f"{view}.png"), cv2.IMREAD_UNCHANGED)
        blue, green, red, *alpha = pixels[0, 0].tolist()
        assert f"#{red:02x}{green:02x}{blue:02x}" == paper
        assert set(alpha) <= {255}
    context.close()


def test_a_click_moves_sound_and_cursor(visit: Callable[..., Page]) -> None:
    page = visit("view=listen")
    stage = page.locator(f"{PLAYER} .stage")
    box = stage.bounding_box()
    assert box is not None
    stage.click(position={"x": box["width"] / 2, "y": box["height"] / 3})
    is_state(page.locator(PLAYER), "time", re.compile(r"^1[45]\."))
    assert page.get_by_test_id("stAudio").evaluate("(audio) => audio.currentTime") == pytest.approx(15, abs=0.6)


def test_of_two_tracks_side_by_side_one_is_heard(visit: Callable[..., Page]) -> None:
    page = visit("view=listen")
    page.get_by_role("combobox", name=re.compile("Compare with")).click()
    page.get_by_role("option").filter(has_text="jazz").first.click()
    expect(page.locator(f"{PLAYER}[data-audio=ready]")).to_have_count(2, timeout=WAIT_MS)
    left, right = page.locator(PLAYER).nth(0), page.locator(PLAYER).nth(1)
    for player, other in ((left, right), (right, left)):
        player.locator(".stage").press("Space")
        is_state(player, "playing", "true")
        is_state(other, "playing", "false")


def test_a_click_on_the_map_plays_that_track_and_the_link_names_it(visit: Callable[..., Page]) -> None:
    page = visit("view=map")
    page.set_viewport_size({"width": 1440, "height": 900})
    points = page.locator(".scatterlayer .points path.point")
    expect(points.first).to_be_visible(timeout=WAIT_MS)
    box = points.nth(len(GENRES) * PER_GENRE - 1).bounding_box()  # the last of the last genre; rings come behind
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile("track=jazz"))
    is_state(page.locator(PLAYER), "playing", "true")
    expect(page.locator(PLAYER)).to_be_in_viewport(ratio=0.9)  # nobody has to look for what was asked for
    expect(points.first).to_be_in_viewport()
    expect(page.get_by_role("heading", name="Nearest neighbours")).to_be_visible()
    expect(page.get_by_test_id("stAudio")).to_have_count(6)  # the track and its five nearest
