"""Recorded runs: what is kept of a run is what is read again, fold by fold, and damage is one sentence."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mgc import runs
from mgc.errors import RecipeError
from mgc.recipes import RECIPES
from mgc.runs import gallery
from mgc.runs.gallery import MISSING, PLAN, Planned
from mgc.splits import PROTOCOLS
from scripts import make_gallery

if TYPE_CHECKING:
    from pathlib import Path

PLANNED = Planned("dense-tracks", "ann-table", "tracks", 2, "Dense network", {"epochs": 3, "patience": 0})


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty gallery."""
    monkeypatch.setattr(gallery, "ROOT", tmp_path / "gallery")
    return tmp_path / "gallery"


@pytest.mark.nightly
def test_a_gallery_run_is_made_by_the_engine_read_like_ones_own_and_made_only_once(three: str, root: Path) -> None:
    make_gallery.make(PLANNED, three)
    own = runs.recorded(runs.runs(1)[0].id)
    held = runs.recorded("dense-tracks")
    assert (held.listed.source, held.listed.state, held.listed.title) == ("gallery", "finished", "Dense network")
    assert replace(held.config, name="") == replace(own.config, name="")
    assert held.said.units == own.said.units
    np.testing.assert_array_equal(held.said.labels, own.said.labels)
    np.testing.assert_array_equal(held.said.artists, own.said.artists)
    np.testing.assert_allclose(held.said.probabilities, own.said.probabilities, rtol=1e-3)
    assert held.said.windows is not None
    assert own.said.windows is not None
    np.testing.assert_array_equal(held.said.windows, own.said.windows)
    assert held.folds == own.folds
    assert [(one["fold"], one["number"]) for one in held.history] == [
        (one["fold"], one["number"]) for one in own.history
    ]
    for one, other in zip(held.history, own.history, strict=True):
        assert one == {name: value and pytest.approx(value, rel=1e-3) for name, value in other.items()}
    record = runs.to_json("dense-tracks")
    assert (record["id"], record["source"]) == ("dense-tracks", "gallery")
    assert record["scores"]["accuracy"] == runs.to_json(own.id)["scores"]["accuracy"]
    assert [one.id for one in runs.listed() if one.source == "gallery"] == ["dense-tracks"]

    # Where a fold's file is lost, and the run that made it, that fold alone is trained again.
    runs.delete(int(own.id))
    before = {path.name: path.read_bytes() for path in root.glob("*/fold-*")}
    (root / "dense-tracks/fold-1.json.gz").unlink()
    assert runs.recorded("dense-tracks").listed.state == "partial"
    make_gallery.make(PLANNED, three)
    [again] = [one for one in runs.runs() if one.config.options == own.config.options]
    assert [fold.number for fold in runs.recorded(again.id).folds] == [1]
    assert (root / "dense-tracks/fold-0.json.gz").read_bytes() == before["fold-0.json.gz"]
    np.testing.assert_allclose(runs.recorded("dense-tracks").said.probabilities, held.said.probabilities, rtol=1e-3)

    # An id belongs to one configuration.
    with pytest.raises(RecipeError, match="another configuration"):
        gallery.keep("dense-tracks", _other(runs.recorded(again.id)), title="", note="")


def _other(one: runs.Recorded) -> runs.Recorded:
    return replace(one, listed=replace(one.listed, config=replace(one.config, seed=one.config.seed + 1)))


@pytest.mark.parametrize("data", [b"", b"{", b"\x1f\x8b no gzip", b'{"number": 0}'])
def test_a_damaged_gallery_run_is_one_sentence_and_the_others_are_listed(three: str, root: Path, data: bytes) -> None:
    make_gallery.make(replace(PLANNED, recipe="knn-table", options={}), three)
    (root / "dense-tracks/fold-0.json.gz").write_bytes(data)
    with pytest.raises(RecipeError, match=r"The gallery's run dense-tracks is damaged \(fold-0"):
        runs.recorded("dense-tracks")
    (root / "dense-tracks/fold-0 (1).json.gz").write_bytes(data)  # a copy that somebody made
    assert [one.id for one in runs.listed() if one.source == "gallery"] == ["dense-tracks"]
    (root / "dense-tracks/run.json").write_bytes(data)
    assert [one for one in runs.listed() if one.source == "gallery"] == []


def test_a_run_that_the_gallery_does_not_have_is_one_sentence(root: Path) -> None:
    with pytest.raises(RecipeError, match="no run called 'nothing'"):
        runs.recorded("nothing")
    assert not root.exists()


def test_the_plan_names_what_exists_and_no_id_twice() -> None:
    assert len({one.id for one in PLAN}) == len(PLAN)
    for one in PLAN:
        assert one.protocol in PROTOCOLS
        assert set(one.options) <= set(RECIPES[one.recipe].options)
    assert {one.recipe for one in PLAN} | set(MISSING) == set(RECIPES)


def test_every_run_that_ships_is_planned_and_small() -> None:
    assert gallery.ids()
    planned = {one.id: one for one in PLAN}
    for id in gallery.ids():
        held, plan = runs.recorded(id), planned[id]
        assert held.listed.state in ("finished", "partial")
        assert (held.config.recipe, held.config.protocol) == (plan.recipe, plan.protocol)
        options = RECIPES[plan.recipe].values(plan.options)
        assert held.config.options == options, f"{id} was recorded with other options"
        assert len(held.said.units) == len(set(held.said.units)) == sum(fold.n for fold in held.folds)
        np.testing.assert_allclose(held.said.probabilities.sum(axis=1), 1.0, atol=2e-3)
    size = sum(path.stat().st_size for path in gallery.ROOT.rglob("*") if path.is_file())
    assert size <= 5 * 2**20
    assert all(asdict(gallery.listed(id).config)["name"] == id for id in gallery.ids())
