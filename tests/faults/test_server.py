"""What the running server promises: RELIABILITY rows U-1, U-3, D-1, D-4, and that it goes when told to."""

from __future__ import annotations

import contextlib
import re
import time
from typing import TYPE_CHECKING

import psutil
import pytest
from playwright.sync_api import expect

from tests.faults.visiting import MB, begun, memory, put, visit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.conftest import Server

pytestmark = pytest.mark.faults

PATHS = ("/", "/classify", "/explore", "/about")
# Ten times what is usual: these tests find what hangs; benchmarks/bench_start.py measures (D-4: 2 and 12 s).
FIRST_PAINT_SECONDS = 20.0
FIRST_ANSWER_SECONDS = 120.0
STOP_SECONDS = 50.0
RSS_GROWTH = 30 * MB  # U-1


def test_an_upload_beyond_the_limit_is_refused_and_costs_no_memory(bare_server: Server) -> None:
    process = psutil.Process(bare_server.process.pid)
    with visit(bare_server.url) as session:
        assert put(bare_server.url, session, 1 * MB, with_length=True) == 204
        before = memory(process)
        for with_length in (True, False):
            assert put(bare_server.url, session, 25 * MB, with_length=with_length) == 413
        assert memory(process) - before < RSS_GROWTH


def test_an_upload_within_the_limit_is_taken_with_and_without_its_length(bare_server: Server) -> None:
    with visit(bare_server.url) as session:
        assert put(bare_server.url, session, 5 * MB, with_length=True) == 204
        assert put(bare_server.url, session, 5 * MB, with_length=False) == 204
    assert put(bare_server.url, "nobody", 1 * MB, with_length=True) == 400


def look(page: Page, url: str) -> float:
    """Open an address, wait for all of the page, and return the seconds until its heading was painted."""
    start = time.monotonic()
    page.goto(url, wait_until="commit")
    page.wait_for_selector("h1")
    seconds = time.monotonic() - start
    page.wait_for_selector("text=/Files up to \\d+ MB/", state="attached")
    return seconds


@pytest.mark.parametrize("path", ["/", *(pytest.param(path, marks=pytest.mark.nightly) for path in PATHS[1:])])
def test_a_link_straight_to_a_page_of_a_fresh_server_shows_it_whole(
    fresh_server: Callable[..., Server],
    chromium: Browser,
    complaints: Callable[[Page], list[str]],
    path: str,
) -> None:
    server = fresh_server()
    page = chromium.new_page()
    seen = complaints(page)
    look(page, server.url + path)
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar.get_by_role("link", name="Classify")).to_have_count(1)
    expect(sidebar.get_by_role("link", name="About")).to_have_count(1)
    expect(sidebar).to_contain_text("number without its protocol")
    expect(page).to_have_title(re.compile(" - mgc$"))
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_text("Page not found")).to_have_count(0)
    sidebar.get_by_role("link", name="Classify" if path == "/about" else "About").click()
    page.wait_for_url(re.compile("/(home|classify)?$" if path == "/about" else "/about$"))
    page.wait_for_selector("text=/Files up to \\d+ MB/", state="attached")
    page.close()
    assert seen == []


@pytest.mark.parametrize("path", PATHS)
def test_a_page_of_a_warm_server_is_painted(server: Server, chromium: Browser, path: str) -> None:
    context = chromium.new_context()  # with an empty cache, as a first visit
    seconds = look(context.new_page(), server.url + path)
    context.close()
    print(f"{path}: {seconds:.2f} s")
    assert seconds <= FIRST_PAINT_SECONDS


def test_the_first_song_of_a_fresh_server_is_answered(
    fresh_server: Callable[..., Server], chromium: Browser, exact_clips: list[Path]
) -> None:
    server = fresh_server()
    start = time.monotonic()
    page = chromium.new_page()
    painted = look(page, server.url)
    page.locator("input[type=file]").set_input_files(exact_clips[0])
    ready = page.locator("[data-mgc=player][data-audio=ready]").first
    ready.wait_for(timeout=1000 * FIRST_ANSWER_SECONDS)  # TensorFlow is imported meanwhile
    print(f"first page {painted:.2f} s after the server was up, first answer {time.monotonic() - start:.2f} s")
    page.close()
    server.stop()


def test_the_server_listens_on_one_port_of_this_machine_only(bare_server: Server) -> None:
    with visit(bare_server.url):
        process = psutil.Process(bare_server.process.pid)
        family = [process, *process.children(recursive=True)]
        listening = [one.laddr for each in family for one in each.net_connections() if one.status == "LISTEN"]
    assert [(address.ip, address.port) for address in listening] == [("127.0.0.1", bare_server.port)]


def test_the_server_stops_with_sessions_and_an_upload_open_and_its_log_stays_clean(
    fresh_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = fresh_server(MGC_MODELS_DIR=str(tmp_path))
    with contextlib.ExitStack() as tabs:
        session = tabs.enter_context(visit(server.url))
        for number, with_length in enumerate((True, False)):
            assert put(server.url, session, 10 * MB, with_length=with_length, name=f"broken-{number}", pieces=3) == 0
        tabs.enter_context(begun(server.url, session, 10 * MB))
        for page in ("classify", "explore", "about"):  # their scripts still run
            tabs.enter_context(visit(server.url, page))
        start = time.monotonic()
        server.process.terminate()
        server.process.wait(timeout=STOP_SECONDS)  # D-7: 5 s
    print(f"stopped after {time.monotonic() - start:.2f} s")
    log = server.log.read_text()
    for word in ("Traceback", "Exception", "Error"):
        assert word not in log, log
