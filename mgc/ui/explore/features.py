"""Features: which descriptors separate the genres, which carry the same information, what is typical of a genre."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import numpy as np
import streamlit as st

from mgc.charts import descriptors, distributions
from mgc.ui import export, links
from mgc.ui.explore import extraction, listen, numbers
from mgc.ui.explore.selection import genre_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from mgc.charts.distributions import Shape
    from mgc.ui.explore.numbers import Numbers
    from mgc.ui.explore.selection import Selection

__all__ = ["show"]

MEASURES: Final = {"f": "ANOVA F", "mi": "Mutual information"}
HELP: Final = (
    "ANOVA F: variance between the genre means divided by variance within the genres. Adjusted mutual information: how "
    "much the descriptor alone says about the genre, from 0 (no more than chance) to 1, in a linear relation or not."
)
# A radar of 57 spokes cannot be read.
TELLING: Final = (
    "rms_mean", "tempo", "spectral_centroid_mean", "spectral_bandwidth_mean", "rolloff_mean", "zero_crossing_rate_mean",
    "chroma_stft_mean", "rms_var", "mfcc1_mean", "mfcc2_mean",
)  # fmt: skip
MOST_PROFILES: Final = 4  # on one radar, when no genre is chosen
_SCATTER: Final = "scatter"  # key of the chart


def show(selection: Selection) -> None:
    """Draw the view."""
    if not extraction.invite(selection, "this view"):
        return
    held = numbers.of(selection)
    if len(held.ids) < 3:
        st.info("This view needs the features of at least three tracks.", icon=":material/info:")
        return
    looks = {name: words for name, (words, _) in LOOKS.items()}
    look = links.one("look", looks, label="Chart", default="one", wrap=True)
    LOOKS[look][1](selection, held)
    _missing(held)


def _one(selection: Selection, held: Numbers) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):  # a hidden list leaves no hole
        column = _pick("descriptor", held, "Descriptor", "spectral_centroid_mean")
        shape = links.one("shape", distributions.SHAPES, label="Chart type", default="violin")
    values = held.column(column)
    chart = distributions.by_genre(
        values,
        held.genres,
        held.ids,
        label=descriptors.label(column),
        colours=selection.colours,
        shape=cast("Shape", shape),
    )
    rows = list(zip(held.ids, held.genres, values.tolist(), strict=True))
    export.draw(chart, key="one", name=f"{selection.id} {column}", rows=(("track", "genre", _head(column)), rows))


def _ranking(selection: Selection, held: Numbers) -> None:
    if len(set(held.genres)) < 2:
        st.info("A ranking needs at least two genres.", icon=":material/info:")
        return
    by = links.one("by", MEASURES, label="Criterion", default="f", help=HELP)
    found = numbers.ranked(selection, held)
    scores = found.f if by == "f" else found.information
    label = "ANOVA F" if by == "f" else "adjusted mutual information"
    columns = map(descriptors.name, held.columns), held.columns, np.round(found.f, 2), np.round(found.information, 4)
    table = list(zip(*columns, strict=True))
    rows = [table[i] for i in np.argsort(-np.nan_to_num(scores))]
    chart = descriptors.ranking(held.columns, scores, label=label)
    head = ("descriptor", "column", "ANOVA F", "adjusted mutual information")
    export.draw(chart, key="ranking", name=f"{selection.id} ranking {by}", rows=(head, rows))
    with st.expander("All 57 as a table", icon=":material/table:"):
        look = {"descriptor": st.column_config.TextColumn(width=240)}
        export.table((head, rows), key="ranking_table", name=f"{selection.id} ranking", column_config=look)


def _correlation(selection: Selection, held: Numbers) -> None:
    moments = {"means": "Means only", "all": "All 57"}
    which = links.one("columns", moments, label="Descriptors", default="means")
    matrix = numbers.correlations(selection, held)
    columns = [name for name in held.columns if name != "length" and (which == "all" or not name.endswith("_var"))]
    keep = [held.columns.index(name) for name in columns]
    shown = matrix[np.ix_(keep, keep)]
    rows = [(column, *line) for column, line in zip(columns, np.round(shown, 4).tolist(), strict=True)]
    chart = descriptors.correlation(shown, columns)
    export.draw(chart, key="heat", name=f"{selection.id} correlation", rows=(("", *columns), rows))


def _two(selection: Selection, held: Numbers) -> None:
    left, right = st.columns(2, gap="small")
    with left:
        x = _pick("x", held, "X axis", "spectral_centroid_mean")
    with right:
        y = _pick("y", held, "Y axis", "rms_mean" if x != "rms_mean" else "spectral_centroid_mean", other=x)
    labels = (descriptors.label(x), descriptors.label(y))
    values = held.column(x), held.column(y)
    chart = descriptors.scatter(*values, held.genres, held.ids, labels=labels, colours=selection.colours)
    rows = list(zip(held.ids, held.genres, *(v.tolist() for v in values), strict=True))
    head = ("track", "genre", _head(x), _head(y))
    board, beside = st.columns([3, 2], gap="medium")
    with board:
        export.draw(
            chart,
            key=_SCATTER,
            name=f"{selection.id} {x} {y}",
            rows=(head, rows),
            on_select=lambda: listen.clicked(_SCATTER),
            selection_mode="points",
        )
    chosen = links.chosen("track")
    id = chosen if chosen in held.ids else held.ids[0]
    with beside:  # the track whose point was clicked last, which plays as on the map; at first any
        listen.panel(selection, selection.dataset.track(id), "mel", scope="explore_scatter", plays=listen.new_click())
        listen.open_button(selection, id, key="scatter_open")


def _profile(selection: Selection, held: Numbers) -> None:
    found = numbers.profiles(selection, held)
    z = dict(zip(found.genres, found.z, strict=True))
    options = {genre: genre_words(genre) for genre in selection.dataset.genres if genre in z}
    farthest = sorted(options, key=lambda genre: -float(np.abs(z[genre]).mean()))[:MOST_PROFILES]
    far = [genre for genre in options if genre in farthest]
    help = f"At first, the {len(far)} genres farthest from the mean of all tracks."
    shown = links.many("profile", options, label="Profiles to draw", default=far, help=help) or far
    keep = [held.columns.index(name) for name in TELLING]
    chart = descriptors.profile({genre: z[genre][keep] for genre in shown}, TELLING, colours=selection.colours)
    head = ("genre", *(f"{column}, deviations" for column in held.columns))
    rows = [(genre, *np.round(z[genre], 4).tolist()) for genre in options]
    export.draw(chart, key="profile", name=f"{selection.id} profiles", rows=(head, rows))


def _pick(name: str, held: Numbers, label: str, default: str, *, other: str = "") -> str:
    """Draw the choice of a descriptor; not of the ``other`` one that is chosen already."""
    options = {column: descriptors.label(column) for column in held.columns if column != other}
    return links.one(name, options, label=label, default=default, look="select")


def _head(column: str) -> str:
    """Return the title of a column in a table that is taken home."""
    unit = descriptors.unit(column)
    return f"{column}, {unit}" if unit else column


def _missing(held: Numbers) -> None:
    """Say where the numbers come from, and for how many tracks there are none."""
    words = []
    if tables := held.origins.count("table"):
        words.append(f"{_tracks_are(tables)} described by the data set's table: there is no audio.")
    if altered := held.origins.count("published"):
        words.append(f"{_tracks_are(altered)} described by the published table: the audio here is altered.")
    if held.missing:
        words.append(f"{_tracks_are(held.missing)} not shown, for lack of features.")
    if words:
        st.caption(" ".join(words))


def _tracks_are(count: int) -> str:
    return "1 track is" if count == 1 else f"{count:,} tracks are"


LOOKS: Final[dict[str, tuple[str, Callable[[Selection, Numbers], None]]]] = {
    "one": ("One descriptor", _one),
    "ranking": ("Ranking", _ranking),
    "correlation": ("Correlations", _correlation),
    "two": ("Two descriptors", _two),
    "profile": ("Profiles", _profile),
}
