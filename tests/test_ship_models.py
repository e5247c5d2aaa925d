"""The whole way from a tree to what ships, on a tiny tree of noise: every step runs, only the numbers mean nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import typer

from mgc import runs
from mgc.datasets import gtzan
from mgc.errors import MgcError
from mgc.evaluation import one_table
from mgc.features.descriptors import COLUMNS
from mgc.features.pictures import N_COLUMNS
from mgc.models.catalog import Catalog, shipped_pins
from mgc.runs import gallery
from mgc.settings import settings
from scripts import ship_models
from tests.kaggle_figures import draw, encode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Keras 3.15 converts TensorFlow variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

GENRES = ("classical", "jazz", "metal")  # three of the ten: the steps are the same, and a third of the time
PARTS = {"train": 6, "valid": 2, "test": 4}  # clips of each genre


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Kaggle-shaped tree of 36 clips whose pictures and numbers are noise around their genre."""
    root = tmp_path_factory.mktemp("tree") / "Data"
    rng = np.random.default_rng(0)
    rows: list[dict[str, object]] = []
    segments: list[dict[str, object]] = []
    for number, genre in enumerate(GENRES):
        (root / "images_original" / genre).mkdir(parents=True)
        for name in _ids(genre):
            noise = rng.normal(60 * number, 12, (128, N_COLUMNS)).clip(0, 255).astype(np.uint8)
            png = root / "images_original" / genre / f"{name.replace('.', '')}.png"
            png.write_bytes(encode(draw(noise)))
            for table, ending in ((rows, "wav"), (segments, "0.wav"), (segments, "1.wav")):
                numbers = rng.lognormal(0.1 * number, 0.3, len(COLUMNS))
                table.append({"filename": f"{name}.{ending}", **dict(zip(COLUMNS, numbers, strict=True))})
    pd.DataFrame(rows).to_csv(root / "features_30_sec.csv", index=False)
    pd.DataFrame(segments).to_csv(root / "features_3_sec.csv", index=False)
    return root.parent


def _ids(genre: str) -> list[str]:
    known = [track for track in gtzan.tracks() if track.genre == genre and track.id != "jazz.00054"]
    return [track.id for part, n in PARTS.items() for track in [one for one in known if one.part == part][:n]]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Make the recipes tiny, in a home of their own whose jobs run here; yield where pins are written."""
    tiny = {"epochs": 1, "width": 33, "crops": 1}
    monkeypatch.setattr(ship_models, "OPTIONS", {**ship_models.OPTIONS, "pictures": tiny})
    monkeypatch.setattr(ship_models, "SEEDS", (20261121, 2))
    monkeypatch.setattr(ship_models, "FOLDS", {"artists": 2, "filtered": 1, "tracks": 2})
    monkeypatch.setenv("MGC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MGC_JOBS", "inline")
    settings.cache_clear()
    yield tmp_path / "pins.json"
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.slow
@pytest.mark.nightly
def test_what_main_writes_is_what_the_catalogue_opens_and_a_second_call_trains_no_fold_again(
    tree: Path, quick: Path, tmp_path: Path
) -> None:
    out = tmp_path / "models"
    ship_models.main(tree, out, quick)
    catalog = Catalog(out, pins=shipped_pins(quick))
    assert [card.id for card in catalog.cards()] == ["vote", "pictures", "textures", "photo", "descriptors"]
    assert catalog.broken() == {}
    vote = catalog.card("vote")
    assert (vote.members, vote.genres) == (("descriptors", "textures", "photo", "pictures"), GENRES)
    seeds = [scores.accuracy_by_seed for scores in vote.scores.values()]  # None where both came to the same
    assert all(each is None or len(set(each)) == 2 for each in seeds)
    assert {name: scores.accuracy.n for name, scores in vote.scores.items()} == {
        "tracks": 36,
        "artists": 36,
        "filtered": 12,
    }
    assert {row.protocol for row in one_table.read(out)} == {"segments", "tracks", "artists", "filtered"}
    assert catalog.weights("pictures").exists()
    before, known = (out / "vote" / "card.json").read_bytes(), len(runs.runs())
    ship_models.main(tree, out, quick)
    assert (out / "vote" / "card.json").read_bytes() == before
    assert len(runs.runs()) == known == 18


def test_a_tree_without_tables_is_refused_in_one_sentence(tree: Path, quick: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare" / "Data"
    bare.mkdir(parents=True)
    (bare / "images_original").symlink_to(tree / "Data" / "images_original")
    with pytest.raises(MgcError, match="descriptors"):
        ship_models.train(bare.parent, tmp_path / "models", ["descriptors"])


def test_a_model_that_does_not_ship_is_named_before_anything_is_trained(
    tree: Path, quick: Path, tmp_path: Path
) -> None:
    with pytest.raises(
        typer.BadParameter, match="There is no model listener; known: descriptors, textures, photo, pictures"
    ):
        ship_models.main(tree, tmp_path / "models", quick, only=["listener"])
    assert runs.runs() == ()


def test_what_the_gallery_holds_is_not_trained_again_unless_there_is_a_run_of_ones_own(
    tree: Path, quick: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = ship_models.data_set(tree)
    own = ship_models.recorded(name, "textures", "filtered", 5)
    assert own.id == str(runs.runs()[0].id)
    monkeypatch.setattr(gallery, "ROOT", tmp_path / "gallery")
    gallery.keep("texture-svm-filtered", own, title="Textures", note="")
    assert ship_models.recorded(name, "textures", "filtered", 5).id == own.id
    monkeypatch.setattr(ship_models.runs, "runs", tuple)
    held = ship_models.recorded(name, "textures", "filtered", 5)
    assert (held.id, held.said.units) == ("texture-svm-filtered", own.said.units)
