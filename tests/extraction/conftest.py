"""A small data set of real clips with something wrong in it, and an engine that ends with the tests."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from mgc.datasets.base import Dataset, Track
from mgc.settings import settings
from tests.jobs.conftest import database, new_database  # noqa: F401  # a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mgc.jobs.store import Store


@pytest.fixture(scope="session")
def small(exact_clips: list[Path], shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Return six tracks: three sound, one has only a picture, one is broken, one is not there at all."""
    folder = tmp_path_factory.mktemp("small")
    broken = folder / "broken.wav"
    broken.write_bytes(exact_clips[0].read_bytes()[:200])
    picture = next((shared / "gtzan" / "images_original" / "blues").glob("*.png"))
    tracks = [Track(f"good.{i}", "jazz", audio=path) for i, path in enumerate(exact_clips[::25])]
    tracks += [
        Track("seen", "blues", picture=picture),
        Track("broken", "blues", audio=broken),
        Track("absent", "rock"),
    ]
    return Dataset("small", "Small", "none", tuple(tracks))


@pytest.fixture
def here(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give a test a list of jobs of its own, whose jobs run where they are started."""
    monkeypatch.setenv("MGC_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("MGC_JOBS", "inline")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture(params=["sqlite", "postgresql"])
def idle(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    """Give a test a list of jobs of its own, whose engine is up and does nothing; return its store."""
    from mgc.jobs import cluster
    from mgc.jobs.store import opened

    monkeypatch.setenv("MGC_HOME", str(tmp_path_factory.mktemp("home")))
    for name, value in database(request, request.param).items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    monkeypatch.setattr(cluster, "ensure", lambda: None)
    store = opened()
    yield store
    store.close()
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture(scope="module", params=["sqlite"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a module a home folder whose engine has two workers; return where the engine lives."""
    with an_engine(tmp_path_factory.mktemp("engine-home"), **database(request, request.param)) as folder:
        yield folder


@contextlib.contextmanager
def an_engine(home: Path, **environment: str) -> Iterator[Path]:
    """Have an engine of two workers in a home folder, for as long as the block lasts; yield where it lives."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"MGC_WORKERS": "2", "MGC_ENGINE_IDLE": "60", **environment, "MGC_HOME": str(home)}.items():
            patch.setenv(name, value)
        settings.cache_clear()
        from mgc.jobs import cluster

        yield cluster.folder()
        end_engine(signal.SIGTERM)
    settings.cache_clear()


def end_engine(how: signal.Signals) -> None:
    """End the engine of the present home folder and wait until it is gone."""
    from mgc.jobs import cluster

    while (found := cluster.running()) is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(found.pid, how)
        time.sleep(0.05)
