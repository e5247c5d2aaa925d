"""The mean spectrogram of a genre, and how it differs from that of all tracks.

Conventions
-----------
Pictures are Kaggle's mel spectrograms as palette indices: 0..255 over the 40 dB below a track's peak
(:mod:`mgc.features.pictures`), so a step is 0.16 dB and what is quieter counts as just as quiet. Each picture is
relative to its own peak: a difference is one of balance, not of level.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mgc.audio.clip import SR
from mgc.charts.heat import DIVERGING
from mgc.charts.sound import MEL_MARKS, hertz, mel_frequencies
from mgc.charts.theme import Chart, finish
from mgc.features.filters import N_MELS

__all__ = ["Mean", "as_rows", "difference", "mean_picture", "mean_spectrogram"]

FLOOR: Final = -40.0  # dB under the peak
_DB_PER_STEP: Final = -FLOOR / 255.0
_SECONDS: Final = 30.0  # of a clip's picture
_LEAST: Final = 1.0  # dB that a difference's colours reach to either side, however alike the two are

# Matplotlib's magma at nine places. Its lowest colour by name would be #000004, which Streamlit takes for one of its
# own placeholders and replaces.
_MAGMA: Final = ("#02010a", "#1c1044", "#4f127b", "#812581", "#b5367a", "#e55064", "#fb8761", "#fec287", "#fcfdbf")

Mean = npt.NDArray[np.float64]


def mean_picture(thumbnails: npt.NDArray[np.uint8], share: npt.NDArray[np.float64]) -> Mean:
    """Return the mean of many pictures, of each column over the tracks that last so long.

    Parameters
    ----------
    thumbnails : np.ndarray [shape=(n, 128, m), 0..255]
    share : np.ndarray [shape=(n,), range 0..1]
        of a picture's width that shows sound

    Returns
    -------
    np.ndarray [shape=(128, m), dB under the peak, -40..0]
        NaN where no track lasts so long
    """
    columns = thumbnails.shape[2]
    lasts = np.arange(1, columns + 1) <= np.ceil(share[:, None] * columns - 1e-9)
    total = np.einsum("nbm,nm->bm", thumbnails, lasts.astype(np.float32), dtype=np.float64)
    count = lasts.sum(axis=0)
    mean = np.where(count, total / np.maximum(count, 1), np.nan)
    return np.asarray(mean * _DB_PER_STEP + FLOOR)


def mean_spectrogram(mean: Mean, *, name: str, count: int) -> Chart:
    """Draw a mean picture.

    Parameters
    ----------
    mean : np.ndarray [shape=(128, m), dB]
        as :func:`mean_picture` gives it
    name : str
        of whose mean it is
    count : int
        of tracks in it
    """
    top = max(5.0 * np.ceil(float(np.nanmax(mean)) / 5.0), FLOOR + 5.0)
    figure = _heat(mean, colorscale=_MAGMA, zmin=FLOOR, zmax=top, unit="dB")
    loudest = mel_frequencies(N_MELS)[int(np.nanmean(mean, axis=1).argmax())]
    return Chart(
        figure,
        f"Mean mel spectrogram of {_tracks(count)}, {name}. The loudest band lies at {loudest:.0f} Hz.",
        f"The mean of {_tracks(count)}: what they share stays, what only one has is gone.",
    )


def difference(mean: Mean, of_all: Mean, *, name: str) -> Chart:
    """Draw where a genre is louder (warm) or quieter (cold) than all tracks on average.

    The colours reach as far as the largest difference, to either side: none is drawn as less than it is.
    """
    gap = mean - of_all
    widest = max(float(np.nanmax(np.abs(gap))), _LEAST)
    figure = _heat(gap, colorscale=[list(stop) for stop in DIVERGING], zmin=-widest, zmax=widest, unit="dB more")
    bands = np.nanmean(gap, axis=1)
    most = int(np.abs(bands).argmax())
    word = "more" if bands[most] > 0 else "less"
    low, centre, high = _band(most)
    said = f"{abs(bands[most]):.1f} dB {word} in the band around {centre:,.0f} Hz ({low:,.0f} to {high:,.0f} Hz)"
    return Chart(
        figure,
        f"Difference between the mean mel spectrogram of {name} and that of all tracks; largest: {said}.",
        f"Against the mean of all tracks: red is louder, blue is quieter, each relative to its track's peak. "
        f"Most different of the {N_MELS} bands, over the whole clip: {said}.",
    )


def as_rows(values: Mean) -> tuple[list[str], list[list[float]]]:
    """Return a picture as a table: its columns' titles, and a row for each band, lowest first."""
    head = ["band, Hz", *(f"dB at {second:.1f} s" for second in _middles(values))]
    centres = mel_frequencies(N_MELS)
    return head, [[round(float(f), 1), *np.round(row, 2).tolist()] for f, row in zip(centres, values, strict=True)]


def _tracks(count: int) -> str:
    return f"{count:,} track" if count == 1 else f"{count:,} tracks"


def _band(number: int) -> tuple[float, float, float]:
    """Return where a band begins, has its middle, and ends [Hz]; bands overlap by half."""
    centres = [0.0, *mel_frequencies(N_MELS), SR / 2]
    return centres[number], centres[number + 1], centres[number + 2]


def _middles(values: Mean) -> npt.NDArray[np.float64]:
    """Return the middle of each column of a clip's picture [s]."""
    return np.asarray((np.arange(values.shape[1]) + 0.5) * (_SECONDS / values.shape[1]))


def _heat(values: Mean, *, unit: str, **look: Any) -> Any:
    import plotly.graph_objects as go

    centres = mel_frequencies(N_MELS)
    heat = go.Heatmap(
        z=np.round(values, 1),
        x=_middles(values),
        y=np.arange(N_MELS),
        customdata=np.repeat(np.round(centres)[:, None], values.shape[1], axis=1),
        hovertemplate="%{customdata:.0f} Hz at %{x:.0f} s: %{z} " + unit + "<extra></extra>",
        colorbar={"thickness": 10, "outlinewidth": 0, "ticksuffix": " dB"},
        **look,
    )
    figure = finish(go.Figure(heat), height=280)
    places = [float(np.interp(mark, centres, np.arange(N_MELS))) for mark in MEL_MARKS]
    figure.update_yaxes(tickvals=places, ticktext=[hertz(mark) for mark in MEL_MARKS], showgrid=False)
    figure.update_xaxes(ticksuffix=" s", showgrid=False)
    return figure
