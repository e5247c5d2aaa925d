"""How a tuning went: the loss of each trial, which options mattered, and all values beside each other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go

from mgc.charts.theme import GREY, INK, TEXT, Chart, faint, finish, percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Axis", "history", "importance_bars", "parallel"]

BETTER: Final = 3  # every third trial is drawn as one of the better ones
LOSS: Final = "validation loss"


@dataclass(frozen=True, slots=True)
class Axis:
    """An option as an axis: ``low`` and ``high`` are the ends of its search space, or the indices of ``choices``."""

    name: str
    low: float
    high: float
    log: bool = False
    choices: tuple[str, ...] = ()

    def place(self, value: Any) -> float:
        """Return where a value stands on the axis [0..1]."""
        if self.choices:
            return self.choices.index(str(value)) / max(1, len(self.choices) - 1)
        low, high, at = (math.log(x) if self.log else x for x in (self.low, self.high, float(value)))
        return (at - low) / (high - low) if high > low else 0.5

    def ends(self) -> tuple[str, str]:
        """Return what stands at both ends."""
        return (self.choices[0], self.choices[-1]) if self.choices else (_number(self.low), _number(self.high))


def history(losses: Mapping[int, float], n_trials: int, *, revision: str) -> Chart:
    """Draw the loss [nats] of each finished trial, by its number from 1, and the smallest so far.

    ``n_trials`` are all trials of the tuning; ``revision`` stays the same while a chart grows.
    """
    numbers = sorted(losses)
    so_far = [min(losses[other] for other in numbers if other <= number) for number in numbers]
    figure = go.Figure()
    figure.add_trace(
        go.Scatter(
            x=[*numbers, n_trials] if numbers else [],
            y=[*so_far, so_far[-1]] if numbers else [],
            mode="lines",
            line={"color": INK, "width": 3, "shape": "hv"},
            hoverinfo="skip",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=numbers,
            y=[losses[number] for number in numbers],
            mode="markers",
            marker={"color": GREY, "size": 8},
            hovertemplate="trial %{x}: %{y:.3f}<extra></extra>",
        )
    )
    finish(figure, height=280)
    figure.update_layout(uirevision=revision)
    figure.update_xaxes(title_text="trial", range=[0.5, n_trials + 0.5], tickformat="d")
    figure.update_yaxes(title_text=f"{LOSS} (nats)")
    best = min(losses, key=lambda number: losses[number], default=None)
    said = "" if best is None else f" Smallest: {losses[best]:.3f} in trial {best}."
    return Chart(
        figure,
        f"Validation loss of {len(losses)} finished trials of {n_trials}.{said}",
        "Points: validation loss of each finished trial, in nats. Line: the smallest so far.",
    )


def importance_bars(shares: Mapping[str, float]) -> Chart:
    """Draw the importance of each option [0..1], largest first."""
    bars = go.Bar(
        x=list(shares.values()),
        y=list(shares),
        orientation="h",
        marker={"color": INK, "line": {"width": 0}, "cornerradius": 4},
        text=[percent(share) for share in shares.values()],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    figure = finish(go.Figure(bars), height=30 * len(shares) + 24, from_top=True)
    figure.update_xaxes(visible=False, range=[0, 1.18 * max(shares.values(), default=1.0)])
    figure.update_yaxes(ticks="")
    spoken = ", ".join(f"{name} {percent(share)}" for name, share in shares.items())
    return Chart(
        figure,
        f"Importance of options: {spoken}.",
        "How much each option separates the better third of the finished trials from all of them (PED-ANOVA).",
    )


def parallel(axes: Sequence[Axis], trials: Sequence[tuple[int, Mapping[str, Any], float]]) -> Chart:
    """Draw each trial as a line over all options and the loss: parallel coordinates, the axes one below the other.

    Parameters
    ----------
    axes : sequence of Axis
        of the options
    trials : sequence of (number from 1, values, loss [nats])
        finished ones, at least one
    """
    ranked = sorted(trials, key=lambda trial: trial[2])
    losses = Axis(LOSS, ranked[0][2], ranked[-1][2])
    n_better = max(1, len(ranked) // BETTER)
    figure = go.Figure()
    for row, axis in enumerate((*axes, losses)):
        figure.add_shape(type="line", x0=0, x1=1, y0=row, y1=row, line={"color": faint(GREY, 0.6), "width": 1})
        for x, end, anchor in zip((0, 1), axis.ends(), ("left", "right"), strict=True):
            said = {
                "text": end,
                "xanchor": anchor,
                "yanchor": "bottom",
                "yshift": 1,
                "font": {"color": TEXT, "size": 12},
            }
            figure.add_annotation(x=x, y=row, showarrow=False, **said)
    for group, colour, width in (
        (ranked[n_better:], faint(GREY, 0.45), 1),
        (ranked[1:n_better], faint(INK, 0.8), 2),
        (ranked[:1], INK, 4),
    ):
        figure.add_trace(_lines(axes, losses, group, colour, width))
    finish(figure, height=48 * (len(axes) + 1) + 40)
    names = [*(axis.name for axis in axes), LOSS]
    figure.update_xaxes(visible=False, range=[-0.03, 1.03])
    figure.update_yaxes(
        tickvals=list(range(len(names))), ticktext=names, range=[len(names) - 0.6, -0.6], showgrid=False, ticks=""
    )
    number, values, loss = ranked[0]
    spoken = ", ".join(f"{axis.name} {_number(values[axis.name])}" for axis in axes)
    return Chart(
        figure,
        f"Values of {len(trials)} finished trials. Best: trial {number}, {LOSS} {loss:.3f}, with {spoken}.",
        "Each line is a finished trial. Thick: the best. Green: the better third. Hover to read values.",
    )


def _lines(
    axes: Sequence[Axis], losses: Axis, group: Sequence[tuple[int, Mapping[str, Any], float]], colour: str, width: int
) -> go.Scatter:
    """Draw some trials as one trace, with a gap between each two."""
    x: list[float | None] = []
    y: list[float | None] = []
    words: list[str] = []
    for number, values, loss in group:
        x += [*(axis.place(values[axis.name]) for axis in axes), losses.place(loss), None]
        y += [*map(float, range(len(axes) + 1)), None]
        told = [*((axis.name, values[axis.name]) for axis in axes), (LOSS, loss)]
        words += [*(f"trial {number}, {name}: {_number(value)}" for name, value in told), ""]
    return go.Scatter(
        x=x,
        y=y,
        mode="lines+markers",
        line={"color": colour, "width": width},
        marker={"size": 4 + width},
        text=words,
        hovertemplate="%{text}<extra></extra>",
    )


def _number(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
