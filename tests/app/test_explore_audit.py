"""The audit view: every list with audit and without, both tracks of a finding at hand."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest
import soundfile
from streamlit.testing.v1 import AppTest

from mgc import jobs
from mgc.audit.duplicates import NearPair
from mgc.audit.labels import LabelIssue
from mgc.audit.outliers import Outlier
from mgc.audit.report import AuditReport, BrokenFile, ExactPair, Published, concentration
from mgc.datasets import registry
from mgc.datasets.entry import Entry
from mgc.ui import background, explore, resources
from mgc.ui.explore import adding, audit, selection
from tests.app import exploring
from tests.app.conftest import words

if TYPE_CHECKING:
    from pathlib import Path

    from mgc.audit.report import Progress

NOTHING = AuditReport((), (), (), (), (), (), (), ())


def found() -> AuditReport:
    held = exploring.tracks()
    return AuditReport(
        exact=(ExactPair("jazz.00000", "jazz.00002", "samples"),),
        near=(NearPair("jazz.00004", "tango.00001", 0.42, 1.5),),
        artists=concentration(held, exploring.GENRES),
        labels=(
            LabelIssue("tango.00003", "tango", "jazz", 0.02, 0.9, 0.05),
            LabelIssue("blues.00000", "blues", "jazz", 0.0, None, None, twin="jazz.00000"),
        ),
        outliers=(Outlier("blues.00001", 4.2, (("tempo", 5.0), ("rms_mean", -4.0))),),
        broken=(BrokenFile("jazz.00001", "broken", "It has no RIFF header."),),
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
    monkeypatch.setattr(audit, "report_of", lambda selection: found())
    return AppTest.from_file(str(root / "app.py"), default_timeout=60)


def go(page: AppTest, **query: str) -> AppTest:
    for name, value in query.items():
        page.query_params[name] = value
    page.query_params["view"] = "audit"
    page.switch_page("pages/explore.py").run()
    assert not page.exception
    assert not page.error, page.error[0].value
    return page


@pytest.mark.parametrize(
    ("which", "said", "players"),
    [
        ("copies", "What do you hear?", 2),
        ("artists", "of Blues is by Blues Band 0", 2),
        ("labels", "Sounds like Jazz (90\N{NO-BREAK SPACE}%)", 1),
        (
            "outliers",
            "Extremely high tempo (+5.0 standard deviations), extremely low loudness (RMS) (\N{MINUS SIGN}4.0).",
            0,
        ),
        ("broken", "Filters do not apply to this list", 0),
        ("leave", "all but one track of each recording", 0),
    ],
)
def test_every_list_opens_its_first_finding(page: AppTest, which: str, said: str, players: int) -> None:
    go(page, list=which)
    assert said in words(page).replace("\\", "")
    assert len(page.dataframe) == 1
    assert len(page.get("audio")) == players
    assert "2 tracks were not judged" in words(page)


@pytest.mark.parametrize("which", ["copies", "labels"])
def test_in_presentation_mode_a_table_has_no_ids(page: AppTest, which: str) -> None:
    titles = [list(go(page, list=which, present=present).dataframe[0].value) for present in ("0", "1")]
    assert [title for title in titles[0] if title not in titles[1]] == ["ids" if which == "copies" else "id"]


@pytest.mark.parametrize("which", ["copies", "artists", "labels", "outliers", "broken", "leave"])
def test_a_list_without_audit_says_so(page: AppTest, monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    monkeypatch.setattr(audit, "report_of", lambda selection: NOTHING)
    go(page, list=which)
    assert len(page.success) + len(page.info) == 1
    assert not page.dataframe


def test_filters_leave_the_findings_of_their_tracks(page: AppTest) -> None:
    go(page, list="copies", genre="tango")
    options = [option.content for option in page.button_group(key="explore_list").proto.options]
    assert options == [
        "Duplicates (1)",
        "Artists (1)",
        "Labels (1)",
        "Outliers (0)",
        "Broken files (1)",
        "To leave out (0)",
    ]


def test_a_duplicate_to_leave_out_is_shown_beside_the_track_to_keep(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed = NearPair("jazz.00004", "tango.00001", 0.42, 1.5, "names")
    monkeypatch.setattr(audit, "report_of", lambda selection: replace(found(), broken=(), near=(confirmed,)))
    go(page, list="leave")
    assert [list(row)[:6] for row in page.dataframe[0].value.to_numpy()] == [
        [
            "Jazz Band 0: Song <b>0</b>", "exact duplicate", "Jazz Band 0: Song <b>2</b>", "Jazz", 1.0,
            "jazz.00000, jazz.00002",
        ],
        [
            "Jazz Band 0: Song <b>4</b>", "near duplicate", "Tango Band 0: Song <b>1</b>", "Jazz", 0.42,
            "jazz.00004, tango.00001",
        ],
    ]  # fmt: skip
    assert "**Leave out**" in words(page)
    assert "**Keep**" in words(page)
    assert len(page.get("audio")) == 2


def test_a_candidate_for_a_near_duplicate_is_listed_and_not_left_out(page: AppTest) -> None:
    go(page, list="copies")
    assert [row[2] for row in page.dataframe[0].value.to_numpy()] == ["Exact: same samples", "Near, candidate"]
    assert "1 exact, 0 near and confirmed, 1 candidate." in words(page)
    options = [option.content for option in page.button_group(key="explore_list").proto.options]
    assert options[-1] == "To leave out (2)"  # the broken file and the exact duplicate


@pytest.mark.parametrize(("by", "said"), [("samples", "The same samples have"), ("picture", "The same pictures have")])
def test_the_same_samples_are_named_only_where_there_are_samples(
    page: AppTest, monkeypatch: pytest.MonkeyPatch, by: Literal["samples", "picture"], said: str
) -> None:
    twin = LabelIssue("blues.00000", "blues", "jazz", 0.0, None, None, twin="jazz.00000")
    pair = ExactPair("blues.00000", "jazz.00000", by)
    monkeypatch.setattr(audit, "report_of", lambda selection: replace(found(), exact=(pair,), labels=(twin,)))
    go(page, list="labels")
    assert said in words(page)
    assert ("samples" in words(page)) == (by == "samples")


def test_tables_name_artist_and_title_cut_between_words(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    held = tuple(
        replace(track, artist="Boney M.", title="Rasputin and a very long title that fits in no column of a table")
        if track.id == "blues.00001"
        else replace(track, artist="", title="")
        for track in exploring.tracks()
    )
    here = exploring.known()
    monkeypatch.setattr(explore, "known", lambda id: replace(here, dataset=replace(here.dataset, tracks=held)))
    go(page, list="outliers")
    (row,) = page.dataframe[0].value.to_numpy()
    assert list(row) == [
        "Boney M.: Rasputin and a very long \N{HORIZONTAL ELLIPSIS}",
        "blues.00001",
        "Blues",
        4.2,
        "extremely high tempo, extremely low loudness (RMS)",
    ]


def test_an_old_link_to_doubt_opens_the_audit(page: AppTest) -> None:
    page.query_params["view"] = "doubt"
    page.query_params["list"] = "labels"
    page.switch_page("pages/explore.py").run()
    assert not page.exception
    assert "sounds like" in page.dataframe[0].value
    assert page.query_params["view"] == "audit"


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


def audited(id: str, monkeypatch: pytest.MonkeyPatch) -> selection.Selection:
    """Return a registered data set with features and no audit."""
    here = exploring.known(id)
    registry.folder(id).mkdir(parents=True)
    monkeypatch.setattr("mgc.datasets.registry.open_dataset", lambda id: here.dataset)
    monkeypatch.setattr("mgc.extraction.collected.collected", lambda id: here.collected)
    monkeypatch.setattr(background, "watch", lambda job, key: None)
    return selection.Selection(
        here.id, "r9", here.dataset, None, here.collected, here.dataset.tracks, selection.NO_FILTERS
    )


def test_an_audit_is_made_once_in_the_background(threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def examine(dataset: object, collected: object, report: object, *, progress: Progress) -> AuditReport:
        progress("Comparing pairs of tracks", 630, 630)
        calls.append("once")
        return found()

    monkeypatch.setattr("mgc.audit.background.examine", examine)
    space = audited("background", monkeypatch)
    assert audit.report_of(space) is None
    job = jobs.wait(jobs.jobs()[0].id)
    assert (job.kind, job.title, job.state) == ("audit", "Audit background", "finished")
    assert job.result == {"exact": 1, "near": 1, "labels": 2, "outliers": 1, "broken": 1}
    assert audit.report_of(space) == found()
    assert audit.report_of(space) is not None
    assert calls == ["once"]


def test_an_audit_that_fails_is_a_sentence_and_is_not_begun_again_by_itself(
    threads: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []
    monkeypatch.setattr(background, "settled", lambda job, key: ended.append(job.why))
    monkeypatch.setattr("mgc.audit.background.examine", lambda *_, progress: found())
    monkeypatch.setattr("mgc.audit.background._save", lambda *_: None)  # a full disk
    space = audited("full", monkeypatch)
    assert audit.report_of(space) is None
    jobs.wait(jobs.jobs()[0].id)
    assert audit.report_of(space) is None
    assert ended == ["The audit's report could not be written; is the disk of the MGC_HOME folder full?"]
    assert len(jobs.jobs()) == 1


def test_reasons_are_given_where_they_differ(page: AppTest) -> None:
    assert list(go(page, list="labels").dataframe[0].value["reason"]) == ["sound", "exact duplicate"]


def test_one_reason_is_not_repeated_in_every_row(page: AppTest) -> None:
    assert "reason" not in go(page, list="labels", genre="tango").dataframe[0].value.columns


def test_shares_are_whole_percents(page: AppTest) -> None:
    shares = go(page, list="artists").dataframe[0].value["share"]
    assert all(share == round(share, 2) for share in shares)


def test_the_columns_of_duplicates_fit_on_a_laptop(page: AppTest) -> None:
    assert sum(audit.WIDTHS.values()) + 90 <= 1_080
    columns = json.loads(go(page, list="copies").dataframe[0].proto.columns)
    assert columns["ids"]["width"] == audit.WIDTHS["ids"]
