"""A data set as a map: every track a point, coloured by what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from mgc.charts.theme import GREY, OUTLINE, TEXT, Chart, finish, legend, literal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

__all__ = ["BUTTONS", "Points", "by_group", "by_number"]

BUTTONS: Final = ("zoomIn2d", "zoomOut2d", "resetScale2d", "toImage")  # the wheel keeps scrolling the page
_SIZE: Final = 8  # pixels of a point; on a phone still a target, as the nearest within 20 pixels is taken
_SCALE: Final = ("#4477AA", "#44AA99", "#DDAA33")  # low to high: seen on a white page and on a dark one
_HEIGHT: Final = 500  # pixels; on a phone room is left beside it for a thumb that scrolls the page


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """The n tracks of a map."""

    places: npt.NDArray[np.float64]  # [shape=(n, 2)] where they lie
    ids: Sequence[str]  # given back when a point is clicked
    words: Sequence[str]  # what a pointer over a point reads; strangers' text
    shown: npt.NDArray[np.bool_]  # [shape=(n,)] the others are grey dots in the background that cannot be clicked
    marked: int | None = None  # the track that is looked at
    near: Sequence[int] = ()  # its nearest neighbours


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
    found = {name: np.flatnonzero(points.shown & (of == name)) for name in colours}
    rows = {name: here for name, here in found.items() if len(here)}
    lowest_first = sorted(rows, key=lambda name: name not in quiet)
    for name in lowest_first:
        look = {"color": colours[name], "size": _SIZE - 3 * (name in quiet)}
        _add(figure, points, rows[name], look, name=literal(name), legendrank=2000 if name in quiet else 1000)
    note = legend(figure, {name: colours[name] for name in rows if name not in quiet}, y=-0.02)
    counts = ", ".join(f"{name} {len(rows[name])}" for name in lowest_first)
    return _chart(figure, points, f"coloured by {what}", f": {counts}", note)


def by_number(points: Points, values: npt.NDArray[np.float64], *, what: str, unit: str) -> Chart:
    """Draw a map whose points are coloured by a number, e.g. the tempo.

    The colours span where nine of ten points lie, and say so: a few that are far off would leave one hue to the others.
    """
    figure = _empty(points)
    rows = np.flatnonzero(points.shown & np.isfinite(values))
    low, bottom, top, high = np.percentile(values[rows], (0, 5, 95, 100)) if len(rows) else (0.0, 0.0, 1.0, 1.0)
    marks = np.linspace(bottom, top, 4)
    words = [f"{mark:.0f}" for mark in marks]
    if low < bottom:
        words[0] = f"\N{LESS-THAN OR EQUAL TO} {words[0]}"
    if high > top:
        words[-1] = f"\N{GREATER-THAN OR EQUAL TO} {words[-1]}"
    scale = {
        "title": {"text": unit, "side": "top", "font": {"color": TEXT}},
        "tickfont": {"color": TEXT},
        "tickvals": marks,
        "ticktext": words,
        "orientation": "h",
        "thickness": 10,
        "len": 0.7,
        "y": -0.02,
        "yanchor": "top",
        "outlinewidth": 0,
    }
    look = {
        "color": np.round(values[rows], 1),
        "cmin": float(bottom),
        "cmax": float(max(top, bottom + 1.0)),
        "colorscale": [[i / 2, colour] for i, colour in enumerate(_SCALE)],
        "colorbar": scale,
    }
    _add(figure, points, rows, look, name=what)
    cut = f" The colours span {bottom:.0f} to {top:.0f} {unit}; values outside have the colour of the nearer end."
    note = cut if low < bottom or high > top else ""
    return _chart(figure, points, f"coloured by {what}", f", {low:.0f} to {high:.0f} {unit}", note)


def _empty(points: Points) -> go.Figure:
    """Return a map with nothing but what the filters hide."""
    figure = finish(go.Figure(), height=_HEIGHT)
    figure.update_layout(
        dragmode="pan",  # Streamlit sets it anyway where points can be clicked
        uirevision="map",
        hovermode="closest",
        modebar={"orientation": "v", "bgcolor": "rgba(0,0,0,0)", "color": GREY},
    )
    for axes in (figure.update_xaxes, figure.update_yaxes):  # the directions of a map have no unit
        axes(showticklabels=False, showgrid=False, zeroline=False, fixedrange=False, ticks="")
    if not points.shown.all():
        _add_silent(figure, points.places[~points.shown], {"size": 3, "color": GREY})
    return figure


def _add(figure: go.Figure, points: Points, rows: npt.NDArray[np.intp], look: dict[str, Any], **more: Any) -> None:
    """Add points that can be clicked."""
    same = {"marker": {"opacity": 1.0}}  # what is looked at has a ring; nothing else needs to fade
    figure.add_scatter(
        x=np.round(points.places[rows, 0], 3),
        y=np.round(points.places[rows, 1], 3),
        mode="markers",
        customdata=[points.ids[row] for row in rows],
        hovertext=[literal(points.words[row]) for row in rows],
        hoverinfo="text",
        marker={"size": _SIZE, "opacity": 1.0, "line": OUTLINE, **look},
        selected=same,
        unselected=same,
        **more,
    )


def _add_silent(figure: go.Figure, places: npt.NDArray[np.float64], look: dict[str, Any]) -> None:
    """Add marks that cannot be clicked."""
    x, y = places.T
    figure.add_scatter(x=x, y=y, mode="markers", marker=look, hoverinfo="skip", showlegend=False)


def _chart(figure: go.Figure, points: Points, said: str, numbers: str, note: str) -> Chart:
    """Put rings around the track that is looked at and its neighbours, dark and light ones, to be seen on any page."""
    looked_at = [] if points.marked is None else [points.marked]
    for rows, size, width in ((list(points.near), 14, 1.5), (looked_at, 20, 2.5)):
        for ring, colour in ((size, "#111111"), (size + 2 * width, "#ffffff")):
            look = {"size": ring, "symbol": "circle-open", "color": colour, "line": {"width": width}}
            _add_silent(figure, points.places[rows], look)
    count = int(points.shown.sum())
    return Chart(
        figure,
        f"Map of {count:,} track{'s' * (count != 1)}, {said}{numbers}.",
        f"Each point is a track, {said}. Similar tracks lie close together.{note}",
    )
