from __future__ import annotations

import csv
import io
import json

from mgc.genres import GENRES
from mgc.ui.classify import song
from mgc.ui.classify.listening import Song
from tests.app import fakes


def test_the_json_report_holds_answer_and_card():
    text = song.as_json(fakes.prediction(), fakes.card(), name='a"<b>.wav', sha256="ab" * 32)
    parsed = json.loads(text)
    assert parsed["file"] == 'a"<b>.wav'
    assert parsed["verdict"] == "jazz"
    assert parsed["rule"] == "mean"
    accuracy = parsed["model_card"]["scores"]["filtered"]["accuracy"]
    assert set(accuracy) == {"value", "low", "high", "n"}


def test_the_csv_report_has_one_row_a_window_and_one_column_a_genre():
    prediction = fakes.prediction()
    rows = list(csv.reader(io.StringIO(song.as_csv(prediction))))
    assert rows[0] == ["start", "end", *GENRES]
    assert len(rows) == 1 + len(prediction.timeline)
    assert abs(sum(float(cell) for cell in rows[1][2:]) - 1.0) < 1e-4


def test_a_download_takes_nothing_but_letters_and_digits_from_a_strangers_name():
    def named(name: str) -> str:
        return song.file_name(Song("1", name, b"", "0123456789abcdef"), "json")

    assert named("Blue Monday.mp3") == "mgc-blue-monday-01234567.json"
    assert named("../../etc/passwd") == "mgc-01234567.json"
    assert named("a/b\\c\x00.wav") == "mgc-a-b-c-01234567.json"
    assert named("\u202e") == "mgc-01234567.json"
    assert len(named("a" * 500)) < 64


def test_all_songs_stand_in_one_table_with_the_reason_of_those_without_an_answer():
    answers = [("a.wav", fakes.prediction()), ("=1+1.wav", "This is no audio.")]
    rows = list(csv.DictReader(io.StringIO(song.all_as_csv(answers))))
    assert [row["file"] for row in rows] == ["a.wav", "'=1+1.wav"]
    assert rows[0]["verdict"] == "jazz"
    assert abs(sum(float(rows[0][genre]) for genre in GENRES) - 1.0) < 1e-4
    assert rows[1]["verdict"] == ""
    assert rows[1]["remark"] == "This is no audio."


def test_a_sample_that_the_model_was_trained_on_does_not_test_it():
    made = song.cautions(fakes.prediction(), made_as="jazz", knows_studio=True)
    assert made == [
        "Synthesised by this program as Jazz.",
        "The model was trained on this clip, so this answer does not test it.",
    ]
    assert song.cautions(fakes.prediction(), made_as="jazz") == made[:1]
    assert song.cautions(fakes.prediction(), knows_studio=True) == []
