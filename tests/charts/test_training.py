"""The curves of a run: a line for each fold and one for their mean, as far as the folds have come."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from mgc.charts.training import curves


def epoch(fold: int, number: int, val_loss: float | None = 1.0) -> dict[str, float | None]:
    value = None if val_loss is None else 0.5
    return {
        "fold": fold, "number": number, "loss": 1.0 / number + fold, "accuracy": 0.25,
        "val_loss": val_loss, "val_accuracy": value,
    }  # fmt: skip


def test_each_fold_is_a_line_and_the_mean_goes_as_far_as_all_have_come() -> None:
    drawn = curves([epoch(0, 1), epoch(0, 2), epoch(0, 3), epoch(1, 1), epoch(1, 2)], {0: 2})
    loss, accuracy = drawn.panels
    lines = {line["name"]: line for line in loss["lines"]}
    assert set(lines) == {f"{part} {which}" for part in ("training", "validation") for which in ("0", "1", "mean")}
    assert len(lines["training 0"]["values"]) == drawn.epochs == 3
    assert lines["training mean"]["values"] == pytest.approx([1.5, 1.0])
    assert [line["name"] for line in loss["lines"] if line["thick"]] == ["training mean", "validation mean"]
    assert loss["rings"] == [[2, 1.0]]
    assert accuracy["rings"] == [[2, 0.5]]
    assert (loss["percent"], accuracy["percent"]) == (False, True)
    assert "2 folds over 3 epochs" in drawn.alt
    assert "training 1.000" in drawn.alt


def test_without_validation_there_is_only_training_and_a_single_fold_is_its_own_mean() -> None:
    drawn = curves([epoch(0, 1, None), epoch(0, 2, None)], {0: 2})
    assert [line["name"] for line in drawn.panels[0]["lines"]] == ["training 0"]
    assert drawn.panels[0]["lines"][0]["thick"]
    assert drawn.panels[0]["rings"] == []


def test_a_hundred_epochs_of_ten_folds_are_a_small_message() -> None:
    drawn = curves([epoch(fold, number) for fold in range(10) for number in range(1, 101)], {})
    assert len(json.dumps(asdict(drawn))) < 100_000
