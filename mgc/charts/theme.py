"""How every chart looks, decided once.

Figures name neither paper nor text colour: Streamlit gives them those of the page, in light and dark, also when the
reader changes between them; a picture saved from the page is as opaque as the page. Saved as HTML they are white.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mgc.genres import display_name

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "CONFIG",
    "GREY",
    "INK",
    "PROTOCOL_COLOURS",
    "SEQUENTIAL",
    "Chart",
    "contrast",
    "finish",
    "ink_on",
    "literal",
    "percent",
    "short_name",
]

GREY: Final = "#8A8D91"  # reads on both backgrounds (3.3:1 on white, 4.7:1 on the dark page)
INK: Final = "#0f766e"  # the accent of .streamlit/config.toml

# Strict to lenient: the greener, the more a number can be trusted (Paul Tol's "muted", as the genres').
PROTOCOL_COLOURS: Final = {"filtered": "#117733", "artists": "#44AA99", "tracks": "#DDCC77", "segments": "#CC6677"}

# Opaque: Plotly picks black or white for a cell's text as if the page behind it were white.
SEQUENTIAL: Final = ((0.0, "#e3ecea"), (0.15, "#b5d6d1"), (1.0, "#0b5f59"))

CONFIG: Final[dict[str, Any]] = {"displayModeBar": False, "responsive": True}  # of plotly.js: no toolbar over a chart


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A figure with the words that belong to it.

    Attributes
    ----------
    figure : plotly.graph_objects.Figure
    alt : str
        what the chart shows, for those who do not see it: with its numbers
    caption : str
        "what am I looking at", in one line
    """

    figure: go.Figure
    alt: str
    caption: str


def finish(figure: go.Figure, *, height: int) -> go.Figure:
    """Give a figure the common look, in place, and return it; ``height`` in pixels."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 24, "t": 8, "b": 8},
        font={"size": 14},
        showlegend=False,
        hoverlabel={"align": "left"},
        bargap=0.35,
    )
    figure.update_xaxes(fixedrange=True, zeroline=False, automargin=True)  # a chart that moves under a thumb annoys
    figure.update_yaxes(fixedrange=True, zeroline=False, automargin=True)
    return figure


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two ``#rrggbb`` colours [1..21] (WCAG 2.1, 1.4.3)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def ink_on(background: str) -> str:
    """Return black or white, whichever reads better on a ``#rrggbb`` background."""
    return max("#111111", "#ffffff", key=lambda ink: contrast(ink, background))


def literal(text: str) -> str:
    """Return a stranger's words so that Plotly, which reads a little HTML, shows them letter by letter.

    In a hover template too, where ``%{...}`` stands for a value.
    """
    return html.escape(text, quote=False).replace("%{", "%\N{WORD JOINER}{")


def short_name(genre: str) -> str:
    """Return a genre as a person writes it, in at most 20 characters."""
    name = display_name(genre)
    return name if len(name) <= 20 else f"{name[:19]}\N{HORIZONTAL ELLIPSIS}"


def percent(share: float, digits: int = 0) -> str:
    """Return a share [0..1] in words: ``"72 %"``, with a space that never breaks a line."""
    return f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
