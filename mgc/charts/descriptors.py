"""The 57 descriptors: their names, and charts of what separates the genres, what is correlated and what is typical."""

from __future__ import annotations

import itertools
import re
import textwrap
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import plotly.graph_objects as go

from mgc.charts.theme import (
    GREY,
    INK,
    OUTLINE,
    TEXT,
    Chart,
    colours_note,
    faint,
    finish,
    legend,
    literal,
    short_name,
    signed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

__all__ = ["DIVERGING", "correlation", "describe", "label", "name", "profile", "ranking", "scatter", "unit"]

_EDGE: Final = {"color": GREY, "width": 5}  # below lines of 3: a pale or dark hue alone is lost on one of the pages
# Shapes repeat later than colours do, so that two genres that share neither are told apart without colour too.
SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up", "x", "cross", "star")
_RING: Final = {"gridcolor": faint(GREY, 0.3), "linecolor": faint(GREY, 0.3)}
CELL: Final = 16  # px, height of a row of correlations: its name fits
MOST_RANKED: Final = 20  # bars of a ranking
STRONGEST: Final = 3  # pairs named in the alt text
# Blue to red, both ends 3:1 on a white and on a dark page; towards the middle the page itself shows through, so that
# nothing is glaring on either. The middle is a trace of grey: a cell without a value shows the bare page.
DIVERGING: Final = (
    (0.0, "rgba(53,120,190,1)"),
    (0.25, "rgba(62,126,190,0.65)"),
    (0.5, "rgba(138,141,145,0.18)"),
    (0.75, "rgba(204,70,72,0.65)"),
    (1.0, "rgba(208,62,66,1)"),
)
FARTHEST: Final = 2.5  # standard deviations at the rim of a profile
_MFCC: Final = (
    "mel-frequency cepstral coefficient: one component of the shape of the spectrum, which is heard as timbre"
)
_TERMS: Final = {  # column -> (term, gloss, unit of its mean)
    "length": ("length", "length of the clip at 22,050 Hz", "samples"),
    "chroma_stft": ("chroma", "energy of the twelve pitch classes; high when many of them sound at once", ""),
    "rms": ("RMS level", "root mean square of the samples: how loud the sound is", ""),
    "spectral_centroid": ("spectral centroid", "centre of mass of the spectrum; high values sound bright", "Hz"),
    "spectral_bandwidth": ("spectral bandwidth", "spread of the spectrum around its centroid", "Hz"),
    "rolloff": ("spectral roll-off", "frequency below which 85 % of the energy lies", "Hz"),
    "zero_crossing_rate": ("zero-crossing rate", "how often the waveform changes sign; high for noise", ""),
    "harmony": ("harmonic", "the harmonic (sustained) part of the signal after separation", ""),
    "perceptr": ("percussive", "the percussive (struck) part of the signal after separation", ""),
    "tempo": ("tempo", "estimated tempo", "beats per minute"),
}
_MOMENTS: Final = {"mean": "mean", "var": "variance"}


def name(column: str) -> str:
    """Return a column's name: ``"rolloff_mean"`` is ``"Spectral roll-off, mean"``."""
    head, _, _, moment = _known(column)
    return f"{head[0].upper()}{head[1:]}" + (f", {moment}" if moment else "")


def label(column: str) -> str:
    """Return a column's name with its unit: ``"Spectral roll-off, mean (Hz)"``."""
    return f"{name(column)} ({unit(column)})" if unit(column) else name(column)


def unit(column: str) -> str:
    """Return the unit of a column; ``""`` where there is none, and for a variance, whose unit is squared."""
    _, _, found, moment = _known(column)
    return "" if moment == "variance" else found


def describe(column: str) -> str:
    """Return what a column measures, in one line; ``""`` for an unknown one."""
    _, gloss, _, moment = _known(column)
    said = f"{gloss} ({moment} over the clip)" if gloss and moment else gloss
    return said[:1].upper() + said[1:]


def _known(column: str) -> tuple[str, str, str, str]:
    """Return a column's term, gloss, unit and moment, ``""`` for what is not known."""
    stem, _, moment = column.rpartition("_")
    if moment not in _MOMENTS:
        stem, moment = column, ""
    if mfcc := re.fullmatch(r"mfcc(\d+)", stem):
        return f"MFCC {mfcc[1]}", _MFCC, "", _MOMENTS.get(moment, "")
    return (*_TERMS.get(stem, (stem.replace("_", " "), "", "")), _MOMENTS.get(moment, ""))


def ranking(columns: Sequence[str], scores: npt.NDArray[np.float64], *, label: str) -> Chart:
    """Draw the numbers that separate the genres best as bars, best first.

    Parameters
    ----------
    columns : sequence of p str
    scores : np.ndarray [shape=(p,), >= 0]
        higher is better; infinite ones come first, NaN is left out
    label : str
        what the score is
    """
    order = [int(i) for i in np.argsort(-scores, kind="stable") if not np.isnan(scores[i])][:MOST_RANKED]
    names, values = [name(columns[i]) for i in order], scores[order]
    longest = float(values[np.isfinite(values)].max(initial=0.0)) or 1.0
    digits = ".0f" if longest >= 20 else ".2f"
    said = [format(value, digits) if np.isfinite(value) else "\N{INFINITY}" for value in values]
    figure = go.Figure(
        go.Bar(
            x=np.minimum(values, longest * 1.05),  # what is infinite ends a little behind all others
            y=names,
            orientation="h",
            marker={"color": INK, "cornerradius": 3},
            text=said,
            textposition="outside",
            cliponaxis=False,
            customdata=[describe(columns[i]) for i in order],
            hovertemplate="%{y}: %{text}<br>%{customdata}<extra></extra>",
        )
    )
    finish(figure, height=70 + 25 * len(order), from_top=True)
    figure.update_xaxes(title_text=label, range=[0, longest * 1.12], nticks=6)
    spoken = ", ".join(f"{name} {score}" for name, score in zip(names[:5], said[:5], strict=True))
    perfect = "" if np.isfinite(values).all() else " \N{INFINITY}: the descriptor does not vary within a genre."
    return Chart(
        figure,
        f"{label}, best first: {spoken}.",
        f"The longer the bar, the better this descriptor alone separates the genres.{perfect}",
        "Descriptors near the top often carry the same information: see Correlations.",
    )


def correlation(matrix: npt.NDArray[np.float64], columns: Sequence[str]) -> Chart:
    """Draw a correlation matrix with the names on both axes.

    Parameters
    ----------
    matrix : np.ndarray [shape=(p, p), -1..1]
        NaN where a column never changes
    columns : sequence of p str
        names of descriptors
    """
    names = [name(column) for column in columns]
    scale = {"thickness": 10, "outlinewidth": 0, "tickvals": [-1, 0, 1], "tickfont": {"color": TEXT}, "title": "r"}
    figure = go.Figure(
        go.Heatmap(
            z=np.round(matrix, 3),
            x=names,
            y=names,
            zmin=-1,
            zmax=1,
            colorscale=[list(stop) for stop in DIVERGING],
            hovertemplate="%{y}<br>%{x}<br>r = %{z:.2f}<extra></extra>",
            colorbar=scale,
        )
    )
    finish(figure, height=190 + CELL * len(names), from_top=True)
    # On a phone Plotly leaves out names on the x axis that would overlap; the rows always have all of them.
    figure.update_xaxes(tickangle=-90, tickfont_size=10, showgrid=False, ticks="")
    figure.update_yaxes(tickfont_size=10)
    missing = " Empty cells: a descriptor that is constant here." if np.isnan(matrix).any() else ""
    return Chart(
        figure,
        f"Correlation of {len(names)} descriptors. Strongest: {_strongest(matrix, names)}.",
        f"Correlation of every pair of descriptors; hover to read values.{missing}",
        "Red: both rise together. Blue: one falls when the other rises. Descriptors in a block of one colour carry "
        "much the same information.",
    )


def _strongest(matrix: npt.NDArray[np.float64], names: Sequence[str]) -> str:
    upper = np.triu(np.nan_to_num(np.abs(matrix)), 1)
    best = np.argsort(upper, axis=None)[::-1][:STRONGEST]
    pairs = [divmod(int(i), len(names)) for i in best]
    return "; ".join(f"{names[i]} and {names[j]} {matrix[i, j]:.2f}" for i, j in pairs if upper[i, j] > 0) or "none"


def scatter(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    genres: Sequence[str],
    ids: Sequence[str],
    *,
    labels: tuple[str, str],
    colours: Mapping[str, str],
) -> Chart:
    """Draw each track as a point by two of its numbers.

    Parameters
    ----------
    x, y : np.ndarray [shape=(n,)]
    genres, ids : sequences of n str
    labels : pair of str
        of x and y
    colours : mapping of genre to ``#rrggbb``
        of the data set's genres, in their order: a genre keeps its shape whatever the others
    """
    kinds = np.array(list(genres), dtype=object)
    names = np.array(list(ids), dtype=object)
    figure = go.Figure()
    symbols = dict(zip(colours, itertools.cycle(SYMBOLS), strict=False))
    drawn = {genre: colour for genre, colour in colours.items() if (kinds == genre).any()}
    for genre, colour in drawn.items():
        here, title = kinds == genre, literal(short_name(genre))
        figure.add_scatter(
            x=x[here],
            y=y[here],
            mode="markers",
            name=literal(short_name(genre, len(drawn))),
            customdata=names[here],  # as they are: a click gives them back
            hovertext=[f"{literal(id)} ({title})" for id in names[here]],
            marker={"color": colour, "size": 9, "symbol": symbols[genre], "line": OUTLINE, "opacity": 0.9},
            hovertemplate="%{hovertext}<br>" + f"{labels[0]}: %{{x:.4g}}<br>{labels[1]}: %{{y:.4g}}<extra></extra>",
        )
    finish(figure, height=520)
    figure.update_layout(clickmode="event+select")
    note = legend(figure, drawn)
    figure.update_xaxes(title_text=labels[0])
    figure.update_yaxes(title_text=labels[1])
    both = np.isfinite(x) & np.isfinite(y)
    changes = both.sum() > 2 and np.std(x[both]) > 0 and np.std(y[both]) > 0
    r = f"{np.corrcoef(x[both], y[both])[0, 1]:.2f}" if changes else "not defined"
    return Chart(
        figure,
        f"{len(names)} tracks by {labels[0]} and {labels[1]}; their correlation is {r}.",
        f"Each point is a track. Correlation r = {r}.{note}",
    )


def profile(
    profiles: Mapping[str, npt.NDArray[np.float64]], columns: Sequence[str], *, colours: Mapping[str, str]
) -> Chart:
    """Draw how genres differ from the data set's average, in standard deviations, as a radar.

    Parameters
    ----------
    profiles : mapping of genre to np.ndarray [shape=(p,), standard deviations]
        the genre's average of each standardised number
    columns : sequence of p str
    colours : mapping of genre to ``#rrggbb``
    """
    names = [name(column).removesuffix(", mean") for column in columns]
    spokes = ["<br>".join(textwrap.wrap(name, 10)) for name in names]  # on a phone one line would be cut at the edge
    ring = [*spokes, spokes[0]]
    flat = {"color": GREY, "dash": "dot"}
    figure = go.Figure(go.Scatterpolar(r=[0.0] * len(ring), theta=ring, mode="lines", name="all tracks", line=flat))
    for genre, numbers in profiles.items():
        shown = np.clip(np.nan_to_num(numbers), -FARTHEST, FARTHEST)
        title = literal(short_name(genre))
        line: dict[str, Any] = {"r": [*shown, shown[0]], "theta": ring, "text": [*names, names[0]]}
        line["legendgroup"] = genre
        figure.add_scatterpolar(**line, mode="lines", line=_EDGE, showlegend=False, hoverinfo="skip")
        figure.add_scatterpolar(
            **line,
            mode="lines+markers",
            name=title,
            line={"color": colours[genre], "width": 3},
            marker={"size": 8, "line": OUTLINE},
            fill="toself",
            fillcolor=faint(colours[genre], 0.12),  # four of them over each other can be told apart
            hovertemplate="%{text}: %{r:+.2f}<extra>" + title + "</extra>",
        )
    _radar(figure, len(names))
    spoken = "; ".join(f"{short_name(genre)}: {_extremes(numbers, names)}" for genre, numbers in profiles.items())
    return Chart(
        figure,
        f"Profiles against the mean of the data set. {spoken}.",
        "Mean of each genre relative to the mean of all tracks (dotted ring)."
        + colours_note({genre: colours[genre] for genre in profiles}),
        "Outside the dotted ring, a genre is above the mean of all tracks; inside, below it. One ring is one standard "
        "deviation.",
    )


def _radar(figure: go.Figure, spokes: int) -> None:
    """Give a radar its look."""
    between = 180 / spokes  # degrees: no line has its points there, so the rings' numbers can be read
    finish(figure, height=500)
    figure.update_layout(
        showlegend=True,
        legend={"orientation": "h", "y": -0.1},
        margin={"l": 70, "r": 70, "t": 30, "b": 20},
        polar={
            "bgcolor": "rgba(0,0,0,0)",
            "radialaxis": {
                **_RING,
                "range": [-FARTHEST, FARTHEST],
                "tickvals": [-2, -1, 0, 1, 2],
                "ticktext": ["-2", "", "0", "", "+2"],  # on a phone a ring is 20 pixels
                "angle": between,
                "tickangle": between,  # upright
                "tickfont": {"color": TEXT},
            },
            "angularaxis": {**_RING, "tickfont": {"color": TEXT}},
        },
    )


def _extremes(numbers: npt.NDArray[np.float64], names: Sequence[str]) -> str:
    """Say where a genre is farthest above and below the average."""
    finite = np.nan_to_num(numbers)
    high, low = int(np.argmax(finite)), int(np.argmin(finite))
    return f"most above in {names[high]} ({signed(finite[high])}), most below in {names[low]} ({signed(finite[low])})"
