"""Every recipe, from a data set to a model that classifies an upload: on three made-up genres and on the studio."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner

from mgc import runs
from mgc.cli import app
from mgc.datasets import registry
from mgc.extraction import job as extraction
from mgc.nets.picture_kernel import SEEN
from mgc.recipes import RECIPES
from mgc.runs import promote
from mgc.settings import settings
from mgc.weights import WEIGHTS
from tests.three_genres import data_set, play

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.nightly,
]
KINDS = ("descriptors", "mel", "embeddings")
RANDOM = "import keras, sys; keras.applications.{build}(weights=None, include_top=False).save(sys.argv[1])"
QUICK = {"epochs": 2, "patience": 0}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Path]:
    """Return a home with both data sets, extracted with YAMNet, and a folder of weights: real ones, or random."""
    place = tmp_path_factory.mktemp("recipes")
    weights = place / "weights"
    (weights / "models").mkdir(parents=True)
    real = shared / "weights/keras_home/models" / WEIGHTS["mobilenetv2"].file
    (weights / "models" / real.name).symlink_to(real)
    for name, build in (("vgg19", "VGG19"), ("efficientnetb0", "EfficientNetB0"), ("inceptionv3", "InceptionV3")):
        path = weights / "models" / WEIGHTS[name].file
        subprocess.run([sys.executable, "-c", RANDOM.format(build=build), str(path)], check=True, capture_output=True)
    environment = {
        "MGC_WEIGHTS": str(weights),
        "MGC_YAMNET": str(shared / "weights/yamnet.h5"),
        "MGC_STUDIO_SONGS": "3",
    }
    patching = pytest.MonkeyPatch()
    with data_set(place, patching, **environment) as name:
        registry.make_studio()
        for each in (name, "studio"):
            assert extraction.start(each, KINDS).state == "finished"
        yield place
    patching.undo()
    settings.cache_clear()


@pytest.mark.parametrize("dataset", ["sounds", "studio"])
@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_becomes_a_model_that_classifies_an_upload(name: str, dataset: str, home: Path) -> None:
    options = {key: value for key, value in QUICK.items() if key in RECIPES[name].options}
    run = runs.start(runs.make_plan(dataset, name, "tracks", folds=2, options=options))
    if RECIPES[name].net in SEEN and dataset == "sounds":  # they last six seconds
        assert run.job.why == "No track of bells in the training part lasts 11.5 s or more."
        return
    assert run.job.state == "finished", run.job.why
    said = runs.predictions(run.id)
    assert len(said.units) == run.config.tracks
    np.testing.assert_allclose(said.probabilities.sum(axis=1), 1.0, atol=1e-4)
    job = promote.start(run.id)
    assert job.state == "finished", job.why
    (song := home / "bells.wav").write_bytes(play("bells", 99))
    done = CliRunner().invoke(app, ["classify", str(song), "--model", job.result["model"], "--json"])
    assert done.exit_code == 0, done.output
    [answer] = json.loads(done.stdout)
    assert set(answer["probabilities"]) == set(run.config.classes)
    assert sum(answer["probabilities"].values()) == pytest.approx(1.0, abs=1e-3)
