"""How the runs were trained: loss and accuracy by epoch, side by side on one scale."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import streamlit as st

from mgc.charts.histories import FoldHistory, History, histories
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
    return histories([History(_names[one.id], _folds(one)) for one in _runs])


def _folds(one: Recorded) -> list[FoldHistory]:
    """Return the epochs of each fold as columns."""
    by_fold: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for epoch in one.history:
        by_fold[epoch["fold"]].append(epoch)
    kept = {fold.number: fold.best_epoch for fold in one.folds}
    found = []
    for number, held in sorted(by_fold.items()):
        columns = {
            name: None if any(epoch[name] is None for epoch in held) else [epoch[name] for epoch in held]
            for name in ("loss", "accuracy", "val_loss", "val_accuracy")
        }
        loss, accuracy = columns["loss"] or (), columns["accuracy"] or ()
        found.append(FoldHistory(loss, accuracy, columns["val_loss"], columns["val_accuracy"], kept.get(number)))
    return found


def _rows(name: str, one: Recorded) -> list[tuple[Any, ...]]:
    columns = ("number", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")
    return [(name, epoch["fold"] + 1, *(epoch[column] for column in columns)) for epoch in one.history]
