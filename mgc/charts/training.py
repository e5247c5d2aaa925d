"""How training went: loss and accuracy by epoch, each fold thin, their mean thick, validation beside training."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import plotly.graph_objects as go

from mgc.charts.theme import GREY, INK, Chart, faint, finish

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["CAPTION", "curves"]

CAPTION: Final = (
    "Gray: training. Green: validation. Thin lines are folds, thick lines their mean. Rings mark the epoch whose "
    "weights were kept."
)
_MOST_DOTS: Final = 30  # epochs up to which each is marked: a line of one epoch would not be seen
_TITLES: Final = {"loss": "loss (nats)", "accuracy": "accuracy"}
Epochs = dict[int, list[dict[str, Any]]]  # by fold


def curves(epochs: Sequence[Mapping[str, Any]], best: Mapping[int, int], what: str, *, revision: str) -> Chart:
    """Draw the loss or the accuracy of a run.

    Parameters
    ----------
    epochs : sequence of mapping
        ``fold``, ``number``, ``loss``, ``accuracy``, ``val_loss``, ``val_accuracy`` (None without validation)
    best : mapping of int to int
        fold -> the epoch whose weights were kept, of folds that have ended
    what : "loss" or "accuracy"
    revision : str
        of the run: a chart that grows keeps what its reader has done to it while this stays the same
    """
    by_fold: Epochs = defaultdict(list)
    for epoch in epochs:
        by_fold[epoch["fold"]].append(dict(epoch))
    traces: list[go.Scatter] = []
    spoken = []
    for name, colour, words in ((what, GREY, "training"), (f"val_{what}", INK, "validation")):
        series = {fold: [one[name] for one in held] for fold, held in by_fold.items()}
        if not series or any(value is None for values in series.values() for value in values):
            continue
        traces.append(_lines(series, faint(colour, 0.35), 1, f"fold %{{customdata}}, {words}"))
        if len(series) > 1:
            traces.append(_lines({0: _mean(list(series.values()))}, colour, 3, f"mean, {words}"))
        spoken.append(f"{words} {np.mean([values[-1] for values in series.values()]):.3f}")
    kept = [
        (number, by_fold[fold][number - 1][f"val_{what}"])
        for fold, number in best.items()
        if 0 < number <= len(by_fold.get(fold, ())) and by_fold[fold][number - 1][f"val_{what}"] is not None
    ]
    if kept:
        ring = {"symbol": "circle-open", "size": 9, "color": INK, "line": {"width": 2}}
        x, y = zip(*kept, strict=True)
        traces.append(go.Scatter(x=x, y=y, mode="markers", marker=ring, hovertemplate="weights kept<extra></extra>"))
    figure = finish(go.Figure(traces), height=280)
    longest = max((len(held) for held in by_fold.values()), default=0)
    figure.update_layout(uirevision=revision, hovermode="closest")
    figure.update_xaxes(title_text="epoch", range=[0.5, max(longest, 2) + 0.5])
    figure.update_yaxes(title_text=_TITLES[what])
    if what == "accuracy":
        figure.update_yaxes(tickformat=".0%", range=[0, 1.02])
    last = f" Last epoch, mean of folds: {', '.join(spoken)}." if spoken else ""
    return Chart(figure, f"{_TITLES[what].capitalize()} of {len(by_fold)} folds over {longest} epochs.{last}", CAPTION)


def _lines(series: Mapping[int, Sequence[float]], colour: str, width: int, words: str) -> go.Scatter:
    """Return one trace with a line for each fold, a gap between two: a trace each would take ten times as long."""
    counts = [len(values) + 1 for values in series.values()]
    longest = max(counts) - 1
    return go.Scatter(
        x=np.concatenate([np.arange(1, count + 1) for count in counts]),
        y=np.concatenate([[*values, np.nan] for values in series.values()]),
        customdata=np.repeat([fold + 1 for fold in series], counts),
        mode="lines+markers" if longest <= _MOST_DOTS else "lines",
        line={"color": colour, "width": width},
        marker={"size": 3 + width},
        hovertemplate=f"{words}, epoch %{{x}}: %{{y:.3f}}<extra></extra>",
    )


def _mean(series: Sequence[Sequence[float]]) -> list[float]:
    """Return the mean of folds at each epoch that all of them have reached."""
    reached = min(len(one) for one in series)
    return [float(np.mean([one[i] for one in series])) for i in range(reached)]
