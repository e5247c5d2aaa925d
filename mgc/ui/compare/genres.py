"""Genre by genre: recall, precision or F1 of each run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from mgc.charts import comparing as charts
from mgc.charts.comparing import GenreScores
from mgc.evaluation import metrics
from mgc.genres import display_name
from mgc.ui import export, links
from mgc.ui.text import plain

if TYPE_CHECKING:
    from mgc.evaluation.metrics import PerGenre
    from mgc.runs import Recorded
    from mgc.ui.compare.choosing import Chosen

__all__ = ["show"]

MEASURES: Final = {"recall": "Recall", "precision": "Precision", "f1": "F1"}


def show(chosen: Chosen, refused: str) -> None:
    """Draw the view; ``refused`` says why the runs cannot be compared genre by genre, "" where they can."""
    if refused:
        st.info(plain(refused), icon=":material/block:")
        return
    by = links.one("measure", MEASURES, label="Score", default="recall", label_visibility="collapsed")
    classes = [display_name(one) for one in chosen.runs[0].config.classes]
    scores = {one.id: _scores(one) for one in chosen.runs}
    values = {id: np.where(one.support > 0, getattr(one, by), np.nan) for id, one in scores.items()}
    chart = charts.by_genre(
        [GenreScores(chosen.names[id], value.tolist()) for id, value in values.items()], classes, what=_in_text(by)
    )
    head = ("genre", "clips", *(f"{MEASURES[by]}, {chosen.names[id]}" for id in values))
    support = next(iter(scores.values())).support.tolist()
    rows = [(name, support[i], *(float(one[i]) for one in values.values())) for i, name in enumerate(classes)]
    export.draw(chart, key=f"genres_{by}", name=f"genres {by}", rows=(head, rows))


def _in_text(by: str) -> str:
    return "F1" if by == "f1" else by


def _scores(one: Recorded) -> PerGenre:
    return metrics.per_genre(one.said.labels, one.said.probabilities.argmax(axis=1), len(one.config.classes))
