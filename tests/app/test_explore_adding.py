"""Adding a data set: the studio that makes itself, a path, a ZIP, clips of one's own, and what goes wrong."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import streamlit as st
from streamlit.runtime import Runtime
from streamlit.testing.v1 import AppTest

from mgc import jobs
from mgc.datasets.entry import Entry, Kept
from mgc.datasets.validation import Report
from mgc.errors import DatasetError, EngineError
from mgc.settings import settings
from mgc.ui import explore, resources
from mgc.ui.explore import adding, selection
from tests.app import exploring
from tests.app.conftest import words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mgc.datasets.base import Progress


class Registry:
    """Stands in for the registry: remembers what was added, makes the studio when `go` is set."""

    def __init__(self) -> None:
        self.sets = {"studio": Entry("studio", "The studio", "studio", 120, made=False)}
        self.added: list[Any] = []
        self.go = threading.Event()
        self.failure: Exception | None = None

    def make_studio(self, tell: Progress) -> str:
        tell(30, 120)
        self.go.wait(60)
        return self._put("studio", "studio")

    def add_path(self, path: str, tell: Progress) -> str:
        tell(1, 2)
        self.added.append(path)
        return self._put("mine", "folder")

    def add_zip(self, name: str, file: Any, tell: Progress) -> str:
        self.added.append((name, file.read()))
        return self._put("zipped", "folder")

    def add_clips(self, title: str, clips: dict[str, list[tuple[str, bytes]]]) -> str:
        self.added.append((title, clips))
        return self._put("clips", "upload")

    def add_gtzan(self, source: str, tell: Progress, unpacked: Progress) -> str:
        unpacked(1, 3)
        self.added.append(source)
        return self._put("gtzan", "gtzan")

    def remove(self, id: str) -> None:
        del self.sets[id]

    def _put(self, id: str, source: Any) -> str:
        if self.failure:
            raise self.failure
        self.sets[id] = Entry(id, f"Set {id}", source, 36)
        return id


def checked(dataset: object, progress: Progress) -> Report:
    progress(1, 1)
    return Report("whole", (), {}, {})


def kept(path: str | None) -> Kept:
    return Kept(1, "Mine", "folder", "", 36, "2026-01-01T00:00:00Z", path)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, threads: None) -> Registry:
    fake, engine = Registry(), exploring.Engine()
    for name in ("make_studio", "add_path", "add_zip", "add_clips", "add_gtzan", "remove"):
        monkeypatch.setattr(f"mgc.datasets.registry.{name}", getattr(fake, name))
    monkeypatch.setattr("mgc.datasets.registry.open_dataset", lambda id: exploring.known(id).dataset)
    monkeypatch.setattr("mgc.datasets.validation.validate", checked)
    for name in ("status", "start", "cancel"):
        monkeypatch.setattr(f"mgc.extraction.job.{name}", getattr(engine, name))
    monkeypatch.setattr(adding, "_entries", lambda: dict(fake.sets))
    monkeypatch.setattr(explore, "known", exploring.known)
    monkeypatch.setattr(selection, "revision", lambda id: "r1")
    monkeypatch.setattr(resources, "start_warm_up", lambda: None)
    return fake


@pytest.fixture
def page(registry: Registry, root: Path) -> AppTest:
    return AppTest.from_file(str(root / "app.py"), default_timeout=60).switch_page("pages/explore.py").run()


@pytest.fixture
def ready(registry: Registry, page: AppTest) -> AppTest:
    """A page whose studio is made."""
    registry.go.set()
    return settled(page)


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def settled(page: AppTest) -> AppTest:
    """Run the page again when the background work has ended, as the watching fragment does."""
    until(lambda: not jobs.jobs(active=True))
    page.run()
    assert not page.exception
    return page


def in_dialog(page: AppTest) -> AppTest:
    """Run with the dialog open: a browser reruns only the dialog, AppTest the whole page, which would close it."""
    return page.button(key="explore_add").click().run()


def test_a_first_visit_makes_the_studio_while_one_watches(page: AppTest, registry: Registry) -> None:
    assert "The studio data set is being synthesised" in words(page)
    assert not page.metric
    until(lambda: jobs.jobs()[0].done > 0)
    page.run()
    assert page.get("progress")[0].proto.value == 25
    assert "30 of 120" in page.get("progress")[0].proto.text
    registry.go.set()
    settled(page)
    assert page.metric[0].value == "36"


def test_a_studio_that_fails_says_why_and_can_be_tried_again(page: AppTest, registry: Registry) -> None:
    registry.failure = DatasetError("The disk is full.")
    registry.go.set()
    settled(page)
    assert "The disk is full." in page.error[0].value
    registry.failure = None
    page.button(key="explore_studio_again").click().run()
    settled(page)
    assert page.metric


def test_a_path_is_added_and_shown(ready: AppTest, registry: Registry) -> None:
    in_dialog(ready)
    ready.text_input(key="explore_path").set_value("/data/music")
    in_dialog(ready)
    ready.button(key="explore_path_go").click()
    in_dialog(ready)
    settled(ready)
    assert registry.added == ["/data/music"]
    assert ready.selectbox(key="explore_set").value == "mine"
    assert ready.query_params["set"] == "mine"


def test_a_path_that_is_no_data_set_gets_its_sentence_and_stays_in_the_dialog(
    ready: AppTest, registry: Registry
) -> None:
    registry.failure = DatasetError("There is no folder called 'x*y*'.")
    in_dialog(ready)
    ready.text_input(key="explore_path").set_value("x*y*")
    in_dialog(ready)
    ready.button(key="explore_path_go").click()
    in_dialog(ready)
    assert [error.value for error in ready.error] == ["There is no folder called 'x\\*y\\*'."]
    assert ready.text_input(key="explore_path").value == "x*y*"
    settled(ready)
    assert ready.text_input(key="explore_path").value == "x*y*"  # whatever runs the page again
    assert not ready.error
    assert ready.selectbox(key="explore_set").value == "studio"


def test_what_fails_after_its_dialog_was_closed_is_said_on_the_page(ready: AppTest, registry: Registry) -> None:
    registry.failure = DatasetError("There is *no* network.")
    ready.session_state["explore_adding"] = jobs.start("add", "x", {"path": "x"}).id
    settled(ready)
    assert ready.error[0].value == "There is \\*no\\* network."
    ready.button(key="explore_dismiss").click().run()
    assert not ready.error


def test_an_empty_path_and_two_genres_of_one_name_get_a_sentence_in_the_dialog(
    ready: AppTest, registry: Registry
) -> None:
    in_dialog(ready)
    ready.button(key="explore_path_go").click()
    in_dialog(ready)
    assert [error.value for error in ready.error] == ["Enter the path of a folder or a ZIP file."]
    for i, genre in enumerate(("blues", " Blues")):
        ready.text_input(key=f"explore_class_{i}").set_value(genre)
        ready.file_uploader(key=f"explore_clips_{i}").upload(f"{i}.wav", b"x", "audio/wav")
    in_dialog(ready)
    ready.button(key="explore_clips_go").click()
    in_dialog(ready)
    assert [error.value for error in ready.error] == [
        "Name at least two different genres and add at least one clip to each."
    ]
    assert registry.added == []


def test_no_uploader_promises_more_than_the_server_lets_through(ready: AppTest) -> None:
    in_dialog(ready)
    allowed = st.get_option("server.maxUploadSize")
    (zip_uploader,) = [one for one in ready.file_uploader if one.key == "explore_zip"]
    assert f"up to {allowed} MB" in zip_uploader.label
    assert all(one.proto.max_upload_size_mb <= allowed for one in ready.file_uploader)


def test_who_loads_the_page_again_sees_what_is_being_added_and_is_offered_it(
    ready: AppTest, registry: Registry, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    monkeypatch.setattr(
        "mgc.datasets.registry.add_path", lambda path, tell: go.wait(60) and registry._put("mine", "folder")
    )
    jobs.start("add", "x", {"path": "x"})
    other = AppTest.from_file(str(root / "app.py"), default_timeout=60).switch_page("pages/explore.py").run()
    assert "A data set is being added" in words(other)
    assert other.selectbox(key="explore_set").value == "studio"
    go.set()
    settled(other)
    assert "was added" in words(other)
    other.button(key="explore_show_added").click().run()
    assert other.selectbox(key="explore_set").value == "mine"
    assert "was added" not in words(other)
    other.run()
    assert not other.exception


def test_a_failure_of_others_is_theirs(ready: AppTest, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    registry.failure = DatasetError("No.")
    monkeypatch.setattr(
        "mgc.datasets.registry.add_path", lambda path, tell: go.wait(60) and registry._put("mine", "folder")
    )
    jobs.start("add", "x", {"path": "x"})
    ready.run()
    assert "A data set is being added" in words(ready)
    go.set()
    settled(ready)
    assert not ready.error
    assert "being added" not in words(ready)


def test_before_removing_one_is_told_what_happens_to_the_files(
    ready: AppTest, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.sets["mine"] = Entry("mine", "Mine", "folder", 36)
    ready.run()
    for path, said in (("/data/music", "files in /data/music are kept"), ("files", "copy"), (None, "copy")):
        monkeypatch.setattr("mgc.datasets.entry.load", lambda folder, path=path: kept(path))
        ready.selectbox(key="explore_set").set_value("mine").run()
        assert said in words(ready)


def test_two_people_with_one_name_for_their_clips_get_a_data_set_each(
    ready: AppTest, registry: Registry, root: Path
) -> None:
    other = AppTest.from_file(str(root / "app.py"), default_timeout=60).switch_page("pages/explore.py").run()
    names: list[str] = []
    start = jobs.start

    def noting(kind: str, name: str, *given: Any, **more: Any) -> jobs.Job:
        names.append(name)
        return start(kind, name, *given, **more)

    for page in (ready, other):
        in_dialog(page)
        for i, genre in enumerate(("tango", "polka")):
            page.text_input(key=f"explore_class_{i}").set_value(genre)
            page.file_uploader(key=f"explore_clips_{i}").upload(f"{genre}.wav", b"x", "audio/wav")
        in_dialog(page)
        page.button(key="explore_clips_go").click()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(jobs, "start", noting)
            in_dialog(page)
    assert len({name for name in names if name not in registry.sets}) == 2


def add_folder(page: AppTest, path: str) -> None:
    in_dialog(page)
    page.text_input(key="explore_path").set_value(path)
    in_dialog(page)
    page.button(key="explore_path_go").click()
    in_dialog(page)


def the_last() -> Callable[[type[Runtime]], Runtime]:
    """Return what finds the runtime also after an AppTest beside this one has ended, which takes it away from both."""
    seen: list[Runtime] = []

    def instance(cls: type[Runtime]) -> Runtime:
        if cls._instance is not None:
            seen[:] = [cls._instance]
        return seen[0]

    return instance


def test_two_people_who_add_the_same_folder_are_both_shown_it(
    ready: AppTest, registry: Registry, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, add_path, start = threading.Event(), registry.add_path, jobs.start
    asked: list[int] = []

    def noting(*given: Any, **more: Any) -> jobs.Job:
        asked.append(start(*given, **more).id)
        if len(asked) == 2:
            go.set()
        return jobs.job(asked[-1])

    monkeypatch.setattr("mgc.datasets.registry.add_path", lambda path, tell: go.wait(60) and add_path(path, tell))
    monkeypatch.setattr(jobs, "start", noting)
    monkeypatch.setattr(Runtime, "instance", classmethod(the_last()))
    other = AppTest.from_file(str(root / "app.py"), default_timeout=60).switch_page("pages/explore.py").run()
    with ThreadPoolExecutor(2) as visitors:
        for done in [visitors.submit(add_folder, page, "/data/music") for page in (ready, other)]:
            done.result()
    for page in (ready, other):
        settled(page)
        assert page.selectbox(key="explore_set").value == "mine"
    assert registry.added == ["/data/music"]
    assert asked[0] == asked[1]


def test_two_people_whose_folder_cannot_be_added_are_both_told(ready: AppTest, registry: Registry, root: Path) -> None:
    registry.failure = DatasetError("There is no such folder.")
    other = AppTest.from_file(str(root / "app.py"), default_timeout=60).switch_page("pages/explore.py").run()
    add_folder(ready, "/data/nothing")
    other.session_state["explore_adding"] = jobs.jobs()[0].id  # began it too, and closed the dialog
    assert "There is no such folder." in ready.error[0].value
    for page, said in ((ready, 0), (other, 1)):
        assert len(settled(page).error) == said
    other.button(key="explore_dismiss").click().run()
    assert not other.error


def test_a_set_that_is_ready_while_the_page_is_drawn_is_shown_and_no_failure(
    ready: AppTest, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    last_file = threading.Event()

    monkeypatch.setattr(
        "mgc.datasets.registry.add_path", lambda path, tell: last_file.wait(60) and registry._put("late", "folder")
    )
    late = jobs.start("add", "late", {"path": "late"}).id

    def entries() -> dict[str, Entry]:  # asked for after the first look at the work, before the second one
        last_file.set()
        while jobs.job(late).is_active:
            time.sleep(0.005)
        return dict(registry.sets)

    monkeypatch.setattr(adding, "_entries", entries)
    ready.session_state["explore_adding"] = late
    ready.run()
    assert not ready.error
    assert ready.selectbox(key="explore_set").value == "late"


def test_a_set_whose_check_fails_is_there_all_the_same(
    ready: AppTest, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(dataset: object, tell: Progress) -> None:
        raise OSError(28, "No space left on device")

    def unreachable(id: str) -> None:
        raise EngineError("The engine does not start.")

    monkeypatch.setattr("mgc.extraction.job.start", unreachable)  # then its files are checked alone
    monkeypatch.setattr("mgc.datasets.validation.validate", full)
    add_folder(ready, "/data/music")
    settled(ready)
    assert ready.selectbox(key="explore_set").value == "mine"
    (said,) = [error.value for error in ready.error]  # where the report would be
    assert "No space left on device" in said


def test_a_zip_is_handed_over_with_its_name(ready: AppTest, registry: Registry) -> None:
    in_dialog(ready)
    assert ready.button(key="explore_zip_go").disabled
    ready.file_uploader(key="explore_zip").upload("my set.zip", b"PK", "application/zip")
    in_dialog(ready)
    ready.button(key="explore_zip_go").click()
    in_dialog(ready)
    settled(ready)
    assert registry.added == [("my set.zip", b"PK")]
    assert ready.selectbox(key="explore_set").value == "zipped"


def test_clips_of_two_genres_become_a_data_set(ready: AppTest, registry: Registry) -> None:
    in_dialog(ready)
    for i, genre in enumerate(("tango", "polka")):
        ready.text_input(key=f"explore_class_{i}").set_value(genre)
        ready.file_uploader(key=f"explore_clips_{i}").upload(f"{genre}.wav", genre.encode(), "audio/wav")
    in_dialog(ready)
    ready.button(key="explore_clips_go").click()
    in_dialog(ready)
    settled(ready)
    expected = {"tango": [("tango.wav", b"tango")], "polka": [("polka.wav", b"polka")]}
    assert registry.added == [("My clips", expected)]


def test_gtzan_is_downloaded_from_where_one_says(ready: AppTest, registry: Registry) -> None:
    in_dialog(ready)
    ready.radio(key="explore_gtzan_from").set_value("huggingface")
    in_dialog(ready)
    ready.button(key="explore_gtzan_go").click()
    in_dialog(ready)
    settled(ready)
    assert registry.added == ["huggingface"]


def test_a_data_set_can_be_removed_and_the_studio_cannot(
    ready: AppTest, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not [b for b in ready.button if (b.key or "").startswith("explore_remove")]
    registry.sets["mine"] = Entry("mine", "Mine", "folder", 36)
    ready.run()
    monkeypatch.setattr("mgc.datasets.entry.load", lambda folder: kept(None))
    ready.selectbox(key="explore_set").set_value("mine").run()
    ready.button(key="explore_remove_mine").click().run()
    assert list(registry.sets) == ["studio"]
    assert ready.selectbox(key="explore_set").value == "studio"
    assert [toast.value for toast in ready.toast] == ["mine was removed."]
    assert not ready.info


def test_a_data_set_that_cannot_be_removed_stays_and_says_why(
    ready: AppTest, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(id: str) -> None:
        raise DatasetError("The disk is full.")

    registry.sets["mine"] = Entry("mine", "Mine", "folder", 36)
    ready.run()
    ready.selectbox(key="explore_set").set_value("mine").run()
    for name in ("mgc.extraction.job.cancel", "mgc.datasets.registry.remove"):
        with monkeypatch.context() as patch:
            patch.setattr(name, refuse)
            ready.button(key="explore_remove_mine").click().run()
        assert not ready.exception
        assert [error.value for error in ready.error] == ["The disk is full."]
        assert ready.selectbox(key="explore_set").value == "mine"
        ready.run()
        assert not ready.error


def test_on_a_server_with_a_fixed_registry_nothing_is_added_or_removed(
    ready: AppTest, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.sets["mine"] = Entry("mine", "Mine", "folder", 36)
    ready.query_params["set"] = "mine"
    with monkeypatch.context() as patch:
        patch.setenv("MGC_REGISTRY", "fixed")
        settings.cache_clear()
        ready.run()
        assert not ready.exception
        keys = {button.key for button in ready.button}
        assert not keys & {"explore_add", "explore_remove_mine"}
        assert "Visitors cannot add data sets on this server." in words(ready)
    settings.cache_clear()
    ready.run()
    assert "explore_add" in {button.key for button in ready.button}


def test_a_link_to_a_data_set_that_is_gone_says_so(ready: AppTest) -> None:
    ready.query_params["set"] = "no*such*set"
    ready.run()
    assert not ready.exception
    assert ready.info[0].value.startswith("There is no data set no")
    assert "*such*" not in ready.info[0].value.replace("\\*", "")
