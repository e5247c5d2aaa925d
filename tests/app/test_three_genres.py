"""H5: models of three made-up genres, trained here, classify an upload beside the shipped ones."""

from __future__ import annotations

import io
import wave
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mgc.audio.clip import SR
from mgc.audio.decode import decode
from mgc.evaluation.metrics import accuracy, bootstrap, confusion, expected_calibration_error, macro_f1
from mgc.evaluation.voting import calibrate, fit_temperature
from mgc.features.descriptors import describe, describe_segments
from mgc.features.pictures import columns_of
from mgc.features.spectrum import spectrum
from mgc.models.catalog import FEATURES, catalog, promoted_root
from mgc.models.storage import classes_of, write_model
from mgc.nets.picture_cnn import CNNConfig
from mgc.recipes import DescriptorRecipe, PictureRecipe
from mgc.settings import settings
from mgc.training import descriptor, picture
from mgc.ui import resources
from tests.app.conftest import words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Keras 3.15 converts TensorFlow variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

GENRES = ("bells", "drones", "ticks")
CLIPS, SECONDS = 8, 6.0


def play(genre: str, seed: int) -> bytes:
    """Return a WAV of one made-up genre: decaying high tones, steady low ones, or bursts of noise."""
    rng = np.random.default_rng((GENRES.index(genre), seed))
    t = np.arange(int(SECONDS * SR)) / SR
    if genre == "bells":
        y = np.exp(-5.0 * (t % 0.7)) * np.sin(2 * np.pi * rng.uniform(900, 1800) * t)
    elif genre == "drones":
        y = sum(np.sin(2 * np.pi * rng.uniform(60, 90) * k * t) / k for k in (1, 2, 3)) / 2
    else:
        y = np.exp(-40.0 * (t % rng.uniform(0.2, 0.3))) * rng.standard_normal(len(t))
    y = 0.4 * y + 0.003 * rng.standard_normal(len(t))
    with wave.open(held := io.BytesIO(), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SR)
        file.writeframes((32_767 * np.clip(y, -1, 1)).astype("<i2").tobytes())
    return held.getvalue()


def scores(p: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
    guess = p.argmax(axis=1)
    found = {name: bootstrap(truth, guess, metric) for name, metric in (("accuracy", accuracy), ("macro_f1", macro_f1))}
    return {
        **{name: {"value": one.value, "low": one.low, "high": one.high, "n": one.n} for name, one in found.items()},
        "ece": expected_calibration_error(p, truth),
        "confusion": confusion(truth, guess, len(GENRES)).tolist(),
        "coverage": 1.0,
        "accuracy_when_sure": found["accuracy"].value,
    }


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """Return descriptors and pictures of a small folder of sounds, one subfolder a genre."""
    folder = tmp_path_factory.mktemp("sounds")
    for genre in GENRES:
        (folder / genre).mkdir()
        for seed in range(CLIPS):
            (folder / genre / f"{seed}.wav").write_bytes(play(genre, seed))
    paths = sorted(folder.glob("*/*.wav"))
    clips = [decode(path.read_bytes()) for path in paths]
    segments = [describe_segments(clip.y, n_segments=2) for clip in clips]
    return {
        "labels": np.array([GENRES.index(path.parent.name) for path in paths]),
        "clips": np.stack([describe(clip.y) for clip in clips]),
        "segments": np.concatenate(segments),
        "owners": np.repeat(np.arange(len(clips)), [len(rows) for rows in segments]),
        "pictures": np.stack([columns_of(spectrum(clip.y)) for clip in clips]),
    }


def promote(material: dict[str, np.ndarray], root: Path) -> None:
    """Train, score and write a descriptor model, a picture network and their vote."""
    labels, owners = material["labels"], material["owners"]

    def kernel(rows: np.ndarray) -> Any:
        mine = np.isin(owners, rows)
        recipe = replace(DescriptorRecipe(), clip_landmarks=20, window_landmarks=20)
        found = (material["clips"][rows], labels[rows], material["segments"][mine], labels[owners[mine]])
        return descriptor.fit_net(*found, recipe, n_classes=len(GENRES), seed=1)

    halves = np.arange(0, len(labels), 2), np.arange(1, len(labels), 2)
    p, truth = kernel(halves[0]).clip.probabilities(material["clips"][halves[1]]), labels[halves[1]]
    temperature = min(fit_temperature(p, truth), 20.0)
    recipe = PictureRecipe(
        net=CNNConfig(channels=(8, 12), band_pool=4, dropout=0.0), epochs=12, width=33, batch_size=12
    )
    network, recipe = picture.fit(material["pictures"], labels, recipe, n_classes=len(GENRES), seed=1)

    def facts(name: str, kind: str, net: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {
            "id": name,
            "title": f"Shapes, {kind}",
            "kind": kind,
            "summary": "Three shapes of sound.",
            "classes": classes_of(GENRES),
            "features": dict(FEATURES),
            "net": net,
            "recipe": {},
            "seed": 1,
            "data": {"name": "Three shapes", "clips": len(labels)},
            "licence": "as this project",
            "splits": {"tracks": {"k": 2, "hash": "0" * 12, "n": len(truth)}},
            "scores": {"tracks": scores(calibrate(p, temperature), truth)},
            "calibration": {
                "temperature": temperature,
                "unsure_below": 0.4,
                "unfamiliar_above": None,
                "distance_by": "shapes",
            },
            "created": "2026-11-28",
            "versions": {"numpy": np.__version__},
            **more,
        }

    everything = kernel(np.arange(len(labels)))
    config = {f"{part}_landmarks": len(getattr(everything, part).landmarks) for part in ("clip", "window")}
    one = write_model(root, facts("shapes", "descriptors", {"name": "descriptor_kernel", "config": config}), everything)
    two = write_model(
        root, facts("shapes-net", "pictures", {"name": "picture_cnn", "config": recipe.net.to_json()}), network
    )
    members = {"members": [one.id, two.id], "parameters": one.parameters + two.parameters}
    write_model(root, facts("shapes-vote", "vote", {"name": "average", "config": {}}, **members))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MGC_HOME", str(tmp_path))
        settings.cache_clear()
        yield tmp_path
    settings.cache_clear()


def test_models_of_three_made_up_genres_classify_an_upload_beside_the_shipped_ones(
    material: dict[str, np.ndarray], home: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.setattr(resources, "start_warm_up", lambda: None)
    app = AppTest.from_file(str(root / "app.py"), default_timeout=120).run()
    shipped = ["Vote", "Picture network", "Descriptors"]
    assert app.button_group(key="model").options == shipped

    promote(material, promoted_root())
    assert catalog().broken() == {}
    app.run()  # no restart: the catalogue notices the folder
    promoted = ["Shapes, descriptors", "Shapes, pictures", "Shapes, vote"]
    assert sorted(app.button_group(key="model").options) == sorted([*shipped, *promoted])

    app.button_group(key="model").set_value("shapes-vote")
    colours = {genre["name"]: genre["colour"] for genre in classes_of(GENRES)}
    for genre in GENRES:
        app.file_uploader[0].set_value((f"{genre}.wav", play(genre, 100), "audio/wav"))
        app.run()
        assert not app.exception
        assert not app.error
        said = words(app)
        name = genre.capitalize()
        assert f"## :color[\u2002{name}\u2002]" in said
        assert f'background="{colours[name]}"' in said
        assert "3 genres: Bells, Drones, Ticks. Trained on Three shapes, 24 clips." in said
        assert "All models on this song" in said
        for title in (*shipped, *promoted):
            assert f"**{title}**" in said
        drawn = "".join(str(component.proto) for component in app.get("bidi_component"))
        for label in colours:
            assert label in drawn
        assert "Hip-hop" not in drawn

    app.button_group(key="model").set_value("vote")
    app.run()
    assert not app.exception
    drawn = "".join(str(component.proto) for component in app.get("bidi_component"))
    assert "Hip-hop" in drawn
    assert "Bells" not in drawn
