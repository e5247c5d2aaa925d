"""What is left of an accuracy when leaks are closed: protocols from lenient to strict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go

from mgc.charts.scores import PROTOCOL_TITLES
from mgc.charts.theme import (
    PROTOCOL_COLOURS,
    TEXT,
    Chart,
    error_bars,
    faint,
    finish,
    interval_words,
    legend_above,
    literal,
    look,
    percent,
    shortened,
    signed,
    two_lines,
)
from mgc.models.card import PROTOCOLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mgc.charts.theme import Interval, Look
    from mgc.models.card import Protocol

__all__ = ["Ladder", "Rung", "ladder", "ranks"]

_LENIENT_FIRST: Final = tuple(reversed(PROTOCOLS))
# In two lines, to stand side by side on a phone.
_TICKS: Final = {name: title.replace(" ", "<br>").replace("-", "-<br>") for name, title in PROTOCOL_TITLES.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Rung:
    """A recipe under a protocol.

    ``same_size`` is the accuracy under the protocol "tracks" when only as many clips are trained on as this protocol
    leaves: what the size of the training part alone costs.
    """

    protocol: Protocol
    accuracy: Interval
    clips: int = 0  # that were tested; 0: not known
    same_size: Interval | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Ladder:
    """A recipe or model under several protocols, each at most once, in any order."""

    name: str
    rungs: Sequence[Rung]

    def at(self, protocol: str) -> Rung | None:
        """Return the rung of a protocol."""
        return next((rung for rung in self.rungs if rung.protocol == protocol), None)


def ladder(ladders: Sequence[Ladder]) -> Chart:
    """Draw how the accuracy of each recipe falls from lenient to strict protocols, with 95 % intervals."""
    shown = [name for name in _LENIENT_FIRST if any(one.at(name) for one in ladders)]
    traces: list[dict[str, Any]] = []
    spoken = []
    for i, one in enumerate(ladders):
        drawn_as, name = look(i), literal(shortened(one.name, 30))
        shift = 0.09 * (i - (len(ladders) - 1) / 2)  # intervals stand side by side
        rungs = [(k, rung) for k, protocol in enumerate(shown) if (rung := one.at(protocol))]
        points = [(k + shift, rung.accuracy) for k, rung in rungs]
        hover = [f"{name}<br>{_words(rung)}" for _, rung in rungs]
        line = {"color": drawn_as.colour, "width": 2.5, "dash": drawn_as.dash}
        traces.append({**_points(points, drawn_as, hover), "mode": "lines+markers", "line": line, "name": name})
        controls = [(k, rung, rung.same_size) for k, rung in rungs if rung.same_size is not None]
        if controls:
            words = [f"{name}<br>{_control(rung.protocol, same_size)}" for _, rung, same_size in controls]
            open_points = _points([(k + shift + 0.04, same_size) for k, _, same_size in controls], drawn_as, words)
            open_points["marker"] |= {"symbol": f"{drawn_as.symbol}-open", "line": {"width": 2}}
            traces.append({**open_points, "mode": "markers", "showlegend": False})
        said = ", ".join(_words(rung) for _, rung in rungs)
        falls = (
            f", {signed(100 * (rungs[-1][1].accuracy.value - rungs[0][1].accuracy.value))} points"
            if len(rungs) > 1
            else ""
        )
        spoken.append(f"{shortened(one.name, 60)}: {said}{falls}")
    figure = finish(go.Figure({"data": traces}), height=400)
    _protocols(figure, shown)
    if len(ladders) > 1:
        legend_above(figure, len(ladders))
    figure.update_yaxes(title_text="accuracy", tickformat=".0%", nticks=6)
    has_control = any(rung.same_size for one in ladders for rung in one.rungs)
    has_leak = "segments" in shown
    return Chart(
        figure,
        f"Accuracy from lenient to strict protocols. {'; '.join(spoken)}.",
        "Each protocol is stricter than the one to its left."
        + (" Open: tracks with as few training clips as there." if has_control else ""),
        "Bars: 95 % intervals."
        + (" With segments, parts of one song are in both training and test." if has_leak else "")
        + (" Open points show what fewer training clips cost by themselves." if has_control else ""),
    )


def ranks(ladders: Sequence[Ladder]) -> Chart:
    """Draw the rank of each model by accuracy under each protocol, 1 on top: a bump chart.

    Only models that have all protocols are ranked, those that most models have; equal accuracies keep the order of
    ``ladders``.
    """
    counts = {name: sum(one.at(name) is not None for one in ladders) for name in _LENIENT_FIRST}
    shown = [name for name in _LENIENT_FIRST if counts[name] and 2 * counts[name] >= max(counts.values())]
    whole = [i for i, one in enumerate(ladders) if all(one.at(name) for name in shown)]
    places: dict[int, list[int]] = {i: [] for i in whole}
    for protocol in shown:
        best_first = sorted(whole, key=lambda i: -_value(ladders[i], protocol))
        for place, i in enumerate(best_first, start=1):
            places[i].append(place)
    traces: list[dict[str, Any]] = []
    spoken = []
    for i in whole:
        drawn_as, one = look(i), ladders[i]
        hover = [
            f"{literal(one.name)}<br>{PROTOCOL_TITLES[protocol]}: rank {place}, {percent(_value(one, protocol), 1)}"
            for protocol, place in zip(shown, places[i], strict=True)
        ]
        traces.append(
            {
                "type": "scatter",
                "x": list(range(len(shown))),
                "y": places[i],
                "mode": "lines+markers",
                "line": {"color": drawn_as.colour, "width": 3, "dash": drawn_as.dash},
                "marker": {"color": drawn_as.colour, "symbol": drawn_as.symbol, "size": 15},
                "hovertext": hover,
                "hoverinfo": "text",
                "cliponaxis": False,
            }
        )
        spoken.append(f"{shortened(one.name, 60)} {', '.join(map(str, places[i]))}")
    figure = finish(go.Figure({"data": traces}), height=52 * max(len(whole), 2) + 80)
    _protocols(figure, shown)
    for i in whole:
        figure.add_annotation(
            text=two_lines(ladders[i].name),
            x=len(shown) - 1,
            y=places[i][-1],
            xanchor="left",
            xshift=14,
            align="left",
            showarrow=False,
            font={"size": 13, "color": TEXT},
        )
    figure.update_xaxes(range=[-0.35, len(shown) - 1 + 0.62 * len(shown)])
    figure.update_yaxes(range=[len(whole) + 0.6, 0.4], dtick=1, title_text="rank", showgrid=False)
    figure.update_layout(hovermode="closest")
    left_out = [one.name for i, one in enumerate(ladders) if i not in whole]
    titles = ", ".join(PROTOCOL_TITLES[name] for name in shown)
    return Chart(
        figure,
        f"Ranks by accuracy under {titles}: {'; '.join(spoken)}.",
        "Rank by accuracy, 1 is best. Where lines cross, the order depends on the protocol, or on chance.",
        f"Not ranked, as a protocol is missing: {', '.join(shortened(name, 40) for name in left_out)}."
        if left_out
        else "",
    )


def _value(one: Ladder, protocol: str) -> float:
    rung = one.at(protocol)
    return rung.accuracy.value if rung else 0.0


def _points(points: Sequence[tuple[float, Interval]], drawn_as: Look, hover: Sequence[str]) -> dict[str, Any]:
    """Return points with intervals."""
    error = error_bars([one for _, one in points], drawn_as.colour)
    where = {"x": [x for x, _ in points], "y": [one.value for _, one in points], "error_y": error}
    marker = {"color": drawn_as.colour, "symbol": drawn_as.symbol, "size": 11}
    return {"type": "scatter", **where, "marker": marker, "hovertext": list(hover), "hoverinfo": "text"}


def _protocols(figure: go.Figure, shown: Sequence[str]) -> None:
    """Name the protocols below their columns, each on a band of its colour."""
    for k, name in enumerate(shown):
        colour = PROTOCOL_COLOURS[name]
        band = {"type": "rect", "x0": k - 0.35, "x1": k + 0.35, "yref": "paper", "layer": "below", "line": {"width": 0}}
        figure.add_shape(y0=0, y1=1, fillcolor=faint(colour, 0.12), **band)
        figure.add_shape(y0=0, y1=0.015, fillcolor=colour, **band)
    ticks = {"tickvals": list(range(len(shown))), "ticktext": [_TICKS[name] for name in shown], "tickangle": 0}
    figure.update_xaxes(range=[-0.5, len(shown) - 0.5], showgrid=False, ticks="", **ticks)
    figure.update_layout(hovermode="closest")


def _words(rung: Rung) -> str:
    of = f" of {rung.clips:,} clips" if rung.clips else ""
    return f"{PROTOCOL_TITLES[rung.protocol]} {interval_words(rung.accuracy, 1)}{of}"


def _control(protocol: str, same_size: Interval) -> str:
    title = PROTOCOL_TITLES[protocol].lower()
    return f"tracks, trained on as few clips as with {title}: {interval_words(same_size, 1)}"
