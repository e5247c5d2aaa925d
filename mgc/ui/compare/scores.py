"""How good the runs are: every score with its interval, the folds, what they took, and where their options differ."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import streamlit as st

from mgc.charts import comparing as charts
from mgc.charts.comparing import FoldScores, Speed
from mgc.charts.scores import PROTOCOL_TITLES
from mgc.evaluation import comparing
from mgc.recipes import RECIPES, in_words
from mgc.runs import comparison, gallery, model_card
from mgc.runs.comparison import SCORES, SHARES
from mgc.ui import export
from mgc.ui.compare import better
from mgc.ui.text import plain

if TYPE_CHECKING:
    from mgc.evaluation.comparing import Score
    from mgc.evaluation.metrics import Interval
    from mgc.runs import Recorded
    from mgc.ui.compare.choosing import Chosen

__all__ = ["show"]


def show(chosen: Chosen, refused: str) -> None:
    """Draw the view; ``refused`` says why the runs cannot be compared, "" where they can."""
    if len(chosen.runs) == 2 and not refused:
        whole = better.compared(chosen.stamp, chosen.runs, chosen.names)
        st.markdown(f"#### {plain(comparing.in_words(whole, whole.pairs[0]))}", anchors=False)
    found = _scores(chosen.stamp, chosen.runs)
    _table(chosen, found)
    left, right = st.columns(2, gap="medium")
    with left:
        _folds(chosen, found)
    with right:
        _speed(chosen, found)
    _differences(chosen)
    _notes(chosen)


@st.cache_resource(max_entries=32, show_spinner="Drawing the intervals")
def _scores(stamp: tuple[object, ...], _runs: tuple[Recorded, ...]) -> dict[str, dict[str, Score]]:
    return {one.id: comparison.scores(one) for one in _runs}


def _table(chosen: Chosen, found: dict[str, dict[str, Score]]) -> None:
    """Draw one row for each run; percentages are of tested clips, or of segments."""
    shown = [name for name in SCORES if any(name in one for one in found.values())]
    head = ["Run", "Protocol", "Accuracy", "Over clips", "Over artists", "n", "Folds"]
    head += [SCORES[name] for name in shown[1:]]
    head += ["Parameters", "Training, s", "Per clip, ms"]
    rows = []
    for one in chosen.runs:
        scores, cost = found[one.id], comparison.cost(one)
        accuracy = scores["accuracy"]
        done = sum(fold.state == "finished" for fold in one.folds)
        folds = f"{done}" if done == one.config.folds else f"{done} of {one.config.folds}"
        row: list[Any] = [chosen.names[one.id], PROTOCOL_TITLES[one.config.protocol], _value("accuracy", accuracy)]
        row += [_bounds(accuracy.over_clips), _bounds(accuracy.over_artists), len(one.said.units), folds]
        row += [_value(name, scores[name]) if name in scores else None for name in shown[1:]]
        rows.append((*row, cost.parameters, cost.seconds, cost.clip_milliseconds))
    shape: dict[str, Any] = {SCORES[name]: st.column_config.NumberColumn(format="%.1f %%") for name in SHARES}
    shape |= {SCORES[name]: st.column_config.NumberColumn(format="%.3f") for name in ("log_loss", "brier", "ece")}
    shape |= {
        "Run": st.column_config.TextColumn(pinned=True),
        **{name: st.column_config.NumberColumn(format="localized") for name in ("n", "Parameters")},
    }
    export.table((head, rows), key="scores", name="scores", latex=True, column_config=shape, height="content")
    st.caption(
        "Over clips, over artists: 95\N{NO-BREAK SPACE}% bootstrap intervals of the accuracy. One seed each: another "
        "would move the accuracy by some points. Calibration error: 10 bins, uncalibrated."
    )


def _value(name: str, one: Score) -> float:
    return 100 * one.value if name in SHARES else one.value


def _bounds(interval: Interval | None) -> str:
    return f"{100 * interval.low:.1f} to {100 * interval.high:.1f}" if interval else ""


def _folds(chosen: Chosen, found: dict[str, dict[str, Score]]) -> None:
    judged = {one.id: [fold for fold in one.folds if fold.accuracy is not None] for one in chosen.runs}
    drawn = [
        FoldScores(
            chosen.names[id],
            [fold.accuracy for fold in folds if fold.accuracy is not None],
            found[id]["accuracy"].over_clips,
            [fold.number + 1 for fold in folds],
        )
        for id, folds in judged.items()
    ]
    rows = [
        (chosen.names[one.id], fold.number + 1, fold.accuracy, fold.n, fold.best_epoch, fold.seconds)
        for one in chosen.runs
        for fold in one.folds
    ]
    head = ("run", "fold", "accuracy", "tested", "kept epoch", "seconds")
    export.draw(charts.fold_scores(drawn), key="fold_scores", name="folds", rows=(head, rows))


def _speed(chosen: Chosen, found: dict[str, dict[str, Score]]) -> None:
    if len(chosen.protocols) > 1:
        return  # accuracies of different protocols have no common line of the best
    times = {one.id: comparison.cost(one).clip_milliseconds for one in chosen.runs}
    missing = [chosen.names[id] for id, time in times.items() if time is None]
    if len(times) - len(missing) < 2:
        return
    if missing:
        st.caption(f"No time of a clip was recorded for {plain(', '.join(missing))}.")
    timed = [
        Speed(chosen.names[id], math.nan if time is None else time, interval)
        for id, time in times.items()
        if (interval := found[id]["accuracy"].over_clips) is not None
    ]
    rows = [(one.name, one.milliseconds, one.accuracy.value) for one in timed]
    export.draw(charts.speed(timed), key="speed", name="speed", rows=(("run", "ms per clip", "accuracy"), rows))


def _differences(chosen: Chosen) -> None:
    """Draw where the configurations differ."""
    if len(chosen.runs) < 2:
        return
    settings = {one.id: _settings(one) for one in chosen.runs}
    names = list(dict.fromkeys(name for one in settings.values() for name in one))
    differing = [name for name in names if len({str(one.get(name, "")) for one in settings.values()}) > 1]
    with st.expander("Where their configurations differ", icon=":material/difference:", key="compare_differences"):
        head = ("setting", *(chosen.names[id] for id in settings))
        rows = [(name, *(str(one.get(name, "")) for one in settings.values())) for name in differing]
        export.table((head, rows), key="differences", name="configurations")


def _settings(one: Recorded) -> dict[str, Any]:
    config, chosen = one.config, RECIPES[one.config.recipe]
    about = {
        "recipe": config.recipe,
        "data set": config.dataset,
        "protocol": config.protocol,
        "folds": config.folds,
        "parts": config.form,
        "seed": config.seed,
        "tracks": config.tracks,
        "thinned": ", ".join(f"{genre} {share:g}" for genre, share in config.thin.items()),
        "split": config.split[:12],
    }
    return about | {
        chosen.options[name].label: in_words(value) for name, value in config.options.items() if name in chosen.options
    }


def _notes(chosen: Chosen) -> None:
    """Draw what is known about each run, with its card to keep."""
    for one in chosen.runs:
        if one.listed.note:
            st.caption(f"**{plain(chosen.names[one.id])}**: {plain(one.listed.note)}")
    lacking = [f"{RECIPES[name].title} ({why})" for name, why in gallery.MISSING.items()]
    st.caption(f"Not in the gallery: {plain('; '.join(lacking))}.")
    with st.container(horizontal=True, gap="xsmall"):
        for one in chosen.runs:
            st.download_button(
                f"Card of {plain(chosen.names[one.id])}",
                lambda one=one: model_card.card(one.id),  # type: ignore[misc]  # made when it is asked for
                file_name=export.file_name(f"card {one.id}", "md"),
                mime="text/markdown",
                key=f"compare_card_{one.id}",
                on_click="ignore",
                type="tertiary",
                icon=":material/download:",
            )
