from __future__ import annotations

import json
from dataclasses import replace

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
    assert shown[0]["p"] == round(prediction.confidence, 6)


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


@pytest.mark.parametrize("patches", [1, 62, 1_251])
def test_each_word_of_what_is_heard_is_a_row_whose_darkest_cell_is_its_highest_score(patches):
    tags = fakes.heard_tags(0.9, patches, singing=0.25, piano=0.04)
    tags.timeline[:] = 0.0
    tags.timeline[0, -1], tags.timeline[1, 0] = 0.36, 0.04
    data = player.heard_rows(replace(tags, start=20.0))
    assert [row["label"] for row in data["heard"]] == ["singing", "piano"]  # of music no shares
    singing, piano = (row["shades"] for row in data["heard"])
    assert len(singing) == len(piano) <= player.MOST_CELLS
    assert (singing[-1], piano[0]) == (100, 33)  # roots: 0.2 of 0.6
    assert data["heard_from"] == 20.0
    assert len(singing) * data["heard_step"] >= patches * 0.48
    assert "of singing, piano;" in data["label"]
    json.dumps(data)


def test_nothing_that_stands_out_has_no_rows():
    assert player.heard_rows(None) == player.heard_rows(fakes.heard_tags(0.9)) == {"heard": []}
    silent = fakes.heard_tags(0.0, silence=0.0)
    assert not any(player.heard_rows(silent)["heard"][0]["shades"])


def test_the_timeline_is_blank_where_there_is_no_music():
    prediction = fakes.prediction()
    first, *rest = prediction.timeline
    spoken = replace(prediction, timeline=(replace(first, is_music=False), *rest))
    rows = player.payload(spoken, fakes.listened().pictures, view="mel", offset=0.0)["rows"]
    assert not any(rows[0])
    assert sum(rows[-1]) == pytest.approx(1.0, abs=0.01)


def test_a_genre_does_not_fade_where_the_music_stops():
    prediction = fakes.prediction()
    first, second, third, *rest = prediction.timeline
    paused = replace(prediction, timeline=(first, replace(second, is_music=False), third, *rest))
    data = player.payload(paused, fakes.listened().pictures, view="mel", offset=0.0)
    assert data["times"][:7] == [1.5, 2.0, 2.0, 2.5, 3.0, 3.0, 3.5]
    assert [round(sum(row), 1) for row in data["rows"][:7]] == [1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0]


def test_silence_at_the_ends_is_blank():
    prediction = fakes.prediction()
    later = tuple(replace(one, start=one.start + 20.0, end=one.end + 20.0) for one in prediction.timeline)
    prediction = replace(prediction, timeline=later, heard=fakes.heard(seconds=60.0, used_seconds=60.0))
    data = player.payload(prediction, fakes.listened().pictures, view="mel", offset=0.0)
    assert (data["times"][:3], data["times"][-2:]) == ([20.0, 20.0, 21.5], [later[-1].end] * 2)
    assert not any(data["rows"][0])
    assert data["rows"][1] == data["rows"][2]
    assert any(data["rows"][-2])
    assert not any(data["rows"][-1])
    assert len(data["rows"]) == len(data["times"])


def test_what_no_window_reaches_at_the_end_is_no_silence():
    prediction = fakes.prediction()
    every_fifth = replace(prediction, timeline=prediction.timeline[:26:5])  # the last ends at 28 s of 30
    rows = player.payload(every_fifth, fakes.listened().pictures, view="mel", offset=0.0)["rows"]
    assert len(rows) == 6
    assert any(rows[-1])
