"""Downloads against a server of our own: progress, checksum, resume, and one sentence for every failure."""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import json
import urllib.request
import zipfile
from email.message import Message
from typing import TYPE_CHECKING

import pytest

from mgc.datasets import download, registry
from mgc.errors import BadArchive, DatasetError
from tests.conftest import free_port
from tests.datasets.making import clip
from tests.datasets.site import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.datasets.site import Site


@pytest.mark.parametrize(
    ("start", "end", "is_fine"),
    [("https", "https", True), ("http", "http", True), ("http", "https", True), ("https", "http", False)],
)
def test_no_redirection_leads_away_from_https(start: str, end: str, is_fine: bool) -> None:
    asked, headers = urllib.request.Request(f"{start}://a.org/x"), Message()
    redirects = download._Redirects()
    if is_fine:
        assert redirects.redirect_request(asked, None, 302, "", headers, f"{end}://b.org/x") is not None
    else:
        with pytest.raises(http.client.HTTPException):
            redirects.redirect_request(asked, None, 302, "", headers, f"{end}://b.org/x")


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving() as here:
        for name in list(download.URLS):
            monkeypatch.setitem(download.URLS, name, f"{here.url}/moved")
        monkeypatch.setattr(download, "PAUSE", 0.01)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        yield here


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_download_tells_its_progress_and_is_compared_with_the_announced_sha256(site: Site, tmp_path: Path) -> None:
    site.first_headers = {"X-Linked-ETag": f'"{sha256(site.data)}"'}  # as Hugging Face does it
    told: list[tuple[int, int]] = []
    path = download.fetch("huggingface", tmp_path / "kept", lambda *now: told.append(now))
    assert path.read_bytes() == site.data
    assert told[-1] == (len(site.data), len(site.data))
    assert len(told) >= 5  # at least once for every two MiB
    assert told == sorted(told)
    assert {one.name for one in path.parent.iterdir()} == {"huggingface.archive", "huggingface.lock"}


def test_kaggles_md5_is_compared_too(site: Site, tmp_path: Path) -> None:
    digest = hashlib.md5(site.data, usedforsecurity=False).digest()
    site.headers = {"X-Goog-Hash": f"crc32c=AAAAAA==,md5={base64.b64encode(digest).decode()}"}
    assert download.fetch("kaggle", tmp_path).read_bytes() == site.data
    (tmp_path / "kaggle.archive").unlink()
    site.headers = {"X-Goog-Hash": f"md5={base64.b64encode(bytes(16)).decode()}"}
    with pytest.raises(DatasetError, match="announced checksum"):
        download.fetch("kaggle", tmp_path)
    assert not (tmp_path / "kaggle.part").exists()


def test_a_connection_that_breaks_off_is_taken_up_where_it_was(site: Site, tmp_path: Path) -> None:
    site.cut_after = [3_000_000, 2_000_000]
    assert download.fetch("kaggle", tmp_path).read_bytes() == site.data
    assert site.asked == [None, "bytes=3000000-", "bytes=5000000-"]


def test_what_came_before_a_server_stalls_is_kept_and_told(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "TIMEOUT", 1.0)
    site.cut_after, site.stalls = [900_000], 1  # less than is read at a time
    told: list[tuple[int, int]] = []
    assert download.fetch("kaggle", tmp_path, lambda *now: told.append(now)).read_bytes() == site.data
    assert site.asked == [None, "bytes=900000-"]
    assert 0 < told[0][0] <= 900_000


def test_a_server_that_begins_again_and_fails_once_more_is_not_given_up(site: Site, tmp_path: Path) -> None:
    site.knows_ranges = False
    site.cut_after = [900_000, 0, 0]
    assert download.fetch("kaggle", tmp_path).read_bytes() == site.data
    assert len(site.asked) == 4


def test_another_file_under_the_same_name_is_fetched_whole(site: Site, tmp_path: Path) -> None:
    def changed(done: int, total: int) -> None:
        if done > 2 * 2**20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download.fetch("kaggle", tmp_path, changed)
    site.mark, site.data = '"two"', bytes(reversed(site.data))
    assert download.fetch("kaggle", tmp_path).read_bytes() == site.data
    assert site.asked[1] is not None  # it was asked to go on, if it were the same file


def test_a_weak_mark_is_nothing_to_go_on_by(site: Site, tmp_path: Path) -> None:
    site.mark, site.cut_after = 'W/"one"', [3_000_000]
    assert download.fetch("kaggle", tmp_path).read_bytes() == site.data
    assert site.asked == [None, None]


def test_who_is_told_may_fail_without_the_network_being_blamed(site: Site, tmp_path: Path) -> None:
    def closed(done: int, total: int) -> None:
        raise BrokenPipeError("nobody listens")

    with pytest.raises(BrokenPipeError, match="nobody listens"):
        download.fetch("kaggle", tmp_path, closed)
    assert site.asked == [None]


def test_a_download_that_was_stopped_goes_on_after_a_restart(site: Site, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done > 2 * 2**20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download.fetch("kaggle", tmp_path, stop)
    held = (tmp_path / "kaggle.part").stat().st_size
    assert held > 2 * 2**20
    assert download.fetch("kaggle", tmp_path).read_bytes() == site.data
    assert site.asked == [None, f"bytes={held}-"]


@pytest.mark.parametrize("change", ["ranges", "note"])
def test_where_going_on_is_impossible_it_begins_again(site: Site, tmp_path: Path, change: str) -> None:
    site.cut_after = [3_000_000] + [0] * 9
    with pytest.raises(DatasetError, match="cannot be reached"):
        download.fetch("kaggle", tmp_path)
    site.cut_after = []
    site.knows_ranges = change != "ranges"
    if change == "note":
        (tmp_path / "kaggle.json").write_text("{}")
    assert download.fetch("kaggle", tmp_path).read_bytes() == site.data


def test_a_part_that_is_already_whole_or_too_long_is_noticed(site: Site, tmp_path: Path) -> None:
    known = {"url": download.URLS["kaggle"], "total": len(site.data), "mark": '"one"', "digest": ""}
    (tmp_path / "kaggle.json").write_text(json.dumps(known))
    (tmp_path / "kaggle.part").write_bytes(site.data)
    assert download.fetch("kaggle", tmp_path).read_bytes() == site.data
    (tmp_path / "kaggle.archive").unlink()
    (tmp_path / "kaggle.json").write_text(json.dumps(known))
    (tmp_path / "kaggle.part").write_bytes(site.data + b"more")
    with pytest.raises(DatasetError, match="could not resume"):
        download.fetch("kaggle", tmp_path)
    assert download.fetch("kaggle", tmp_path).read_bytes() == site.data


def test_another_range_than_was_asked_for_is_not_appended(site: Site, tmp_path: Path) -> None:
    site.cut_after = [3_000_000]
    site.headers = {"Content-Range": "bytes 7-9/10"}
    assert download.fetch("kaggle", tmp_path).read_bytes() == site.data
    assert site.asked == [None, "bytes=3000000-", None]


def test_one_download_at_a_time(site: Site, tmp_path: Path) -> None:
    said: list[str] = []

    def again(done: int, total: int) -> None:
        with pytest.raises(DatasetError) as caught:
            download.fetch("kaggle", tmp_path)
        said.append(caught.value.user_message)

    download.fetch("kaggle", tmp_path, again)
    assert set(said) == {"This download is already running."}


@pytest.mark.parametrize("size", [99, 9_999_999], ids=["what is buffered", "more"])
def test_a_disk_that_fills_up_is_not_mistaken_for_the_network(site: Site, tmp_path: Path, size: int) -> None:
    (tmp_path / "kaggle.part").symlink_to("/dev/full")
    site.data = site.data[:size]
    with pytest.raises(DatasetError, match="disk full"):
        download.fetch("kaggle", tmp_path)


def test_no_network_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(download.URLS, "kaggle", f"http://127.0.0.1:{free_port()}/")
    monkeypatch.setattr(download, "PAUSE", 0.01)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(DatasetError, match=r"127\.0\.0\.1 cannot be reached.*add it by its path"):
        download.fetch("kaggle", tmp_path)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "requires a login"),
        (403, "requires a login"),
        (404, "no longer has"),
        (416, "try again"),
        (500, "right now"),
    ],
)
def test_a_refusal_is_one_sentence(site: Site, tmp_path: Path, status: int, sentence: str) -> None:
    site.status = status
    with pytest.raises(DatasetError, match=rf"{sentence}.*\(HTTP {status}\)"):
        download.fetch("kaggle", tmp_path)


def test_too_much_no_room_and_an_unknown_source_are_refused(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DatasetError, match="Expected: kaggle or huggingface"):
        download.fetch("elsewhere", tmp_path)
    monkeypatch.setattr(download, "MAX_BYTES", 1_000)
    with pytest.raises(DatasetError, match="GTZAN is less than 2 GB"):
        download.fetch("kaggle", tmp_path)
    monkeypatch.undo()
    monkeypatch.setitem(download.URLS, "kaggle", f"{site.url}/file")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(download, "SPARE", 2**60)
    with pytest.raises(DatasetError, match="disk is too full"):
        download.fetch("kaggle", tmp_path)


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/x"])
def test_only_http_is_spoken(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    site.moved_to = url
    with pytest.raises(DatasetError):
        download.fetch("kaggle", tmp_path)
    monkeypatch.setitem(download.URLS, "kaggle", url)
    with pytest.raises(DatasetError, match="cannot be reached"):
        download.fetch("kaggle", tmp_path)
    assert site.asked == []


@pytest.mark.usefixtures("empty_home")
def test_a_downloaded_archive_becomes_gtzan_in_the_registry_and_is_deleted(site: Site, empty_home: Path) -> None:
    site.data = three_clips()
    name = registry.add_gtzan("kaggle")
    assert (name, len(registry.open_dataset(name).tracks)) == ("gtzan", 3)
    assert [path.name for path in (empty_home / "datasets" / ".downloads").iterdir()] == ["kaggle.lock"]


def three_clips() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(3):
            archive.writestr(f"Data/genres_original/rock/rock.0000{number}.wav", clip(0.3 + number / 10))
    return out.getvalue()


@pytest.mark.usefixtures("empty_home")
def test_an_archive_is_kept_when_the_disk_is_full_and_thrown_away_when_it_is_bad(
    site: Site, empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = empty_home / "datasets" / ".downloads" / "kaggle.archive"
    site.data = three_clips()
    with monkeypatch.context() as full:
        full.setattr("mgc.datasets.archive.SPARE", 2**60)
        with pytest.raises(DatasetError, match="disk is too full"):
            registry.add_gtzan("kaggle")
    assert held.read_bytes() == site.data
    held.write_bytes(b"no archive at all")
    with pytest.raises(BadArchive, match="not a ZIP file"):
        registry.add_gtzan("kaggle")
    assert not held.exists()
    assert len(site.asked) == 1


@pytest.mark.usefixtures("empty_home")
def test_nothing_is_fetched_for_a_registry_that_is_full(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "MAX_SETS", 0)
    with pytest.raises(DatasetError, match="limit of 0 data sets is reached"):
        registry.add_gtzan("kaggle")
    assert site.asked == []
