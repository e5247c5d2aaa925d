"""What several runs called what, side by side on one colour scale, and where two of them differ.

Conventions
-----------
``counts[i][j]`` are the clips of class i that were called class j: rows are labels, columns answers.

A cell can be clicked. Heatmaps give no points to Streamlit's ``on_select`` (1.67, tried in Chromium: a click on a
heatmap selects nothing), so a marker that cannot be seen lies in the middle of each cell, with the numbers
``customdata = [label, answer]``; as ``hoverdistance`` has no limit, the nearest marker is that of the cell below the
pointer, up to the corners. A second click on a cell selects nothing again. A figure that changes, as with ``marked``,
loses its selection: a page that frames the cell keeps it from a callback of ``on_select``, not from what is returned.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.charts.theme import DIVERGING, SEQUENTIAL, Chart, composed, literal, percent, shortened, signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

__all__ = ["MOST_WRITTEN", "Matrix", "confusions", "difference", "drawn"]

MOST_WRITTEN: Final = 16  # classes, above which the cells are too small for numbers
_ROOMY: Final = 10  # classes, up to which a cell has room for three digits on a phone
_MANY: Final = 25  # classes, above which the lines between cells are thin
_EDGE: Final = 0.56  # cells from the middle of the outermost to the edge, where a frame around it is not cut off
_NAMED: Final = 3  # cells that the words for a chart name

Cell = tuple[int, int]  # numbers of label and answer
Counts = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """The answers of a run."""

    name: str
    counts: Sequence[Sequence[int]] | npt.NDArray[Any]  # [shape=(n_classes, n_classes)]


def confusions(
    matrices: Sequence[Matrix], classes: Sequence[str], *, by_row: bool = True, marked: Cell | None = None
) -> list[Chart]:
    """Draw a confusion matrix for each run, all on one colour scale.

    Parameters
    ----------
    matrices : sequence of Matrix
    classes : sequence of str
        names as a person writes them
    by_row : bool
        show the percentage of the label's clips instead of their number
    marked : (label, answer) or None
        cell with a frame around it
    """
    tables = [np.asarray(matrix.counts, dtype=np.float64) for matrix in matrices]
    most = max((float(table.max(initial=0)) for table in tables), default=0.0) or 1.0
    return [
        _one(matrix.name, table, classes, most, by_row, marked) for matrix, table in zip(matrices, tables, strict=True)
    ]


def difference(
    a: Matrix, b: Matrix, classes: Sequence[str], *, by_row: bool = True, marked: Cell | None = None
) -> Chart:
    """Draw the matrix of ``a`` minus that of ``b``, in clips or in percentage points of the row, 0 in the middle."""
    tables = [np.asarray(matrix.counts, dtype=np.float64) for matrix in (a, b)]
    first, second = (100 * _shares(table) if by_row else table for table in tables)
    gap = first - second
    unit = "points" if by_row else "clips"
    names = [shortened(matrix.name, 40) for matrix in (a, b)]
    hover = [
        [f"{_change(value)} {unit} ({x:.0f} and {y:.0f} clips)" for value, x, y in zip(*rows, strict=True)]
        for rows in zip(gap.tolist(), tables[0].tolist(), tables[1].tolist(), strict=True)
    ]
    most = float(np.abs(gap).max(initial=0)) or 1.0
    text = [[_change(value) if round(value) else "" for value in row] for row in gap.tolist()]
    figure = drawn(gap, (-most, most), DIVERGING, classes, text, hover, answer="models' answers", marked=marked)
    cells = sorted(itertools.product(range(len(classes)), repeat=2), key=lambda cell: -abs(gap[cell]))
    said = [f"{classes[i]} called {classes[j]} {_change(gap[i, j])}" for i, j in cells[:_NAMED] if round(gap[i, j])]
    return Chart(
        figure,
        f"Confusion matrix of {names[0]} minus that of {names[1]}, in {unit}. "
        + (f"Largest differences: {', '.join(said)}." if said else "No cell differs."),
        f"Orange: more often by {names[0]}. Blue: more often by {names[1]}. Numbers: {unit}.",
        "Rows are labels, columns the models' answers. On the diagonal, where both agree, are correct answers.",
    )


def _one(name: str, counts: Counts, classes: Sequence[str], most: float, by_row: bool, marked: Cell | None) -> Chart:
    shares = _shares(counts)
    text = [[f"{value:.0f}" if value >= 0.5 else "" for value in row] for row in (100 * shares if by_row else counts)]
    hover = [
        [f"{n:.0f} clips, {percent(share)} of the row" for n, share in zip(*rows, strict=True)]
        for rows in zip(counts.tolist(), shares.tolist(), strict=True)
    ]
    scale = (0.0, 1.0) if by_row else (0.0, most)
    figure = drawn(
        shares if by_row else counts,
        scale,
        SEQUENTIAL,
        classes,
        text,
        hover,
        answer=f"answer of {shortened(name, 34)}",
        marked=marked,
    )
    n, right = counts.sum(), np.trace(counts)
    cells = sorted(itertools.permutations(range(len(classes)), 2), key=lambda cell: -counts[cell])
    said = [f"{classes[i]} called {classes[j]} ({counts[i, j]:.0f})" for i, j in cells[:_NAMED] if counts[i, j]]
    return Chart(
        figure,
        f"Confusion matrix of {shortened(name, 60)}: {right:.0f} of {n:.0f} clips correct. "
        + (f"Most frequent mistakes: {', '.join(said)}." if said else "No mistakes."),
        "Rows are labels, columns the model's answers. "
        + ("Numbers: per cent of the row." if by_row else "Numbers: clips.")
        + ("" if len(classes) <= MOST_WRITTEN else " Hover to read them."),
    )


def drawn(
    values: Counts,
    scale: tuple[float, float],
    colours: Sequence[tuple[float, str]],
    classes: Sequence[str],
    text: list[list[str]],
    hover: list[list[str]],
    *,
    answer: str = "model's answer",
    marked: Cell | None = None,
) -> go.Figure:
    """Return a matrix whose cells can be clicked.

    Parameters
    ----------
    values : np.ndarray [shape=(n_classes, n_classes)]
    scale : (float, float)
        what the ends of the colours stand for
    colours : sequence of (place [0..1], ``#rrggbb``)
    classes : sequence of str
        names as a person writes them
    text, hover : lists of n_classes lists of str
        what stands in each cell, where there is room, and what a pointer reads of it
    answer : str
        title of the columns
    marked : (label, answer) or None
        cell with a frame around it
    """
    n = len(classes)
    longest = 12 if n > 4 else 20
    names = [literal(shortened(name, longest)) for name in classes]
    full = [literal(name) for name in classes]
    heat = {
        "type": "heatmap",
        "z": np.round(values, 4).astype(np.float32),
        "zmin": scale[0],
        "zmax": scale[1],
        "colorscale": [list(stop) for stop in colours],
        "showscale": False,
        "xgap": 2 if n <= _MANY else 0.5,
        "ygap": 2 if n <= _MANY else 0.5,
        "hoverinfo": "skip",
    }
    if n <= MOST_WRITTEN:
        heat |= {"text": text, "texttemplate": "%{text}"}
    if n <= _ROOMY:  # left to itself, plotly.js shrinks all numbers until the longest fits
        heat |= {"textfont": {"size": 11}}
    unseen = {"marker": {"opacity": 0}}
    cells = {
        "type": "scatter",
        "x": np.tile(np.arange(n, dtype=np.int16), n),
        "y": np.repeat(np.arange(n, dtype=np.int16), n),
        "mode": "markers",
        "marker": {"size": 6, "opacity": 0, "color": "#33383b"},
        "selected": unseen,
        "unselected": unseen,
        "customdata": [[i, j] for i in range(n) for j in range(n)],
        "text": [f"{full[i]} called {full[j]}:<br>{hover[i][j]}" for i in range(n) for j in range(n)],
        "hovertemplate": "%{text}<extra></extra>",
    }
    # Names of many classes are thinned to what fits on a phone; the pointer reads all.
    layout: dict[str, Any] = {"hovermode": "closest", "hoverdistance": -1, "dragmode": False}
    for axis, most in (("xaxis", MOST_WRITTEN), ("yaxis", 2 * MOST_WRITTEN)):
        some = list(range(0, n, math.ceil(n / most)))
        layout[axis] = {"tickvals": some, "ticktext": [names[i] for i in some], "showgrid": False, "ticks": ""}
        layout[axis] |= {"tickfont": {"size": 11}} if n > MOST_WRITTEN else {}
    layout["xaxis"] |= {
        "range": [-_EDGE, n - 1 + _EDGE],
        "side": "top",
        "tickangle": -60,
        "title": {"text": literal(answer)},
    }
    layout["yaxis"] |= {"range": [n - 1 + _EDGE, -_EDGE], "title": {"text": "label"}}
    if marked is not None:
        i, j = marked
        frame = {"type": "rect", "x0": j - 0.5, "x1": j + 0.5, "y0": i - 0.5, "y1": i + 0.5}
        # Seen on every cell of both pages.
        lines = ({"color": "#111111", "width": 6}, {"color": "#ffffff", "width": 2})
        layout["shapes"] = [frame | {"line": line} for line in lines]
    height = 480 if n <= MOST_WRITTEN else 560 if n <= _MANY else 760
    return composed([heat, cells], layout, height=height)


def _shares(counts: Counts) -> Counts:
    """Return counts as shares of their row; a row without clips is 0."""
    shares: Counts = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return shares


def _change(value: float) -> str:
    return signed(value, 0) if round(value) else "0"
