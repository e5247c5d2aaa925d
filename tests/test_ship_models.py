"""The whole way from a tree to what ships, on a tiny tree of noise: every step runs, only the numbers mean nothing."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from mgc.datasets import gtzan
from mgc.errors import DatasetError
from mgc.evaluation import one_table
from mgc.features.descriptors import COLUMNS
from mgc.features.pictures import N_COLUMNS
from mgc.models.catalog import Catalog, shipped_pins
from mgc.nets.picture_cnn import CNNConfig
from mgc.recipes import RECIPES, DescriptorRecipe, PictureRecipe
from mgc.training import picture
from mgc.training.out_of_fold import _print_of
from scripts import ship_models
from scripts.ship_models import gather
from tests.kaggle_figures import draw, encode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Even though the `tf.config:UserWarning"),  # its batches are traced all the same
]

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
    """Make the recipes tiny and trace no graphs, which takes most of a tiny training; yield where pins are written."""
    import tensorflow as tf

    pictures, descriptors = RECIPES["pictures"], RECIPES["descriptors"]
    assert isinstance(pictures, PictureRecipe)
    assert isinstance(descriptors, DescriptorRecipe)
    small = replace(pictures, net=CNNConfig(channels=(4, 6), band_pool=4), epochs=2, width=33, crops=1)
    monkeypatch.setattr(ship_models, "RECIPES", MappingProxyType({"pictures": small, "descriptors": descriptors}))
    monkeypatch.setattr(ship_models, "GENRES", GENRES)
    monkeypatch.setattr(ship_models, "FOLDS", {"artists": 2, "filtered": 1, "tracks": 2})
    tf.config.run_functions_eagerly(True)
    yield tmp_path / "pins.json"
    tf.config.run_functions_eagerly(False)


def test_what_main_writes_is_what_the_catalogue_opens_and_a_second_run_trains_nothing(
    tree: Path, quick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, out = tmp_path / "work", tmp_path / "models"
    ship_models.main(tree, work, out, quick)
    catalog = Catalog(out, pins=shipped_pins(quick))
    assert [card.id for card in catalog.cards()] == ["vote", "pictures", "descriptors"]
    assert catalog.broken() == {}
    vote = catalog.card("vote")
    assert (vote.members, vote.genres) == (("descriptors", "pictures"), GENRES)
    assert {name: scores.accuracy.n for name, scores in vote.scores.items()} == {
        "tracks": 36,
        "artists": 36,
        "filtered": 12,
    }
    assert {row.protocol for row in one_table.read(out)} == {"segments", "tracks", "artists", "filtered"}
    assert catalog.weights("pictures").exists()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr(picture, "fit", refuse)
    first = (out / "vote" / "card.json").read_bytes()
    ship_models.main(tree, work, out, quick)
    assert (out / "vote" / "card.json").read_bytes() == first


def test_other_pictures_are_another_material(tree: Path, quick: Path) -> None:
    material = gather(tree)
    other = replace(material, pictures=material.pictures.copy())
    other.pictures[0, 0, 0] ^= 1
    assert _print_of(material) != _print_of(other)


def test_a_tree_without_tables_is_refused_in_one_sentence(tree: Path, tmp_path: Path) -> None:
    bare = tmp_path / "Data"
    bare.mkdir()
    (bare / "images_original").symlink_to(tree / "Data" / "images_original")
    with pytest.raises(DatasetError, match=r"features_30_sec\.csv"):
        gather(tmp_path)
