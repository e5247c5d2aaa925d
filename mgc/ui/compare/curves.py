"""How the runs were trained: loss and accuracy by epoch, side by side on one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from mgc.charts.histories import histories, history
from mgc.ui import export
from mgc.ui.text import plain

if TYPE_CHECKING:
    from mgc.charts.theme import Chart
    from mgc.runs import Recorded
    from mgc.ui.compare.choosing import Chosen

__all__ = ["show"]


def show(chosen: Chosen) -> None:
    """Draw the view."""
    trained = [one for one in chosen.runs if one.history]
    if solved := [chosen.names[one.id] for one in chosen.runs if not one.history]:
        st.caption(f"Without epochs, as they are solved at once: {plain(', '.join(solved))}.")
    if not trained:
        st.info("None of these runs was trained epoch by epoch.", icon=":material/show_chart:")
        return
    charts = _charts(chosen.stamp, trained, chosen.names)
    head = ("run", "fold", "epoch", "loss", "accuracy", "validation loss", "validation accuracy", "learning rate", "s")
    for place, one, chart in zip(st.columns(min(3, len(trained))) * 2, trained, charts, strict=False):
        with place:
            name = chosen.names[one.id]
            st.markdown(f"**{plain(name)}**")
            export.draw(chart, key=f"curves_{one.id}", name=f"curves {one.id}", rows=(head, _rows(name, one)))


@st.cache_resource(max_entries=16, show_spinner=False)
def _charts(stamp: tuple[object, ...], _runs: list[Recorded], _names: dict[str, str]) -> list[Chart]:
    return histories(
        [
            history(_names[one.id], one.history, {fold.number: fold.best_epoch or 0 for fold in one.folds})
            for one in _runs
        ]
    )


def _rows(name: str, one: Recorded) -> list[tuple[Any, ...]]:
    columns = ("number", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")
    return [(name, epoch["fold"] + 1, *(epoch[column] for column in columns)) for epoch in one.history]
