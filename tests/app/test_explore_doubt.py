"""The doubt view: every list with findings and without, both tracks of a finding at hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from streamlit.testing.v1 import AppTest

from mgc.audit.artists import concentration
from mgc.audit.duplicates import Near
from mgc.audit.labels import Doubted
from mgc.audit.outliers import Outlier
from mgc.audit.published import Published
from mgc.audit.report import Broken, Doubts, Exact
from mgc.datasets.entry import Entry
from mgc.ui import explore, resources
from mgc.ui.explore import adding, findings, selection, work
from tests.app import exploring
from tests.app.conftest import words

if TYPE_CHECKING:
    from pathlib import Path

NOTHING = Doubts((), (), (), (), (), (), (), ())


def found() -> Doubts:
    held = exploring.tracks()
    return Doubts(
        exact=(Exact("jazz.00000", "jazz.00002", "samples"),),
        near=(Near("jazz.00004", "tango.00001", 0.42, 1.5),),
        artists=concentration(held, exploring.GENRES),
        labels=(
            Doubted("tango.00003", "tango", "jazz", 0.02, 0.9, 0.05),
            Doubted("blues.00000", "blues", "jazz", 0.0, None, None, twin="jazz.00000"),
        ),
        outliers=(Outlier("blues.00001", 4.2, (("tempo", 5.0), ("rms_mean", -4.0))),),
        broken=(Broken("jazz.00001", "broken", "It has no RIFF header."),),
        published=(Published("exact", 14, "pairs are the same file", "checksums"),),
        notes=("2 tracks were not judged.",),
    )


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, root: Path, tmp_path: Path) -> AppTest:
    clip = tmp_path / "one.wav"
    soundfile.write(clip, 0.3 * np.sin(np.arange(66_150) / 8), 22050)
    engine = exploring.Engine()
    here = exploring.known(audio=clip)
    monkeypatch.setattr("mgc.extraction.job.status", engine.status)
    monkeypatch.setattr(adding, "_entries", lambda: {"studio": Entry("studio", "Small", "folder", 36)})
    monkeypatch.setattr(explore, "known", lambda id: here)
    monkeypatch.setattr(selection, "revision", lambda id: "r1")
    monkeypatch.setattr(resources, "start_warm_up", lambda: None)
    monkeypatch.setattr(findings, "of", lambda selection: found())
    return AppTest.from_file(str(root / "app.py"), default_timeout=20)


def go(page: AppTest, **query: str) -> AppTest:
    for name, value in query.items():
        page.query_params[name] = value
    page.query_params["view"] = "doubt"
    page.switch_page("pages/explore.py").run()
    assert not page.exception
    assert not page.error, page.error[0].value
    return page


@pytest.mark.parametrize(
    ("which", "said", "players"),
    [
        ("copies", "What do you hear?", 2),
        ("artists", "of Blues is Blues Band 0", 2),
        ("labels", "Sounds like Jazz (90\N{NO-BREAK SPACE}%)", 1),
        ("outliers", "Tempo 5.0 deviations above; Loudness, mean 4.0 deviations below.", 0),
        ("broken", "Filters hide none of them", 0),
        ("leave", "all but one of each recording", 0),
    ],
)
def test_every_list_opens_its_first_finding(page: AppTest, which: str, said: str, players: int) -> None:
    go(page, list=which)
    assert said in words(page).replace("\\", "")
    assert len(page.dataframe) == 1
    assert len(page.get("audio")) == players
    assert "2 tracks were not judged" in words(page)


@pytest.mark.parametrize("which", ["copies", "artists", "labels", "outliers", "broken", "leave"])
def test_a_list_without_findings_says_so(page: AppTest, monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    monkeypatch.setattr(findings, "of", lambda selection: NOTHING)
    go(page, list=which)
    assert len(page.success) + len(page.info) == 1
    assert not page.dataframe


def test_filters_leave_the_findings_of_their_tracks(page: AppTest) -> None:
    go(page, list="copies", genre="tango")
    options = [option.content for option in page.button_group(key="explore_list").proto.options]
    assert options == ["Copies (1)", "Artists (1)", "Labels (1)", "Odd ones (0)", "Broken (1)", "To leave out (1)"]


def test_a_copy_to_leave_out_stands_beside_the_track_that_stays(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "of", lambda selection: replace(found(), broken=()))
    go(page, list="leave")
    assert [list(row)[:5] for row in page.dataframe[0].value.to_numpy()] == [
        ["jazz.00000", "a copy of", "jazz.00002", "Jazz", 1.0],
        ["jazz.00004", "nearly a copy of", "tango.00001", "Jazz", 0.42],
    ]
    assert "**To leave out**" in words(page)
    assert "**Stays**" in words(page)
    assert len(page.get("audio")) == 2


def test_what_others_counted_stands_beside_what_was_found(page: AppTest) -> None:
    go(page, list="copies")
    assert "**14** pairs are the same file (checksums)" in words(page).replace("\\", "")
    assert "1 exact pair, 1 near pair" in words(page)


def test_a_finding_leads_to_the_large_view_though_filters_hide_the_track(page: AppTest) -> None:
    go(page, list="copies", genre="tango")
    page.button(key="copy_one_open").click().run()
    assert page.query_params["view"] == "listen"
    assert page.query_params["track"] == "jazz.00004"
    assert "genre" not in page.query_params
    assert not page.exception


def test_doubts_are_looked_for_once_in_the_background(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    work._all().clear()
    calls: list[str] = []

    def examine(dataset: object, collected: object, report: object, *, tell: object) -> Doubts:
        calls.append("once")
        return found()

    monkeypatch.setattr("mgc.audit.kept.examine", examine)
    here = exploring.known("background")
    space = selection.Selection(
        here.id, "r9", here.dataset, None, here.collected, here.dataset.tracks, explore.filters.NO_FILTERS
    )
    with monkeypatch.context() as patch:
        patch.setattr(work, "watch", lambda name: None)
        assert findings.of(space) is None
        while work.find("doubt-background-r9").is_running:  # type: ignore[union-attr]
            pass
        assert findings.of(space) == found()
        assert findings.of(space) is not None
    assert calls == ["once"]
