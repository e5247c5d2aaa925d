"""Weights of others: found where they may lie, fetched when asked for, refused when they are not what they are."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from mgc import downloads, weights
from mgc.datasets import download
from mgc.errors import DatasetError, ModelError
from mgc.settings import settings
from tests.conftest import free_port
from tests.datasets.site import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.datasets.site import Site


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a test a home folder, and a Keras without weights."""
    monkeypatch.setenv("MGC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("MGC_JOBS", "inline")
    settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.parametrize("place", ["home/weights", "keras/models", "named", "named/models"])
def test_weights_are_found_wherever_they_may_lie(home: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setenv("MGC_WEIGHTS", str(home / "named"))
    settings.cache_clear()
    assert weights.find("mobilenetv2") is None
    with pytest.raises(ModelError, match="mgc weights get mobilenetv2"):
        weights.path("mobilenetv2")
    path = home / place / weights.WEIGHTS["mobilenetv2"].file
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")
    assert weights.path("mobilenetv2") == path


def test_a_place_of_its_own_for_yamnet_is_the_only_one_looked_at(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "home/weights").mkdir(parents=True)
    (home / "home/weights/yamnet.h5").write_bytes(b"weights")
    monkeypatch.setenv("MGC_YAMNET", str(home / "none.h5"))
    settings.cache_clear()
    with pytest.raises(ModelError, match="not where MGC_YAMNET says"):
        weights.path("yamnet")


def test_every_file_has_an_address_and_all_but_one_a_checksum() -> None:
    assert [name for name, one in weights.WEIGHTS.items() if not one.digest] == ["mobilenetv2"]
    assert all(one.url.startswith("https://") and one.url.endswith(one.file) for one in weights.WEIGHTS.values())


def test_an_unknown_name_lists_the_known_ones(home: Path) -> None:
    for ask in (downloads.get, downloads.start):
        with pytest.raises(ModelError, match=r"no weights called 'resnet'; known: vgg19"):
            ask("resnet")


@pytest.fixture
def site(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Serve YAMNet's file from here."""
    with serving() as here:
        digest = f"sha256:{hashlib.sha256(here.data).hexdigest()}"
        published(monkeypatch, f"{here.url}/yamnet.h5", digest)
        monkeypatch.setattr(download, "PAUSE", 0.01)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        yield here


def published(monkeypatch: pytest.MonkeyPatch, url: str, digest: str) -> None:
    known = dict(weights.WEIGHTS)
    known["yamnet"] = replace(known["yamnet"], url=url, digest=digest)
    monkeypatch.setattr(weights, "WEIGHTS", MappingProxyType(known))


def test_a_download_that_breaks_off_goes_on_and_is_held_against_its_checksum(site: Site, home: Path) -> None:
    site.cut_after = [3_000_000]
    job = downloads.start("yamnet")
    assert job.state == "finished", job.why
    assert weights.path("yamnet") == home / "home" / "weights" / "yamnet.h5"
    assert weights.path("yamnet").read_bytes() == site.data
    assert site.asked == [None, "bytes=3000000-"]
    downloads.get("yamnet")
    assert len(site.asked) == 2  # not fetched again


def test_a_file_with_another_checksum_is_refused_and_not_kept(
    site: Site, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(monkeypatch, f"{site.url}/yamnet.h5", f"sha256:{'0' * 64}")
    with pytest.raises(DatasetError, match="does not have the expected checksum"):
        downloads.get("yamnet")
    assert weights.find("yamnet") is None
    assert not list((home / "home" / "weights").glob("*.part"))


def test_without_a_network_one_sentence_says_what_else_can_be_done(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(monkeypatch, f"http://127.0.0.1:{free_port()}/yamnet.h5", "")
    with pytest.raises(DatasetError, match=r"cannot be reached.*into the weights folder of MGC_HOME"):
        downloads.get("yamnet")


@pytest.mark.parametrize(("python", "says"), [("exit 0", ""), ("echo no network >&2; exit 1", "runs without them")])
def test_the_start_script_tries_once_and_lets_the_app_start_either_way(
    root: Path, tmp_path: Path, python: str, says: str
) -> None:
    (tmp_path / "bin").mkdir()
    stub = tmp_path / "bin" / "python"
    stub.write_text(f'#!/bin/sh\necho "$@" >> "$0.asked"\n{python}\n')
    stub.chmod(0o755)
    first, second = (
        subprocess.run([root / "scripts" / "yamnet.sh", tmp_path], capture_output=True, text=True, check=True)
        for _ in range(2)
    )
    assert says in first.stdout
    assert bool(first.stdout) == bool(says)
    assert (second.stdout, first.stderr) == ("", "")
    assert (tmp_path / "bin" / "python.asked").read_text() == "-m mgc weights get yamnet\n"


@pytest.mark.parametrize("has_network", [True, False])
def test_the_image_keeps_the_weights_where_it_looks_for_them(root: Path, tmp_path: Path, has_network: bool) -> None:
    for script in ("docker/weights.sh", "scripts/yamnet.sh"):
        (tmp_path / script).parent.mkdir()
        shutil.copy(root / script, tmp_path / script)
    stub = tmp_path / "venv" / "bin" / "python"
    stub.parent.mkdir(parents=True)
    end = "h5" if has_network else "h5.part; exit 1"
    stub.write_text(f'#!/bin/sh\nmkdir -p "$MGC_HOME/weights" && echo held > "$MGC_HOME/weights/yamnet".{end}\n')
    stub.chmod(0o755)
    subprocess.run([tmp_path / "docker" / "weights.sh", tmp_path / "venv"], check=True)
    assert "MGC_WEIGHTS:-$PWD/cache/weights" in (root / "docker" / "start.sh").read_text()
    assert [one.name for one in (tmp_path / "cache" / "weights").iterdir()] == (["yamnet.h5"] if has_network else [])


def test_a_damaged_file_is_fetched_again_or_named(site: Site, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = home / "home" / "weights" / "yamnet.h5"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"<html>not found</html>")
    assert downloads.get("yamnet").read_bytes() == site.data
    other = home / "elsewhere" / "yamnet.h5"
    other.parent.mkdir()
    other.write_bytes(site.data[:1000])
    monkeypatch.setenv("MGC_WEIGHTS", str(other.parent))
    settings.cache_clear()
    with pytest.raises(ModelError, match=r"yamnet.h5 is damaged, or holds no weights. Remove it"):
        downloads.get("yamnet")
    assert other.exists()


def test_a_folder_that_may_not_be_read_holds_no_weights(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    def refused(self: Path) -> bool:
        raise PermissionError(str(self))

    monkeypatch.setattr(type(home), "is_file", refused)
    monkeypatch.setenv("MGC_YAMNET", str(home / "yamnet.h5"))
    settings.cache_clear()
    assert weights.find("yamnet") is None
    assert weights.find("vgg19") is None
