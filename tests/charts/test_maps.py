from __future__ import annotations

import json

import numpy as np
import pytest

from mgc.charts import maps
from mgc.charts.theme import GREY, contrast

PLACES = np.arange(12, dtype=float).reshape(6, 2)
IDS = tuple(f"t{i}" for i in range(6))


def points(**more) -> maps.Points:
    shown = np.array([True, True, True, True, True, False])
    return maps.Points(PLACES, IDS, [f"<b>{id}</b>" for id in IDS], shown, **more)


def clickable(chart) -> dict[str, str]:
    """Track -> group, of the points that give a track back."""
    return {id: trace.name for trace in chart.figure.data if trace.customdata is not None for id in trace.customdata}


def test_each_shown_track_is_one_point_of_its_group():
    chart = maps.by_group(points(), list("aabbbb"), {"a": "#111111", "b": "#222222"}, what="genre")
    assert clickable(chart) == {"t0": "a", "t1": "a", "t2": "b", "t3": "b", "t4": "b"}
    assert "a 2, b 3" in chart.alt
    json.loads(chart.figure.to_json())


def test_what_the_filters_hide_is_grey_and_gives_nothing_back():
    chart = maps.by_group(points(), ["a"] * 6, {"a": "#111111"}, what="genre")
    (rest,) = [trace for trace in chart.figure.data if trace.customdata is None and len(trace.x) == 1]
    assert rest.marker.color == GREY
    assert rest.hoverinfo == "skip"


def test_strangers_words_are_no_markup():
    chart = maps.by_group(points(), ["<i>x</i>"] * 6, {"<i>x</i>": "#111111"}, what="artist")
    trace = next(trace for trace in chart.figure.data if trace.customdata is not None)
    assert trace.name == "&lt;i&gt;x&lt;/i&gt;"
    assert trace.hovertext[0] == "&lt;b&gt;t0&lt;/b&gt;"


def test_quiet_groups_lie_below_the_others():
    colours = {"a": "#111111", "others": GREY}
    chart = maps.by_group(points(), ["a", "others"] * 3, colours, what="artist", quiet=("others",))
    names = [trace.name for trace in chart.figure.data if trace.customdata is not None]
    assert names == ["others", "a"]


def test_a_number_that_is_not_known_is_no_point():
    values = np.array([90.0, np.nan, 120.0, 100.0, 110.0, 95.0])
    chart = maps.by_number(points(), values, what="tempo", unit="beats per minute")
    assert set(clickable(chart)) == {"t0", "t2", "t3", "t4"}
    assert "90 to 120 beats per minute" in chart.alt


def test_a_scale_that_is_cut_says_so():
    places, ids = np.zeros((101, 2)), [str(i) for i in range(101)]
    many = maps.Points(places, ids, ids, np.ones(101, dtype=bool))
    chart = maps.by_number(many, np.arange(101.0), what="tempo", unit="beats per minute")
    assert "colours span 5 to 95 beats per minute" in chart.caption
    bar = chart.figure.data[0].marker.colorbar
    assert (bar.ticktext[0], bar.ticktext[-1]) == ("\N{LESS-THAN OR EQUAL TO} 5", "\N{GREATER-THAN OR EQUAL TO} 95")
    even = maps.by_number(many, np.repeat([90.0, 120.0], [50, 51]), what="tempo", unit="beats per minute")
    assert "span" not in even.caption
    assert even.figure.data[0].marker.colorbar.ticktext[0] == "90"


def test_the_caption_says_what_is_coloured():
    chart = maps.by_group(points(), ["a"] * 6, {"a": "#111111"}, what="artist")
    assert "coloured by artist" in chart.caption


@pytest.mark.parametrize("page", ["#fcfcfb", "#14181a"])
def test_every_point_is_seen_on_both_pages_whatever_its_colour(page):
    chart = maps.by_group(points(), list("aabbqq"), {"a": "#332288", "b": "#DDCC77", "q": GREY}, what="x", quiet="q")
    for trace in (trace for trace in chart.figure.data if len(trace.x)):
        line = trace.marker.line.color or trace.marker.color
        assert contrast(line, page) >= 3
        assert trace.marker.opacity in (None, 1.0)
        assert trace.marker.size <= 4 or trace.marker.line.width >= 1


def test_the_track_and_its_neighbours_get_rings():
    chart = maps.by_group(points(marked=0, near=(1, 2)), ["a"] * 6, {"a": "#111111"}, what="genre")
    rings = [len(trace.x) for trace in chart.figure.data if trace.marker.symbol == "circle-open"]
    assert rings == [2, 2, 1, 1]


def test_a_map_without_a_single_value_is_still_drawn():
    chart = maps.by_number(points(), np.full(6, np.nan), what="tempo", unit="beats per minute")
    assert clickable(chart) == {}
