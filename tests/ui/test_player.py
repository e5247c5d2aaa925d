from __future__ import annotations

import json

import numpy as np
import pytest

from mgc.charts.theme import contrast
from mgc.genres import GENRES
from mgc.inference import Analysis, Member, predict
from mgc.models.catalog import Catalog
from mgc.ui import player
from tests.app import fakes
from tests.model_fixtures import write_models


@pytest.mark.parametrize(("view", "has_picture"), [("mel", True), ("log", True), ("wave", False)])
def test_the_component_gets_a_picture_or_peaks(view, has_picture):
    data = player.payload(fakes.prediction(), fakes.listened().pictures, view=view, offset=0.0)
    assert (data["picture"] is not None) == has_picture
    assert (data["peaks"] is None) == has_picture
    json.dumps(data)


def test_the_timeline_is_given_by_the_middles_of_the_windows():
    data = player.payload(fakes.prediction(), fakes.listened().pictures, view="mel", offset=50.0)
    assert data["times"][:2] == [1.5, 2.5]
    assert len(data["rows"]) == len(data["times"])
    assert all(len(row) == len(GENRES) and abs(sum(row) - 1) < 0.01 for row in data["rows"])
    assert (data["duration"], data["offset"]) == (30.0, 50.0)


def test_the_list_of_genres_is_ordered_by_what_made_the_verdict(tmp_path):
    """The windows favour disco, the longer stretches reggae, and so does the song."""
    windows, blocks = np.full((2, 28, 10), 0.01)
    windows[:, GENRES.index("disco")], windows[:, GENRES.index("reggae")] = 0.5, 0.42
    blocks[:, GENRES.index("disco")], blocks[:, GENRES.index("reggae")] = 0.1, 0.82
    write_models(tmp_path, with_keras=False)
    analysis = Analysis(30.0, {"pictures": Member(windows, blocks)}, {}, fakes.heard())
    prediction = predict(analysis, catalog=Catalog(tmp_path), model="pictures")
    assert prediction.genre == "reggae"
    shown = player.payload(prediction, fakes.listened().pictures, view="mel", offset=0.0)["song"]
    assert [one["label"] for one in shown] == ["Reggae", "Disco"]
    assert shown[0]["p"] == round(prediction.confidence, 3)


def test_ten_minutes_stay_a_small_message():
    prediction = fakes.prediction(of=fakes.heard(seconds=600.0, used_seconds=600.0))
    data = player.payload(prediction, fakes.listened().pictures, view="wave", offset=0.0)
    assert len(json.dumps(data)) < 100_000


def test_our_script_reaches_for_nothing_outside_and_writes_no_html(root):
    script = (root / "mgc" / "ui" / "player" / "player.js").read_text()
    for reach in ("http", "fetch(", "innerHTML", "eval(", "import ", "document.write"):
        assert reach not in script


def test_every_genre_of_the_timeline_can_be_seen_on_the_dark_page():
    data = player.payload(fakes.prediction(), fakes.listened().pictures, view="mel", offset=0.0)
    assert all(contrast(genre["colour"], "#14181a") >= 3 for genre in [*data["genres"], *data["song"]])
