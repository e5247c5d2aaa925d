"""The ladder: what each leak is worth to a recipe, and how the order of the best changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc import runs
from mgc.charts import ladder as charts
from mgc.charts.ladder import Rung
from mgc.datasets import registry
from mgc.errors import MgcError
from mgc.evaluation.metrics import Interval
from mgc.extraction.collected import collected
from mgc.recipes import RECIPES
from mgc.runs import ladder as ladders
from mgc.settings import settings
from mgc.ui import background, export, links
from mgc.ui.compare import choosing
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mgc.charts.theme import Chart
    from mgc.runs.ladder import Ladder

__all__ = ["chart_of_gallery", "show"]

MOST: Final = 6
HERE: Final = ("logreg-table", "knn-table", "forest-table", "svm-table")  # are trained in seconds to minutes
WORDS: Final = (
    "The same recipe, tested under four protocols. Under **segments**, parts of one song are in both training and "
    "test; under **tracks**, an artist can be; under **artists** neither. The fall is what these leaks were worth. "
    "**Fault-filtered** also tests other clips, fewer and without known repetitions; **segments** are judged one by "
    "one, clips by the vote of their segments."
)


def show() -> None:
    """Draw the view."""
    st.markdown(WORDS)
    found = _ladders()
    names = _names(found)
    if found:
        default = [name for name, one in names.items() if one.source == "gallery"][:MOST] or list(names)[:MOST]
        picked = links.many(
            "ladder",
            {name: name for name in names},
            label=f"Recipes (up to {MOST})",
            default=default,
            as_list=True,
            max_selections=MOST,
            placeholder="Choose recipes",
        )
        chosen = {name: names[name] for name in picked}
        if chosen:
            _draw(chosen)
    else:
        st.info("No recipe has finished runs under two protocols yet.", icon=":material/stairs:")
    _train_here()


def chart_of_gallery() -> Chart | None:
    """Return the ladder of the gallery's recipes that have all protocols, None when there is none."""
    found = {name: one for name, one in _names(_ladders()).items() if one.source == "gallery" and len(one.rungs) == 4}
    return charts.ladder(_drawable(dict(list(found.items())[:MOST]))) if found else None


def _ladders() -> tuple[Ladder, ...]:
    return ladders.found(runs.listed())


def _names(found: Sequence[Ladder]) -> dict[str, Ladder]:
    """Return the ladders by a name that none shares."""
    names: dict[str, Ladder] = {}
    for one in found:
        name = shorten(one.title, 40) if one.source == "gallery" else f"{shorten(one.title, 40)}, {one.dataset}"
        while name in names:
            name += "*"
        names[name] = one
    return names


def _draw(chosen: dict[str, Ladder]) -> None:
    drawable = _drawable(chosen)
    if not drawable:
        st.info("These runs are not here any more.", icon=":material/delete:")
        return
    head = ("recipe", "protocol", "accuracy", "low", "high", "tested")
    rows = [
        (one.name, rung.protocol, rung.accuracy.value, rung.accuracy.low, rung.accuracy.high, rung.clips)
        for one in drawable
        for rung in one.rungs
    ]
    export.draw(charts.ladder(drawable), key="ladder", name="ladder", rows=(head, rows))
    if len(drawable) > 1:
        st.markdown("#### The order of the best", anchors=False)
        chart = charts.ranks(drawable)
        export.draw(chart, key="ranks", name="ranks")
        if chart.help:  # which recipes are not ranked
            st.caption(plain(chart.help))


def _drawable(chosen: dict[str, Ladder]) -> list[charts.Ladder]:
    found = []
    for name, one in chosen.items():
        same = None
        if one.same_size is not None:
            same = _accuracy(one.same_size)
        rungs = [
            Rung(protocol, accuracy, accuracy.n, same if protocol == "filtered" else None)  # type: ignore[arg-type]
            for protocol, id in one.rungs.items()
            if (accuracy := _accuracy(id)) is not None
        ]
        if len(rungs) > 1:  # the others were deleted meanwhile
            found.append(charts.Ladder(name, rungs))
    return found


def _accuracy(id: str) -> Interval | None:
    try:
        one = choosing.recorded(id)
    except MgcError:  # it was deleted meanwhile
        return None
    scored = runs.scores_of(one, one.said)
    return Interval(**scored["accuracy"]) if scored else None


def _train_here() -> None:
    """Offer to train a baseline under all protocols on a data set of this computer."""
    background.say_refused()
    sets = {id: _title(id) for id in registry.ids() if collected(id) is not None}
    with st.expander("Train a ladder on this computer", icon=":material/stairs:", key="compare_ladder_here"):
        if not sets:
            st.caption("No data set has extracted features yet; the Explore page extracts them.")
            return
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            dataset = links.one("set", sets, label="Data set", default=next(iter(sets)), look="select", width=260)
            titles = {name: RECIPES[name].title for name in HERE}
            recipe = links.one("recipe", titles, label="Recipe", default=HERE[0], look="select", width=260)
            st.button(
                "Train under all protocols",
                key="compare_ladder_train",
                icon=":material/play_arrow:",
                disabled=settings().training != "on",
                on_click=background.attempt,
                args=(_start, dataset, recipe),
            )
        if settings().training != "on":
            st.caption("This server trains no ladders: training is switched off, or limited to one run at a time.")
        else:  # a forecast would need the four splits, which take seconds to make
            st.caption(
                "One run under each protocol that the data set allows: a few minutes for 1,000 clips. Each shows how "
                "long it has left."
            )
        _progress(dataset, recipe)


def _start(dataset: str, recipe: str) -> None:
    ladders.start(ladders.plans(dataset, recipe))


def _progress(dataset: str, recipe: str) -> None:
    """Show the runs of that ladder that are not done."""
    for one in runs.runs(active=True):
        if (one.config.dataset, one.config.recipe) == (dataset, recipe):
            st.markdown(f"**{plain(one.job.title)}**")
            background.watch(one.job, key=f"compare_ladder_{one.id}")


def _title(id: str) -> str:
    try:
        return shorten(registry.describe(id).title)
    except MgcError:
        return id
