"""The doctor says what is there, what works, and what is broken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from mgc import doctor
from mgc.cli import app
from mgc.jobs.process import Record
from mgc.settings import settings
from tests.model_fixtures import models_in_use, write_models

if TYPE_CHECKING:
    from pathlib import Path

# Keras 3.15 converts TensorFlow variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def test_the_doctor_finds_a_healthy_house_healthy(tmp_path: Path) -> None:
    with models_in_use(write_models(tmp_path)):
        result = CliRunner().invoke(app, ["doctor", "--json"])
    assert result.exit_code == 0, result.stdout
    found = {one["name"]: one for one in json.loads(result.stdout)}
    assert set(found) == {
        "python", "packages", "settings", "cache folder", "decoder", "keras", "gpu", "models", "yamnet", "classify",
        "engine",
    }  # fmt: skip
    assert all(one["ok"] for one in found.values() if one["essential"])
    assert "20 MB" in found["settings"]["text"]
    assert "vote" in found["classify"]["text"]


def test_the_doctor_names_what_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "requirements.in").write_text(
        "# what is needed\nnumpy>=2\nno-such-package-of-ours ; python_version > '3'\n"
    )
    monkeypatch.setattr(doctor, "REQUIREMENTS", tmp_path / "requirements.in")
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    root = write_models(tmp_path / "models", with_keras=False)
    (root / "descriptors" / "weights.npz").unlink()
    with models_in_use(root, MGC_HOME=str(blocked)):
        result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "no-such-package-of-ours MISSING" in result.stdout
    assert "cannot be written" in result.stdout
    assert "descriptors cannot be used" in result.stdout
    assert "do not fit" in result.stdout  # the network's weights are only of the right size


@pytest.mark.parametrize(
    "failure", [ModuleNotFoundError("No module named 'h5py'"), OSError("libGL.so.1: no such file")]
)
def test_a_package_that_cannot_be_loaded_is_a_finding(failure: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask() -> None:
        raise failure

    for name in ("_decoder", "_keras", "_models", "_answer"):
        monkeypatch.setattr(doctor, name, ask)
    broken = {one.name: one.text for one in doctor.examine() if one.is_fatal}
    assert set(broken) >= {"decoder", "keras", "models", "classify"}
    assert str(failure) in broken["classify"]


def test_the_doctor_says_whether_the_engine_runs_and_when_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def said() -> str:
        return next(iter(doctor._engine())).text

    monkeypatch.setattr("mgc.jobs.cluster.running", lambda: None)
    assert "starts when needed" in said()
    monkeypatch.setattr("mgc.jobs.cluster.running", lambda: Record("tls://127.0.0.1:9", 4711))
    assert "process 4711 and ends after" in said()
    monkeypatch.setenv("MGC_SCHEDULER", "tls://127.0.0.1:9")
    settings.cache_clear()
    try:
        assert "does not answer" in said()
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_every_package_of_the_requirements_is_checked() -> None:
    (found,) = doctor._packages()
    named = {one.split()[0] for one in found.text.split(", ")}
    assert found.is_good
    assert named >= {"librosa", "sqlalchemy", "psycopg", "pydantic", "cryptography", "tensorflow", "scikit-learn"}
    assert not any(name.startswith("#") or name.endswith("-cpu") for name in named)
