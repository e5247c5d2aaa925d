"""The whole app under AppTest, with a service that answers at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mgc import jobs
from mgc.errors import ModelError, UnreadableAudio
from mgc.settings import settings
from mgc.ui import resources
from mgc.ui.classify import listening
from tests.app import fakes

if TYPE_CHECKING:
    from pathlib import Path

    from mgc.inference import Analysis

SENTENCE = "This file cannot be read as audio; accepted: WAV and others."
OnStep = Callable[[str], None]


class Service:
    """Stands in for decoding and analysing: what it does is decided by the bytes, and counted."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.asked_later: list[tuple[bytes, tuple[str, ...]]] = []
        self.failure: Exception | None = None
        self.late_failure: Exception | None = None
        self.missing: dict[str, str] = {}
        self.cuts: bytes | None = None  # the song that is cut short, as by a visitor's click
        self.fails: bytes | None = None

    def work(
        self, song: listening.Song, members: tuple[str, ...], on_step: OnStep
    ) -> tuple[listening.Listened, listening.Held]:
        on_step("decoding")
        self.heard.append(song.data)
        if song.data == self.cuts:
            st.stop()
        if song.data == self.fails:
            raise RuntimeError("a mistake of ours")
        if self.failure is not None:
            raise self.failure
        if song.data.startswith(b"broken"):
            raise UnreadableAudio(SENTENCE)
        if set(members) <= set(self.missing):  # as mgc.inference.analyse does
            raise ModelError("No model can be used.")
        return fakes.listened(genre_of(song), members=members, missing=self.missing), fakes.held()

    def rest(
        self, song: listening.Song, members: tuple[str, ...], so_far: Analysis, held: listening.Held | None
    ) -> Analysis:
        self.asked_later.append((song.data, members))
        if self.late_failure is not None:
            raise self.late_failure
        return fakes.listened(genre_of(song), members=members, missing=self.missing).analysis


def genre_of(song: listening.Song) -> str:
    return song.data.decode().split()[0] or "jazz"


@pytest.fixture(scope="session", autouse=True)
def quick_app_tests(one_look_for_components: None) -> None:
    """Every test here runs the app."""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    st.cache_resource.clear()
    st.cache_data.clear()
    fake = Service()
    monkeypatch.setattr(listening, "_work", fake.work)
    monkeypatch.setattr(listening, "_rest", fake.rest)
    monkeypatch.setattr(resources, "cards", fakes.cards)
    monkeypatch.setattr(resources, "sample_wav", lambda genre: f"{genre} sample".encode())
    monkeypatch.setattr(resources, "start_warm_up", lambda: None)
    monkeypatch.setattr("mgc.inference.predict", fakes.predict)
    return fake


@pytest.fixture
def threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run jobs in threads of this process, where a test's stand-ins are, and keep their list to one test."""
    start, resume = jobs.start, jobs.resume
    monkeypatch.setenv("MGC_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    monkeypatch.setattr(jobs, "start", lambda *given, **more: start(*given, **{"where": "app", **more}))
    monkeypatch.setattr(jobs, "resume", lambda id: resume(id, payload=b""))
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def app(service: Service, root: Path) -> AppTest:
    return AppTest.from_file(str(root / "app.py"), default_timeout=60)


def upload(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Hand files in and run."""
    for name, data in files:
        app.file_uploader[0].upload(name, data, "audio/wav")
    return app.run()


def words(app: AppTest) -> str:
    """Everything that is rendered as Markdown, in one string."""
    kinds: list[Any] = [app.markdown, app.caption, app.error, app.warning, app.info, app.title]
    return "\n".join(str(element.value) for kind in kinds for element in kind)
