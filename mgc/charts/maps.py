"""A data set as a map: every track a point, coloured by what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.charts.theme import GREY, OUTLINE, TEXT, Chart, finish, legend, literal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import plotly.graph_objects as go

__all__ = ["BUTTONS", "Points", "by_group", "by_number"]

BUTTONS: Final = ("zoomIn2d", "zoomOut2d", "resetScale2d", "toImage")  # the wheel keeps scrolling the page
_SIZE: Final = 8  # pixels of a point; on a phone still a target, as the nearest within 20 pixels is taken
_SCALE: Final = ("#4477AA", "#44AA99", "#DDAA33")  # low to high: seen on a white page and on a dark one
_HEIGHT: Final = 500  # pixels; on a phone room is left beside it for a thumb that scrolls the page


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """What a map shows.

    Attributes
    ----------
    places : np.ndarray [shape=(n, 2)]
        where the tracks lie
    ids : sequence of str
        given back when a point is clicked
    words : sequence of str
        what a pointer over a point reads; strangers' text
    shown : np.ndarray [shape=(n,), bool]
        the others are grey dots in the background that cannot be clicked
    marked : int or None
        the track that is looked at
    near : sequence of int
        its nearest neighbours
    """

    places: npt.NDArray[np.float64]
    ids: Sequence[str]
    words: Sequence[str]
    shown: npt.NDArray[np.bool_]
    marked: int | None = None
    near: Sequence[int] = ()


def by_group(
    points: Points, groups: Sequence[str], colours: Mapping[str, str], *, what: str, quiet: Collection[str] = ()
) -> Chart:
    """Draw a map whose points are coloured by group.

    Parameters
    ----------
    points : Points
    groups : sequence of str
        one for each point
    colours : mapping of group to ``#rrggbb``
        in the order of the legend
    what : str
        that the groups are, e.g. "genre"; ends "coloured by ..."
    quiet : collection of str
        groups that step back, small and below the others: "unknown artist"
    """
    figure = _empty(points)
    of = np.asarray(groups)
    counts = []
    for name in sorted(colours, key=lambda name: name not in quiet):  # drawn first lies below
        rows = np.flatnonzero(points.shown & (of == name))
        if len(rows):
            look = {"color": colours[name], **({"size": _SIZE - 3} if name in quiet else {})}
            trace = _trace(points, rows, name=literal(name), marker=look)
            figure.add_trace(trace.update(legendrank=2000 if name in quiet else 1000))
            counts.append(f"{name} {len(rows)}")
    drawn = {
        name: colour for name, colour in colours.items() if name not in quiet and (points.shown & (of == name)).any()
    }
    note = legend(figure, drawn, y=-0.02)
    return _chart(_marked(figure, points), points, f"coloured by {what}", f": {', '.join(counts)}", note)


def by_number(points: Points, values: npt.NDArray[np.float64], *, what: str, unit: str) -> Chart:
    """Draw a map whose points are coloured by a number, e.g. the tempo.

    The colours span where nine of ten points lie, and say so: a few that are far off would leave one hue to the others.
    """
    figure = _empty(points)
    rows = np.flatnonzero(points.shown & np.isfinite(values))
    low, bottom, top, high = np.percentile(values[rows], (0, 5, 95, 100)) if len(rows) else (0.0, 0.0, 1.0, 1.0)
    marker = {
        "color": np.round(values[rows], 1),
        "cmin": float(bottom),
        "cmax": float(max(top, bottom + 1.0)),
        "colorscale": [[i / 2, colour] for i, colour in enumerate(_SCALE)],
        "colorbar": {
            "title": {"text": unit, "side": "top", "font": {"color": TEXT}},
            "tickfont": {"color": TEXT},
            **_ends(low, bottom, top, high),
            "orientation": "h",
            "thickness": 10,
            "len": 0.7,
            "y": -0.02,
            "yanchor": "top",
            "outlinewidth": 0,
        },
    }
    figure.add_trace(_trace(points, rows, name=what, marker=marker))
    said = f"coloured by {what}"
    beyond = f", {low:.0f} to {high:.0f} {unit}"
    cut = f" The colours span {bottom:.0f} to {top:.0f} {unit}; values outside have the colour of the nearer end."
    return _chart(_marked(figure, points), points, said, beyond, cut if low < bottom or high > top else "")


def _ends(low: float, bottom: float, top: float, high: float) -> dict[str, Any]:
    """Return the marks of a scale, of which the ends say when there is more beyond them."""
    marks = [float(bottom), *(bottom + (top - bottom) * step / 3 for step in (1, 2)), float(top)]
    words = [f"{mark:.0f}" for mark in marks]
    if low < bottom:
        words[0] = f"\N{LESS-THAN OR EQUAL TO} {words[0]}"
    if high > top:
        words[-1] = f"\N{GREATER-THAN OR EQUAL TO} {words[-1]}"
    return {"tickvals": marks, "ticktext": words}


def _empty(points: Points) -> go.Figure:
    import plotly.graph_objects as go

    figure = finish(go.Figure(), height=_HEIGHT)
    figure.update_layout(
        dragmode="pan",  # Streamlit sets it anyway where points can be clicked
        uirevision="map",
        hovermode="closest",
        modebar={"orientation": "v", "bgcolor": "rgba(0,0,0,0)", "color": GREY},
    )
    for update in (figure.update_xaxes, figure.update_yaxes):  # the directions of a map have no unit
        update(showticklabels=False, showgrid=False, zeroline=False, fixedrange=False, ticks="")
    rest = points.places[~points.shown]
    if len(rest):
        figure.add_scatter(
            x=rest[:, 0],
            y=rest[:, 1],
            mode="markers",
            marker={"size": 3, "color": GREY},
            hoverinfo="skip",
            showlegend=False,
        )
    return figure


def _trace(points: Points, rows: npt.NDArray[np.intp], *, name: str, marker: dict[str, Any]) -> go.Scatter:
    import plotly.graph_objects as go

    look = {"size": _SIZE, "opacity": 1.0, "line": OUTLINE, **marker}
    same = {"marker": {"opacity": look["opacity"]}}  # what is looked at has a ring; nothing else needs to fade
    return go.Scatter(
        x=np.round(points.places[rows, 0], 3),
        y=np.round(points.places[rows, 1], 3),
        mode="markers",
        name=name,
        customdata=[points.ids[row] for row in rows],
        hovertext=[literal(points.words[row]) for row in rows],
        hoverinfo="text",
        marker=look,
        selected=same,
        unselected=same,
    )


def _marked(figure: go.Figure, points: Points) -> go.Figure:
    """Put rings around the track that is looked at and its neighbours: dark and light ones, to be seen on any page."""
    looked_at = [] if points.marked is None else [points.marked]
    for rows, size, width in ((list(points.near), 14, 1.5), (looked_at, 20, 2.5)):
        for ring, colour in ((size, "#111111"), (size + 2 * width, "#ffffff")):
            figure.add_scatter(
                x=points.places[rows, 0],
                y=points.places[rows, 1],
                mode="markers",
                marker={"size": ring, "symbol": "circle-open", "color": colour, "line": {"width": width}},
                hoverinfo="skip",
                showlegend=False,
            )
    return figure


def _chart(figure: go.Figure, points: Points, said: str, numbers: str, note: str = "") -> Chart:
    count = int(points.shown.sum())
    return Chart(
        figure,
        f"Map of {count:,} track{'s' * (count != 1)}, {said}{numbers}.",
        f"Each point is a track, {said}. Similar tracks lie close together.{note}",
    )
