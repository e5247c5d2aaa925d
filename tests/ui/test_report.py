from __future__ import annotations

import csv
import io
import json

from mgc.genres import GENRES
from mgc.ui import report
from tests.app import fakes


def test_the_json_report_holds_answer_and_card():
    text = report.as_json(fakes.prediction(), fakes.card(), name='a"<b>.wav', sha256="ab" * 32)
    parsed = json.loads(text)
    assert parsed["file"] == 'a"<b>.wav'
    assert parsed["verdict"] == "jazz"
    assert parsed["rule"] == "mean"
    accuracy = parsed["model_card"]["scores"]["filtered"]["accuracy"]
    assert set(accuracy) == {"value", "low", "high", "n"}


def test_the_csv_report_has_one_row_a_window_and_one_column_a_genre():
    prediction = fakes.prediction()
    rows = list(csv.reader(io.StringIO(report.as_csv(prediction))))
    assert rows[0] == ["start", "end", *GENRES]
    assert len(rows) == 1 + len(prediction.timeline)
    assert abs(sum(float(cell) for cell in rows[1][2:]) - 1.0) < 1e-4


def test_a_download_is_never_named_by_a_stranger():
    assert report.file_name("0123456789abcdef", "json") == "mgc-01234567.json"
