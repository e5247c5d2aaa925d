"""What a visitor does, in a real Chromium against a real server (A7); nothing is faked but the microphone's sound."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

    from tests.conftest import Server

pytestmark = pytest.mark.browser

ANSWER_MS = 60_000  # the very first one waits for TensorFlow; how long it may take is measured elsewhere
VERDICT = re.compile(r"\d+\s?%\ssure|Between|No clear genre|None of these|Not music")
PLAYER = ".st-key-mgc_player [data-mgc=player]"


@pytest.fixture
def page(chromium: Browser, server: Server, complaints: Callable[[Page], list[str]]) -> Iterator[Page]:
    """Open the landing page; whatever the journey, the console stays clean."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1000}, accept_downloads=True)
    page = context.new_page()
    seen = complaints(page)
    page.goto(server.url)
    page.get_by_role("heading", name="Which genre is this?").wait_for()
    yield page
    context.close()
    assert seen == []


@pytest.fixture(scope="module")
def song(exact_clips: list[Path]) -> Path:
    """Return a real clip of 30 s."""
    return next(path for path in exact_clips if path.parent.name == "jazz")


@pytest.fixture(scope="module")
def mp3(song: Path) -> dict[str, object]:
    """Return the clip as a stereo MP3 at 44.1 kHz, as the file that a browser hands over."""
    y, sr = soundfile.read(song)
    out = io.BytesIO()
    soundfile.write(out, np.repeat(np.stack([y, y], axis=1), 2, axis=0), sr * 2, format="MP3")
    return {"name": "söng <b>one</b>.mp3", "mimeType": "audio/mpeg", "buffer": out.getvalue()}


def upload(page: Page, *files: object) -> None:
    page.locator("input[type=file]").set_input_files(list(files))


def verdict(page: Page) -> Locator:
    return page.get_by_role("heading", level=2).filter(has_text=VERDICT)


def answered(page: Page) -> str:
    """Wait for the answer and return its headline."""
    verdict(page).wait_for(timeout=ANSWER_MS)
    page.locator(f"{PLAYER}[data-audio=ready]").wait_for()
    return verdict(page).inner_text()


def state(page: Page, name: str) -> str:
    return page.locator(PLAYER).get_attribute(f"data-{name}") or ""


def wait_for_state(page: Page, condition: str) -> None:
    """Wait until a condition on the player's ``d`` (its data attributes) holds."""
    page.wait_for_function(
        """(condition) => {
            const find = (root) => root.querySelector("[data-mgc=player]")
                ?? [...root.querySelectorAll("*")].map((e) => e.shadowRoot && find(e.shadowRoot)).find(Boolean);
            const d = find(document)?.dataset;
            return d && new Function("d", `return ${condition}`)(d);
        }""",
        arg=condition,
        timeout=20_000,
    )


def painted(page: Page, part: str) -> int:
    """Return how many colours a canvas of the player shows."""
    canvas = page.locator(f"{PLAYER} canvas.{part}")
    colours = canvas.evaluate(
        """(c) => new Set(new Uint32Array(c.getContext("2d").getImageData(0, 0, c.width, c.height).data.buffer)).size"""
    )
    return int(colours)


def snapshot(page: Page, part: str) -> str:
    """Return what a canvas of the player shows."""
    return str(page.locator(f"{PLAYER} canvas.{part}").evaluate("(c) => c.toDataURL()"))


def test_a_real_clip_is_answered_with_a_verdict_and_a_timeline(page: Page, song: Path) -> None:
    upload(page, song)
    answered(page)
    expect(page.get_by_text("FLAC, 22.05 kHz mono, 0:30").first).to_be_visible()
    assert painted(page, "upper") > 50  # a spectrogram
    assert painted(page, "lower") >= 3  # genres on their colours
    assert float(state(page, "duration")) == pytest.approx(30.0, abs=0.1)
    spectrogram = snapshot(page, "upper")
    page.get_by_role("radiogroup").get_by_text("Waveform").click()
    wait_for_state(page, "d.view === 'wave'")
    assert snapshot(page, "upper") != spectrogram


def test_an_mp3_with_a_hostile_name_is_shown_as_text_and_plays(page: Page, mp3: dict[str, object]) -> None:
    upload(page, mp3)
    answered(page)
    expect(page.get_by_text("söng <b>one</b>.mp3").first).to_be_visible()
    expect(page.get_by_text("MP3, 44.1 kHz stereo").first).to_be_visible()


def test_the_cursor_moves_with_the_sound_and_seeks_on_click(page: Page, mp3: dict[str, object]) -> None:
    upload(page, mp3)
    answered(page)
    stage = page.locator(f"{PLAYER} .stage")
    stage.focus()
    stage.press("Space")
    wait_for_state(page, "d.playing === 'true' && Number(d.time) > 0.5")
    place = "(line) => new DOMMatrix(getComputedStyle(line).transform).m41"
    before = page.locator(f"{PLAYER} .cursor").evaluate(place)
    wait_for_state(page, "Number(d.time) > 1.5")
    assert page.locator(f"{PLAYER} .cursor").evaluate(place) > before
    stage.press("Space")
    wait_for_state(page, "d.playing === 'false'")
    box = stage.bounding_box()
    assert box is not None
    stage.click(position={"x": box["width"] / 2, "y": box["height"] / 3})
    wait_for_state(page, "Math.abs(Number(d.time) - Number(d.duration) / 2) < 0.5")
    assert page.get_by_test_id("stAudio").evaluate("(audio) => audio.currentTime") == pytest.approx(15, abs=0.6)


def test_while_playing_the_readout_follows_the_playhead_and_not_the_pointer(page: Page, mp3: dict[str, object]) -> None:
    upload(page, mp3)
    answered(page)
    stage = page.locator(f"{PLAYER} .stage")
    box = stage.bounding_box()
    assert box is not None
    stage.click(position={"x": box["width"] * 0.8, "y": 20})  # and the pointer stays there
    stage.press("Home")
    stage.press("Space")
    wait_for_state(page, "d.playing === 'true' && Number(d.time) > 1.2")
    stage.press("Space")
    wait_for_state(page, "d.playing === 'false'")
    stage.press("Space")
    wait_for_state(page, "d.playing === 'true'")
    read = page.locator(f"{PLAYER} .readout time").inner_text()
    assert read in ("0:01", "0:02", "0:03", "0:04")


@pytest.mark.nightly
def test_another_sound_of_the_same_track_goes_on_at_the_same_place(page: Page, mp3: dict[str, object]) -> None:
    upload(page, mp3)
    answered(page)
    stage = page.locator(f"{PLAYER} .stage")
    stage.focus()
    stage.press("PageUp")  # 15 s
    stage.press("Space")
    wait_for_state(page, "d.playing === 'true' && Number(d.time) > 15.3")
    page.get_by_test_id("stAudio").evaluate("(audio) => { audio.src = audio.src + '#other'; }")
    wait_for_state(page, "d.playing === 'true' && Number(d.time) > 15.8")


def test_opening_a_song_of_the_list_brings_it_into_view_and_leaves_no_landing_card(page: Page, song: Path) -> None:
    others = [path for path in sorted(song.parent.glob("*.flac")) if path != song][:5]
    page.evaluate(
        r"""(name) => { window.both = window.early = false; new MutationObserver(() => {
            const shows = (what) => document.body.innerText.includes(what);
            const works = /(decoding|classifying) .*flac/.test(document.body.innerText);
            if (works && shows("A number you can trust")) window.both = true;
            const song = document.querySelector(".st-key-mgc_song");
            if (/[3-6] of 6: /.test(document.body.innerText) && song?.innerText.includes(name)) window.early = true;
        }).observe(document.body, { childList: true, subtree: true }); }""",
        others[0].name,
    )
    upload(page, song)
    answered(page)
    page.get_by_role("button", name="Add songs").click()
    upload(page, *others)  # the uploader in the menu still has the first song
    expect(page.get_by_text("6 songs")).to_be_visible(timeout=ANSWER_MS)
    assert page.evaluate("window.both") is False
    assert page.evaluate("window.early") is True  # the first of them is shown while the others are heard
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1024, "height": 500})
    page.get_by_role("button", name="Open").last.click()
    expect(page.locator(".st-key-mgc_song").get_by_text(others[-1].name).first).to_be_attached()
    expect(verdict(page)).to_be_in_viewport()


def test_presentation_mode_hides_inputs_and_survives_the_way_to_another_page(page: Page) -> None:
    page.get_by_test_id("stButtonGroup").get_by_text("Jazz", exact=True).first.click()
    answered(page)
    plain = page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
    page.get_by_role("button", name="Present").click()
    page.wait_for_url(re.compile("present=1"))
    expect(page.get_by_role("button", name="Add songs")).to_be_hidden()
    expect(verdict(page)).to_be_in_viewport()
    assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") > 1.2 * plain
    page.set_viewport_size({"width": 683, "height": 512})  # 1024x768 at 150 %
    page.get_by_test_id("stMain").get_by_test_id("stPageLink").get_by_text(
        "About"
    ).click()  # fails where Streamlit's header covers it
    page.get_by_role("heading", name="How far can you trust the results?").wait_for()
    page.wait_for_url(re.compile("present=1"))
    page.set_viewport_size({"width": 1440, "height": 900})  # on a small screen the sidebar is folded away
    page.get_by_role("button", name="Exit").click()
    page.get_by_test_id("stSidebar").wait_for()
    assert "present" not in page.url


@pytest.mark.nightly
def test_another_model_answers_when_it_is_chosen_and_the_link_says_so(page: Page, song: Path) -> None:
    upload(page, song)
    first = answered(page)
    page.get_by_role("button", name=re.compile("correct on new artists")).click()
    for group in ("Model", "How windows are combined"):  # in a menu that is opened late, too
        expect(page.get_by_role("radiogroup", name=group).get_by_role("radio", checked=True)).to_have_count(1)
    page.get_by_role("radiogroup", name="Model").get_by_text("Picture").click()
    page.wait_for_url(re.compile("model=pictures"))
    page.get_by_text(re.compile(r"Picture.*\(chosen\)")).wait_for()
    headlines = page.get_by_role("heading").filter(has_text=VERDICT)
    expect(headlines).to_have_count(5)  # the answer, and each model's beside the others
    answer, *beside = headlines.all_inner_texts()
    assert first in beside
    assert answer in beside


@pytest.mark.nightly
def test_the_report_can_be_taken_home_as_json_and_as_csv(page: Page, song: Path) -> None:
    upload(page, song)
    headline = answered(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Report (JSON)").click()
    report = json.loads(waiting.value.path().read_text())
    assert report["file"] == song.name
    genre = report["genre"] if report["outcome"] in ("genre", "between") else ""
    assert genre in headline.lower().replace("-", "")
    assert report["genre"] == max(report["probabilities"], key=report["probabilities"].get)
    assert sum(report["probabilities"].values()) == pytest.approx(1, abs=1e-3)
    assert len(report["timeline"]) == 28  # 3 s windows, one a second, in 30.0 s
    assert set(report["heard"]) >= {"format", "sample_rate", "channels", "seconds", "used_seconds"}
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Timeline (CSV)").click()
    lines = waiting.value.path().read_text().splitlines()
    assert lines[0].startswith("start,end,blues,")
    assert len(lines) == 29


@pytest.mark.nightly
def test_a_broken_file_beside_a_good_one_spoils_nothing(page: Page, song: Path) -> None:
    good = {"name": song.name, "mimeType": "audio/flac", "buffer": song.read_bytes()}
    broken = {"name": "broken.wav", "mimeType": "audio/wav", "buffer": b"RIFF this is no audio at all"}
    upload(page, broken, good)
    answered(page)
    page.get_by_text("2 songs, 1 without an answer").wait_for()
    expect(page.get_by_text("No answer.")).to_have_count(1)
    expect(page.get_by_text("WAV, AIFF, AU, FLAC").first).to_be_visible()  # what is accepted
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_our_own_clip_is_one_key_away_and_its_link_can_be_shared(page: Page, chromium: Browser) -> None:
    sample = page.get_by_test_id("stButtonGroup").get_by_text("Jazz", exact=True).first
    sample.locator("xpath=ancestor-or-self::button").press("Enter")
    headline = answered(page)
    stage = page.locator(f"{PLAYER} .stage")  # the pill is gone, and with it the place from which Tab would go on
    expect(stage).to_be_focused()
    page.wait_for_url(re.compile("sample=jazz"))
    other = chromium.new_page()
    other.goto(page.url)
    assert answered(other) == headline
    other.close()


def test_a_recording_by_microphone_is_answered(
    launch: Callable[..., Browser], server: Server, song: Path, tmp_path: Path, complaints: Callable[[Page], list[str]]
) -> None:
    y, sr = soundfile.read(song)
    soundfile.write(tmp_path / "selection.wav", y, sr, subtype="PCM_16")
    browser = launch(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={tmp_path / 'selection.wav'}",
    )
    page = browser.new_page()
    seen = complaints(page)
    page.goto(server.url)
    page.get_by_role("button", name="Record", exact=True).click()
    page.get_by_text(re.compile("00:0[5-9]")).first.wait_for()
    page.get_by_role("button", name="Stop recording").click()
    answered(page)
    expect(page.get_by_text("Your recording").first).to_be_visible()
    expect(page.get_by_text("WAV, 22.05 kHz").first).to_be_visible()
    browser.close()
    assert seen == []
