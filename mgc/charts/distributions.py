"""What a data set is made of, genre by genre: tracks, artists, the distribution of a number, the mean spectrum.

Conventions
-----------
Mel pictures are Kaggle's palette indices: 0..255 over the 40 dB below a track's peak (:mod:`mgc.features.pictures`), so
a step is 0.16 dB and what is quieter counts as -40 dB. A mean over time of different songs would mix a verse with a
chorus; so each track is averaged over its time first, and only its spectrum is compared.
"""

from __future__ import annotations

import itertools
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from mgc.charts.sound import MEL_MARKS, hertz, mel_frequencies
from mgc.charts.theme import GREY, INK, OUTLINE, Chart, faint, finish, legend, literal, percent, short_name, signed
from mgc.features.spectrum import N_MELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mgc.charts.theme import Rows

__all__ = ["SHAPES", "Spectra", "artists", "by_genre", "histogram", "mean_spectrum", "spectrum_rows", "track_levels",
           "tracks_per_genre"]  # fmt: skip

Shape = Literal["violin", "box", "histogram"]
SHAPES: Final[dict[str, str]] = {"violin": "Violin", "box": "Box", "histogram": "Histogram"}
BINS: Final = 32
INNER: Final = {
    "visible": True,
    "width": 0.22,
    "fillcolor": "rgba(255,255,255,0.55)",
    "line": {"color": "#33383b", "width": 1},
}
LARGEST: Final = 8  # artists drawn by themselves; the rest of a genre is one light piece
_MORE: Final = "\N{HORIZONTAL ELLIPSIS}"  # what the piece of all other artists begins with
_UNKNOWN: Final = faint(GREY, 0.25)
FLOOR: Final = -40.0  # dB under the peak
_DB_PER_STEP: Final = -FLOOR / 255.0  # of a palette index

Spectra = npt.NDArray[np.float64]


def by_genre(
    values: npt.NDArray[np.float64],
    genres: Sequence[str],
    ids: Sequence[str],
    *,
    label: str,
    colours: Mapping[str, str],
    shape: Shape = "violin",
) -> Chart:
    """Draw how a number is spread in each genre, the genre with the lowest median at the bottom.

    Parameters
    ----------
    values : np.ndarray [shape=(n,)]
        not finite ones are left out
    genres, ids : sequences of n str
    label : str
        what the number is, with its unit
    colours : mapping of genre to ``#rrggbb``
        at least those in ``genres``
    shape : "violin", "box" or "histogram"
    """
    is_number, kinds = np.isfinite(values), np.array(genres, dtype=object)
    names = np.array([literal(id) for id in ids], dtype=object)
    rows = {genre: np.flatnonzero(is_number & (kinds == genre)) for genre in dict.fromkeys(genres)}
    middles = {genre: float(np.median(values[here])) if len(here) else -np.inf for genre, here in rows.items()}
    lowest_first = sorted(rows, key=middles.__getitem__)
    figure, note = go.Figure(), ""
    if shape == "histogram":
        edges = _edges(values[is_number], BINS)
        for genre in lowest_first:
            counts, _ = np.histogram(values[rows[genre]], edges)
            look = {"color": colours[genre], "line": {"width": 0}}
            name = literal(short_name(genre, len(rows)))
            figure.add_bar(x=(edges[:-1] + edges[1:]) / 2, y=counts, marker=look, name=name)
        finish(figure, height=420)
        figure.update_layout(barmode="stack", bargap=0.04)
        tallest = np.histogram(values[is_number], edges)[0].max()
        figure.update_yaxes(title_text="tracks", dtick=1 if tallest < 5 else None)  # there is no half a track
        note = legend(figure, {genre: colours[genre] for genre in lowest_first}, y=-0.2)
    else:
        for genre in lowest_first:
            figure.add_trace(
                _SHAPE[shape](
                    x=values[rows[genre]],
                    text=names[rows[genre]],
                    name=literal(short_name(genre)),
                    fillcolor=colours[genre],
                    marker={"color": colours[genre], "size": 5, "line": OUTLINE},
                )
            )
        finish(figure, height=90 + _row(44, len(rows)) * len(rows))
        figure.update_yaxes(dtick=1)  # every genre is named
    figure.update_xaxes(title_text=label)
    spoken = ", ".join(
        f"{short_name(genre)} {_number(middles[genre])}" for genre in reversed(lowest_first) if len(rows[genre])
    )
    return Chart(figure, f"{label} by genre. Medians: {spoken}.", f"{_CAPTIONS[shape]}{note}", _HELP[shape])


_LINES: Final[dict[str, Any]] = {"orientation": "h", "line": OUTLINE}
_SHAPE: Final = {
    "violin": partial(
        go.Violin, **_LINES, hoveron="points+kde", box=INNER, points="outliers", width=0.95, spanmode="hard"
    ),
    "box": partial(go.Box, **_LINES, hoveron="boxes+points", boxpoints="outliers", width=0.6),
}
_CAPTIONS: Final = {
    "violin": "One violin for each genre, thick where there are many tracks. Hover to read values.",
    "box": "One box for each genre, around the middle half of its tracks. Hover to read values.",
    "histogram": "Number of tracks by value. Genres are stacked.",
}
_HELP: Final = {
    "violin": "The light box holds the middle half of the tracks, its line is the median. Points are outliers.",
    "box": "The line is the median. Whiskers reach to the last track within 1.5 box lengths; points are outliers.",
    "histogram": "The total height is the number of all tracks.",
}


def histogram(values: Sequence[float] | npt.NDArray[np.float64], *, label: str, unit: str = "") -> Chart:
    """Draw how a number is spread over all tracks; small, for a row of them. ``unit`` is written after each number."""
    numbers = np.asarray(values, dtype=float)
    numbers = numbers[np.isfinite(numbers)]
    counts, edges = np.histogram(numbers, _edges(numbers, 24))
    middle, width = (edges[:-1] + edges[1:]) / 2, np.diff(edges) * 0.92
    hover = [f"{_number(low)} to {_number(high)}{unit}" for low, high in itertools.pairwise(edges)]
    figure = go.Figure(go.Bar(x=middle, y=counts, marker={"color": INK}, customdata=hover, width=width))
    figure.update_traces(hovertemplate="%{customdata}: %{y} tracks<extra></extra>")
    finish(figure, height=190)
    figure.update_xaxes(ticksuffix=unit, nticks=4, tickangle=0)
    figure.update_yaxes(nticks=4)
    low, mid, high = (_number(float(np.quantile(numbers, q))) if len(numbers) else "-" for q in (0, 0.5, 1))
    return Chart(
        figure,
        f"{label} of {len(numbers)} tracks: from {low}{unit} to {high}{unit}, median {mid}{unit}.",
        f"Median {mid}{unit} ({low} to {high}).",
    )


def _row(usual: int, rows: int) -> int:
    """Return the height of a row in pixels: many rows are drawn closer, but their names still fit."""
    return usual if rows <= 12 else 24


def _edges(numbers: npt.NDArray[np.float64], bins: int) -> npt.NDArray[np.float64]:
    """Return the edges of a histogram of finite numbers."""
    low, high = (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0, 1.0)
    if high - low < 1e-9 * max(abs(low), 1.0):  # all the same: a bar with some air around it
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1)


def _number(value: float) -> str:
    said = f"{value:,.0f}" if abs(value) >= 1000 else f"{value or 0.0:.3g}"  # no "-0"
    return said.replace("-", "\N{MINUS SIGN}")  # as on the axes


def tracks_per_genre(counts: Mapping[str, tuple[int, int]], *, colours: Mapping[str, str]) -> Chart:
    """Draw how many tracks each genre has, those that can be heard solid: ``{genre: (with audio, without)}``."""
    names = {genre: literal(short_name(genre)) for genre in counts}
    total = {genre: sum(pair) for genre, pair in counts.items()}
    heard, silent = ([pair[i] for pair in counts.values()] for i in (0, 1))
    figure = go.Figure()
    for words, numbers, opacity in (("with audio", heard, 1.0), ("without audio", silent, 0.35)):
        if any(numbers):
            figure.add_bar(
                x=numbers,
                y=list(names.values()),
                orientation="h",
                marker={"color": [colours[genre] for genre in counts], "line": OUTLINE, "opacity": opacity},
                hovertemplate="%{y}: %{x} " + words + "<extra></extra>",
            )
    for genre, number in total.items():
        figure.add_annotation(x=number, y=names[genre], text=f"{number:,}", xanchor="left", showarrow=False, xshift=6)
    _stack(figure, 50 + _row(30, len(counts)) * len(counts))
    figure.update_xaxes(visible=False, range=[0, max(total.values(), default=1) * 1.12])
    spoken = ", ".join(f"{short_name(genre)} {number}" for genre, number in total.items())
    note = " Faint: tracks without audio." if any(silent) else ""
    return Chart(figure, f"Tracks per genre: {spoken}.", f"Tracks per genre.{note}")


def _stack(figure: go.Figure, height: int) -> None:
    """Give bars, one over the other and cut into pieces, their look."""
    finish(figure, height=height, from_top=True)
    figure.update_layout(barmode="stack", bargap=0.25)


def artists(counts: Mapping[str, Sequence[tuple[str, int]]], *, colours: Mapping[str, str]) -> Chart:
    """Draw each genre as a bar cut into its artists, the largest first.

    Parameters
    ----------
    counts : mapping of genre to (artist, tracks), largest first
        an artist ``""`` stands for tracks whose artist is not known and comes last
    colours : mapping of genre to ``#rrggbb``
    """
    totals = {genre: sum(number for _, number in pieces) or 1 for genre, pieces in counts.items()}
    cuts = {genre: _cut(pieces) for genre, pieces in counts.items()}
    figure = go.Figure()
    for rank in range(max(map(len, cuts.values()), default=0)):  # one trace per rank: a trace costs a millisecond
        held = {genre: cut[rank] for genre, cut in cuts.items() if rank < len(cut)}
        known = {genre: bool(artist) and not artist.startswith(_MORE) for genre, (artist, _) in held.items()}
        figure.add_bar(
            x=[number / totals[genre] for genre, (_, number) in held.items()],
            y=[literal(short_name(genre)) for genre in held],
            orientation="h",
            marker={
                "color": [colours[genre] if known[genre] else _UNKNOWN for genre in held],
                "opacity": [max(1.0 - 0.1 * rank, 0.3) if known[genre] else 1.0 for genre in held],
                "line": OUTLINE,
            },
            customdata=[
                f"{literal(artist[:60]) or 'artist not known'}: {number} of {totals[genre]} tracks"
                for genre, (artist, number) in held.items()
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    spoken = [
        f"{short_name(genre)}: {pieces[0][0]} {percent(pieces[0][1] / totals[genre])}"
        for genre, pieces in counts.items()
        if pieces and pieces[0][0]
    ]
    _stack(figure, 60 + _row(32, len(counts)) * len(counts))
    fifths = [i / 5 for i in range(6)]
    figure.update_xaxes(range=[0, 1], tickvals=fifths, ticktext=[percent(x) for x in fifths])
    return Chart(
        figure,
        "The artist with most tracks in each genre. " + ("; ".join(spoken) or "No artist is known") + ".",
        "Share of each artist; hover to read names.",
        "The largest comes first. Grey: all other artists, and tracks whose artist is not known. When one artist "
        "has a large share, a model can learn to recognise the artist instead of the genre.",
    )


def _cut(pieces: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return the largest artists, then all the others as one, then the unknown."""
    named = [piece for piece in pieces if piece[0]]
    rest = sum(number for _, number in named[LARGEST:])
    unknown = sum(number for artist, number in pieces if not artist)
    cut = [*named[:LARGEST], (f"{_MORE} {len(named) - LARGEST} more artists", rest), ("", unknown)]
    return [(artist, number) for artist, number in cut if number]


def track_levels(thumbnails: npt.NDArray[np.uint8], share: npt.NDArray[np.float64]) -> Spectra:
    """Return each track's level by mel band, averaged over the time that it lasts.

    Parameters
    ----------
    thumbnails : np.ndarray [shape=(n, 128, m), 0..255]
    share : np.ndarray [shape=(n,), range 0..1]
        of a picture's width that shows sound

    Returns
    -------
    np.ndarray [shape=(n, 128), dB under the peak, -40..0]
    """
    columns = thumbnails.shape[2]
    lasts = np.arange(1, columns + 1) <= np.maximum(np.ceil(share[:, None] * columns - 1e-9), 1.0)
    total = np.einsum("nbm,nm->nb", thumbnails, lasts.astype(np.float32), dtype=np.float64)
    return np.asarray(total / lasts.sum(axis=1)[:, None] * _DB_PER_STEP + FLOOR)


def mean_spectrum(levels: Spectra, of_all: Spectra, *, name: str, colour: str) -> Chart:
    """Draw a genre's mean level over frequency with a band of one standard deviation, above the mean of all tracks.

    Parameters
    ----------
    levels, of_all : np.ndarray [shape=(n, 128), dB]
        as :func:`track_levels` gives them, of the genre's tracks and of all
    name : str
        of the genre; a stranger's text
    colour : str
        ``#rrggbb``
    """
    centres = mel_frequencies(N_MELS)
    mean, spread, other = levels.mean(axis=0), levels.std(axis=0), of_all.mean(axis=0)
    edge: dict[str, Any] = {"x": centres, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    band = {"fill": "tonexty", "fillcolor": faint(colour, 0.25)}
    figure = go.Figure()
    figure.add_scatter(y=np.round(mean - spread, 2), **edge, showlegend=False)
    figure.add_scatter(
        y=np.round(np.minimum(mean + spread, 0.0), 2),
        **edge,
        **band,
        name="\N{PLUS-MINUS SIGN} 1 standard deviation over the tracks",
    )
    for values, title, line in (
        (other, "all tracks", {"color": GREY, "width": 2, "dash": "dot"}),
        (mean, "", {"color": GREY, "width": 5}),  # below the line: a dark colour is lost on a dark page
        (mean, literal(name), {"color": colour, "width": 3}),
    ):
        figure.add_scatter(
            x=centres,
            y=np.round(values, 2),
            mode="lines",
            name=title,
            line=line,
            showlegend=bool(title),
            hoverinfo=None if title else "skip",
            hovertemplate="%{x:,.0f} Hz: %{y:.1f} dB<extra>" + title + "</extra>" if title else None,
        )
    finish(figure, height=340)
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.3})
    marks = {"tickvals": MEL_MARKS, "ticktext": [hertz(mark) for mark in MEL_MARKS]}
    figure.update_xaxes(type="log", title_text="frequency", **marks, showgrid=True)
    figure.update_yaxes(title_text="level (dB below the track's peak)")
    gap = mean - other
    most = int(np.abs(gap).argmax())
    said = f"{signed(gap[most])} dB at {centres[most]:,.0f} Hz"
    count = f"{len(levels):,} track{'s' * (len(levels) != 1)}"
    return Chart(
        figure,
        f"Mean spectrum of {name}, {count}. Largest difference from the mean of all tracks: {said}.",
        f"Mean of {count}, ± one standard deviation. Largest difference from the mean of all tracks: {said}.",
        "Each track is averaged over its time, relative to its own peak. Levels more than 40 dB below the peak count "
        "as 40 dB below it.",
    )


def spectrum_rows(levels: Spectra, of_all: Spectra) -> Rows:
    """Return the curves as a table with a row for each band, lowest first."""
    head = ("band, Hz", "mean, dB", "standard deviation, dB", "mean of all tracks, dB")
    columns = mel_frequencies(N_MELS), levels.mean(axis=0), levels.std(axis=0), of_all.mean(axis=0)
    return head, np.round(np.column_stack(columns), 2).tolist()
