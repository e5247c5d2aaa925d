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

# Blue to red over a light middle, both ends equally dark (after Paul Tol's "BuRd"); opaque: it reads on both pages.
DIVERGING: Final = (
    (0.0, "#2166ac"),
    (0.25, "#92c5de"),
    (0.5, "#f3f4f2"),
    (0.75, "#f4a582"),
    (1.0, "#b2182b"),
)
CELL: Final = 15  # px
STRONGEST: Final = 3  # pairs named in the alt text


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
            colorbar={"thickness": 10, "outlinewidth": 0, "tickvals": [-1, 0, 1], "len": 0.5},
        )
    )
    finish(figure, height=180 + CELL * len(names))
    figure.update_xaxes(side="bottom", tickangle=-90, tickfont={"size": 10}, showgrid=False, dtick=1)
    figure.update_yaxes(autorange="reversed", tickfont={"size": 10}, showgrid=False, dtick=1)
    return Chart(
        figure,
        f"Correlation of {len(names)} descriptors. Strongest: {_strongest(matrix, names)}.",
        "Red: the two rise together; blue: one falls as the other rises; pale: nothing to do with each other. "
        "Blocks of one colour are numbers that say the same twice.",
    )


def _strongest(matrix: npt.NDArray[np.float64], names: Sequence[str]) -> str:
    upper = np.triu(np.nan_to_num(np.abs(matrix)), 1)
    best = np.argsort(upper, axis=None)[::-1][:STRONGEST]
    pairs = [divmod(int(i), len(names)) for i in best]
    return "; ".join(f"{names[i]} and {names[j]} {matrix[i, j]:.2f}" for i, j in pairs if upper[i, j] > 0) or "none"
