"""Damaged files beside a data set: whatever they hold, a command prints its answer or one sentence."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
import streamlit
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from mgc.cli import app
from mgc.datasets import entry, registry, validation
from mgc.extraction.collected import POINTER
from mgc.settings import settings
from mgc.ui import resources
from mgc.ui.explore import VIEWS
from tests.datasets.making import songs, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = (entry.FILE, validation.FILE, f"extraction/{POINTER}", "extraction/job", "audit/report.json")
COMMANDS = (["datasets", "--json"], ["splits", "mine", "--json"], ["map", "mine", "--json"])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a home folder with a data set that was added, checked, extracted and audited."""
    home = tmp_path_factory.mktemp("damage")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MGC_HOME", str(home))
        patch.setenv("MGC_JOBS", "inline")
        patch.setenv("MGC_STUDIO_SONGS", "1")
        settings.cache_clear()
        place = write(home / "mine", songs())
        for command in (["dataset", "add", str(place)], ["extract", "mine"], ["audit", "mine"], ["map", "mine"]):
            done = CliRunner().invoke(app, command)
            assert done.exit_code == 0, done.stderr
        registry.make_studio()  # the page shows it where the chosen set cannot be opened
        assert CliRunner().invoke(app, ["extract", "studio"]).exit_code == 0
        yield home
    settings.cache_clear()


def damaged(data: st.DataObject, said: bytes) -> bytes:
    kind = data.draw(st.sampled_from(["cut", "bit", "deep", "nonsense"]))
    if kind == "cut":
        return said[: data.draw(st.integers(0, max(0, len(said) - 1)))]
    if kind == "bit":
        bit = data.draw(st.integers(0, max(0, 8 * len(said) - 1)))
        return bytes(byte ^ (1 << bit % 8) * (at == bit // 8) for at, byte in enumerate(said))
    if kind == "deep":
        return data.draw(st.sampled_from([b"[", b'{"tracks":'])) * data.draw(st.sampled_from([500, 990, 100_000]))
    return data.draw(st.sampled_from([b"null", b"[]", b"{}", b"NaN", b"1e999", b'"\\udcff"', b"\xff\xfe"]))


@hypothesis_settings(max_examples=12, deadline=None, phases=[Phase.generate])
@given(st.data())
def test_a_damaged_file_ends_in_an_answer_or_one_sentence(whole: Path, data: st.DataObject) -> None:
    folder = registry.folder("mine")
    maps = sorted(path.relative_to(folder).as_posix() for path in (folder / "maps").rglob("*.entry"))
    file = folder / data.draw(st.sampled_from([*FILES, *maps]))
    backup = whole / "backup"
    shutil.copytree(folder, backup)
    try:
        file.write_bytes(damaged(data, file.read_bytes()))
        for command in COMMANDS:
            done = CliRunner().invoke(app, command)
            assert done.exception is None or isinstance(done.exception, SystemExit), (command, done.exception)
            assert "Traceback" not in done.stderr
            assert done.exit_code in (0, 1, 2), (command, done.stderr)
            if done.exit_code and "damaged" in done.stderr:
                assert len(done.stderr.strip().splitlines()) == 1
    finally:
        shutil.rmtree(folder)
        backup.rename(folder)


@pytest.mark.parametrize(
    "damage",
    [
        *(
            pytest.param(data, id=name, marks=pytest.mark.nightly)
            for data, name in ((b"", "empty"), (b"{}", "none"), (b"\xff\xfe\x00", "bytes"))
        ),
        pytest.param(b"[" * 100_000, id="deep"),
    ],
)
@pytest.mark.parametrize("file", FILES)
def test_the_page_of_a_damaged_data_set_ends_in_no_fault(
    whole: Path, root: Path, monkeypatch: pytest.MonkeyPatch, file: str, damage: bytes
) -> None:
    monkeypatch.setattr(resources, "start_warm_up", lambda: None)
    folder = registry.folder("mine")
    backup = whole / "backup"
    shutil.copytree(folder, backup)
    try:
        (folder / file).write_bytes(damage)
        streamlit.cache_resource.clear()
        streamlit.cache_data.clear()
        page = AppTest.from_file(str(root / "app.py"), default_timeout=60).run()
        for view in VIEWS:
            page.query_params["set"], page.query_params["view"] = "mine", view
            page.switch_page("pages/explore.py").run()
            assert not page.exception
            assert file == entry.FILE or page.selectbox[0].value == "mine"
            shown = [one.value for kind in (page.error, page.warning, page.markdown) for one in kind]
            assert not [text for text in shown if "Unexpected error" in text or "Traceback" in text], (
                view,
                shown,
            )
    finally:
        shutil.rmtree(folder)
        backup.rename(folder)
