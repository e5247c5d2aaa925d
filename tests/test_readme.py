"""What the README says is what there is."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from mgc.settings import Settings
from scripts.readme_table import table, written
from tests.model_fixtures import write_models

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


def test_the_table_of_accuracies_is_that_of_the_cards(root: Path, readme: str) -> None:
    assert readme == written(readme, root / "models"), "run: python -m scripts.readme_table"


def test_another_card_would_change_the_table(tmp_path: Path, readme: str) -> None:
    models = write_models(tmp_path, with_keras=False)
    assert table(models).count("\n") == 5
    assert written(readme, models) != readme


def test_the_table_has_the_interval_over_artists_where_a_card_has_one(tmp_path: Path) -> None:
    models = write_models(tmp_path, with_keras=False)
    path = models / "vote" / "card.json"
    card = json.loads(path.read_text())
    card["scores"]["filtered"]["accuracy_by_artist"] = {"low": 0.35, "high": 0.65, "n_artists": 12}
    path.write_text(json.dumps(card))
    assert "| **50.0** (40.0 to 60.0, n = 100; 35.0 to 65.0 over 12 artists) |" in table(models)
    assert table(models).count("over 12 artists") == 1  # accuracies only, of that card


def test_the_table_has_the_mean_of_several_seeds_where_a_card_has_them(tmp_path: Path) -> None:
    models = write_models(tmp_path, with_keras=False)
    path = models / "vote" / "card.json"
    card = json.loads(path.read_text())
    card["scores"]["filtered"]["accuracy_by_seed"] = [0.5, 0.52, 0.57]
    path.write_text(json.dumps(card))
    assert "n = 100; mean of 3 seeds 53.0: 50.0, 52.0, 57.0) |" in table(models)


def test_every_make_target_that_is_named_exists(root: Path, readme: str) -> None:
    named = set(re.findall(r"`?\bmake ([a-z][a-z-]+)", readme + (root / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert named
    assert named <= targets


def test_every_path_that_is_named_exists(root: Path, readme: str) -> None:
    named = {
        word for word in re.findall(r"(?:mgc|tests|scripts|docker|docs|models)/[\w./-]*\w", readme) if "*" not in word
    }
    assert named
    assert [name for name in sorted(named) if not (root / name).exists()] == []


def test_the_manifest_for_kubernetes_sets_what_the_program_knows(root: Path) -> None:
    yaml = pytest.importorskip("yaml")
    parts = list(yaml.safe_load_all((root / "docs" / "kubernetes.yaml").read_text()))
    pods = [one["spec"]["template"]["spec"]["containers"][0] for one in parts if one["kind"] == "Deployment"]
    assert [pod.get("command", [""])[-1] for pod in pods] == ["scheduler", "worker", ""]
    for pod in pods:
        assert {one["name"].removeprefix("MGC_").lower() for one in pod["env"]} <= set(Settings.model_fields)


def test_the_locks_name_no_index_and_no_path(root: Path) -> None:
    for path in root.glob("requirements*.txt"):
        for line in path.read_text().splitlines():
            assert re.match(r"[a-z0-9._-]+==\S+|\s*#", line), f"{path.name}: {line}"
