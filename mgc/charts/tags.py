"""What is heard in a sound, second by second: AudioSet's tags as rows of a small picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mgc.charts.theme import GREY, INK, Chart, composed, faint, percent
from mgc.features.audioset import PATCH_HOP_SECONDS, PATCH_SECONDS

if TYPE_CHECKING:
    from mgc.features.audioset import Tags

__all__ = ["timeline"]

ROW: int = 26  # px
MOST_COLUMNS = 300  # as many as a phone is wide; longer songs show the highest score of several patches


def timeline(heard: Tags) -> Chart:
    """Draw each tag's score over time, a row a tag, the most prominent on top; a row's darkest cell is its highest."""
    scores = heard.timeline
    step = -(-scores.shape[1] // MOST_COLUMNS)
    middles = heard.starts[::step] + (PATCH_SECONDS + (step - 1) * PATCH_HOP_SECONDS) / 2
    full = np.pad(scores, ((0, 0), (0, -scores.shape[1] % step)))
    shown = full.reshape(len(scores), -1, step).max(axis=2)
    relative = shown / np.maximum(shown.max(axis=1, keepdims=True), 1e-6)
    names = [f"{name} {percent(share)}" for name, share in heard.shown]
    heat: dict[str, Any] = {
        "type": "heatmap",
        "x": np.round(middles, 2),
        "y": names,
        "z": np.round(relative, 3).astype(np.float32),
        "zmin": 0.0,
        "zmax": 1.0,
        "colorscale": [[0.0, faint(GREY, 0.08)], [1.0, INK]],
        "showscale": False,
        "ygap": 3,
        "customdata": np.round(100 * shown).astype(np.int16),
        "hovertemplate": "%{x:.1f} s: %{y}<br>here %{customdata} %<extra></extra>",
    }
    layout = {
        "xaxis": {"ticksuffix": " s", "nticks": 8, "showgrid": False},
        "yaxis": {"autorange": "reversed", "showgrid": False, "ticks": ""},
        "margin": {"b": 28},  # plotly.js makes no room by itself in a figure as low as this
        "dragmode": False,
    }
    said = ", ".join(names)
    return Chart(
        composed([heat], layout, height=ROW * len(names) + 44),
        f"What is heard over time: {said}.",
        "What is heard, second by second. Percent: mean score where it is not silent.",
        "YAMNet scores 521 kinds of sound every half second; the most prominent are shown. The darker, the nearer to "
        "the highest score of the row. Scores are not calibrated: instruments in a mix rarely get more than 20 %.",
    )
