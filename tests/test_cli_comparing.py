"""``compare``, ``card``, ``confusion`` and ``ladder``, on runs of a made-up data set and of the gallery."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from mgc import runs
from mgc.cli import app
from mgc.runs import gallery, ladder
from tests.three_genres import CLIPS, GENRES

if TYPE_CHECKING:
    from pathlib import Path


def mgc(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def pair(three: str) -> tuple[int, int]:
    """Return two finished runs over the same folds."""
    made = [runs.start(runs.make_plan(three, name, "tracks", folds=2)).id for name in ("knn-table", "logreg-table")]
    return made[0], made[1]


def test_compare_has_scores_with_intervals_and_all_tests_of_each_pair(pair: tuple[int, int]) -> None:
    done = mgc("compare", *pair, "--json")
    assert done.exit_code == 0, done.output
    record = json.loads(done.stdout)
    assert record["n"] == CLIPS * len(GENRES)
    for id in map(str, pair):
        said = runs.recorded(id).said
        right = float((said.probabilities.argmax(axis=1) == said.labels).mean())
        score = record["scores"][id]["accuracy"]
        assert score["value"] == pytest.approx(right)
        assert score["over_clips"]["low"] <= right <= score["over_clips"]["high"]
        assert runs.to_json(id)["scores"]["accuracy"]["low"] == pytest.approx(score["over_clips"]["low"])
        assert record["costs"][id]["seconds"] > 0
    [found] = record["pairs"]
    assert {"mcnemar", "corrected_t", "bootstrap"} <= set(found)
    assert found["mcnemar"]["only_a"] == len(found["only_a"])
    assert found["words"] in mgc("compare", *pair).stdout.replace("95 %", "95\N{NO-BREAK SPACE}%")


@pytest.mark.parametrize(("other", "sentence"), [("artists", "under the protocol"), (None, "at least two runs")])
def test_what_cannot_be_compared_is_one_sentence(three: str, pair: tuple[int, int], other: Any, sentence: str) -> None:
    ids = [pair[0]]
    if other:
        ids.append(runs.start(runs.make_plan(three, "knn-table", other, folds=2)).id)
    done = mgc("compare", *ids, "--json")
    assert done.exit_code == 1
    error = json.loads(done.stdout)["error"]
    assert error["type"] == "ComparisonError"
    assert sentence in error["message"]


def test_a_card_says_what_was_tested_and_what_the_scores_do_not_say(pair: tuple[int, int]) -> None:
    text = mgc("card", pair[0]).stdout
    score = runs.to_json(pair[0])["scores"]["accuracy"]
    assert f"**{100 * score['value']:.1f} % of {score['n']} clips correct**" in text
    assert "their artists may be in the training part" in text
    assert "What the scores do not say" in text
    assert mgc("card", "nothing").exit_code == 1


def test_a_confusion_matrix_sums_to_the_tested_clips_pooled_and_by_fold(pair: tuple[int, int]) -> None:
    rows = list(csv.reader(io.StringIO(mgc("confusion", pair[0], "--csv").stdout)))
    assert rows[0] == ["label", *GENRES]
    counts = [[int(cell) for cell in row[1:]] for row in rows[1:]]
    assert sum(map(sum, counts)) == CLIPS * len(GENRES)
    folds = [json.loads(mgc("confusion", pair[0], "--fold", k, "--json").stdout)["counts"] for k in (1, 2)]
    assert [[a + b for a, b in zip(*both, strict=True)] for both in zip(*folds, strict=True)] == counts


@pytest.mark.nightly
def test_a_ladder_trains_what_is_missing_and_only_that(three: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "FOLDS", 2)
    done = mgc("ladder", "--dataset", three, "--recipe", "logreg-table", "--json")
    assert done.exit_code == 0, done.output
    rungs = json.loads(done.stdout)["rungs"]
    assert [one["protocol"] for one in rungs] == ["segments", "tracks", "artists"]
    assert all(0.0 <= one["accuracy"]["low"] <= one["accuracy"]["value"] for one in rungs)
    n_runs = len(runs.runs())
    assert json.loads(mgc("ladder", "--dataset", three, "--recipe", "logreg-table", "--json").stdout)["rungs"] == rungs
    assert len(runs.runs()) == n_runs


def test_runs_lists_own_runs_and_the_gallery(
    pair: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery, "ROOT", tmp_path)
    gallery.keep("recorded", runs.recorded(pair[0]), title="Recorded", note="")
    records = json.loads(mgc("runs", "--json").stdout)
    assert {one["id"]: one["source"] for one in records if one["id"] in (*pair, "recorded")} == {
        pair[0]: "own",
        pair[1]: "own",
        "recorded": "gallery",
    }
    assert json.loads(mgc("run", "recorded", "--json").stdout)["scores"] == runs.to_json("recorded")["scores"]
    assert "exactly the same clips" in mgc("compare", pair[0], "recorded").stdout


@pytest.mark.parametrize("words", [("confusion", "{id}", "--fold", "9"), ("run", "9" * 40), ("card", "9" * 5000)])
def test_what_is_not_there_is_one_sentence(pair: tuple[int, int], words: tuple[str, ...]) -> None:
    done = mgc(*(word.format(id=pair[0]) for word in words), "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"]["type"] in ("RecipeError", "JobError")


def test_a_card_shows_a_persons_words_letter_by_letter(pair: tuple[int, int]) -> None:
    runs.describe(pair[1], title="x\n# <img src=y>", note="a|b")
    text = mgc("card", pair[1]).stdout
    runs.describe(pair[1], title="", note="")
    assert text.startswith("# x \\# \\<img src=y\\>\n")
    assert "a\\|b" in text
