"""Several runs on one axis: accuracy over folds, genre by genre, speed against accuracy, mean ranks.

Conventions
-----------
Runs keep their order, and with it their colour, dash and symbol (:func:`mgc.charts.theme.look`), from chart to chart.
Scores are 0..1.
"""

from __future__ import annotations

import html
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from mgc.charts.theme import (
    GREY,
    INK,
    TEXT,
    Chart,
    apart,
    error_bars,
    faint,
    finish,
    interval_words,
    legend_above,
    literal,
    look,
    percent,
    rules,
    shortened,
    signed,
    two_lines,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mgc.charts.theme import Interval, Look, Numbers

__all__ = ["MOST_GENRES", "FoldScores", "GenreScores", "Ranked", "Speed", "by_genre", "critical_difference",
           "fold_scores", "pareto", "speed"]  # fmt: skip

MOST_GENRES: Final = 30  # drawn of a data set with more: those in which the runs differ most
_LABELLED: Final = 12  # genres named at a slope chart; others are read with a pointer
_RISES: Final = INK
_FALLS: Final = "#aa4400"
_SLOPE_HEIGHT: Final = 480  # pixels
_SPEED_HEIGHT: Final = 420
# Where names stand on a phone, where they must not overlap: pixels of the drawing, of a letter and a line at 14 px.
_NARROW: Final = 290
_LETTER: Final = 7.4
_LINE: Final = 18
_GAP: Final = 9  # pixels between a point and its name
_SIDES: Final = {
    "middle right": (1, 0),
    "middle left": (-1, 0),
    "top right": (1, -1),
    "top left": (-1, -1),
    "bottom right": (1, 1),
    "bottom left": (-1, 1),
}

Array = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels


@dataclass(frozen=True, slots=True, eq=False)
class FoldScores:
    """Accuracies of a run's folds [0..1], and its accuracy over all clips with the interval, if it is known.

    ``numbers`` are those of the folds, from 1; by default none is missing.
    """

    name: str
    accuracies: Numbers
    interval: Interval | None = None
    numbers: Sequence[int] = ()


@dataclass(frozen=True, slots=True, eq=False)
class GenreScores:
    """A run's score in each class [0..1], NaN where a class has none; in the order of the classes."""

    name: str
    scores: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Speed:
    """What a run takes for a clip [milliseconds > 0, NaN where it was not measured], and its accuracy."""

    name: str
    milliseconds: float
    accuracy: Interval


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """A run's mean rank over folds or data sets; 1 is best."""

    name: str
    mean_rank: float


def fold_scores(runs: Sequence[FoldScores]) -> Chart:
    """Draw the accuracy of each fold as a point on a box, and below it that over all clips with its interval."""
    traces: list[dict[str, Any]] = []
    spoken = []
    for i, run in enumerate(runs):
        drawn_as, values = look(i), np.asarray(run.accuracies, dtype=np.float64)
        folds = zip(run.numbers or range(1, len(values) + 1), values.tolist(), strict=True)
        box = {
            "type": "box",
            "orientation": "h",
            "y0": i,
            "x": values,
            "width": 0.3,
            "boxpoints": "all",
            "pointpos": 0,
            "jitter": 0.5,
            "marker": {"color": drawn_as.colour, "symbol": drawn_as.symbol, "size": 7, "opacity": 0.8},
            "line": {"color": drawn_as.colour, "width": 1.5},
            "fillcolor": faint(drawn_as.colour, 0.15),
            "hoveron": "points",
            "text": [f"fold {number}: {percent(value, 1)}" for number, value in folds],
            "hovertemplate": "%{text}<extra></extra>",
        }
        traces.append(box)
        said = f"{shortened(run.name, 60)}: {_folds(values)}"
        if run.interval is not None:
            traces.append(_interval(run.interval, i + 0.28, drawn_as))
            said += f", over all clips {interval_words(run.interval, 1)}"
        spoken.append(said)
    figure = finish(go.Figure({"data": traces}), height=84 * len(runs) + 64)
    _name_rows(figure, [run.name for run in runs], above=0.2)
    figure.update_xaxes(title_text="accuracy", tickformat=".0%", nticks=6)
    rules(figure)
    return Chart(
        figure,
        f"Accuracy by fold. {'; '.join(spoken)}.",
        "Points: folds. Box: their middle half and median. Below: accuracy over all clips, with its 95 % interval.",
        "Folds share most of their training clips, so their spread says little about another data set.",
    )


def by_genre(runs: Sequence[GenreScores], classes: Sequence[str], *, what: str = "recall") -> Chart:
    """Draw a score genre by genre: two runs as a slope chart, others as points in a row for each genre.

    Parameters
    ----------
    runs : sequence of GenreScores, at least one
    classes : sequence of str
        names as a person writes them
    what : str
        that the scores are: "recall", "precision", "F1"
    """
    table = np.array([run.scores for run in runs], dtype=np.float64)
    spread = np.nan_to_num(table.max(axis=0) - table.min(axis=0), nan=-1.0)
    widest: list[int] = np.argsort(-spread, kind="stable").tolist()
    drawn = widest[:MOST_GENRES]
    alt = f"{what.capitalize()} by genre of {_listed([run.name for run in runs])}. " + _genre_words(
        table, classes, widest
    )
    left_out = f" The {len(drawn)} of {len(classes)} genres that differ most." if len(drawn) < len(classes) else ""
    if len(runs) == 2:
        figure = _slopes(runs, table, classes, widest)
        caption = f"Each line is a genre: {what} of one run and the other. Orange falls, green rises."
        return Chart(figure, alt, caption + (" Hover to read names." if len(classes) > _LABELLED else ""))
    mean = np.nan_to_num(table).sum(axis=0) / np.maximum(np.isfinite(table).sum(axis=0), 1)
    figure = _dots(runs, table, classes, sorted(drawn, key=mean.tolist().__getitem__))
    caption = f"Each row is a genre, the highest mean {what} on top. Hover to read values.{left_out}"
    return Chart(figure, alt, caption)


def speed(runs: Sequence[Speed]) -> Chart:
    """Draw accuracy with its interval against the time for a clip, and the line of the runs that none beats in both.

    Runs whose time is NaN are left out; the others keep the looks that they have in the other charts of these runs.
    """
    looks = [look(i) for i, run in enumerate(runs) if run.milliseconds > 0]
    runs = [run for run in runs if run.milliseconds > 0]
    best = pareto(runs)
    front = [runs[i] for i in best]
    traces: list[dict[str, Any]] = []
    if front:
        traces.append(
            {
                "type": "scatter",
                "x": [run.milliseconds for run in front],
                "y": [run.accuracy.value for run in front],
                "mode": "lines",
                "line": {"color": GREY, "width": 2, "dash": "dot", "shape": "hv"},
                "hoverinfo": "skip",
                "showlegend": False,
            }
        )
    lows, highs = ([getattr(run.accuracy, end) for run in runs] for end in ("low", "high"))
    bottom, top = max(0.0, min(lows, default=0.0) - 0.02), min(1.0, max(highs, default=1.0)) + 0.02
    logs = [math.log10(run.milliseconds) for run in runs]
    left, right = (min(logs, default=0.0), max(logs, default=1.0))
    # Names stand beside their point, on a phone too: there is a third of the drawing to their right or left.
    margin = 0.12 * max(right - left, 0.5)
    left, right = left - margin, right + margin
    sides = _placed(runs, logs, (left, right), (bottom, top))
    for i, run in enumerate(runs):
        drawn_as, accuracy = looks[i], run.accuracy
        words = f"{_milliseconds(run.milliseconds)}<br>{interval_words(accuracy, 1)}"
        traces.append(
            {
                "type": "scatter",
                "x": [run.milliseconds],
                "y": [accuracy.value],
                "error_y": error_bars([accuracy], drawn_as.colour),
                "mode": "markers+text",
                "marker": _marker(drawn_as, 12),
                "text": [two_lines(run.name) if sides[i] else ""],
                "textposition": sides[i] or "middle right",
                "textfont": {"color": TEXT},
                "cliponaxis": False,
                "name": literal(shortened(run.name, 30)),
                "showlegend": not sides[i],
                "hovertext": f"{literal(run.name)}<br>{words}",
                "hoverinfo": "text",
            }
        )
    figure = finish(go.Figure({"data": traces}), height=_SPEED_HEIGHT)
    if not all(sides):
        legend_above(figure, sides.count(""))
    marks = _marks(left, right)
    figure.update_xaxes(title_text="milliseconds per clip", type="log", range=[left, right])
    figure.update_xaxes(tickvals=marks, ticktext=[f"{mark:g}" for mark in marks])
    figure.update_yaxes(title_text="accuracy", tickformat=".0%", range=[bottom, top], nticks=6)
    said = "; ".join(
        f"{shortened(run.name, 60)}: {_milliseconds(run.milliseconds)}, {interval_words(run.accuracy, 1)}"
        for run in runs
    )
    return Chart(
        figure,
        f"Accuracy against time for a clip. {said}. Not beaten in both: {_listed([run.name for run in front])}.",
        "Up and left is better. Dotted line: runs that no other run beats in both.",
        "Bars: 95 % intervals. The time axis is logarithmic.",
    )


def pareto(runs: Sequence[Speed]) -> list[int]:
    """Return the numbers of the runs that no other beats in speed and accuracy at once, fastest first."""
    front: list[int] = []
    for i in sorted(range(len(runs)), key=lambda i: (runs[i].milliseconds, -runs[i].accuracy.value)):
        if not front or runs[i].accuracy.value > runs[front[-1]].accuracy.value:
            front.append(i)
    return front


def critical_difference(runs: Sequence[Ranked], critical: float, *, over: str, alpha: float = 0.05) -> Chart:
    """Draw mean ranks with bars over groups that do not differ: a critical difference diagram (Demsar 2006).

    Parameters
    ----------
    runs : sequence of Ranked, at least three
    critical : float > 0
        critical difference of mean ranks by the Nemenyi test
    over : str
        what the ranks are means over: "10 folds"
    alpha : float
        level of the test
    """
    order = sorted(range(len(runs)), key=lambda i: runs[i].mean_rank)
    places = [runs[i].mean_rank for i in order]
    groups = _alike(places, critical)
    n = len(runs)
    traces: list[dict[str, Any]] = []
    right = max([*places, 2.0])
    step = 0.05 * right
    for row, i in enumerate(order):
        point = {"x": [places[row]], "y": [row], "mode": "markers", "marker": _marker(look(i), 12), "hoverinfo": "text"}
        hover = f"{literal(runs[i].name)}: mean rank {places[row]:.2f}"
        traces.append({"type": "scatter", **point, "hovertext": hover})
    for k, (first, last) in enumerate(groups):
        bar = {"x": [right + step * (k + 1)] * 2, "y": [first - 0.15, last + 0.15], "mode": "lines"}
        hover = f"no difference shown: {_listed([literal(runs[i].name) for i in order[first : last + 1]])}"
        line = {"color": GREY, "width": 6}
        traces.append({"type": "scatter", **bar, "line": line, "hovertext": hover, "hoverinfo": "text"})
    figure = finish(go.Figure({"data": traces}), height=54 * n + 70)
    _name_rows(figure, [f"{places[row]:.2f} {shortened(runs[i].name, 36)}" for row, i in enumerate(order)], above=0.18)
    figure.update_xaxes(title_text="mean rank (1 is best)", range=[0.8, right + step * (len(groups) + 1)], dtick=1)
    rules(figure)
    said = ", ".join(f"{shortened(runs[i].name, 60)} {places[row]:.2f}" for row, i in enumerate(order))
    together = "; ".join(_listed([shortened(runs[i].name, 60) for i in order[a : b + 1]]) for a, b in groups)
    alt = f"Mean ranks over {over}: {said}. Critical difference {critical:.2f}. "
    alt += f"No difference shown between {together}." if groups else "All differ."
    return Chart(
        figure,
        alt,
        f"Bars at the right join runs whose mean ranks differ by less than the critical difference, {critical:.2f}.",
        f"Ranks are means over {over}. Nemenyi test at {percent(alpha)} (Demsar 2006).",
    )


def _alike(ranks: Sequence[float], critical: float) -> list[tuple[int, int]]:
    """Return first and last of the longest groups of sorted ranks that lie within the critical difference."""
    groups: list[tuple[int, int]] = []
    for first, rank in enumerate(ranks):
        last = max(i for i, other in enumerate(ranks) if other - rank < critical or i == first)
        if last > first and (not groups or last > groups[-1][1]):
            groups.append((first, last))
    return groups


def _marker(drawn_as: Look, size: int) -> dict[str, Any]:
    return {"color": drawn_as.colour, "symbol": drawn_as.symbol, "size": size}


def _interval(interval: Interval, y: float, drawn_as: Look) -> dict[str, Any]:
    """Return a score with its interval as a thick line with a diamond."""
    error = error_bars([interval], drawn_as.colour, thickness=3, width=6)
    point = {"x": [interval.value], "y": [y], "mode": "markers", "error_x": error, "marker": _marker(drawn_as, 11)}
    hover = {"hovertext": f"all clips: {interval_words(interval, 1)}", "hoverinfo": "text"}
    return {"type": "scatter", **point, **hover}


def _name_rows(figure: go.Figure, names: Sequence[str], *, above: float) -> None:
    """Write the name of each row above it, at the left: beside the rows it would take half of a phone."""
    for row, name in enumerate(names):
        figure.add_annotation(
            text=literal(shortened(name, 42)),
            xref="paper",
            x=0,
            y=row - above,
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
            font={"size": 14, "color": TEXT},
        )
    figure.update_yaxes(range=[len(names) - 0.5, -0.75], showticklabels=False, showgrid=False, ticks="")


def _folds(values: Array) -> str:
    if not len(values):
        return "no folds"
    low, mid, high = (percent(float(np.quantile(values, q)), 1) for q in (0, 0.5, 1))
    return f"{len(values)} fold{'s' * (len(values) != 1)} from {low} to {high}, median {mid}"


def _listed(names: Sequence[str]) -> str:
    """Return names as a person lists them: "a, b and c"."""
    said = [shortened(name, 60) for name in names]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}" if said else ""


def _genre_words(table: Array, classes: Sequence[str], widest: Sequence[int]) -> str:
    """Say in which genres the runs differ most, or, of a single run, which is best and worst."""
    there = [i for i in widest if np.isfinite(table[:, i]).all()]
    if not there:
        return "No genre has a score in all runs."
    if len(table) == 1:
        worst, best = (int(pick(there, key=lambda i: table[0, i])) for pick in (min, max))
        said = f"{classes[best]} {percent(table[0, best])}, lowest: {classes[worst]} {percent(table[0, worst])}"
        return f"Highest: {said}."
    said = ", ".join(f"{classes[i]} ({' / '.join(percent(value) for value in table[:, i])})" for i in there[:3])
    return f"They differ most in {said}."


def _slopes(runs: Sequence[GenreScores], table: Array, classes: Sequence[str], widest: Sequence[int]) -> go.Figure:
    figure = go.Figure()
    there = [int(i) for i in widest if np.isfinite(table[:, i]).all()]
    named = there[:_LABELLED]
    for i in reversed(there):
        before, after = table[:, i].tolist()
        change = after - before
        colour = GREY if abs(change) < 0.005 else _RISES if change > 0 else _FALLS
        look = {"width": 2.5 if i in named else 1, "color": colour if i in named else faint(colour, 0.5)}
        words = f"{literal(classes[i])}: {percent(before, 1)}, {percent(after, 1)} ({signed(100 * change)} points)"
        figure.add_scatter(
            x=[0, 1],
            y=[before, after],
            mode="lines+markers",
            line=look,
            marker={"size": 9 if i in named else 5},
            hovertext=words,
            hoverinfo="text",
        )
    low, high = (float(table[:, there].min()), float(table[:, there].max())) if there else (0.0, 1.0)
    room = max(0.04 * (high - low), 0.005)
    finish(figure, height=_SLOPE_HEIGHT)
    least = _LINE / (_SLOPE_HEIGHT - 60) * (high - low + 2 * room)
    for side, anchor in ((0, "right"), (1, "left")):
        written = apart([float(table[side, i]) for i in named], least, low - room / 2, high + room / 2)
        for i, y in zip(named, written, strict=True):
            name, value = literal(shortened(classes[i], 12)), percent(float(table[side, i]))
            figure.add_annotation(
                text=f"{name} {value}" if side == 0 else f"{value} {name}",
                x=side,
                y=y,
                xanchor=anchor,
                xshift=10 if side else -10,
                showarrow=False,
                font={"size": 13, "color": TEXT},
            )
        figure.add_annotation(
            text=f"<b>{two_lines(runs[side].name)}</b>",
            x=side,
            y=1,
            yref="paper",
            xanchor=anchor,
            yanchor="bottom",
            align=anchor,
            xshift=-10 if side else 10,
            showarrow=False,
            font={"size": 14, "color": TEXT},
        )
    figure.update_xaxes(range=[-1.35, 2.35], visible=False)
    figure.update_layout(margin_t=50)
    figure.update_yaxes(range=[low - room, high + room], visible=False)
    figure.update_layout(hovermode="closest")
    return figure


def _dots(runs: Sequence[GenreScores], table: Array, classes: Sequence[str], rows: Sequence[int]) -> go.Figure:
    """Draw a row for each genre, the last on top."""
    traces: list[dict[str, Any]] = []
    x: list[float | None] = []
    y: list[float | None] = []
    for place, i in enumerate(rows):
        values = table[np.isfinite(table[:, i]), i].tolist()
        if len(values) > 1:
            x += [min(values), max(values), None]
            y += [place, place, None]
    line = {"color": faint(GREY, 0.5), "width": 2}
    traces.append({"type": "scatter", "x": x, "y": y, "mode": "lines", "line": line, "hoverinfo": "skip"})
    traces[0]["showlegend"] = False
    for j, run in enumerate(runs):
        values = [float(table[j, i]) for i in rows]
        name = literal(shortened(run.name, 30))
        hover = [f"{literal(classes[i])}, {name}: {percent(value, 1)}" for i, value in zip(rows, values, strict=True)]
        point = {"x": values, "y": list(range(len(rows))), "mode": "markers", "marker": _marker(look(j), 11)}
        traces.append({"type": "scatter", **point, "name": name, "hovertext": hover, "hoverinfo": "text"})
    figure = finish(go.Figure({"data": traces}), height=24 * len(rows) + 50)
    if len(runs) > 1:
        legend_above(figure, len(runs))
    names = [literal(shortened(classes[i], 16)) for i in rows]
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=names, range=[-0.6, len(rows) - 0.4], showgrid=False, ticks=""
    )
    figure.update_xaxes(tickformat=".0%", nticks=6)
    rules(figure)
    figure.update_layout(hovermode="closest")
    return figure


def _placed(
    runs: Sequence[Speed], logs: Sequence[float], across: tuple[float, float], up: tuple[float, float]
) -> list[str]:
    """Return where each name stands, for Plotly, so that none overlaps on a phone; "" where there is no room."""
    width, height = _NARROW / (across[1] - across[0]), (_SPEED_HEIGHT - 80) / (up[1] - up[0])
    points = [
        ((log - across[0]) * width, (up[1] - run.accuracy.value) * height) for run, log in zip(runs, logs, strict=True)
    ]
    marks = [(x - 7.0, y - 7.0, x + 7.0, y + 7.0) for x, y in points]
    bars = [
        (x - 4.0, (up[1] - run.accuracy.high) * height, x + 4.0, (up[1] - run.accuracy.low) * height)
        for run, (x, _) in zip(runs, points, strict=True)
    ]
    front = [points[i] for i in pareto(runs)]
    line = [(x, y - 2.0, other, y + 2.0) for (x, y), (other, _) in itertools.pairwise(front)]
    line += [(x - 2.0, y, x + 2.0, other) for (_, other), (x, y) in itertools.pairwise(front)]
    texts = [two_lines(run.name).split("<br>") for run in runs]
    sizes = [(_LETTER * max(len(html.unescape(one)) for one in lines), _LINE * len(lines)) for lines in texts]
    # Which names find room depends on which is placed first.
    orders = [sorted(range(len(runs)), key=key) for key in (lambda i: points[i], lambda i: points[i][::-1])]
    tried = [_places(order[::step], points, sizes, marks + bars, line) for order in orders for step in (1, -1)]
    best = max(tried, key=len)
    return [best.get(i, "") for i in range(len(runs))]


def _places(
    order: Sequence[int],
    points: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    solid: Sequence[Box],
    line: Sequence[Box],
) -> dict[int, str]:
    """Return the sides of those points whose names find room, one after the other: across ``line`` if they must."""
    taken, sides = list(solid), {}
    for i in order:
        boxes = {side: _box(*points[i], *sizes[i], *steps) for side, steps in _SIDES.items()}
        free = {
            side: box
            for side, box in boxes.items()
            if box[0] >= 0 and box[2] <= _NARROW and not any(_overlap(box, other) for other in taken)
        }
        clear = [side for side, box in free.items() if not any(_overlap(box, other) for other in line)]
        if free:
            sides[i] = next(iter(clear or free))
            taken.append(free[sides[i]])
    return sides


def _box(x: float, y: float, width: float, height: float, dx: int, dy: int) -> Box:
    """Return where a text stands that lies to a side of a point."""
    left = x + dx * (_GAP + width / 2) - width / 2
    top = y + dy * (_GAP / 2 + height / 2) - height / 2
    return left, top, left + width, top + height


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _marks(low: float, high: float) -> list[float]:
    """Return round numbers between two powers of ten, for a logarithmic axis."""
    steps = (1, 2, 5) if high - low < 2.2 else (1,)
    marks = [step * 10.0**power for power in range(math.floor(low), math.ceil(high) + 1) for step in steps]
    return [mark for mark in marks if low <= math.log10(mark) <= high]


def _milliseconds(value: float) -> str:
    return f"{value:.3g} ms"
