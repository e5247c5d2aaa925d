"""The mean spectrogram of a genre, and how it differs from that of all tracks.

Conventions
-----------
Pictures are mel spectrograms as palette indices, 0..255 over 80 dB (Kaggle's pictures), so a step is about 0.31 dB.
Each track's picture is relative to its own peak: a difference is one of balance, not of level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mgc.charts.sound import MEL_MARKS, hertz, mel_frequencies
from mgc.charts.theme import Chart, finish
from mgc.features.filters import N_MELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["difference", "mean_picture", "mean_spectrogram"]

DB_PER_STEP: Final = 80.0 / 255.0
_SECONDS: Final = 30.0  # of a clip's picture
_WIDEST: Final = 12.0  # dB; differences beyond are drawn as this much
_BANDS: Final = 8  # bands that are put together when the most different region is named

Mean = npt.NDArray[np.float64]


def mean_picture(thumbnails: npt.NDArray[np.uint8]) -> Mean:
    """Return the mean of many pictures [shape=(n, 128, m), 0..255] in dB under the peak [shape=(128, m), -80..0]."""
    return np.asarray(thumbnails.mean(axis=0, dtype=np.float64) * DB_PER_STEP - 80.0)


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
    figure = _heat(mean, colorscale="Magma", zmin=-80, zmax=0, unit="dB")
    loudest = mel_frequencies(N_MELS)[int(mean.mean(axis=1).argmax())]
    return Chart(
        figure,
        f"Mean mel spectrogram of {count} tracks, {name}. The loudest band lies at {loudest:.0f} Hz.",
        f"The mean of {count} tracks: what they share stays, what only one has is gone.",
    )


def difference(mean: Mean, of_all: Mean, *, name: str) -> Chart:
    """Draw where a genre is louder (warm) or quieter (cold) than all tracks on average."""
    gap = mean - of_all
    figure = _heat(gap, colorscale="RdBu_r", zmin=-_WIDEST, zmax=_WIDEST, unit="dB more")
    bands = gap.mean(axis=1).reshape(-1, _BANDS).mean(axis=1)
    centres = mel_frequencies(N_MELS).reshape(-1, _BANDS).mean(axis=1)
    most = int(np.abs(bands).argmax())
    word = "more" if bands[most] > 0 else "less"
    said = f"{abs(bands[most]):.1f} dB {word} around {centres[most]:,.0f} Hz"
    return Chart(
        figure,
        f"Difference between the mean mel spectrogram of {name} and that of all tracks; largest: {said}.",
        f"Against the mean of all tracks: red is louder, blue is quieter, each relative to its track's peak. "
        f"Most different: {said}.",
    )


def spectra(curves: Mapping[str, Mean], colours: Mapping[str, str], names: Sequence[str]) -> Chart:
    """Draw the mean level of each band, one line a genre."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for key, name in zip(curves, names, strict=True):
        figure.add_scatter(
            x=mel_frequencies(N_MELS),
            y=curves[key].mean(axis=1),
            mode="lines",
            name=name,
            line={"color": colours[key], "width": 2},
            hovertemplate="%{x:.0f} Hz: %{y:.1f} dB<extra>" + name.replace("<", "&lt;") + "</extra>",
        )
    finish(figure, height=320)
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.25})
    figure.update_xaxes(type="log", title="Hz")
    figure.update_yaxes(title="dB under the peak")
    return Chart(
        figure,
        "Mean level over frequency, one line for each of " + ", ".join(names) + ".",
        "The mean level of each mel band over all tracks of a genre.",
    )


def _heat(values: Mean, *, unit: str, **look: Any) -> Any:
    import plotly.graph_objects as go

    centres = mel_frequencies(N_MELS)
    heat = go.Heatmap(
        z=np.round(values, 1),
        x=(np.arange(values.shape[1]) + 0.5) * (_SECONDS / values.shape[1]),
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
