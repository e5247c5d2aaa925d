"""What can be taken home."""

from __future__ import annotations

from mgc.charts import balance
from mgc.genres import COLOURS
from mgc.ui.explore import export


def test_a_table_becomes_csv_and_formulas_become_text() -> None:
    rows = [("=HYPERLINK(1)", -3.5), ("plain, word", 2), ("@sum", None), (" +1", 0)]
    text = export.as_csv((("name", "n"), rows))
    assert text.splitlines() == ["name,n", "'=HYPERLINK(1),-3.5", '"plain, word",2', "'@sum,", "' +1,0"]


def test_a_figure_becomes_a_page_that_asks_nobody_for_anything() -> None:
    page = export.as_html(balance.tracks_per_genre({"jazz": (1, 0)}, colours=COLOURS))
    assert "<html>" in page
    assert 'src="http' not in page


def test_a_files_name_holds_nothing_of_a_strangers() -> None:
    assert export.file_name("../My Set; rm -rf", "csv") == "mgc-my-set-rm-rf.csv"
    assert export.file_name("", "csv") == "mgc-table.csv"
