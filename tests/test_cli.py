"""The command line: what it prints is a contract, and a bad file never costs the good ones."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

import mgc
from mgc.audio.clip import SR
from mgc.cli import BADGES, Rule, app, frame
from mgc.evaluation.voting import RULES
from mgc.features.descriptors import COLUMNS
from mgc.genres import GENRES
from mgc.models.card import PROTOCOLS
from tests.model_fixtures import models_in_use, write_models, write_wav

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

# Keras 3.15 converts TensorFlow variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module", autouse=True)
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with models_in_use(write_models(tmp_path_factory.mktemp("models"))) as root:
        yield root


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wav(tmp_path_factory.mktemp("songs") / "song.wav")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def answers(result: Result) -> list[dict[str, Any]]:
    data = json.loads(result.stdout)
    assert isinstance(data, list)
    return data


def test_classify_prints_the_contract(song: Path) -> None:
    result = run("classify", song, song, "--json")
    assert result.exit_code == 0, result.stderr
    first, second = answers(result)
    assert first == second
    assert list(first) == [
        "file", "verdict", "genre", "confidence", "probabilities", "timeline", "heard", "model", "protocol",
        "outcome", "notes", "sounds",
    ]  # fmt: skip
    assert first["file"] == str(song)
    assert first["verdict"] in (*GENRES, "unsure")
    assert first["confidence"] == max(first["probabilities"].values()) == first["probabilities"][first["genre"]]
    assert tuple(first["probabilities"]) == GENRES
    assert [(window["start"], window["end"]) for window in first["timeline"]] == [(0.0, 3.0), (1.0, 4.0)]
    assert first["heard"] == {
        "format": "WAV", "sample_rate": SR, "channels": 1, "seconds": 4.0, "used_seconds": 4.0,
    }  # fmt: skip
    assert (first["model"], first["protocol"]) == ("vote", "filtered")


def test_classify_takes_a_model_and_a_rule(song: Path) -> None:
    asked = {
        rule: answers(run("classify", song, "--json", "--model", "descriptors", "--rule", rule))[0] for rule in RULES
    }
    assert {one["model"] for one in asked.values()} == {"descriptors"}
    assert asked["mean"]["timeline"] == asked["confident"]["timeline"]
    assert run("classify", song, "--rule", "loudest").exit_code == 2


def test_features_are_named_as_in_kaggles_tables(song: Path) -> None:
    (whole,) = answers(run("features", song, "--json"))
    assert list(whole) == ["file", "descriptors"]
    assert tuple(whole["descriptors"]) == tuple(COLUMNS)
    (parts,) = answers(run("features", song, "--segments", "--json"))
    assert list(parts) == ["file", "segments"]
    assert len(parts["segments"]) == 1  # 4 s hold one whole segment
    assert tuple(parts["segments"][0]) == tuple(COLUMNS)


@pytest.mark.parametrize("command", ["classify", "features"])
def test_a_bad_file_costs_one_sentence_and_the_good_ones_are_answered(tmp_path: Path, song: Path, command: str) -> None:
    text = tmp_path / "text.wav"
    text.write_text("not a song")
    large = tmp_path / "large.wav"
    with large.open("wb") as file:
        file.truncate(50 * 2**20)
    bad = [text, tmp_path / "missing.mp3", tmp_path, large]
    result = run(command, bad[0], song, *bad[1:], "--json")
    assert result.exit_code == 1
    found = answers(result)
    assert [one["file"] for one in found] == [str(bad[0]), str(song), *map(str, bad[1:])]
    assert "error" not in found[1]
    for one in (found[0], *found[2:]):
        assert set(one) == {"file", "error"}
        assert set(one["error"]) == {"type", "message"}
        assert one["error"]["type"] in ("UnreadableAudio", "RefusedAudio")
    lines = result.stderr.splitlines()
    assert len(lines) == len(bad)
    assert all("Traceback" not in line for line in lines)


def test_without_json_errors_are_on_stderr_and_answers_on_stdout(tmp_path: Path, song: Path) -> None:
    result = run("classify", tmp_path / "missing.mp3", song)
    assert result.exit_code == 1
    assert result.stderr == f"{tmp_path / 'missing.mp3'}: There is no such file.\n"
    assert result.stdout.startswith(f"{song}: ")
    assert "input: WAV" in result.stdout
    assert BADGES["filtered"] in result.stdout
    listed = run("features", song).stdout
    assert all(name in listed for name in COLUMNS)


def test_a_file_that_may_not_be_read_is_one_sentence(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "locked.wav", seconds=1)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    result = run("classify", path)
    path.chmod(stat.S_IRWXU)
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1


def test_control_characters_in_a_name_do_not_reach_the_terminal(tmp_path: Path) -> None:
    result = run("classify", tmp_path / "\x1b[31mred\n.wav")
    assert "\x1b" not in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_an_unknown_model_is_one_sentence_for_each_file(song: Path) -> None:
    result = run("classify", song, "--json", "--model", "oracle")
    assert result.exit_code == 1
    (found,) = answers(result)
    assert found["error"]["type"] == "UnknownModel"
    assert "vote, pictures, descriptors" in found["error"]["message"]


def test_a_silent_file_is_unsure_and_says_so(tmp_path: Path) -> None:
    silent = write_wav(tmp_path / "silent.wav", level=0.0)
    assert answers(run("classify", silent, "--json"))[0]["verdict"] == "unsure"
    assert "The file is silent." in run("classify", silent).stdout
    assert run("features", silent, "--json").exit_code == 0


def test_models_are_listed_with_protocol_interval_and_number(tmp_path: Path) -> None:
    listed = answers(run("models", "--json"))
    assert [(one["id"], one["default"]) for one in listed] == [
        ("vote", True),
        ("pictures", False),
        ("descriptors", False),
    ]
    assert listed[0]["scores"]["filtered"]["accuracy"] == {"value": 0.5, "low": 0.4, "high": 0.6, "n": 100}
    assert "50.0 % of 100 clips correct (95 % interval: 40.0 to 60.0), fault-filtered" in run("models").stdout
    root = write_models(tmp_path, with_keras=False)
    (root / "pictures" / "weights.weights.h5").unlink()
    with models_in_use(root):
        listed = answers(run("models", "--json"))
        assert [one["id"] for one in listed] == ["descriptors", "pictures", "vote"]
        assert "missing" in listed[1]["error"]["message"]
        assert "pictures" in run("models").stderr
    with models_in_use(tmp_path / "none"):
        for arguments in (["models"], ["models", "--json"]):
            result = run(*arguments)
            assert (result.exit_code, result.stderr) == (1, "No model can be used.\n")


def test_a_setting_that_is_wrong_is_one_sentence(song: Path, monkeypatch: pytest.MonkeyPatch, models: Path) -> None:
    with models_in_use(models, MGC_MAX_UPLOAD_MB="plenty"):
        for command in (["classify", song], ["models"], ["doctor"]):
            result = run(*command)
            assert result.exit_code == 1
            assert "MGC_MAX_UPLOAD_MB" in result.stdout + result.stderr
            assert "Traceback" not in result.stderr


def test_rules_and_badges_are_those_of_the_package() -> None:
    assert tuple(rule.value for rule in Rule) == RULES
    assert set(BADGES) == set(PROTOCOLS)


def test_the_version_is_printed() -> None:
    assert run("--version").stdout == f"mgc {mgc.__version__}\n"


PROGRAM = """
import sys
from typer.testing import CliRunner
from mgc.cli import app
assert CliRunner().invoke(app, sys.argv[1:]).exit_code == 0
print(*sorted({"tensorflow", "keras", "librosa", "streamlit", "sklearn", "pandas"} & set(sys.modules)))
"""


@pytest.mark.parametrize("arguments", [["--help"], ["models"], ["features", "SONG", "--json"]])
def test_neither_models_nor_features_load_tensorflow(
    arguments: list[str], song: Path, models: Path, root: Path
) -> None:
    arguments = [str(song) if one == "SONG" else one for one in arguments]
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=root, env=os.environ | {"MGC_MODELS_DIR": str(models)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == []


def test_stdout_of_the_real_program_holds_nothing_but_json(song: Path, models: Path, root: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "mgc", "classify", str(song), "missing.wav", "--json"],
        cwd=root, env=os.environ | {"MGC_MODELS_DIR": str(models)}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert result.returncode == 1
    assert [list(one)[1] for one in json.loads(result.stdout)] == ["verdict", "error"]
    assert "missing.wav: There is no such file." in result.stderr.splitlines()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["splits", "nope"], "Missing option '--protocol'. See mgc --help."),
        (["bogus"], "No such command 'bogus'. See mgc --help."),
        (["models", "--what"], "No such option: --what. See mgc --help."),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_command_line_that_cannot_be_understood_costs_one_sentence_and_is_json_too(
    words: list[str], sentence: str, as_json: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["mgc", *words, *["--json"] * as_json])
    assert frame.run("mgc") == 2
    said = capsys.readouterr()
    assert said.err == f"{sentence}\n"
    assert (json.loads(said.out)["error"] if as_json else said.out) == (
        {"type": "UsageError", "message": sentence} if as_json else ""
    )


def test_ctrl_c_says_that_it_stopped(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mgc.datasets.registry.ids", interrupted)
    monkeypatch.setattr("sys.argv", ["mgc", "datasets", "--json"])
    assert frame.run("mgc") == 130
    said = capsys.readouterr()
    assert json.loads(said.out) == {"error": {"type": "Stopped", "message": "Stopped."}}
    assert said.err == "Stopped.\n"


def test_a_command_that_works_ends_with_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["mgc", "datasets", "--json"])
    assert frame.run("mgc") == 0
    said = capsys.readouterr()
    assert json.loads(said.out)[0]["id"] == "studio"
    assert said.err == ""
