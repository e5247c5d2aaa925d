"""What can be taken home."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mgc.charts import distributions
from mgc.genres import COLOURS
from mgc.ui import export

CHART = distributions.tracks_per_genre({"jazz": (1, 0)}, colours=COLOURS)


def test_a_table_becomes_csv_and_formulas_become_text() -> None:
    rows = [("=HYPERLINK(1)", -3.5), ("plain, word", 2), ("@sum", None), (" +1", 0)]
    text = export.as_csv((("name", "n"), rows))
    assert text.splitlines() == ["name,n", "'=HYPERLINK(1),-3.5", '"plain, word",2', "'@sum,", "' +1,0"]


def test_a_figure_becomes_a_page_that_asks_nobody_for_anything() -> None:
    page = export.as_html(CHART)
    assert page.startswith("<!DOCTYPE html>")
    assert 'src="http' not in page


def test_a_figures_page_says_what_it_shows_letter_by_letter() -> None:
    caption = "A <script>caption</script> & more."
    page = export.as_html(replace(CHART, alt="Tracks of <b>x</b> at 0.5 Hz: 1.", caption=caption))
    assert "<title>Tracks of &lt;b&gt;x&lt;/b&gt; at 0.5 Hz</title>" in page
    assert "<h1 style" in page
    assert "<p>A &lt;script&gt;caption&lt;/script&gt; &amp; more.</p>" in page


def test_numbers_have_six_digits_and_what_is_none_is_empty() -> None:
    rows = [(1 / 3, 1234567.891, float("nan"), np.float32(0.1), 1234567), (float("inf"), 0.0, -1e-9, 2.5, 0)]
    _, *lines = export.as_csv((list("abcde"), rows)).splitlines()
    assert lines == ["0.333333,1234570.0,,0.1,1234567", "inf,0.0,-1e-09,2.5,0"]


def test_a_files_name_holds_nothing_of_a_strangers() -> None:
    assert export.file_name("../My Set; rm -rf", "csv") == "mgc-my-set-rm-rf.csv"
    assert export.file_name("", "csv") == "mgc-table.csv"
