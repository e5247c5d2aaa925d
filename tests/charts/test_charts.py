from __future__ import annotations

import itertools
import tomllib

import numpy as np
import pytest

from mgc.charts.scores import confusion, scores_by_protocol, top
from mgc.charts.theme import DARK, TEXT, colours_note, contrast, enlarged, ink_on, percent, visible
from mgc.genres import COLOURS, UNSURE_COLOUR, palette
from tests.app import fakes


def test_top_is_sorted_and_cut():
    assert top({"a": 0.1, "b": 0.6, "c": 0.3}, 2) == [("b", 0.6), ("c", 0.3)]


def test_protocols_are_drawn_apart_and_never_joined():
    chart = scores_by_protocol([fakes.card(), fakes.card("pictures")])
    assert len(chart.figure.data) == 3
    assert all(trace.mode == "markers+text" for trace in chart.figure.data)
    for trace in chart.figure.data:
        assert len(set(trace.y[0])) == 1
    assert "Fault-filtered, Vote: 60" in chart.alt


def test_intervals_reach_from_low_to_high():
    (trace,) = scores_by_protocol([fakes.card(protocols=("artists",), value=0.7)]).figure.data
    assert trace.error_x.array[0] == pytest.approx(0.05)
    assert trace.error_x.arrayminus[0] == pytest.approx(0.05)


def test_a_confusion_matrix_names_its_worst_mistakes():
    chart = confusion(fakes.card().headline, fakes.card().classes)
    heat, _ = chart.figure.data
    assert len(heat.z) == len(heat.z[0]) == 10
    assert "900 clips" in chart.alt
    assert "called" in chart.alt


def test_every_chart_says_what_one_is_looking_at():
    for chart in (confusion(fakes.card().headline, fakes.card().classes), scores_by_protocol([fakes.card()])):
        assert chart.alt.endswith(".")
        assert chart.caption.endswith(".")


def test_every_genre_chip_can_be_read():
    for colour in (*COLOURS.values(), UNSURE_COLOUR):
        assert contrast(ink_on(colour), colour) >= 4.5


def test_both_themes_can_be_read(root):
    themes = tomllib.loads((root / ".streamlit" / "config.toml").read_text())["theme"]
    for name in ("light", "dark"):
        theme = themes[name]
        assert contrast(theme["textColor"], theme["backgroundColor"]) >= 7.0
        assert contrast(theme["textColor"], theme["secondaryBackgroundColor"]) >= 7.0
        assert contrast(theme["primaryColor"], theme["backgroundColor"]) >= 4.5
        assert contrast(theme["linkColor"], theme["backgroundColor"]) >= 4.5


def test_a_figure_leaves_paper_to_the_page_and_ink_to_its_theme_so_that_a_picture_of_it_can_be_read_anywhere():
    layout = scores_by_protocol([fakes.card()]).figure.layout
    # Streamlit fills these in with the page's own colours; transparent paper put pale text on white in a saved picture.
    assert (layout.paper_bgcolor, layout.plot_bgcolor, layout.font.color) == (None, None, TEXT)


def test_a_share_is_written_with_a_space_that_does_not_break():
    assert percent(0.724, 1) == "72.4\N{NO-BREAK SPACE}%"


def test_the_numbers_of_a_confusion_matrix_can_be_read_and_its_axes_are_named():
    figure = confusion(fakes.card().headline, fakes.card().classes).figure
    assert (figure.layout.yaxis.title.text, figure.layout.xaxis.title.text) == ("label", "model's answer")
    heat, _ = figure.data
    stops = [(at, [int(hue[i : i + 2], 16) for i in (1, 3, 5)]) for at, hue in heat.colorscale]
    for (low, one), (high, other) in itertools.pairwise(stops):
        for share in np.linspace(0.0, 1.0, 30) if high > low else ():
            cell = [round(a + share * (b - a)) for a, b in zip(one, other, strict=True)]
            is_dark = (
                299 * cell[0] + 587 * cell[1] + 114 * cell[2]
            ) / 1000 < 128  # tinycolor's rule, which Plotly uses
            assert contrast("#ffffff" if is_dark else "#444444", "#" + bytes(cell).hex()) >= 4.5


def test_on_a_projector_a_chart_has_larger_type_and_more_height_and_the_original_stays():
    chart = scores_by_protocol([])
    large = enlarged(chart.figure)
    assert large.layout.font.size == large.layout.xaxis.tickfont.size == large.layout.yaxis.title.font.size == 18
    assert large.layout.height > 1.2 * chart.figure.layout.height
    assert large.layout.margin.r > chart.figure.layout.margin.r
    assert chart.figure.layout.font.size == 14


@pytest.mark.parametrize("given", [*COLOURS.values(), *palette(map(str, range(12))).values()])
def test_every_genre_has_a_contrast_of_three_on_the_dark_page(given: str) -> None:
    assert contrast(visible(given), DARK) >= 3.0


def test_colours_that_are_lightened_are_still_told_apart() -> None:
    assert visible(COLOURS["blues"]) != COLOURS["blues"]  # 1.6:1 as it is
    assert colours_note({name: visible(given) for name, given in COLOURS.items()}) == ""
