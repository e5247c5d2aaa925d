"""Which descriptors say the same: their correlations as a heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mgc.charts import descriptor_names
from mgc.charts.theme import Chart, finish

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = ["DIVERGING", "correlation"]

# Blue to red, both ends 3:1 on a white and on a dark page; towards the middle the page itself shows through, so that
# nothing is glaring on either. The middle is a trace of grey: a cell without a value shows the bare page.
DIVERGING: Final = (
    (0.0, "rgba(53,120,190,1)"),
    (0.25, "rgba(62,126,190,0.65)"),
    (0.5, "rgba(138,141,145,0.18)"),
    (0.75, "rgba(204,70,72,0.65)"),
    (1.0, "rgba(208,62,66,1)"),
)
CELL: Final = 13  # px
MANY: Final = 40  # columns; beyond, cells are small, for a phone shows a void below them
SMALL: Final = 8  # px
ROOM: Final = 70  # px for the scale above the cells
STRONGEST: Final = 3  # pairs named in the alt text
_SCALE: Final = {
    "orientation": "h",
    "y": 1.0,
    "yanchor": "bottom",
    "thickness": 10,
    "len": 0.6,
    "outlinewidth": 0,
    "tickvals": [-1, 0, 1],
}


def correlation(matrix: npt.NDArray[np.float64], columns: Sequence[str]) -> Chart:
    """Draw a correlation matrix.

    Parameters
    ----------
    matrix : np.ndarray [shape=(p, p), -1..1]
        NaN where a column never changes
    columns : sequence of p str
        names of descriptors
    """
    import plotly.graph_objects as go

    names = [descriptor_names.name(column) for column in columns]
    figure = go.Figure(
        go.Heatmap(
            z=np.round(matrix, 3),
            x=names,
            y=names,
            zmin=-1,
            zmax=1,
            colorscale=[list(stop) for stop in DIVERGING],
            hovertemplate="%{y}<br>%{x}<br>r = %{z:.2f}<extra></extra>",
            colorbar=_SCALE,
        )
    )
    finish(figure, height=ROOM + (CELL if len(names) < MANY else SMALL) * len(names))
    # Named on one side only: on a phone the names below would print over each other. The columns are the rows again.
    figure.update_xaxes(showticklabels=False, ticks="", showgrid=False, constrain="domain")
    figure.update_yaxes(
        autorange="reversed",
        tickfont={"size": 10 if len(names) < MANY else 9},
        showgrid=False,
        scaleanchor="x",
        constrain="domain",
        constraintoward="top",
    )
    missing = " Empty: a number that never changes here." if np.isnan(matrix).any() else ""
    return Chart(
        figure,
        f"Correlation of {len(names)} descriptors. Strongest: {_strongest(matrix, names)}.",
        "Columns stand in the order of the rows, left to right. Red: the two rise together; blue: one falls as the "
        "other rises; faint: nothing to do with each other. "
        f"Blocks of one colour are numbers that say the same twice.{missing}",
    )


def _strongest(matrix: npt.NDArray[np.float64], names: Sequence[str]) -> str:
    upper = np.triu(np.nan_to_num(np.abs(matrix)), 1)
    best = np.argsort(upper, axis=None)[::-1][:STRONGEST]
    pairs = [divmod(int(i), len(names)) for i in best]
    return "; ".join(f"{names[i]} and {names[j]} {matrix[i, j]:.2f}" for i, j in pairs if upper[i, j] > 0) or "none"
