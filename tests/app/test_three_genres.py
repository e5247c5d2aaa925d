"""H5: models of three made-up genres, trained and promoted here, classify an upload beside the shipped ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mgc import runs
from mgc.models.catalog import catalog
from mgc.models.storage import classes_of
from mgc.runs import promote
from mgc.ui import resources
from tests.app.conftest import words
from tests.three_genres import GENRES, play

if TYPE_CHECKING:
    from pathlib import Path

# Keras 3.15 converts TensorFlow variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

TITLES = {"shapes": "Shapes, descriptors", "shapes-net": "Shapes, pictures"}
TRAINED = {
    "shapes": ("kernel-table", {"clip_landmarks": 20, "window_landmarks": 20}),
    "shapes-net": ("picture-cnn", {"epochs": 6, "width": 33, "batch_size": 12}),
}


def promoted(name: str) -> None:
    """Train, score and write a descriptor model, a picture network and their vote."""
    made = {}
    for model, (recipe, options) in TRAINED.items():
        made[model] = [runs.start(runs.make_plan(name, recipe, "tracks", folds=2, tested=1, options=options))]
        runs.describe(made[model][0].id, title=TITLES[model])
        made[model] = [runs.run(made[model][0].id)]
        job = promote.start(made[model][0].id, model)
        assert job.state == "finished", job.why
    promote.write_vote("shapes-vote", {model: [runs.recorded(of[0].id)] for model, of in made.items()})


def test_models_of_three_made_up_genres_classify_an_upload_beside_the_shipped_ones(
    three: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.setattr(resources, "start_warm_up", lambda: None)
    app = AppTest.from_file(str(root / "app.py"), default_timeout=120).run()
    shipped = ["Vote", "Picture network", "Textures", "Photo layers", "Descriptors"]
    assert app.button_group(key="model").options == shipped

    promoted(three)
    assert catalog().broken() == {}
    app.run()  # no restart: the catalogue notices the folder
    # Two votes have one title, so the ids stand behind them.
    options = {"Vote (vote)", "Vote (shapes-vote)", *shipped[1:], *TITLES.values()}
    assert set(app.button_group(key="model").options) == options

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
        assert "3 genres: Bells, Drones, Ticks. Trained on sounds, 24 clips." in said
        assert "All models on this song" in said
        for title in (*shipped, *TITLES.values()):
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
