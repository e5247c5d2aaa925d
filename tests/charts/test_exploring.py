"""The charts of the Explore page: any genre, any number, nothing that changes."""

from __future__ import annotations

import numpy as np
import pytest

from mgc.charts import balance, descriptor_names, distributions, heat, separating
from mgc.features.descriptors import COLUMNS
from mgc.genres import COLOURS, colour, palette

RNG = np.random.default_rng(0)
GENRES = ["jazz"] * 20 + ["tango"] * 20 + ["<b>x</b>"] * 3
IDS = [f"t{i}" for i in range(43)]
VALUES = RNG.normal(size=43)


@pytest.mark.parametrize("shape", distributions.SHAPES)
@pytest.mark.parametrize("values", [VALUES, np.zeros(43), np.where(np.arange(43) < 20, np.nan, VALUES)])
def test_a_number_is_drawn_for_every_genre(shape, values):
    chart = distributions.by_genre(values, GENRES, IDS, label="Tempo", shape=shape)
    assert len(chart.figure.data) == 3
    assert chart.alt.startswith("Tempo by genre. Medians:")
    assert chart.caption.endswith(".")


def test_the_genre_with_the_highest_median_is_spoken_of_first():
    values = np.array([1.0] * 20 + [2.0] * 20 + [0.0] * 3)
    assert "Medians: Tango 2, Jazz 1" in distributions.by_genre(values, GENRES, IDS, label="x").alt


@pytest.mark.parametrize("values", [[30.0, 29.9, 31.0], [30.0], [np.nan, 1.0]])
def test_a_histogram_counts_every_finite_number(values):
    chart = distributions.histogram(values, label="Length", unit=" s")
    (bars,) = chart.figure.data
    assert sum(bars.y) == np.isfinite(values).sum()


def test_the_balance_names_every_genre_and_says_what_is_silent():
    chart = balance.tracks_per_genre({"jazz": (3, 0), "tango": (0, 2)})
    assert chart.alt == "Tracks per genre: Jazz 3, Tango 2."
    assert "no audio" in chart.caption
    assert "no audio" not in balance.tracks_per_genre({"jazz": (3, 0)}).caption


def test_artists_are_cut_into_the_largest_the_rest_and_the_unknown():
    many = [("A", 9), *((f"B{i}", 1) for i in range(20)), ("", 4)]
    chart = balance.artists({"jazz": many})
    widths = [bar.x[0] for bar in chart.figure.data]
    assert len(widths) == balance.LARGEST + 2
    assert sum(widths) == pytest.approx(1.0)
    assert "Jazz: A 27" in chart.alt


def test_an_artist_with_a_hostile_name_stays_text():
    chart = balance.artists({"jazz": [("<img src=x> %{x}", 2)]})
    assert chart.figure.data[0].customdata[0].startswith("&lt;img")
    assert chart.figure.data[0].hovertemplate == "%{customdata}<extra></extra>"


def test_a_correlation_names_its_strongest_pair_and_survives_a_constant_column():
    matrix = np.array([[1.0, -0.9, np.nan], [-0.9, 1.0, 0.1], [np.nan, 0.1, 1.0]])
    assert "Loudness, mean and Tempo -0.90" in heat.correlation(matrix, ["rms_mean", "tempo", "length"]).alt


def test_the_ranking_is_sorted_and_leaves_out_what_is_not_finite():
    chart = separating.ranking(["tempo", "rms_mean", "length"], np.array([1.0, 3.0, np.nan]), label="F")
    assert list(chart.figure.data[0].y) == ["Loudness, mean", "Tempo"]


def test_every_point_of_a_scatter_knows_its_track():
    chart = separating.scatter(VALUES, VALUES, GENRES, IDS, labels=("a", "b"))
    assert sorted(id for trace in chart.figure.data for id in trace.customdata) == sorted(IDS)
    assert "1.00" in chart.caption
    assert "not defined" in separating.scatter(np.zeros(43), VALUES, GENRES, IDS, labels=("a", "b")).caption


def test_a_profile_closes_its_ring_and_says_the_extremes():
    chart = separating.profile({"jazz": np.array([0.5, -1.0, 9.0])}, ["rms_mean", "tempo", "rolloff_mean"])
    ring = chart.figure.data[1]
    assert ring.r[0] == ring.r[-1]
    assert max(ring.r) <= separating.FARTHEST
    assert "most above in Highs (+9.0), most below in Tempo (-1.0)" in chart.alt


def test_every_descriptor_has_words_of_its_own():
    assert len({descriptor_names.name(column) for column in COLUMNS}) == len(COLUMNS)
    assert all(descriptor_names.describe(column) for column in COLUMNS)
    assert {descriptor_names.family(column) for column in COLUMNS} == set(descriptor_names.FAMILIES)


def test_strangers_among_the_genres_get_colours_that_differ():
    given = ["jazz", *(f"genre {i}" for i in range(12))]
    assert len(set(palette(given).values())) == 13
    assert palette(given)["jazz"] == COLOURS["jazz"] == colour("jazz")
    assert colour("tango") == colour("tango")
