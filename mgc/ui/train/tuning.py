"""Tuning: prepare a search of a recipe's options, watch its trials, and train the best values."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from mgc import jobs
from mgc.charts.theme import CONFIG, percent
from mgc.charts.tuning import Axis, history, importance_bars, parallel
from mgc.errors import MgcError
from mgc.extraction.collected import collected
from mgc.recipes import RECIPES
from mgc.runs import tuning
from mgc.settings import settings
from mgc.splits import SEED
from mgc.ui import background, frame, links, models
from mgc.ui.text import plain, shorten
from mgc.ui.train import prepare
from mgc.ui.train.watching import LISTED, STATES, options_in_words, state_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mgc.charts.theme import Chart
    from mgc.recipes import Option, Recipe, Value
    from mgc.runs.tuning import Plan, Study, Trial

__all__ = ["show"]

NEW: Final = "new"
FEW: Final = 10  # trials that a table shows without scrolling


def show() -> None:
    """Draw the list of tunings, and the one that is chosen or the form for another."""
    with contextlib.suppress(MgcError):
        jobs.reconcile()
    background.say_refused()
    known = tuning.studies(LISTED)
    words = {NEW: "New tuning", **{str(one.id): _words(one) for one in known}}
    chosen = NEW
    if known:
        links.reread("tuning", words)
        chosen = links.one("tuning", words, label="Tuning", default=str(known[0].id), look="select")
    if chosen != NEW and frame.presenting():  # the list is hidden
        st.markdown(f"**{plain(words[chosen])}**")
    if chosen == NEW:
        _prepare()
    else:
        background.follow(int(chosen), _draw)


def _words(one: Study) -> str:
    run = one.config.run
    about = shorten(f"{RECIPES[run.recipe].title}, {run.dataset}, {run.protocol}", 70)
    return f"{one.id}: {about} \N{MIDDLE DOT} {state_in_words(one.job.state)}"


def _prepare() -> None:
    if settings().training == "off":
        st.info(
            "Training is switched off on this server. To tune a recipe, run the app on your own computer.",
            icon=":material/lock:",
        )
    form, summary = st.columns([3, 2], gap="large")
    with form:
        dataset, chosen = prepare.subject()
        protocols = {name: words for name, words in prepare.PROTOCOLS.items() if name != "segments"}
        protocol = links.one("protocol", protocols, label="Protocol", default="tracks")
        st.caption(models.IN_GENERAL[protocol])
        with st.container(horizontal=True, gap="small"):
            given = _numbers(chosen)
        given["sampler"] = links.one(
            "sampler",
            tuning.SAMPLERS,
            label="Sampler",
            default="tpe",
            help="TPE (tree-structured Parzen estimator) learns from earlier trials; random search does not.",
        )
    with summary, st.container(border=True):
        _summary(dataset, chosen, protocol, given)


def _numbers(chosen: Recipe) -> dict[str, Any]:
    """Draw the numbers of a tuning."""
    given: dict[str, Any] = {
        "n_trials": links.number("trials", label="Trials", default=20, low=1, high=tuning.MOST_TRIALS, width=160),
        "folds": links.number(
            "tuned",
            label="Folds",
            default=2,
            low=1,
            high=tuning.MOST_FOLDS,
            width=160,
            help="How many of the five folds each trial is trained on.",
        ),
        "seed": links.number("seed", label="Seed", default=SEED, low=0, high=2**31 - 1, width=160),
    }
    if one := chosen.options.get("epochs"):
        key = f"{chosen.name}.epochs"
        default = int(one.default)
        epochs = links.number(key, label=one.words, default=default, low=one.low, high=one.high, width=160)
        given["options"] = {"epochs": epochs}
    return given


def _summary(dataset: str, chosen: Recipe, protocol: str, given: Mapping[str, Any]) -> None:
    """Say what the tuning will do and how long it should take; draw the button."""
    st.markdown("#### This tuning")
    if collected(dataset) is None:
        st.markdown("The features of this data set have not been extracted yet. Prepare it under New run.")
        st.button("Go to New run", key="tune_ready", on_click=links.go, kwargs={"view": "new"})
        return
    try:
        plan = _plan(dataset, chosen.name, protocol, tuple(given.items()))
        chosen.weights_path()
    except MgcError as error:
        st.warning(plain(error.user_message), icon=":material/report:")
        return
    config = plan.config
    names = ", ".join(_name(chosen.options[name]) for name in config.tuned)
    st.markdown(
        f"Tries {config.trials:,} combinations of values for **{plain(chosen.title)}**: {plain(names)}. The first "
        "has the recipe's defaults."
    )
    n_folds = f"{config.run.folds} folds" if config.run.folds > 1 else "one fold"
    st.markdown(
        f"Each is trained on {n_folds} and scored on the validation part. Trials worse than the median are pruned "
        f"(stopped early). {plan.n_kept:,} of {plan.n_kept + config.run.tracks:,} tracks are kept back for the final "
        "test; tuning never reads them."
    )
    st.markdown(f"At most about **{background.roughly(tuning.seconds(config))}** on this computer (a rough estimate).")
    st.button(
        "Start tuning",
        key="tune_start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=settings().training == "off",
        width="stretch",
        on_click=background.attempt,
        args=(_start, plan),
    )


@st.cache_data(max_entries=50, show_spinner=False, ttl=60)
def _plan(dataset: str, name: str, protocol: str, given: tuple[tuple[str, Any], ...]) -> Plan:
    return tuning.make_plan(dataset, name, protocol, **dict(given))  # type: ignore[arg-type]  # it checks words


def _start(plan: Plan) -> None:
    links.go(tuning=str(tuning.start(plan).id))


def _draw(id: int) -> None:
    one = tuning.study(id)
    found, job, run = tuning.trials(one), one.job, one.config.run
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{models.badge(run.protocol)} {STATES[job.state]}")
    with st.container():
        if job.is_active:
            background.progress(job, key=f"tune_stop_{id}")
        elif job.state in ("failed", "cancelled"):
            background.settled(job, key=f"tune_again_{id}")
    with st.container():
        _best(one, found)
    with st.container():
        _charts(one, found)
    _table(one, found)
    fixed = {name: value for name, value in run.options.items() if name not in one.config.tuned}
    st.caption(
        f"{tuning.SAMPLERS[one.config.sampler]}, seed {run.seed}, {run.folds} of {tuning.FOLDS} folds. "
        f"{f'Not tuned: {plain(options_in_words(RECIPES[run.recipe], fixed))}.' if fixed else ''}"
    )
    if not job.is_active and settings().registry == "open":
        with st.popover("Delete", icon=":material/delete:"):
            st.markdown("Delete this tuning and its trials? Runs with its best values are kept.")
            st.button(":red[Delete]", key=f"tune_delete_{id}", on_click=background.attempt, args=(tuning.delete, id))


def _best(one: Study, found: Sequence[Trial]) -> None:
    """Say what is best so far, and offer to train it."""
    best = tuning.best(found)
    if best is None or best.loss is None or best.accuracy is None:
        return
    values = ", ".join(f"{_name(one.options[name])} **{_said(value)}**" for name, value in best.values.items())
    own = next((trial.loss for trial in found if trial.number == 0), None)
    beside = ""
    if best.number == 0:
        beside = " (the recipe's defaults)"
    elif own is not None:
        beside = f" (the recipe's defaults: loss {own:.3f})"
    so_far = " so far" if one.job.is_active else ""
    st.markdown(
        f"**Best{so_far}: trial {best.number + 1}**, validation loss **{best.loss:.3f}**{beside}, "
        f"{percent(best.accuracy, 1)} of {best.n:,} validation clips classified correctly. Values: {values}."
    )
    if one.job.is_active:
        return
    st.markdown("The best of many trials looks better than it is. Train it to test it on clips that no trial has seen.")
    st.button(
        "Train with the best values",
        key=f"tune_best_{one.id}",
        type="primary",
        icon=":material/play_arrow:",
        disabled=settings().training == "off",
        on_click=background.attempt,
        args=(_train_best, one.id),
    )


def _train_best(id: int) -> None:
    links.go(view="runs", run=str(tuning.start_best(id).id))


def _charts(one: Study, found: Sequence[Trial]) -> None:
    """Draw the history, the importance of options and the parallel coordinates of the finished trials."""
    finished = [trial for trial in found if trial.state == "finished" and trial.loss is not None]
    if not finished:
        return
    left, right = st.columns(2)
    losses = {trial.number + 1: float(trial.loss or 0.0) for trial in finished}
    _chart(left, "Optimisation history", history(losses, len(found), revision=str(one.id)), f"tune_history_{one.id}")
    if len(one.config.tuned) > 1:
        shares = _importance(one.config.run.name, len(finished), one)
        if shares:
            named = {_name(one.options[name]): share for name, share in shares.items()}
            _chart(right, "Importance of options", importance_bars(named), f"tune_importance_{one.id}")
        else:
            right.markdown("**Importance of options**")
            right.caption(f"Computed once {tuning.ENOUGH} trials have finished ({len(finished)} so far).")
    if len(finished) > 1:
        axes = [_axis(option) for option in one.options.values()]
        lines = [
            (
                trial.number + 1,
                {_name(one.options[name]): value for name, value in trial.values.items()},
                float(trial.loss or 0.0),
            )
            for trial in finished
        ]
        _chart(st.container(), "All values", parallel(axes, lines), f"tune_parallel_{one.id}")


def _chart(place: Any, title: str, chart: Chart, key: str) -> None:
    place.markdown(f"**{title}**")
    place.plotly_chart(frame.figure(chart), config=CONFIG, alt=chart.alt, key=key)
    place.caption(chart.caption)


@st.cache_data(max_entries=50, show_spinner=False)
def _importance(name: str, n_finished: int, _one: Study) -> dict[str, float]:
    """Return the importance of options; worked out again when another trial has finished."""
    del name, n_finished
    return tuning.importance(_one)


def _axis(one: Option) -> Axis:
    if isinstance(one.default, bool | str):
        return Axis(_name(one), 0, 1, choices=tuple(map(str, one.search)))
    return Axis(_name(one), float(one.search[0]), float(one.search[1]), one.log)


def _table(one: Study, found: Sequence[Trial]) -> None:
    rows = [
        {
            "Trial": trial.number + 1,
            "State": state_in_words(trial.state),
            "Loss": trial.loss,
            "Accuracy": None if trial.accuracy is None else 100 * trial.accuracy,
            **{_name(option): trial.values.get(name) for name, option in one.options.items()},
            **({"Why": trial.why} if any(other.why for other in found) else {}),
        }
        for trial in found
    ]
    number = st.column_config.NumberColumn
    shape: dict[str, Any] = {"Loss": number(format="%.3f"), "Accuracy": number(format="%.1f %%")}
    shape |= {
        _name(option): number(format="%.4g") for option in one.options.values() if isinstance(option.default, float)
    }
    st.dataframe(
        rows, hide_index=True, column_config=shape, placeholder="", height="content" if len(rows) <= FEW else 400
    )


def _name(option: Option) -> str:
    return option.label


def _said(value: Value) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
