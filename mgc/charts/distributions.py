"""How numbers are spread: one number by genre, or one number over a whole data set."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from mgc.charts.theme import GREY, INK, Chart, finish, literal, short_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    import numpy.typing as npt

__all__ = ["SHAPES", "by_genre", "histogram"]

Shape = Literal["violin", "box", "histogram"]
SHAPES: Final[dict[str, str]] = {"violin": "Violin", "box": "Box", "histogram": "Histogram"}
BINS: Final = 32
INNER: Final = {
    "visible": True,
    "width": 0.22,
    "fillcolor": "rgba(255,255,255,0.55)",
    "line": {"color": "#33383b", "width": 1},
}
OUTLINE: Final = {"color": GREY, "width": 1}  # the darkest colours of genres would drown in a dark page


def by_genre(
    values: npt.NDArray[np.float64],
    genres: Sequence[str],
    ids: Sequence[str],
    *,
    label: str,
    colours: Mapping[str, str],
    shape: Shape = "violin",
) -> Chart:
    """Draw how a number is spread in each genre, the genre with the lowest median at the bottom.

    Parameters
    ----------
    values : np.ndarray [shape=(n,)]
        not finite ones are left out
    genres, ids : sequences of n str
    label : str
        what the number is, with its unit
    colours : mapping of genre to ``#rrggbb``
        at least those in ``genres``
    shape : "violin", "box" or "histogram"
    """
    import plotly.graph_objects as go

    groups = _groups(values, genres)
    names = np.array([literal(id) for id in ids], dtype=object)
    kinds = np.array(list(genres), dtype=object)
    figure = go.Figure()
    edges = _edges(values)
    for genre, numbers in groups.items():
        look: dict[str, Any] = {"name": literal(short_name(genre))}
        if shape == "histogram":
            counts, _ = np.histogram(numbers, edges)
            middle = (edges[:-1] + edges[1:]) / 2
            figure.add_bar(x=middle, y=counts, marker={"color": colours[genre], "line": {"width": 0}}, **look)
            continue
        whose = names[(kinds == genre) & np.isfinite(values)]
        look |= {"x": numbers, "text": whose, "fillcolor": colours[genre], "line": OUTLINE, "hoveron": "points+kde"}
        look |= {"marker": {"color": colours[genre], "size": 5, "line": OUTLINE}, "orientation": "h"}
        if shape == "violin":
            figure.add_violin(**look, box=INNER, points="outliers", width=0.95, spanmode="hard")
        else:
            figure.add_box(**look | {"hoveron": "boxes+points"}, boxpoints="outliers", width=0.6)
    tall = 420 if shape == "histogram" else 90 + 44 * len(groups)
    finish(figure, height=tall)
    if shape == "histogram":
        figure.update_layout(barmode="stack", bargap=0.04, showlegend=True, legend={"orientation": "h", "y": -0.2})
        figure.update_yaxes(title="tracks")
    figure.update_xaxes(title=label)
    middles = {genre: float(np.median(numbers)) for genre, numbers in groups.items() if len(numbers)}
    spoken = ", ".join(f"{short_name(genre)} {_number(value)}" for genre, value in reversed(middles.items()))
    return Chart(figure, f"{label} by genre. Medians: {spoken}.", _CAPTIONS[shape])


_CAPTIONS: Final = {
    "violin": "Each shape is a genre: thick where many tracks lie, the box holds the middle half, points lie far out.",
    "box": "Each box holds the middle half of a genre's tracks, the line is the median, points lie far out.",
    "histogram": "How many tracks have which value; the genres stand upon each other.",
}


def histogram(values: Sequence[float] | npt.NDArray[np.float64], *, label: str, unit: str = "") -> Chart:
    """Draw how a number is spread over all tracks; small, for a row of them.

    Parameters
    ----------
    values : sequence of float
        at least one
    label : str
        what the number is
    unit : str
        written after it
    """
    import plotly.graph_objects as go

    numbers = np.asarray(values, dtype=float)
    numbers = numbers[np.isfinite(numbers)]
    edges = _edges(numbers, 24)
    counts, _ = np.histogram(numbers, edges)
    middle = (edges[:-1] + edges[1:]) / 2
    hover = [f"{_number(low)} to {_number(high)}{unit}" for low, high in itertools.pairwise(edges)]
    figure = go.Figure(go.Bar(x=middle, y=counts, marker={"color": INK}, customdata=hover, width=np.diff(edges) * 0.92))
    figure.update_traces(hovertemplate="%{customdata}: %{y} tracks<extra></extra>")
    finish(figure, height=190)
    figure.update_xaxes(ticksuffix=unit, nticks=4, tickangle=0)
    figure.update_yaxes(nticks=4)
    low, mid, high = (_number(float(np.quantile(numbers, q))) if len(numbers) else "-" for q in (0, 0.5, 1))
    return Chart(
        figure,
        f"{label} of {len(numbers)} tracks: from {low}{unit} to {high}{unit}, median {mid}{unit}.",
        f"Median {mid}{unit}, from {low} to {high}{unit}.",
    )


def _groups(values: npt.NDArray[np.float64], genres: Sequence[str]) -> dict[str, npt.NDArray[np.float64]]:
    """Return each genre's finite numbers, lowest median first."""
    kinds = np.array(list(genres), dtype=object)
    groups = {genre: values[(kinds == genre) & np.isfinite(values)] for genre in dict.fromkeys(genres)}
    return dict(sorted(groups.items(), key=lambda item: float(np.median(item[1])) if len(item[1]) else -np.inf))


def _edges(values: npt.NDArray[np.float64], bins: int = BINS) -> npt.NDArray[np.float64]:
    numbers = values[np.isfinite(values)]
    if not len(numbers):
        return np.linspace(0.0, 1.0, bins + 1)
    low, high = float(numbers.min()), float(numbers.max())
    if high - low < 1e-9 * max(abs(low), 1.0):  # all the same: a bar with some air around it
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value or 0.0:.3g}"  # no "-0"
