"""Can their confidence be trusted? Reliability, and how often answers are right when some are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from mgc.charts import calibration as charts
from mgc.charts.theme import percent
from mgc.evaluation import metrics
from mgc.evaluation.voting import calibrate
from mgc.ui import export, links
from mgc.ui.text import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

    from mgc.ui.compare.choosing import Chosen

__all__ = ["show"]

BINS: Final = 10


def show(chosen: Chosen) -> None:
    """Draw the view."""
    with st.container(horizontal=True, gap="medium"):
        temperature = links.slide("temperature", label="Temperature", default=1.0, low=0.2, high=5.0, step=0.1)
        threshold = links.slide("unsure", label="Unsure below", default=0.5, low=0.0, high=1.0, step=0.01)
    st.caption(
        "The temperature and the threshold here only show what they do; nothing is fitted on these test clips. A "
        "temperature above 1 lowers the model's confidence and never changes its answer."
    )
    said = {one.id: calibrate(one.said.probabilities, temperature) for one in chosen.runs}
    truth = {one.id: one.said.labels for one in chosen.runs}
    left, right = st.columns(2, gap="medium")
    with left:
        curves = {id: metrics.reliability(p, truth[id], BINS) for id, p in said.items()}
        chart = charts.reliability(
            [
                charts.Reliability(chosen.names[id], one.confidence, one.accuracy, one.n, one.error)
                for id, one in curves.items()
            ]
        )
        head: tuple[str, ...] = ("run", "bin", "confidence", "accuracy", "tested")
        rows: list[tuple[Any, ...]] = [
            (chosen.names[id], number + 1, *row)
            for id, one in curves.items()
            for number, row in enumerate(zip(one.confidence, one.accuracy, one.n, strict=True))
        ]
        export.draw(chart, key="reliability", name="reliability", rows=(head, rows))
    with right:
        answered = {id: metrics.coverage_curve(p, truth[id]) for id, p in said.items()}
        drawn = [
            charts.Coverage(chosen.names[id], one.threshold, one.coverage, one.accuracy) for id, one in answered.items()
        ]
        chart = charts.coverage(drawn, threshold)
        head = ("run", "threshold", "answered", "right of the answered")
        rows = [
            (chosen.names[id], *map(float, row))
            for id, one in answered.items()
            for row in zip(one.threshold, one.coverage, one.accuracy, strict=True)
        ]
        export.draw(chart, key="coverage", name="coverage", rows=(head, rows))
    _words(chosen, said, truth, threshold)


def _words(
    chosen: Chosen,
    said: Mapping[str, npt.NDArray[np.float64]],
    truth: Mapping[str, npt.NDArray[np.intp]],
    threshold: float,
) -> None:
    """Say what the threshold does to each run."""
    lines = []
    units = {one.id: "segments" if one.config.protocol == "segments" else "clips" for one in chosen.runs}
    for id, p in said.items():
        sure = p.max(axis=1) >= threshold - charts.ROUNDING
        right = p.argmax(axis=1) == truth[id]
        of_them = f"{percent(right[sure].mean(), 1)} of these are right" if sure.any() else "none can be right"
        ece = metrics.expected_calibration_error(p, truth[id], BINS)
        lines.append(
            f"- **{plain(chosen.names[id])}** answers {percent(sure.mean())} of {len(p):,} {units[id]}; {of_them} "
            f"({percent(right.mean(), 1)} of all). Calibration error {ece:.3f}."
        )
    st.markdown("\n".join(lines))
