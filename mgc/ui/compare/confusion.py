"""What was called what: matrices side by side, where two of them differ, and the clips of a cell."""

from __future__ import annotations

import itertools
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from mgc.charts import confusion as charts
from mgc.charts.confusion import Matrix
from mgc.errors import ComparisonError
from mgc.genres import display_name
from mgc.runs import comparison
from mgc.ui import export, links
from mgc.ui.compare import clips
from mgc.ui.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from mgc.charts.theme import Chart
    from mgc.runs import Recorded
    from mgc.ui.compare.choosing import Chosen

__all__ = ["show"]

POOLED: Final = "all"


def show(chosen: Chosen, refused: str) -> None:
    """Draw the view; ``refused`` says why the runs cannot be subtracted, "" where they can."""
    folds = sorted({fold.number for one in chosen.runs for fold in one.folds if fold.state == "finished"})
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        by_row = links.one(
            "cells", {"row": "Percent of the label", "clips": "Clips"}, label="Cells", default="row", width="content"
        )
        names = {POOLED: "All folds", **{str(number): f"Fold {number + 1}" for number in folds}}
        fold = links.one("fold", names, label="Fold", default=POOLED, look="select", width=160)
    groups: dict[tuple[str, ...], list[Recorded]] = {}
    for one in chosen.runs:
        groups.setdefault(one.config.classes, []).append(one)
    for classes, together in groups.items():
        shown = [one for one in together if _rows(one, fold).any()]
        if missing := [chosen.names[one.id] for one in together if one not in shown]:
            st.caption(f"Has no such fold: {plain(', '.join(missing))}.")
        drawn = _charts(chosen.stamp, fold, by_row, classes, _cell(classes), shown, chosen.names)
        for place, one, chart in zip(st.columns(min(3, max(1, len(shown)))) * 2, shown, drawn, strict=False):
            with place:
                st.markdown(f"**{plain(chosen.names[one.id])}**")
                _draw(chart, f"confusion_{one.id}_{fold}", f"confusion {one.id}", classes, _table(one, fold))
    if len(chosen.runs) >= 2 and not refused:
        _difference(chosen, fold, by_row)
    _clips(chosen, fold)


def _difference(chosen: Chosen, fold: str, by_row: str) -> None:
    """Draw the matrix of one run minus that of another."""
    st.markdown("#### Difference", anchors=False)
    a, b = _pair(chosen)
    classes = a.config.classes
    try:
        counts_a, counts_b = comparison.difference(a, b, None if fold == POOLED else int(fold), chosen.names)
    except ComparisonError as error:
        st.info(plain(error.user_message), icon=":material/block:")
        return
    chart = charts.difference(
        Matrix(chosen.names[a.id], counts_a.tolist()),
        Matrix(chosen.names[b.id], counts_b.tolist()),
        _shown(classes),
        by_row=by_row == "row",
        marked=_cell(classes),
    )
    _draw(chart, f"difference_{a.id}_{b.id}_{fold}_{by_row}", f"difference {a.id} {b.id}", classes, None)


def _pair(chosen: Chosen) -> tuple[Recorded, Recorded]:
    """Return two runs: the first two, or those that are picked where there are more."""
    if len(chosen.runs) == 2:
        return chosen.runs[0], chosen.runs[1]
    by_id = {one.id: one for one in chosen.runs}
    with st.container(horizontal=True, gap="small"):
        a = links.one("a", chosen.names, label="A", default=chosen.runs[0].id, look="select", width=300)
        others = {id: name for id, name in chosen.names.items() if id != a}
        b = links.one("b", others, label="B", default=next(iter(others)), look="select", width=300)
    return by_id[a], by_id[b]


def _draw(chart: Chart, key: str, name: str, classes: tuple[str, ...], rows: export.Rows | None) -> None:
    """Draw a matrix whose cells can be clicked."""
    export.draw(
        chart,
        key=key,
        name=name,
        rows=rows,
        hint="Click a cell: its clips are listed at the end of the page.",
        on_select=partial(_clicked, key, classes),
        selection_mode="points",
    )


def _clicked(key: str, classes: tuple[str, ...]) -> None:
    """Keep the cell that was clicked: a figure that changes, by its mark, forgets what was selected."""
    for point in st.session_state[key].selection.points:
        label, answer = point["customdata"][:2]
        links.go(cell=_named(classes, int(label), int(answer)))


def _cell(classes: tuple[str, ...]) -> tuple[int, int] | None:
    """Return the cell that was clicked, or that the URL names: numbers of label and answer."""
    named = links.chosen("cell")
    pairs = itertools.product(range(len(classes)), range(len(classes)))
    return next((pair for pair in pairs if _named(classes, *pair) == named), None) if named else None


def _named(classes: tuple[str, ...], label: int, answer: int) -> str:
    """Return what the URL calls a cell."""
    return f"{classes[label]}~{classes[answer]}"


def _clips(chosen: Chosen, fold: str) -> None:
    """List the clips of the chosen cell, in any of the runs."""
    classes = chosen.runs[0].config.classes
    cell = _cell(classes)
    if cell is None or any(one.config.classes != classes for one in chosen.runs):
        return
    i, j = cell
    links.go(cell=_named(classes, i, j))
    inside = {one.id: _rows(one, fold) & _is(one, i, j) for one in chosen.runs}
    units = sorted({one.said.units[at] for one in chosen.runs for at in np.flatnonzero(inside[one.id])})
    label, answer = (plain(display_name(classes[number])) for number in cell)
    title = f"{label}, rightly classified" if i == j else f"{label}, classified as {answer}"
    st.markdown(f"#### {title}, by any of these runs", anchors=False)
    clips.listing(chosen.runs, chosen.names, units, key=f"cell_{i}_{j}_{fold}")


def _is(one: Recorded, label: int, answer: int) -> npt.NDArray[np.bool_]:
    is_there: npt.NDArray[np.bool_] = (one.said.labels == label) & (one.said.probabilities.argmax(axis=1) == answer)
    return is_there


def _rows(one: Recorded, fold: str) -> npt.NDArray[np.bool_]:
    return np.ones(len(one.said.fold), dtype=bool) if fold == POOLED else one.said.fold == int(fold)


def _counts(one: Recorded, fold: str) -> npt.NDArray[np.int64]:
    return comparison.confusion(one, None if fold == POOLED else int(fold))


def _shown(classes: Sequence[str]) -> list[str]:
    return [display_name(one) for one in classes]


@st.cache_resource(max_entries=64, show_spinner=False)
def _charts(
    stamp: tuple[object, ...],
    fold: str,
    by_row: str,
    classes: tuple[str, ...],
    marked: tuple[int, int] | None,
    _shown_runs: list[Recorded],
    _names: dict[str, str],
) -> list[Chart]:
    matrices = [Matrix(_names[one.id], _counts(one, fold).tolist()) for one in _shown_runs]
    return charts.confusions(matrices, _shown(classes), by_row=by_row == "row", marked=marked)


def _table(one: Recorded, fold: str) -> export.Rows:
    """Return a matrix as a table; ``mgc confusion`` prints the same."""
    classes = one.config.classes
    return ("label", *classes), [(label, *row) for label, row in zip(classes, _counts(one, fold).tolist(), strict=True)]
