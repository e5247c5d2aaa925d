"""From what the models said to a verdict: thresholds, temperatures, reasons, and the JSON contract."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mgc.audio.clip import Heard
from mgc.genres import GENRES
from mgc.models.catalog import Catalog
from mgc.models.storage import classes_of
from mgc.nets import picture_cnn
from mgc.prediction import Analysis, Member, predict
from tests.app.fakes import heard_tags
from tests.model_fixtures import CALIBRATION, CONFIG, SCORES, write_card, write_models

if TYPE_CHECKING:
    from pathlib import Path

HEARD = Heard(format="WAV", sample_rate=44_100, channels=2, seconds=30.04, used_seconds=30.04)


def an_analysis(p: float, distance: float | None = 1.0, second: float | None = None, **facts: Any) -> Analysis:
    row = np.full(10, (1 - p) / 9)
    if second is not None:
        row[:] = (1 - p - second) / 8
        row[GENRES.index("blues")] = second
    row[GENRES.index("rock")] = p
    rows = np.tile(row, (2, 1))
    members = {"pictures": Member(rows), "descriptors": Member(rows, distance=distance)}
    return Analysis(4.0, members, {}, HEARD, **facts)


def limited(tmp_path: Path, **limits: float | None) -> Catalog:
    write_models(tmp_path, with_keras=False)
    write_card(tmp_path, "pictures", calibration=CALIBRATION | {"unsure_below": 0.55, **limits})
    return Catalog(tmp_path)


def test_the_verdict_is_unsure_below_the_threshold_and_says_why(tmp_path: Path) -> None:
    models = limited(tmp_path, unfamiliar_above=None)
    sure = predict(an_analysis(0.55), catalog=models, model="pictures")
    assert (sure.verdict, sure.genre, sure.reason) == ("rock", "rock", "")
    unsure = predict(an_analysis(0.41), catalog=models, model="pictures")
    assert (unsure.verdict, unsure.outcome, unsure.genre) == ("unsure", "unsure", "rock")
    assert unsure.reason == "No genre is sure enough: Rock has 41 %; a genre is named from 55 % on."
    assert "54.9 %; a genre is named from 55.0 % on" in (
        predict(an_analysis(0.549), catalog=models, model="pictures").reason
    )


def test_the_verdict_is_unsure_for_what_is_unlike_the_training_data(tmp_path: Path) -> None:
    models = limited(tmp_path, unfamiliar_above=1.8)
    assert predict(an_analysis(0.9, 1.8), catalog=models, model="pictures").verdict == "rock"
    far = predict(an_analysis(0.9, 2.31), catalog=models, model="pictures")
    assert (far.verdict, far.genre) == ("unsure", "rock")
    assert far.reason == "It is unlike all music that the model was trained on (distance 2.31; up to 1.80 is usual)."
    just = predict(an_analysis(0.9, 1.804), catalog=models, model="pictures")
    assert "(distance 1.804; up to 1.800 is usual)" in just.reason
    assert predict(an_analysis(0.9, None), catalog=models, model="pictures").verdict == "rock"


def test_two_genres_that_are_close_are_both_named(tmp_path: Path) -> None:
    answer = predict(an_analysis(0.45, second=0.35), catalog=limited(tmp_path, unfamiliar_above=None), model="pictures")
    assert (answer.verdict, answer.outcome) == ("unsure", "between")
    assert answer.reason == "Rock and Blues are close (45 and 35 %); a genre is named from 55 % on."


def test_a_second_genre_that_is_far_behind_is_not_close(tmp_path: Path) -> None:
    models = limited(tmp_path, unfamiliar_above=None, unsure_below=0.8)
    assert predict(an_analysis(0.57, second=0.05), catalog=models, model="pictures").outcome == "unsure"
    assert predict(an_analysis(0.68, second=0.17), catalog=models, model="pictures").outcome == "unsure"
    assert predict(an_analysis(0.54, second=0.45), catalog=models, model="pictures").outcome == "between"


def test_what_is_no_music_is_named_and_gets_no_genre_however_sure_a_model_is(tmp_path: Path) -> None:
    models = limited(tmp_path, unfamiliar_above=None)
    answer = predict(an_analysis(0.99, tags=heard_tags(0.02, speech=0.96)), catalog=models, model="pictures")
    assert (answer.verdict, answer.outcome) == ("unsure", "not music")
    assert answer.reason == "Speech is heard (96 %), but hardly any music."
    assert answer.to_json()["sounds"] == [{"name": "speech", "score": 0.96}]
    nothing = predict(an_analysis(0.99, tags=heard_tags(0.1)), catalog=models, model="pictures")
    assert nothing.reason == "Hardly any music is heard, nor any other sound that is known here."


def test_pauses_count_only_where_nobody_listened_for_music(tmp_path: Path) -> None:
    models = limited(tmp_path, unfamiliar_above=1.8, pauses_above=0.1)
    assert predict(an_analysis(0.9, pauses=0.2), catalog=models, model="pictures").outcome == "none"
    answer = predict(an_analysis(0.9, pauses=0.2, tags=heard_tags(0.8, singing=0.1)), catalog=models, model="pictures")
    assert answer.verdict == "rock"
    far = an_analysis(0.9, distance=1.9, tags=heard_tags(0.8))
    assert predict(far, catalog=models, model="pictures").outcome == "none"


@pytest.mark.parametrize(
    ("ten", "other", "reason"),
    [
        (0.03, ("techno", 0.29), ""),  # a genre of ours is heard, too
        (0.03, ("techno", 0.31), "It sounds like techno music, which is none of these genres."),
        (0.002, ("lullaby", 0.04), ""),  # too faint
        (0.0009, ("lullaby", 0.04), "None of these genres was recognised."),
    ],
)
def test_a_style_that_is_none_of_the_ten_is_named_instead_of_a_genre(
    tmp_path: Path, ten: float, other: tuple[str, float], reason: str
) -> None:
    models = limited(tmp_path, unfamiliar_above=None)
    tags = replace(heard_tags(0.9), genres=dict.fromkeys(GENRES, 0.0) | {"jazz": ten}, other_style=other)
    answer = predict(an_analysis(0.99, tags=tags), catalog=models, model="pictures")
    assert (answer.outcome, answer.reason) == ("none" if reason else "genre", reason)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"rock": 0.01, "reggae": 0.11}, "It sounds like reggae, which is none of these genres."),
        ({"rock": 0.01, "hiphop": 0.11}, "It sounds like hip-hop, which is none of these genres."),
        ({"rock": 0.02, "reggae": 0.11}, ""),  # a genre of the model's is heard, too
        ({"rock": 0.005, "reggae": 0.09}, ""),  # too faint
        ({"rock": 0.0009, "reggae": 0.09}, "None of these genres was recognised."),
    ],
)
def test_one_of_the_ten_that_a_model_does_not_know_is_named_instead_of_its_genres(
    tmp_path: Path, said: dict[str, float], reason: str
) -> None:
    write_models(tmp_path, with_keras=False)
    few = ("blues", "classical", "jazz", "rock")
    score = SCORES | {"confusion": (25 * np.eye(4, dtype=int)).tolist()}
    write_card(
        tmp_path, "pictures", classes=classes_of(few), parameters=picture_cnn.parameter_count(CONFIG, 4),
        scores={"filtered": score, "tracks": score},
    )  # fmt: skip
    members = {"pictures": Member(np.array([[0.01, 0.01, 0.01, 0.97]]))}
    tags = replace(heard_tags(0.9), genres=dict.fromkeys(GENRES, 0.0) | said)
    answer = predict(Analysis(4.0, members, {}, HEARD, tags=tags), catalog=Catalog(tmp_path), model="pictures")
    assert (answer.outcome, answer.reason) == ("none" if reason else "genre", reason)


def test_a_narrow_recording_is_noted_whatever_the_verdict(tmp_path: Path) -> None:
    models = limited(tmp_path, unfamiliar_above=None)
    narrow = predict(an_analysis(0.9, edge=4_912.0), catalog=models, model="pictures")
    assert (narrow.verdict, narrow.notes) == (
        "rock",
        ("A narrow recording: there is nothing above 4.9 kHz, so the answer is less reliable.",),
    )
    assert predict(an_analysis(0.9, edge=9_000.0), catalog=models, model="pictures").notes == ()


def test_a_temperature_moves_the_confidence_and_never_the_genre(tmp_path: Path) -> None:
    write_models(tmp_path, with_keras=False)
    heard = []
    for temperature in (0.5, 1.0, 2.0):
        limits = {"temperature": temperature, "unsure_below": 0.0, "unfamiliar_above": None}
        write_card(tmp_path, "pictures", calibration=limits)
        heard.append(predict(an_analysis(0.4), catalog=Catalog(tmp_path), model="pictures"))
    assert {answer.genre for answer in heard} == {"rock"}
    assert heard[0].confidence > heard[1].confidence > heard[2].confidence
    assert heard[1].confidence == pytest.approx(0.4)


def test_json_is_the_contract_of_the_command_line(tmp_path: Path) -> None:
    answer = predict(an_analysis(0.9), catalog=limited(tmp_path, unfamiliar_above=None), model="pictures")
    data = answer.to_json()
    assert list(data) == [
        "verdict", "genre", "confidence", "probabilities", "timeline", "heard", "model", "protocol",
        "outcome", "notes", "sounds",
    ]  # fmt: skip
    assert data["heard"] == {
        "format": "WAV", "sample_rate": 44_100, "channels": 2, "seconds": 30.04, "used_seconds": 30.04,
    }  # fmt: skip
    assert list(data["probabilities"]) == list(GENRES)
    assert [(one["start"], one["end"]) for one in data["timeline"]] == [(0.0, 3.0), (1.0, 4.0)]
    assert set(data["timeline"][0]) == {"start", "end", "music", "probabilities"}
    assert (data["model"], data["protocol"]) == ("pictures", "filtered")


def test_windows_in_which_no_music_is_heard_are_told_apart(tmp_path: Path) -> None:
    tags = heard_tags(0.9)
    tags.music_timeline[:4] = 0.01  # middles up to 1.9 s
    models = limited(tmp_path, unfamiliar_above=None)
    answer = predict(an_analysis(0.9, tags=tags, start=20.0), catalog=models, model="pictures")
    assert [(one.start, one.is_music) for one in answer.timeline] == [(20.0, True), (21.0, True)]
    talk = predict(an_analysis(0.9, tags=replace(tags, music_timeline=tags.music_timeline / 10)), catalog=models)
    assert not any(one.is_music for one in talk.timeline)
    assert [one["music"] for one in talk.to_json()["timeline"]] == [False, False]
    assert all(one.is_music for one in predict(an_analysis(0.9), catalog=models, model="pictures").timeline)
