"""The mean spectrum of a genre: level over frequency, with its spread over the tracks.

Conventions
-----------
Pictures are Kaggle's mel spectrograms as palette indices: 0..255 over the 40 dB below a track's peak
(:mod:`mgc.features.pictures`), so a step is 0.16 dB and what is quieter counts as -40 dB. Every track is relative to
its own peak. A mean over time of different songs would mix a verse with a chorus; so each track is averaged over its
time first, and only its spectrum is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mgc.charts.sound import MEL_MARKS, hertz, mel_frequencies
from mgc.charts.theme import GREY, Chart, finish, literal
from mgc.features.filters import N_MELS

if TYPE_CHECKING:
    from mgc.charts.theme import Rows

__all__ = ["Spectra", "as_rows", "mean_spectrum", "track_levels"]

FLOOR: Final = -40.0  # dB under the peak
_DB_PER_STEP: Final = -FLOOR / 255.0

Spectra = npt.NDArray[np.float64]


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
    import plotly.graph_objects as go

    centres = mel_frequencies(N_MELS)
    mean, spread, other = levels.mean(axis=0), levels.std(axis=0), of_all.mean(axis=0)
    low, high = np.round(mean - spread, 2), np.round(np.minimum(mean + spread, 0.0), 2)
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    figure = go.Figure()
    figure.add_scatter(x=centres, y=low, mode="lines", line={"width": 0}, hoverinfo="skip", showlegend=False)
    figure.add_scatter(
        x=centres,
        y=high,
        mode="lines",
        line={"width": 0},
        fill="tonexty",
        fillcolor=f"rgba({red},{green},{blue},0.25)",
        hoverinfo="skip",
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
    figure.update_xaxes(
        type="log",
        title_text="frequency",
        tickvals=MEL_MARKS,
        ticktext=[hertz(mark) for mark in MEL_MARKS],
        showgrid=True,
    )
    figure.update_yaxes(title_text="level (dB below the track's peak)")
    gap = mean - other
    most = int(np.abs(gap).argmax())
    side = "above" if gap[most] > 0 else "below"
    said = f"{abs(gap[most]):.1f} dB {side} the mean of all tracks around {centres[most]:,.0f} Hz"
    count = f"{len(levels):,} track{'s' * (len(levels) != 1)}"
    return Chart(
        figure,
        f"Mean spectrum of {name}, {count}. Largest difference: {said}.",
        f"Mean level of {count} over frequency; the band is one standard deviation. Largest difference: {said}.",
        "Each track is averaged over its time, relative to its own peak. Levels more than 40 dB below the peak count "
        "as 40 dB below it.",
    )


def as_rows(levels: Spectra, of_all: Spectra) -> Rows:
    """Return the curves as a table with a row for each band, lowest first."""
    head = ("band, Hz", "mean, dB", "standard deviation, dB", "mean of all tracks, dB")
    columns = mel_frequencies(N_MELS), levels.mean(axis=0), levels.std(axis=0), of_all.mean(axis=0)
    return head, [tuple(round(float(value), 2) for value in row) for row in zip(*columns, strict=True)]
