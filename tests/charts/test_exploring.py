"""The charts of the Explore page: any genre, any number, nothing that changes."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest

from mgc.charts import descriptors, distributions
from mgc.charts.theme import PROTOCOL_COLOURS, TEXT, colours_note, contrast
from mgc.features.descriptors import COLUMNS
from mgc.genres import COLOURS, colour, palette
from mgc.ui import models

RNG = np.random.default_rng(0)
GENRES = ["jazz"] * 20 + ["tango"] * 20 + ["<b>x</b>"] * 3
IDS = [f"t{i}" for i in range(43)]
HUES = palette(["jazz", "tango", "<b>x</b>"])
VALUES = RNG.normal(size=43)


@pytest.mark.parametrize("shape", distributions.SHAPES)
@pytest.mark.parametrize("values", [VALUES, np.zeros(43), np.where(np.arange(43) < 20, np.nan, VALUES)])
def test_a_number_is_drawn_for_every_genre(shape, values):
    chart = distributions.by_genre(values, GENRES, IDS, label="Tempo", colours=HUES, shape=shape)
    assert len(chart.figure.data) == 3
    assert chart.alt.startswith("Tempo by genre. Medians:")
    assert chart.caption.endswith(".")


def test_the_genre_with_the_highest_median_is_spoken_of_first():
    values = np.array([1.0] * 20 + [2.0] * 20 + [0.0] * 3)
    assert "Medians: Tango 2, Jazz 1" in distributions.by_genre(values, GENRES, IDS, label="x", colours=HUES).alt


@pytest.mark.parametrize("values", [[30.0, 29.9, 31.0], [30.0], [np.nan, 1.0]])
def test_a_histogram_counts_every_finite_number(values):
    chart = distributions.histogram(values, label="Length", unit=" s")
    (bars,) = chart.figure.data
    assert sum(bars.y) == np.isfinite(values).sum()


def test_the_balance_names_every_genre_and_says_what_is_silent():
    chart = distributions.tracks_per_genre({"jazz": (3, 0), "tango": (0, 2)}, colours=HUES)
    assert chart.alt == "Tracks per genre: Jazz 3, Tango 2."
    assert "without audio" in chart.caption
    assert "without audio" not in distributions.tracks_per_genre({"jazz": (3, 0)}, colours=HUES).caption


def test_artists_are_cut_into_the_largest_the_rest_and_the_unknown():
    many = [("A", 9), *((f"B{i}", 1) for i in range(20)), ("", 4)]
    chart = distributions.artists({"jazz": many}, colours=HUES)
    widths = [bar.x[0] for bar in chart.figure.data]
    assert len(widths) == distributions.LARGEST + 2
    assert sum(widths) == pytest.approx(1.0)
    assert "Jazz: A 27" in chart.alt


def test_an_artist_with_a_hostile_name_stays_text():
    chart = distributions.artists({"jazz": [("<img src=x> %{x}", 2)]}, colours=HUES)
    assert chart.figure.data[0].customdata[0].startswith("&lt;img")
    assert chart.figure.data[0].hovertemplate == "%{customdata}<extra></extra>"


def test_a_correlation_names_its_strongest_pair_and_survives_a_constant_column():
    matrix = np.array([[1.0, -0.9, np.nan], [-0.9, 1.0, 0.1], [np.nan, 0.1, 1.0]])
    assert "RMS level, mean and Tempo -0.90" in descriptors.correlation(matrix, ["rms_mean", "tempo", "length"]).alt


def test_the_ranking_is_sorted_and_leaves_out_what_is_not_finite():
    chart = descriptors.ranking(["tempo", "rms_mean", "length"], np.array([1.0, 3.0, np.nan]), label="F")
    assert list(chart.figure.data[0].y) == ["RMS level, mean", "Tempo"]


def test_what_separates_perfectly_leads_the_ranking():
    scores = np.array([2.0, np.inf, np.nan, 4.0])
    chart = descriptors.ranking(["tempo", "rms_mean", "length", "rolloff_mean"], scores, label="F")
    (bars,) = chart.figure.data
    assert list(zip(bars.y, bars.text, strict=True)) == [
        ("RMS level, mean", "\N{INFINITY}"),
        ("Spectral roll-off, mean", "4.00"),
        ("Tempo", "2.00"),
    ]
    assert np.isfinite(bars.x).all()
    assert list(bars.x) == sorted(bars.x, reverse=True)
    assert "first: RMS level, mean \N{INFINITY}" in chart.alt
    assert "does not vary within a genre" in chart.caption
    assert "does not vary" not in descriptors.ranking(["tempo"], np.array([2.0]), label="F").caption


def test_a_ranking_of_nothing_but_chance_or_perfection_is_still_drawn():
    for scores in (np.zeros(2), np.array([-0.01, -0.02]), np.full(2, np.inf)):
        chart = descriptors.ranking(["tempo", "rms_mean"], scores, label="F")
        low, high = chart.figure.layout.xaxis.range
        assert low == 0 < high


def hues(chart) -> dict[str, str]:
    """Genre -> colour of what is drawn for it."""
    found = {}
    for trace in chart.figure.data:
        colour = trace.marker.color or trace.line.color
        drawn = (
            zip(trace.y, colour, strict=True)
            if trace.type == "bar" and not isinstance(colour, str)
            else [(trace.name, colour)]
        )
        found |= {name: hue for name, hue in drawn if name}
    return found


def test_a_genre_has_one_colour_in_every_chart():
    given = ["zouk", "polka", "tango", "samba"]
    colours = palette(given)
    few = ["tango"] * 5 + ["polka"] * 5  # the filters leave two, and polka has the lower median
    values = np.where(np.array(few) == "tango", 9.0, 1.0)
    number = {"label": "x", "colours": colours}
    charts = [
        *(distributions.by_genre(values, few, IDS[:10], shape=shape, **number) for shape in distributions.SHAPES),
        descriptors.scatter(values, values, few, IDS[:10], labels=("a", "b"), colours=colours),
        descriptors.profile({genre: np.ones(1) for genre in ("polka", "tango")}, ["tempo"], colours=colours),
        distributions.tracks_per_genre({"polka": (1, 0), "tango": (2, 0)}, colours=colours),
        distributions.artists({"polka": [("A", 1)], "tango": [("B", 2)]}, colours=colours),
    ]
    for chart in charts:
        shown = hues(chart)
        assert (shown["Polka"], shown["Tango"]) == (colours["polka"], colours["tango"]), chart.alt


def test_a_genre_keeps_its_shape_whatever_the_filters_leave():
    def shapes(genres):
        n = len(genres)
        chart = descriptors.scatter(np.arange(n), np.arange(n), genres, IDS[:n], labels=("a", "b"), colours=HUES)
        return {trace.name: trace.marker.symbol for trace in chart.figure.data}

    assert shapes(["tango", "tango"])["Tango"] == shapes(["jazz", "tango"])["Tango"]


STRANGER = "<i>%{x}</i>"


@pytest.mark.parametrize("shape", distributions.SHAPES)
def test_strangers_words_are_no_markup_in_any_chart(shape):
    colours, three, ids = {STRANGER: "#112233"}, [STRANGER] * 3, ["<b>1</b>", "%{y}", "c"]
    numbers = np.arange(3.0)
    charts = [
        distributions.by_genre(numbers, three, ids, label="x", colours=colours, shape=shape),
        descriptors.scatter(numbers, numbers, three, ids, labels=("a", "b"), colours=colours),
        descriptors.profile({STRANGER: numbers}, ["rms_mean", "tempo", "rolloff_mean"], colours=colours),
        distributions.tracks_per_genre({STRANGER: (1, 1)}, colours=colours),
        distributions.artists({STRANGER: [(STRANGER, 1)]}, colours=colours),
    ]
    for chart in charts:
        for trace in chart.figure.data:
            read = [
                trace.name,
                trace.text,
                trace.hovertext,
                trace.hovertemplate,
                trace.y if trace.type == "bar" else None,
            ]
            spoken = str(read).replace("<extra>", "").replace("</extra>", "").replace("<br>", "")
            assert "<" not in spoken, spoken
            assert "%{x}&" not in spoken, spoken
        assert "&lt;" not in chart.alt  # read aloud, not drawn
    clicked = [id for trace in charts[1].figure.data for id in trace.customdata]
    assert clicked == ids  # what a click gives back is the id itself


def test_lines_of_a_profile_can_be_seen_on_both_pages():
    chart = descriptors.profile({"blues": np.ones(3)}, ["rms_mean", "tempo", "rolloff_mean"], colours=COLOURS)
    line = next(trace for trace in chart.figure.data if trace.name == "Blues")
    below = chart.figure.data[chart.figure.data.index(line) - 1]
    assert (below.r, below.theta, below.legendgroup) == (line.r, line.theta, line.legendgroup)
    assert below.line.width > line.line.width
    assert min(contrast(below.line.color, page) for page in ("#fcfcfb", "#14181a")) >= 3
    assert [trace.name for trace in chart.figure.data if trace.showlegend is not False] == ["all tracks", "Blues"]


def test_a_profile_says_when_its_colours_look_alike():
    def caption(other: str) -> str:
        colours = {"jazz": "#ee6677", "tango": other}
        return descriptors.profile(dict.fromkeys(colours, np.ones(2)), ["tempo", "rms_mean"], colours=colours).caption

    assert "look alike" in caption("#ee6679")
    assert "look alike" not in caption("#228833")


def test_every_other_ring_of_a_profile_is_numbered_so_that_the_numbers_fit_on_a_phone():
    chart = descriptors.profile({"jazz": np.ones(3)}, ["rms_mean", "tempo", "rolloff_mean"], colours=HUES)
    rings = chart.figure.layout.polar.radialaxis
    assert dict(zip(rings.tickvals, rings.ticktext, strict=True)) == {-2: "-2", -1: "", 0: "0", 1: "", 2: "+2"}


def test_a_number_that_never_changes_is_missing_from_the_correlations_and_that_is_said():
    matrix = np.array([[1.0, np.nan], [np.nan, np.nan]])
    assert (
        "Empty cells: a descriptor that is constant here."
        in descriptors.correlation(matrix, ["tempo", "length"]).caption
    )
    assert "Empty" not in descriptors.correlation(np.ones((2, 2)), ["tempo", "length"]).caption


def test_every_point_of_a_scatter_knows_its_track():
    chart = descriptors.scatter(VALUES, VALUES, GENRES, IDS, labels=("a", "b"), colours=HUES)
    assert sorted(id for trace in chart.figure.data for id in trace.customdata) == sorted(IDS)
    assert "1.00" in chart.caption
    assert (
        "not defined" in descriptors.scatter(np.zeros(43), VALUES, GENRES, IDS, labels=("a", "b"), colours=HUES).caption
    )


def test_a_profile_closes_its_ring_and_says_the_extremes():
    chart = descriptors.profile(
        {"jazz": np.array([0.5, -1.0, 9.0])}, ["rms_mean", "tempo", "rolloff_mean"], colours=HUES
    )
    ring = next(trace for trace in chart.figure.data if trace.name == "Jazz")
    assert ring.r[0] == ring.r[-1]
    assert max(ring.r) <= descriptors.FARTHEST
    assert "most above in Spectral roll-off (+9.0), most below in Tempo (\N{MINUS SIGN}1.0)" in chart.alt


def test_every_descriptor_has_words_of_its_own():
    assert len({descriptors.name(column) for column in COLUMNS}) == len(COLUMNS)
    assert all(descriptors.describe(column) for column in COLUMNS)


def test_a_descriptor_has_the_name_of_the_literature_and_its_unit():
    assert descriptors.label("spectral_centroid_mean") == "Spectral centroid, mean (Hz)"
    assert descriptors.label("spectral_bandwidth_mean") == "Spectral bandwidth, mean (Hz)"
    assert descriptors.label("rolloff_var") == "Spectral roll-off, variance"
    assert descriptors.name("zero_crossing_rate_mean") == "Zero-crossing rate, mean"
    assert descriptors.name("chroma_stft_mean") == "Chroma, mean"
    assert descriptors.name("perceptr_mean") == "Percussive, mean"
    assert descriptors.name("harmony_var") == "Harmonic, variance"
    assert descriptors.label("tempo") == "Tempo (beats per minute)"
    assert descriptors.label("mfcc3_mean") == "MFCC 3, mean"
    assert descriptors.unit("spectral_bandwidth_mean") == "Hz"
    assert descriptors.unit("spectral_bandwidth_var") == descriptors.unit("rms_mean") == ""
    assert len({descriptors.label(column) for column in COLUMNS}) == len(COLUMNS)


def test_a_correlation_has_names_on_both_axes_and_uses_the_width():
    figure = descriptors.correlation(np.eye(3), ["rms_mean", "tempo", "length"]).figure
    assert list(figure.data[0].x) == list(figure.data[0].y) == ["RMS level, mean", "Tempo", "Length"]
    assert figure.layout.xaxis.showticklabels is not False
    assert figure.layout.yaxis.scaleanchor is None
    assert figure.layout.yaxis.dtick == 1


def test_strangers_among_the_genres_get_colours_that_differ():
    given = ["jazz", *(f"genre {i}" for i in range(12))]
    assert len(set(palette(given).values())) == 13
    assert palette(given)["jazz"] == COLOURS["jazz"] == colour("jazz")
    assert colour("tango") == colour("tango")


@pytest.mark.parametrize("page", ["#fcfcfb", "#14181a"])
def test_the_ends_of_a_correlation_are_seen_on_both_pages_and_its_middle_is_glaring_on_neither(page):
    stops = {at: [float(part) for part in colour[5:-1].split(",")] for at, colour in descriptors.DIVERGING}
    behind = [int(page[i : i + 2], 16) for i in (1, 3, 5)]
    drawn = {
        at: "#" + "".join(f"{round(alpha * c + (1 - alpha) * b):02x}" for c, b in zip(rgb, behind, strict=True))
        for at, (*rgb, alpha) in stops.items()
    }
    assert min(contrast(drawn[0.0], page), contrast(drawn[1.0], page)) >= 3
    assert contrast(drawn[0.5], page) <= 1.5


def some(count: int) -> tuple[list[str], dict[str, str]]:
    names = [f"progressive genre {i}" for i in range(count)]
    return names, palette(names)


@pytest.mark.parametrize("count", [2, 3, 24, 60])
def test_genres_can_be_told_apart_or_it_is_said_that_they_cannot_and_legends_fit(count):
    names, hues = some(count)
    ids, numbers = [f"t{i}" for i in range(count)], np.arange(count, dtype=float)
    charts = [
        descriptors.scatter(numbers, numbers, names, ids, labels=("a", "b"), colours=hues),
        distributions.by_genre(numbers, names, ids, label="x", colours=hues, shape="histogram"),
    ]
    for chart in charts:
        layout = chart.figure.layout
        assert layout.showlegend == (count <= 24)
        assert ("hover to read the name" in chart.caption) == (count > 3)
        assert layout.height >= 420 + (12 * 14 if count == 24 else 0)
        longest = max(len(trace.name) for trace in chart.figure.data)
        assert longest <= (20 if count <= 10 else 12)  # of 24, two columns fit beside the y axis on a phone
    shapes = [distributions.by_genre(numbers, names, ids, label="x", colours=hues, shape=s) for s in ("violin", "box")]
    for chart in shapes:  # every genre is named on the axis
        assert chart.figure.layout.yaxis.dtick == 1
        assert (chart.figure.layout.height - 90) / count >= 24


@pytest.mark.parametrize(("theme", "page"), [("light", "#fcfcfb"), ("dark", "#14181a")])
def test_the_text_of_charts_and_captions_has_a_contrast_of_4_5(root, theme, page):
    config = tomllib.loads((root / ".streamlit" / "config.toml").read_text())["theme"][theme]
    assert config["backgroundColor"] == page
    number = int(TEXT[1:])  # Streamlit replaces #000001 to #000010 by these colours
    backgrounds = [page, config["secondaryBackgroundColor"], config["sidebar"]["backgroundColor"]]
    for behind in backgrounds:
        assert contrast(config["chartCategoricalColors"][number - 1], behind) >= 4.5
        ink = [int(config["textColor"][i : i + 2], 16) for i in (1, 3, 5)]
        paper = [int(behind[i : i + 2], 16) for i in (1, 3, 5)]
        caption = "#" + "".join(f"{round(0.6 * a + 0.4 * b):02x}" for a, b in zip(ink, paper, strict=True))
        assert contrast(caption, behind) >= 4.5  # Streamlit writes a caption at 60 %
        for name in ("violet", "blue", "gray", "orange"):  # badges of the protocols, on a tenth of their colour
            hue = [int(config[f"{name}Color"][i : i + 2], 16) for i in (1, 3, 5)]
            badge = "#" + "".join(f"{round(0.1 * a + 0.9 * b):02x}" for a, b in zip(hue, paper, strict=True))
            assert contrast(config[f"{name}TextColor"], badge) >= 4.5


def test_axes_and_legends_are_written_in_the_colour_of_text():
    names, hues = some(3)
    figure = descriptors.scatter(VALUES[:3], VALUES[:3], names, IDS[:3], labels=("a", "b"), colours=hues).figure
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        assert (axis.tickfont.color, axis.title.font.color) == (TEXT, TEXT)
    assert figure.layout.legend.font.color == TEXT


def test_protocols_have_one_set_of_colours_and_none_of_them_is_a_genres(root):
    config = tomllib.loads((root / ".streamlit" / "config.toml").read_text())["theme"]
    for theme in ("light", "dark"):
        badges = {name: config[theme][f"{hue}Color"] for name, hue in models.BADGE_COLOURS.items()}
        assert badges == PROTOCOL_COLOURS
    genres = palette([*COLOURS, *(f"genre {i}" for i in range(12))])
    for hue in PROTOCOL_COLOURS.values():
        assert min(contrast(hue, "#fcfcfb"), contrast(hue, "#14181a")) >= 3
        for genre in genres.values():
            assert not colours_note({"protocol": hue, "genre": genre})


def test_an_axis_that_counts_few_tracks_names_no_half_track():
    numbers = np.array([1.0, 1.0, 2.0, 3.0])
    names = ["blues", "jazz", "jazz", "jazz"]
    hues = dict.fromkeys(names, "#332288")
    few = distributions.by_genre(numbers, names, names, label="x", colours=hues, shape="histogram")
    assert few.figure.layout.yaxis.dtick == 1
    many = distributions.by_genre(np.tile(numbers, 9), names * 9, names * 9, label="x", colours=hues, shape="histogram")
    assert many.figure.layout.yaxis.dtick is None


def test_the_spokes_of_a_radar_are_written_in_short_lines_for_a_phone():
    columns = ["zero_crossing_rate_mean", "rolloff_mean", "rms_var"]
    chart = descriptors.profile({"jazz": np.ones(3)}, columns, colours={"jazz": "#332288"})
    for trace in chart.figure.data:
        assert max(len(line) for spoke in trace.theta for line in spoke.split("<br>")) <= 10
    assert chart.figure.data[-1].text[0] == "Zero-crossing rate"
