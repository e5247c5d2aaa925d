"""The commands for data sets: what they print is a contract, and what fails is one sentence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from mgc import studio
from mgc.audit.labels import LabelIssue, LabelModel
from mgc.audit.report import AuditReport
from mgc.cli import app, datasets, frame
from mgc.datasets import registry
from mgc.datasets.base import Track
from mgc.settings import settings
from tests.datasets.making import clip, songs, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MGC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MGC_JOBS", "inline")
    settings.cache_clear()
    yield tmp_path / "home"
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def name(tmp_path: Path) -> str:
    return registry.add_path(write(tmp_path / "a set", songs()))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def answer(*arguments: object) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_a_path_is_added_listed_validated_and_removed(tmp_path: Path) -> None:
    source = write(tmp_path / "My set", songs() | {"rock/broken.mp3": b"no music"})
    added = answer("dataset", "add", source)
    assert added == {
        "id": "my-set", "title": "My set", "source": "folder", "tracks": 5, "audio": 5, "pictures": 0,
        "genres": ["rock", "noise core"], "faults": [],
    }  # fmt: skip
    assert answer("datasets") == [
        {"id": "studio", "title": registry.STUDIO_TITLE, "source": "studio", "tracks": 120, "made": False},
        {"id": "my-set", "title": "My set", "source": "folder", "tracks": 5, "made": True},
    ]
    report = answer("dataset", "validate", "my-set")
    assert (report["id"], report["state"], report["counts"]) == ("my-set", "partial", {"broken": 1})
    assert [(one["kind"], one["track"]) for one in report["findings"]] == [("broken", "rock.broken")]
    assert set(report["measures"]["rock.one"]) == {
        "seconds", "sample_rate", "channels", "peak_db", "rms_db", "sha256",
    }  # fmt: skip
    assert answer("dataset", "remove", "my-set") == {"removed": "my-set"}
    assert (source / "rock" / "one.wav").exists()
    assert len(answer("datasets")) == 1


def test_without_json_the_same_is_said_in_lines(tmp_path: Path) -> None:
    added = run("dataset", "add", write(tmp_path / "set", songs() | {"rock/broken.mp3": b"no music"}))
    assert added.stdout.startswith("set: set: 5 tracks, 5 with audio")
    assert "synthesised on first use" in run("datasets").stdout
    said = run("dataset", "validate", "set").stdout.splitlines()
    assert said[0] == "set is partial: 1 broken; 4 tracks decoded."
    assert said[1].split()[:2] == ["broken", "rock.broken"]
    assert run("dataset", "remove", "set").stdout == "set was removed.\n"


@pytest.mark.parametrize(
    "command",
    [
        ["dataset", "add", "nowhere"],
        ["dataset", "add", "gtzan", "--source", "nowhere"],
        ["dataset", "validate", "nothing"],
        ["dataset", "validate", "../../etc"],
        ["dataset", "remove", "nothing"],
        ["extract", "nothing"],
        ["splits", "nothing", "--protocol", "tracks"],
        ["audit", "nothing"],
    ],
)
def test_what_fails_is_one_sentence_and_with_json_an_error(command: list[str]) -> None:
    plain, as_json = run(*command), run(*command, "--json")
    assert plain.exit_code == as_json.exit_code == 1
    assert plain.stdout == ""
    assert plain.stderr == as_json.stderr
    assert len(plain.stderr.splitlines()) == 1
    error = json.loads(as_json.stdout)["error"]
    assert error == {"type": "DatasetError", "message": plain.stderr.strip()}


def test_splits_names_who_is_trained_on_what_and_what_leaks(name: str) -> None:
    split = answer("splits", name, "--protocol", "tracks", "--k", 2)
    assert (split["id"], split["protocol"], split["k"], len(split["folds"])) == (name, "tracks", 2, 2)
    assert sorted(track for fold in split["folds"] for track in fold["test"]) == [
        "noise core.Someone - A song", "noise core.four", "rock.one", "rock.two",
    ]  # fmt: skip
    assert len(split["leaks"]) == 2
    assert len(split["hash"]) == 64
    assert "shared with the test part: " in run("splits", name, "--protocol", "tracks", "--k", 2).stdout
    assert "No features of" in run("splits", name, "--protocol", "tracks", "--k", 2, "--near").stderr
    wrong = json.loads(run("splits", name, "--protocol", "guess", "--json").stdout)
    assert "Expected: one of" in wrong["error"]["message"]


def test_splits_takes_a_seed_and_leaves_tracks_out(tmp_path: Path) -> None:
    files = {f"{genre}/{n}.wav": clip(0.1 + 0.02 * n) for genre in ("rock", "pop") for n in range(6)}
    name = registry.add_path(write(tmp_path / "many", files))
    command = ("splits", name, "--protocol", "tracks", "--k", 2)
    assert answer(*command)["seed"] == 2002
    assert answer(*command, "--seed", 2002) == answer(*command)
    other = answer(*command, "--seed", 7, "--without", "rock.0", "--without", "pop.3")
    assert other["seed"] == 7
    left = {track for fold in other["folds"] for part in ("train", "validation", "test") for track in fold[part]}
    assert left == {f"{genre}.{n}" for genre in ("rock", "pop") for n in range(6)} - {"rock.0", "pop.3"}
    assert "no track 'rock.9'" in run(*command, "--without", "rock.9").stderr


@pytest.mark.parametrize("protocol", ["tracks", "artists"])
def test_splits_keeps_the_copies_together_that_validation_heard(tmp_path: Path, protocol: str) -> None:
    names = [f"{genre}/{number}.wav" for genre in ("rock", "pop") for number in range(6)]
    files = {name: clip(0.1 + 0.02 * place) for place, name in enumerate(names)}
    twins = {f"pop/copy {number}.wav": files["rock/0.wav"] for number in range(4)}
    name = registry.add_path(write(tmp_path / "twins", files | twins))
    command = ("splits", name, "--protocol", protocol, "--k", 5)
    before = answer(*command)
    assert (before["compared"], before["samples_compared"]) == (["ids"], 0)
    said = run(*command).stdout
    assert f"samples not compared: run `mgc dataset validate {name}` first\n" in said
    assert "artists not compared: none is known\n" in said
    assert "near duplicates not compared: add --near\n" in said
    answer("dataset", "validate", name)
    after = answer(*command)
    assert (after["compared"], after["samples_compared"]) == (["ids", "samples"], 16)
    copied = {"rock.0", *(f"pop.copy {number}" for number in range(4))}
    assert [copied <= set(fold["test"]) for fold in after["folds"]].count(True) == 1
    assert sum(leak["duplicates"] for leak in after["leaks"]) == 0
    assert "compared: ids, samples\n" in run(*command).stdout


def test_splits_says_of_how_many_tracks_it_compared_samples_and_what_training_and_validation_share(name: str) -> None:
    report = answer("dataset", "validate", name)
    del report["measures"]["rock.one"], report["id"]
    (registry.folder(name) / "validation.json").write_text(json.dumps(report))
    said = run("splits", name, "--protocol", "segments", "--k", 2).stdout
    assert "compared: ids, artists, samples of 3 of 4 tracks\n" in said
    assert " validation tracks tied to training" in said


def test_the_first_command_that_names_the_studio_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def render_all(folder: Path, tell: Any = None, per_genre: int = 12, processes: int = 2) -> tuple[Track, ...]:
        made.append(per_genre)
        write(folder, songs())
        return tuple(Track(f"{f.parent.name}.{f.stem}", f.parent.name, audio=f) for f in sorted(folder.glob("*/*")))

    monkeypatch.setattr(studio, "render_all", render_all, raising=False)
    assert answer("splits", "studio", "--protocol", "tracks", "--k", 2)["id"] == "studio"
    assert answer("dataset", "add", "studio")["id"] == "studio"
    assert made == [12]
    assert answer("dataset", "remove", "studio") == {"removed": "studio"}


def test_progress_is_shown_to_a_terminal_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path / "set", songs())
    run("dataset", "add", source)
    assert run("dataset", "validate", "set").stderr == ""
    monkeypatch.setattr(frame, "is_terminal", lambda: True)
    result = run("dataset", "validate", "set", "--json")
    assert result.stderr.startswith("\rchecking: ")
    assert result.stderr.endswith("checking: 4 of 4 \n")
    assert json.loads(result.stdout)["state"] == "whole"


def test_a_damaged_record_is_listed_with_its_error(name: str) -> None:
    (registry.folder(name) / "dataset.json").write_text("{")
    listed = answer("datasets")
    assert listed[1]["error"]["type"] == "DatasetError"
    assert "damaged" in run("datasets").stderr


@dataclass
class Status:
    state: str
    done: int = 4
    total: int = 4
    failed: tuple[tuple[str, str], ...] = (("rock.one", "It is broken."),)
    why: str = ""
    seconds_left: float | None = 12.4
    kinds: tuple[str, ...] = ("descriptors", "mel")


def test_extract_starts_waits_and_reports(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from mgc.extraction import job

    asked = []
    monkeypatch.setattr(job, "start", lambda name, kinds: asked.append((name, kinds)))
    monkeypatch.setattr(job, "wait", lambda name, tell: tell(Status("running", 1)) or Status("finished"))
    found = answer("extract", name, "--kinds", "mel, descriptors")
    assert asked == [(name, ("mel", "descriptors"))]
    assert (found["id"], found["state"], found["done"]) == (name, "finished", 4)
    assert "rock.one: It is broken." in run("extract", name).stderr
    with monkeypatch.context() as patch:
        patch.setattr(frame, "is_terminal", lambda: True)
        assert "extracting: 1 of 4, about 12 s left" in run("extract", name).stderr

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(job, "wait", interrupted)
    monkeypatch.setattr(job, "cancel", lambda name: Status("cancelled", 1))
    stopped = run("extract", name, "--json")
    assert (stopped.exit_code, json.loads(stopped.stdout)["state"]) == (1, "cancelled")


def test_audit_measures_what_was_not_measured_and_prints_the_findings(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mgc.audit import background as auditing
    from mgc.audit import report
    from mgc.extraction import collected, job

    measured: list[object] = []
    monkeypatch.setattr(collected, "collected", lambda name: measured[0] if measured else None)
    monkeypatch.setattr(job, "start", lambda name, kinds: measured.append("numbers"))
    monkeypatch.setattr(job, "wait", lambda name, tell: Status("finished"))
    found = report.AuditReport(
        exact=(report.ExactPair("rock.one", "rock.two", "samples"),) * 12,
        near=(), artists=(), labels=(), outliers=(), broken=(), published=(), notes=("Nothing was heard.",),
    )  # fmt: skip
    monkeypatch.setattr(auditing, "find", lambda *given: found if made else None)
    made: list[object] = []

    def audited(*given: object) -> report.AuditReport:
        made.append((given[0], given[2]))
        return found

    monkeypatch.setattr(auditing, "audit", audited)
    said = answer("audit", name)
    assert made == [(name, "numbers")]
    assert answer("doubt", name) == said  # its former name
    assert (said["id"], len(said["exact"]), said["labels"]) == (name, 12, [])
    assert said["exact"][0] == {"first": "rock.one", "second": "rock.two", "by": "samples"}
    lines = run("audit", name).stdout.splitlines()
    assert lines[0] == f"{name}: 1 tracks to leave out of a fair experiment"
    assert lines[2:4] == [f"{name}: 12 exact duplicates", "    rock.one = rock.two (same samples)"]
    assert lines[-1] == "Nothing was heard."
    monkeypatch.setattr(collected, "collected", lambda name: None)
    assert "could not be extracted" in run("audit", name).stderr
    assert " doubt " not in run("--help").stdout


def test_a_duplicate_under_two_labels_has_no_probability() -> None:
    twin = LabelIssue("rock.1", "rock", "metal", 0.0, None, None, twin="metal.1")
    heard = LabelIssue("rock.2", "rock", "blues", 0.1, 0.8, 0.1)
    model = LabelModel(0.63, 0.6, 0.66, 999, 80, 0.58, 0.68, 322)
    said = "\n".join(datasets._audit_lines("mine", AuditReport((), (), (), (twin, heard), (), (), (), (), model), ()))
    assert "rock.1 is labelled rock, sounds like metal (exact duplicate of metal.1)" in said
    assert "rock.2 is labelled rock, sounds like blues (probability 0.80)" in said
    assert "predicts 63% of the labels (60% to 66% over 999 tracks, 58% to 68% over 322 artists)" in said
