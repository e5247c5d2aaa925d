"""How far the probabilities of several runs can be trusted, and what a threshold for "unsure" costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go

from mgc.charts.theme import GREY, Chart, finish, legend_above, literal, look, percent, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mgc.charts.theme import Numbers

__all__ = ["MOST_THRESHOLDS", "Coverage", "Reliability", "coverage", "reliability"]

MOST_THRESHOLDS: Final = 300  # drawn of a run

_LEAST: Final = 5.0  # pixels of a point with few clips
_MOST: Final = 20.0  # of that with most
ROUNDING: Final = 1e-9  # a probability so little below a threshold counts as at it


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """A run's clips in bins of confidence; bins without clips may be left out or have NaN."""

    name: str
    confidence: Numbers  # mean of the bin [0..1]
    accuracy: Numbers  # share of the bin that is right [0..1]
    clips: Numbers  # of the bin
    ece: float | None = None  # expected calibration error [0..1]


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """A run under each threshold for "unsure": how many clips get an answer, and how many of the answers are right."""

    name: str
    thresholds: Numbers  # least probability that is answered [0..1]
    coverage: Numbers  # share of clips that get an answer [0..1]
    accuracy: Numbers  # share of the answers that are right [0..1]; NaN where there is no answer


def reliability(runs: Sequence[Reliability]) -> Chart:
    """Draw for each bin of confidence how often a run was right; the area of a point is the number of its clips."""
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": [0, 1],
            "y": [0, 1],
            "mode": "lines",
            "line": {"color": GREY, "width": 1, "dash": "dot"},
            "hoverinfo": "skip",
            "showlegend": False,
        }
    ]
    most = max((clips for run in runs for clips in run.clips), default=0) or 1
    spoken = []
    for i, run in enumerate(runs):
        drawn_as, name = look(i), literal(shortened(run.name, 30))
        bins = [
            (sure, right, n)
            for sure, right, n in zip(run.confidence, run.accuracy, run.clips, strict=True)
            if n and math.isfinite(right)
        ]
        traces.append(
            {
                "type": "scatter",
                "x": [sure for sure, _, _ in bins],
                "y": [right for _, right, _ in bins],
                "mode": "lines+markers",
                "line": {"color": drawn_as.colour, "width": 2, "dash": drawn_as.dash},
                "marker": {
                    "color": drawn_as.colour,
                    "symbol": drawn_as.symbol,
                    "size": [max(_LEAST, _MOST * math.sqrt(n / most)) for _, _, n in bins],
                    "opacity": 0.85,
                },
                "name": name,
                "hovertext": [
                    f"{name}<br>confidence {percent(sure)}: {percent(right)} correct, {n:,} clips"
                    for sure, right, n in bins
                ],
                "hoverinfo": "text",
                "cliponaxis": False,
            }
        )
        gaps = sorted(bins, key=lambda one: -abs(one[1] - one[0]) * one[2])
        said = shortened(run.name, 60) + (f", ECE {percent(run.ece, 1)}" if run.ece is not None else "")
        if gaps:
            sure, right, n = gaps[0]
            said += f", heaviest gap at confidence {percent(sure)}: {percent(right)} correct of {n:,} clips"
        spoken.append(said)
    figure = finish(go.Figure({"data": traces}), height=420)
    _shares(figure, "confidence of the answer", "share correct")
    legend_above(figure, len(runs))
    return Chart(
        figure,
        f"Reliability: accuracy by confidence. {'; '.join(spoken)}.",
        "Dotted: perfectly calibrated. Below it a run is too sure of itself. Large points: many clips.",
        "Clips are put into bins by the probability of their most probable genre (Guo et al. 2017). "
        "ECE is the expected calibration error.",
    )


def coverage(runs: Sequence[Coverage], threshold: float) -> Chart:
    """Draw the accuracy of answers against the share of clips that get one, and mark the present threshold [0..1]."""
    traces: list[dict[str, Any]] = []
    spoken = []
    lowest = 1.0
    for i, run in enumerate(runs):
        drawn_as, name = look(i), literal(shortened(run.name, 30))
        rows = [
            (float(at), float(share), float(right))
            for at, share, right in zip(run.thresholds, run.coverage, run.accuracy, strict=True)
            if share > 0 and math.isfinite(right)
        ]
        lowest = min([lowest, *(right for _, _, right in rows)])
        step = math.ceil(len(rows) / MOST_THRESHOLDS) or 1
        drawn = rows[::step] if not rows or rows[-1] in rows[::step] else [*rows[::step], rows[-1]]
        line = {"color": drawn_as.colour, "width": 2.5, "dash": drawn_as.dash}
        read = f"{name}<br>unsure below %{{customdata:.0%}}: %{{x:.0%}} answered, %{{y:.1%}} of them correct"
        look_of = {"type": "scatter", "line": line, "hovertemplate": f"{read}<extra></extra>"}
        traces.append(_through(drawn) | look_of | {"mode": "lines", "showlegend": False})
        # A clip is answered when its probability is at least the threshold.
        here = min((row for row in rows if row[0] >= threshold - ROUNDING), default=None)
        marker = {"color": drawn_as.colour, "symbol": drawn_as.symbol, "size": 15}
        now_at = [(threshold, here[1], here[2])] if here else [(threshold, None, None)]
        symbol = {"mode": "lines+markers", "marker": marker, "name": name, "cliponaxis": False}
        traces.append(_through(now_at) | look_of | symbol)
        now = f"{percent(here[1])} answered, {percent(here[2])} of them correct" if here else "no clip answered"
        spoken.append(f"{shortened(run.name, 60)}: {now}")
    figure = finish(go.Figure({"data": traces}), height=420)
    _shares(figure, "share of clips answered", "share of answers correct")
    figure.update_yaxes(range=[max(0.0, math.floor(10 * lowest - 0.2) / 10), 1.01])
    legend_above(figure, len(runs))
    return Chart(
        figure,
        f"Accuracy against coverage, at the threshold {percent(threshold)}. {'; '.join(spoken)}.",
        f"Symbols: unsure below {percent(threshold)}. To the left fewer clips are answered; higher is better.",
        "Each line runs over all thresholds: the risk-coverage curve (El-Yaniv and Wiener 2010), as accuracy.",
    )


def _through(rows: Sequence[tuple[float, float | None, float | None]]) -> dict[str, Any]:
    """Return points of (threshold, coverage, accuracy)."""
    at, x, y = ([row[i] for row in rows] for i in range(3))
    return {"customdata": at, "x": x, "y": y}


def _shares(figure: go.Figure, x: str, y: str) -> None:
    fifths = [i / 5 for i in range(6)]
    ticks = {"tickvals": fifths, "ticktext": [percent(share) for share in fifths]}
    figure.update_xaxes(title_text=x, range=[0, 1.01], **ticks)
    figure.update_yaxes(title_text=y, range=[0, 1.01], tickformat=".0%", nticks=6)
    figure.update_layout(hovermode="closest")
