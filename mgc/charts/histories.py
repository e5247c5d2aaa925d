"""How the training of several runs went, side by side on one scale: loss above, accuracy below, a column for each run.

Conventions
-----------
Epochs are numbered from 1. Losses are in nats, accuracies 0..1. Folds may have different numbers of epochs: at each
epoch the mean and the band are those of the folds that were still running, and the chart says so. The band holds the
middle half of them (first to third quartile).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.charts.theme import GREY, TEXT, Chart, composed, faint, literal, look, percent, shortened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import plotly.graph_objects as go

    from mgc.charts.theme import Look, Numbers

__all__ = ["MOST_EPOCHS", "FoldHistory", "History", "histories", "history"]

MOST_EPOCHS: Final = 300  # drawn of a run: a panel is at most some 600 pixels wide
_FEW: Final = 3  # folds, from which on a band of quartiles means something
_PANEL: Final = 210  # pixels
_GAP: Final = 0.05  # between columns, in widths of the figure

_TITLES: Final = {"loss": "loss (nats)", "accuracy": "accuracy"}

Array = npt.NDArray[np.float32]
Epochs = npt.NDArray[np.int_]


@dataclass(frozen=True, slots=True, eq=False)
class FoldHistory:
    """The epochs of a fold: e numbers each; without validation there are none of it."""

    loss: Numbers
    accuracy: Numbers
    val_loss: Numbers | None = None
    val_accuracy: Numbers | None = None
    kept: int | None = None  # the epoch whose weights were kept


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """A run: its name, and its folds; none if its model was solved at once, without epochs."""

    name: str
    folds: Sequence[FoldHistory]


def history(name: str, epochs: Sequence[Mapping[str, Any]], best: Mapping[int, int]) -> History:
    """Return the history of a run from the rows that :func:`mgc.charts.training.curves` is given too.

    Parameters
    ----------
    name : str
    epochs : sequence of mapping
        ``fold``, ``number``, ``loss``, ``accuracy``, ``val_loss``, ``val_accuracy`` (None without validation)
    best : mapping of int to int
        fold -> the epoch whose weights were kept
    """
    by_fold: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for epoch in sorted(epochs, key=lambda epoch: (epoch["fold"], epoch["number"])):
        by_fold[epoch["fold"]].append(epoch)
    folds = []
    for fold, held in by_fold.items():
        columns = {what: [epoch[what] for epoch in held] for what in ("loss", "accuracy", "val_loss", "val_accuracy")}
        there = {what: values for what, values in columns.items() if None not in values}
        folds.append(FoldHistory(**{"loss": [], "accuracy": []} | there, kept=best.get(fold)))
    return History(name, folds)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Training or validation of a run at the e epochs that are drawn, NaN where a fold has ended."""

    words: str
    folds: Array  # [shape=(n_folds, e)]
    mean: Array  # [shape=(e,)]
    low: Array  # [shape=(e,)] first quartile
    high: Array  # [shape=(e,)] third quartile


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """A run as it is drawn."""

    name: str
    look: Look
    last: int  # epoch
    folds: int
    uneven: bool  # are some folds shorter than others?
    kept: list[int]  # by fold; 0: not known
    parts: dict[str, list[_Part]]  # by "loss" and "accuracy"; validation last
    read: dict[str, list[str]]  # what a pointer reads of it at each epoch

    @property
    def is_validated(self) -> bool:
        """Whether a validation part was judged after each epoch."""
        return any(part.words == "validation" for part in self.parts["loss"])


def histories(runs: Sequence[History], *, across: int = 1) -> list[Chart]:
    """Draw the epochs of runs, on the same scales in all charts.

    Parameters
    ----------
    runs : sequence of History, at least one
    across : int >= 1
        columns of a chart: 1 gives a chart for each run, for cells that stand side by side where there is room and one
        below the other on a phone; ``len(runs)`` gives one wide chart, for a picture that is kept

    Returns
    -------
    list of Chart
        a pointer over any of them reads all runs at that epoch
    """
    epochs = _epochs(runs)
    drawn = [_run(run, look(i), epochs) for i, run in enumerate(runs)]
    ranges = {"loss": _losses(drawn), "accuracy": _accuracies(drawn)}
    read = {what: [list(row) for row in zip(*(run.read[what] for run in drawn), strict=True)] for what in ranges}
    caption, more = _words(drawn, ranges["loss"][1], epochs)
    charts = []
    for i in range(0, len(drawn), across):
        column = drawn[i : i + across]
        figure = _figure(column, drawn, epochs, ranges, read)
        charts.append(Chart(figure, " ".join(_spoken(run, epochs) for run in column), caption, more))
    return charts


def _epochs(runs: Sequence[History]) -> Epochs:
    """Return the epochs that are drawn: all or every second, third, ..., the last of each fold, and those kept."""
    folds = [fold for run in runs for fold in run.folds]
    longest = max((len(fold.loss) for fold in folds), default=0)
    step = max(1, math.ceil(longest / MOST_EPOCHS))
    kept = {fold.kept for fold in folds if fold.kept is not None and fold.kept <= len(fold.loss)}
    return np.array(sorted({*range(1, longest + 1, step), *(len(fold.loss) for fold in folds), *kept} - {0}), dtype=int)


def _run(run: History, drawn_as: Look, epochs: Epochs) -> _Run:
    lengths = np.array([len(fold.loss) for fold in run.folds], dtype=int)
    last = int(lengths.max(initial=0))
    kept = [fold.kept if fold.kept and fold.kept <= len(fold.loss) else 0 for fold in run.folds]
    parts: dict[str, list[_Part]] = {"loss": [], "accuracy": []}
    for what, held in parts.items():
        for name, words in ((what, "training"), (f"val_{what}", "validation")):
            given = [values for fold in run.folds if (values := getattr(fold, name)) is not None]
            if given and len(given) == len(run.folds):
                held.append(_part(words, given, epochs))
    running = [int((lengths >= epoch).sum()) for epoch in epochs]
    few = [f" ({n} of {len(lengths)} folds)" if n < len(lengths) else "" for n in running]
    over = f"ended after epoch {last}" if last else "no epochs"
    read: dict[str, list[str]] = {}
    for what, held in parts.items():
        said = [[_number(what, value) for value in part.mean.tolist()] for part in reversed(held)]
        if len(said) == 1:
            said.insert(0, ["-"] * len(epochs))
        read[what] = [" / ".join(words[i] for words in said) + few[i] if n else over for i, n in enumerate(running)]
    return _Run(run.name, drawn_as, last, len(lengths), len(set(lengths.tolist())) > 1, kept, parts, read)


def _part(words: str, given: Sequence[Numbers], epochs: Epochs) -> _Part:
    table = np.full((len(given), len(epochs)), np.nan, dtype=np.float32)
    for row, values in zip(table, given, strict=True):
        here = epochs[epochs <= len(values)]
        row[: len(here)] = np.asarray(values, dtype=np.float32)[here - 1]
    table[~np.isfinite(table)] = np.nan  # a loss that overflowed has no place on the scale
    n = np.isfinite(table).sum(axis=0)
    mean = np.where(n > 0, np.nansum(table, axis=0) / np.maximum(n, 1), np.nan).astype(np.float32)
    ordered = np.sort(table, axis=0)  # NaN last
    low, high = (_quantile(ordered, n, q) for q in (0.25, 0.75))
    return _Part(words, table, mean, low, high)


def _quantile(ordered: Array, n: npt.NDArray[np.int_], q: float) -> Array:
    """Return a quantile of the first ``n`` of each sorted column, by linear interpolation as :func:`numpy.quantile`.

    ``numpy.nanquantile`` goes column by column: 0.15 s for six runs.
    """
    at = q * np.maximum(n - 1, 0)
    below, columns = np.floor(at).astype(int), np.arange(len(n))
    above = np.minimum(below + 1, np.maximum(n - 1, 0))
    low, high = ordered[below, columns], ordered[above, columns]
    value: Array = (low + (at - below) * (high - low)).astype(np.float32)
    return value


def _losses(runs: Sequence[_Run]) -> tuple[float, float]:
    """Return the scale of losses: from 0 to the highest mean, unless a few epochs are far above all others."""
    means = [part.mean for run in runs for part in run.parts["loss"]]
    values = np.concatenate(means) if means else np.zeros(0)
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    most, usual = float(values.max()), float(np.quantile(values, 0.95))
    return 0.0, 1.05 * (most if most <= 3 * usual else 1.5 * usual)


def _accuracies(runs: Sequence[_Run]) -> tuple[float, float]:
    """Return the scale of accuracies, in whole tenths around all of them."""
    tables = [part.folds.ravel() for run in runs for part in run.parts["accuracy"]]
    values = np.concatenate(tables) if tables else np.zeros(0)
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    return math.floor(10 * float(values.min()) + 1e-6) / 10, math.ceil(10 * float(values.max()) - 1e-6) / 10 + 0.01


def _figure(
    column: Sequence[_Run],
    runs: Sequence[_Run],
    epochs: Epochs,
    ranges: dict[str, tuple[float, float]],
    read: dict[str, list[list[str]]],
) -> go.Figure:
    width = (1 - _GAP * (len(column) - 1)) / len(column)
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"annotations": []}
    names = [literal(shortened(run.name, 40)) for run in runs]
    for j, run in enumerate(column):
        domain = [j * (width + _GAP), j * (width + _GAP) + width]
        for row, (what, place) in enumerate((("loss", [0.55, 1.0]), ("accuracy", [0.0, 0.45]))):
            number = 2 * j + row + 1
            x, y = (f"{axis}{number if number > 1 else ''}" for axis in "xy")
            layout[f"xaxis{x[1:]}"] = {
                "domain": domain,
                "anchor": y,
                "range": [0.5, max(epochs.max(initial=1), 2) + 0.5],
            }
            layout[f"xaxis{x[1:]}"] |= {"title": {"text": "epoch"}} if row else {"showticklabels": False}
            layout[f"yaxis{y[1:]}"] = {"domain": place, "anchor": x, "range": list(ranges[what]), "nticks": 5}
            layout[f"yaxis{y[1:]}"] |= {"showticklabels": j == 0, "tickformat": ".0%" if row else ""}
            if j == 0:
                layout[f"yaxis{y[1:]}"]["title"] = {"text": _TITLES[what]}
            if run.last:
                lines = [
                    f"{'<b>' * (one is run)}{name}{'</b>' * (one is run)}: %{{customdata[{i}]}}"
                    for i, (one, name) in enumerate(zip(runs, names, strict=True))
                ]
                hover = f"epoch %{{x}}: {what}, validation / training<br>" + "<br>".join(lines) + "<extra></extra>"
                panel = _panel(run, runs, what, epochs, hover, read[what])
                traces += [one | {"xaxis": x, "yaxis": y} for one in panel]
        centre = sum(domain) / 2
        layout["annotations"].append(
            _written(f"<b>{literal(shortened(run.name, 34 if len(column) < 4 else 20))}</b>", centre, 1.0)
        )
        if not run.last:
            layout["annotations"].append(_written("Solved at once:<br>no epochs to draw.", centre, 0.74))
    layout |= {"margin": {"t": 34}, "hovermode": "x", "hoverdistance": 60}
    return composed(traces, layout, height=2 * _PANEL + 90)


def _written(text: str, x: float, y: float) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "x": x, "y": y, "xanchor": "center", "yanchor": "bottom", "yshift": 6}
    return {"text": text, "showarrow": False, "font": {"size": 14, "color": TEXT}, **place}


def _panel(
    run: _Run, runs: Sequence[_Run], what: str, epochs: Epochs, hover: str, read: list[list[str]]
) -> list[dict[str, Any]]:
    """Return the traces of a run in a panel; its training looks like that of the other ``runs``."""
    folds, bands, means, rings = [], [], [], []
    silent = {"hoverinfo": "skip", "type": "scatter"}
    only_training = not any(one.is_validated for one in runs)
    for part in run.parts[what]:
        is_main = part.words == "validation" or only_training
        colour = run.look.colour if is_main else GREY
        dash = "solid" if is_main else "dash"
        if run.folds > 1:
            gaps = np.full((run.folds, 1), np.nan, dtype=np.float32)
            x = np.tile(np.append(epochs, epochs[-1:]).astype(np.float32), run.folds)
            y = np.hstack((part.folds, gaps)).ravel()
            line = {"color": faint(colour, 0.3), "width": 1}
            folds.append({"x": x, "y": y, "mode": "lines", "line": line, "name": f"{part.words}, folds", **silent})
        if run.folds >= _FEW:
            some = np.isfinite(part.mean)
            x = np.concatenate((epochs[some], epochs[some][::-1])).astype(np.float32)
            y = np.concatenate((part.high[some], part.low[some][::-1]))
            look = {"fill": "toself", "fillcolor": faint(colour, 0.2), "line": {"width": 0}, "mode": "lines"}
            bands.append({"x": x, "y": y, "name": f"{part.words}, middle half of folds", **look, **silent})
        line = {"color": colour, "width": 3 if is_main else 2.5, "dash": dash}
        told = (
            {"customdata": read, "hovertemplate": hover, "type": "scatter"} if part is run.parts[what][-1] else silent
        )
        x = epochs.astype(np.int32)
        means.append({"x": x, "y": part.mean, "mode": "lines", "line": line, "name": f"{part.words}, mean", **told})
    last = run.parts[what][-1]
    at = [(i, int(np.searchsorted(epochs, kept))) for i, kept in enumerate(run.kept) if kept]
    if at and last.words == "validation":
        mark = {"symbol": "circle-open", "size": 9, "color": run.look.colour, "line": {"width": 2}}
        x, y = epochs[[i for _, i in at]].astype(np.int32), np.array([last.folds[fold, i] for fold, i in at])
        rings.append({"x": x, "y": y, "mode": "markers", "marker": mark, "name": "weights kept", **silent})
    return [*folds, *bands, *means, *rings]


def _words(runs: Sequence[_Run], top: float, epochs: Epochs) -> tuple[str, str]:
    """Return the caption of the charts and the help: the same for all, so that those side by side stand level."""
    validated = [run for run in runs if run.is_validated]
    caption = "Solid: validation. Dashed grey: training." if validated else "Training only."
    caption += " Thin: folds, thick: their mean." if any(run.folds > 1 for run in runs) else ""
    caption += " Rings: epoch whose weights were kept." if any(any(run.kept) for run in validated) else ""
    more = ["Hover to read all runs at an epoch."]
    if any(run.folds >= _FEW for run in runs):
        more.append("The band holds the middle half of the folds.")
    if any(run.uneven for run in runs):
        more.append("Folds ended at different epochs: the mean and the band are of those that were still running.")
    if any((part.folds > top).any() for run in runs for part in run.parts["loss"]):
        more.append(f"Losses above {top:.3g} are cut off.")
    if len(epochs) and len(epochs) < epochs[-1]:
        more.append(f"{len(epochs)} of {epochs[-1]} epochs are drawn, among them all that were kept.")
    return caption, " ".join(more)


def _spoken(run: _Run, epochs: Epochs) -> str:
    """Say what a run's panels show: its last mean, and its best."""
    name = shortened(run.name, 60)
    if not run.last:
        return f"{name}: solved at once, no epochs."
    said = []
    for what, held in run.parts.items():
        for part in held:
            if not np.isfinite(part.mean).any():
                said.append(f"{part.words} {what} not finite")
                continue
            best = int(np.nanargmin(part.mean) if what == "loss" else np.nanargmax(part.mean))
            extreme = "lowest" if what == "loss" else "highest"
            value = _number(what, float(part.mean[best]))
            said.append(f"mean {part.words} {what} {extreme} {value} at epoch {epochs[best]}")
    return f"{name}, {run.folds} fold{'s' * (run.folds != 1)} over {run.last} epochs: {', '.join(said)}."


def _number(what: str, value: float) -> str:
    if math.isnan(value):
        return "not finite"
    return percent(value, 1) if what == "accuracy" else f"{value:.3f}"
