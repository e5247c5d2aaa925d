"""How every chart looks, decided once.

Figures name no colour of the paper: Streamlit gives them that of the page, in light and dark, also when the reader
changes between them; a picture saved from the page is as opaque as the page. Saved as HTML they are white.

Streamlit's own colour of axis text has a contrast of 3.6:1 on the light page. So axes and legends are written in
:data:`TEXT`, one of the placeholders that Streamlit replaces in a figure by ``chartCategoricalColors`` of the current
theme (``.streamlit/config.toml``); in a saved page, where nothing replaces it, it is black.
"""

from __future__ import annotations

import html
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

import numpy as np
import plotly.graph_objects as go

from mgc.genres import display_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

__all__ = ["CONFIG", "DARK", "DIVERGING", "GREY", "INK", "OUTLINE", "PROTOCOL_COLOURS", "SEQUENTIAL", "TEXT", "Chart",
           "Interval", "Look", "Numbers", "Rows", "apart", "colours_note", "composed", "contrast", "enlarged",
           "error_bars", "faint", "finish", "ink_on", "interval_words", "legend", "legend_above", "literal", "look",
           "percent", "rules", "shortened", "signed", "short_name", "two_lines", "visible"]  # fmt: skip

GREY: Final = "#8A8D91"  # lines and marks: 3:1 on both backgrounds; for text it is too faint
# Around what is filled with a genre's colour: some are nearly as dark as the dark page, some as light as the light one.
OUTLINE: Final = {"color": GREY, "width": 1}
DARK: Final = "#14181a"  # the dark page of .streamlit/config.toml
_LIGHTER: Final = {"#332288": "#6655dd", "#882255": "#c22050", "#AA3377": "#b2397f"}  # still unlike the other genres
TEXT: Final = "#000010"  # Streamlit's tenth placeholder
INK: Final = "#0f766e"  # the accent of .streamlit/config.toml

# Strict to lenient: one set for charts and badges (violet, blue, gray and orange of .streamlit/config.toml), none of
# them near the colour of a genre, each at least 3:1 on both pages.
PROTOCOL_COLOURS: Final = {"filtered": "#7847eb", "artists": "#1e96e6", "tracks": "#6b6b6b", "segments": "#875e22"}

# Opaque. Plotly writes #444 or white into a cell, by its brightness: the scale steps over the shades in the middle, on
# which neither has a contrast of 4.5.
SEQUENTIAL: Final = ((0.0, "#e3ecea"), (0.3, "#b5d6d1"), (0.3, "#247a72"), (1.0, "#0b4a45"))

# As SEQUENTIAL, from less over no difference to more: blue and orange, which all common kinds of colour blindness leave
# apart.
DIVERGING: Final = ((0.0, "#08306b"), (0.33, "#2f6fb0"), (0.33, "#bdd7ee"), (0.5, "#f2f2f0"), (0.67, "#fad9b4"),
                    (0.67, "#a8500b"), (1.0, "#6b2f00"))  # fmt: skip

# Of runs that are compared, in their order: 3:1 on both pages, and at least 0.11 apart in Oklab, also as seen with
# protanopia, deuteranopia and tritanopia (matrices of Machado, Oliveira and Fernandes 2009).
_RUN_COLOURS: Final = ("#0f766e", "#aa4400", "#0099ee", "#ff22bb", "#8811ff", "#bb8800")
_RUN_DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_RUN_SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up", "cross", "star", "hexagon")

_TYPE: Final = 14  # px
_LAYOUT: Final[dict[str, Any]] = {
    "margin": {"l": 8, "r": 24, "t": 8, "b": 8},
    "font": {"size": _TYPE, "color": TEXT},
    "legend": {"font": {"color": TEXT}},
    "showlegend": False,
    "hoverlabel": {"align": "left"},
    "bargap": 0.35,
}
_AXIS: Final[dict[str, Any]] = {
    "fixedrange": True,  # a chart that moves under a thumb annoys
    "zeroline": False,
    "automargin": True,
    "tickfont": {"color": TEXT},
    "title": {"font": {"color": TEXT}},
}
MANY: Final = 10  # groups, above which a legend takes much of a chart
MOST_IN_LEGEND: Final = 24  # groups; a longer legend is larger than the chart
_ALIKE: Final = 0.07  # distance in Oklab below which two colours are taken for one another in a chart
_LMS: Final = np.array(
    (
        (0.4122214708, 0.5363325363, 0.0514459929),
        (0.2119034982, 0.6806995451, 0.1073969566),
        (0.0883024619, 0.2817188376, 0.6299787005),
    )
)
_LAB: Final = np.array(
    (
        (0.2104542553, 0.7936177850, -0.0040720468),
        (1.9779984951, -2.4285922050, 0.4505937099),
        (0.0259040371, 0.7827717662, -0.8086757660),
    )
)

Numbers: TypeAlias = "Sequence[float] | npt.NDArray[Any]"
Rows = tuple["Sequence[str]", "Sequence[Sequence[Any]]"]  # a table: its titles, and the rows below them

CONFIG: Final[dict[str, Any]] = {"displayModeBar": False, "responsive": True}  # of plotly.js: no toolbar over a chart


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A figure with the words that belong to it."""

    figure: go.Figure
    alt: str  # what the chart shows, for those who do not see it: with its numbers
    caption: str  # what one looks at and what to do, in one line
    help: str = ""  # the rest, shown behind a help mark


class Interval(Protocol):
    """A score [0..1] with the bounds of its 95 % interval, e.g. :class:`mgc.models.card.Estimate`."""

    @property
    def value(self) -> float:
        """The score."""

    @property
    def low(self) -> float:
        """Lower bound."""

    @property
    def high(self) -> float:
        """Upper bound."""


@dataclass(frozen=True, slots=True)
class Look:
    """How one of several runs is drawn: by more than its colour."""

    colour: str  # "#rrggbb"
    dash: str  # Plotly's name
    symbol: str  # Plotly's name


def look(i: int) -> Look:
    """Return how the run with number ``i`` >= 0 is drawn: six differ in colour, dash and symbol, 42 in two of them."""
    n = len(_RUN_COLOURS)
    return Look(_RUN_COLOURS[i % n], _RUN_DASHES[(i + i // n) % n], _RUN_SYMBOLS[i % len(_RUN_SYMBOLS)])


def finish(figure: go.Figure, *, height: int, from_top: bool = False) -> go.Figure:
    """Give a figure the common look, in place, and return it.

    ``height`` is in pixels; with ``from_top`` the y axis lists names, the first at the top.
    """
    figure.update_layout(height=height, **_LAYOUT)
    figure.update_xaxes(**_AXIS)
    figure.update_yaxes(**_AXIS)
    if from_top:
        figure.update_yaxes(autorange="reversed", showgrid=False, dtick=1)
    return figure


def composed(data: Sequence[Mapping[str, Any]], layout: Mapping[str, Any], *, height: int) -> go.Figure:
    """Return a new figure that looks as :func:`finish` makes it; in ``layout`` there are no short forms with "_".

    A figure that is whole when Plotly first checks it takes a tenth of the time.
    """
    axes = dict.fromkeys(("xaxis", "yaxis", *(name for name in layout if name[1:5] == "axis")), _AXIS)
    return go.Figure({"data": data, "layout": _over({**_LAYOUT, **axes, "height": height}, layout)})


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return two nested mappings as one, in which ``above`` wins."""
    nested = {key: _over(below[key], value) for key, value in above.items() if isinstance(value, dict) and key in below}
    return {**below, **above, **nested}


def enlarged(figure: go.Figure, factor: float = 1.3) -> go.Figure:
    """Return a copy of a finished figure with larger type and more height, for a projector."""
    figure = go.Figure(figure)
    size = round(factor * _TYPE)
    figure.update_layout(height=round(factor * figure.layout.height), font_size=size, legend_font_size=size)
    figure.update_layout(margin_r=figure.layout.margin.r + size)  # for numbers that stand beyond their bars
    for one in figure.layout.annotations:
        if one.font.size:
            one.font.size = round(factor * one.font.size)
    for axes in (figure.update_xaxes, figure.update_yaxes):  # Streamlit's theme sets sizes of its own there
        axes(tickfont_size=size, title_font_size=size)
    return figure


def legend(figure: go.Figure, colours: Mapping[str, str], *, y: float = -0.18) -> str:
    """Put a legend below a figure if its groups fit in one, in place; return what must be said about the colours.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        already finished; it becomes taller when the legend has more than a few entries
    colours : mapping of group to ``#rrggbb``
        of the groups that are drawn
    y : float
        where the legend begins, in heights of the drawing

    Returns
    -------
    str
        a sentence with a leading space, ``""`` when every colour can be told from the others
    """
    fits = len(colours) <= MOST_IN_LEGEND
    if fits and len(colours) > MANY:  # on a phone, two entries stand side by side
        figure.update_layout(height=figure.layout.height + 16 * (len(colours) - MANY))
    below = {"orientation": "h", "y": y, "yanchor": "top", "itemsizing": "constant"}
    figure.update_layout(showlegend=fits, legend=below if fits else {})
    return colours_note(colours)


def legend_above(figure: go.Figure, entries: int) -> None:
    """Put a legend above a finished figure, in place; on a phone each entry takes a line, for which there is room."""
    at = {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "itemsizing": "trace", "itemclick": False}
    figure.update_layout(
        showlegend=True, legend=at | {"itemdoubleclick": False}, height=figure.layout.height + 22 * entries
    )


def colours_note(colours: Mapping[str, str]) -> str:
    """Say how to tell groups apart whose colours do not; ``""`` where they do."""
    if len(colours) > MOST_IN_LEGEND:
        return f" {len(colours)} groups share too few colours; hover to read the name."
    pairs = itertools.combinations(map(_oklab, colours.values()), 2)
    alike = any(math.dist(one, other) < _ALIKE for one, other in pairs)
    return " Some colours look alike; hover to read the name." if alike else ""


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two ``#rrggbb`` colours [1..21] (WCAG 2.1, 1.4.3)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def visible(colour: str) -> str:
    """Return a genre's ``#rrggbb``, or a lighter one of that hue where it has less than 3:1 on the dark page."""
    return _LIGHTER.get(colour, colour)


def ink_on(background: str) -> str:
    """Return black or white, whichever reads better on a ``#rrggbb`` background."""
    return max("#111111", "#ffffff", key=lambda ink: contrast(ink, background))


def literal(text: str) -> str:
    """Return a stranger's words so that Plotly, which reads a little HTML, shows them letter by letter.

    In a hover template too, where ``%{...}`` stands for a value.
    """
    return html.escape(text, quote=False).replace("%{", "%\N{WORD JOINER}{")


def short_name(genre: str, of: int = 1) -> str:
    """Return a genre as a person writes it, in at most 20 characters; in 12 where it is one ``of`` many in a legend."""
    name, longest = display_name(genre), 20 if of <= MANY else 12
    return name if len(name) <= longest else f"{name[: longest - 1]}\N{HORIZONTAL ELLIPSIS}"


def shortened(text: str, longest: int) -> str:
    """Return words in at most ``longest`` characters, cut in the middle: names often differ at their end."""
    if len(text) <= longest:
        return text
    end = (longest - 1) // 2
    return f"{text[: longest - 1 - end]}\N{HORIZONTAL ELLIPSIS}{text[len(text) - end :]}"


def two_lines(name: str) -> str:
    """Return a stranger's words for a figure in at most two lines of some 14 characters, to stand beside a point."""
    name = shortened(name, 28)
    if len(name) <= 14:
        return literal(name)
    middle = len(name) / 2
    ends = [i + 1 for i, letter in enumerate(name[:-1]) if letter in " -_," and abs(i + 1 - middle) <= 5]
    at = min(ends, key=lambda i: abs(i - middle), default=round(middle))
    return f"{literal(name[:at].rstrip())}<br>{literal(name[at:])}"


def rules(figure: go.Figure) -> None:
    """Draw faint vertical lines at the marks of the x axis, in place: Streamlit's theme has horizontal ones only."""
    figure.update_xaxes(showgrid=True, gridcolor=faint(GREY, 0.25))


def apart(places: Sequence[float], least: float, low: float, high: float) -> list[float]:
    """Return where labels of ``places`` are written so that they are ``least`` apart, in their order.

    They stay within ``low``..``high``; where there is no room for all, they are closer. Each moves as little as it can.
    """
    order = sorted(range(len(places)), key=places.__getitem__)
    least = min(least, (high - low) / max(1, len(order) - 1))
    # Labels that touch move as one block, centred on the mean of where they belong (pool adjacent violators).
    blocks: list[tuple[float, int]] = []  # (wanted place of the first label, number of labels)
    for rank, i in enumerate(order):
        wanted, count = places[i] - rank * least, 1
        while blocks and blocks[-1][0] >= wanted:
            other, n = blocks.pop()
            wanted, count = (wanted * count + other * n) / (count + n), count + n
        blocks.append((wanted, count))
    shifted = [min(max(at, low), high - (len(order) - 1) * least) for at, count in blocks for _ in range(count)]
    written = [0.0] * len(order)
    for rank, i in enumerate(order):
        written[i] = shifted[rank] + rank * least
    return written


def signed(value: float, digits: int = 1) -> str:
    """Return a number with its sign, a true minus where it is negative, as the axes have it."""
    return f"{value:+.{digits}f}".replace("-", "\N{MINUS SIGN}")


def error_bars(intervals: Sequence[Interval], colour: str, *, thickness: float = 1.5, width: int = 4) -> dict[str, Any]:
    """Return the intervals of points as Plotly's error bars; lines and caps are in pixels."""
    return {
        "type": "data",
        "array": [one.high - one.value for one in intervals],
        "arrayminus": [one.value - one.low for one in intervals],
        "thickness": thickness,
        "width": width,
        "color": colour,
    }


def percent(share: float, digits: int = 0) -> str:
    """Return a share [0..1] in words: ``"72 %"``, with a space that never breaks a line.

    A half is rounded up: 0.7955 is a little less as a binary number, and would be 79.5 % here and 79.6 % elsewhere.
    """
    return f"{100 * share + 1e-9:.{digits}f}\N{NO-BREAK SPACE}%"


def interval_words(score: Interval, digits: int = 0) -> str:
    """Return a score with its interval in words: ``"72 % (70 % to 75 %)"``."""
    return f"{percent(score.value, digits)} ({percent(score.low, digits)} to {percent(score.high, digits)})"


def faint(colour: str, alpha: float) -> str:
    """Return a ``#rrggbb`` as transparent as ``alpha`` [0..1] says, for Plotly."""
    red, green, blue = bytes.fromhex(colour[1:])
    return f"rgba({red},{green},{blue},{alpha})"


def _linear(colour: str) -> npt.NDArray[np.float64]:
    channels = np.array(list(bytes.fromhex(colour[1:]))) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def _luminance(colour: str) -> float:
    return float(_linear(colour) @ (0.2126, 0.7152, 0.0722))


def _oklab(colour: str) -> npt.NDArray[np.float64]:
    """Return a colour's place in Oklab (Ottosson 2020), where equal distances look equally different."""
    return np.asarray(_LAB @ np.cbrt(_LMS @ _linear(colour)))
