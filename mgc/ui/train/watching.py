"""All runs: how far each is, its folds, live curves, log, and what can be done with it."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc import jobs, runs
from mgc.audio.clip import span
from mgc.charts.theme import CONFIG, percent
from mgc.charts.training import CAPTION, curves
from mgc.errors import MgcError
from mgc.recipes import RECIPES
from mgc.runs import promote
from mgc.settings import settings
from mgc.ui import background, frame, links, models
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from mgc.runs import Fold, Predictions, Run

__all__ = ["show"]

EVERY: Final = 1.0  # s between two looks at a run that is at work
LISTED: Final = 200
STATES: Final = {
    "queued": ":material/schedule: queued",
    "starting": ":material/schedule: starting",
    "running": ":material/play_circle: running",
    "finished": ":material/check_circle: finished",
    "failed": ":material/error: failed",
    "cancelled": ":material/stop_circle: stopped",
    "lost": ":material/schedule: queued again",
}


def show() -> None:
    """Draw the list of runs, and the one that is chosen."""
    with contextlib.suppress(MgcError):
        jobs.reconcile()
    known = runs.runs(LISTED)
    if not known:
        st.info("No runs yet. Prepare one under New run.", icon=":material/info:")
        return
    background.say_refused()
    words = {str(run.id): _words(run) for run in known}
    id = int(links.one("run", words, label="Run", default=str(known[0].id), look="select"))
    _watch(id)


def _words(run: Run) -> str:
    about = runs.about(run)
    title = about.title or f"{RECIPES[run.config.recipe].title}, {run.config.dataset}, {run.config.protocol}"
    return f"{run.id}: {shorten(title, 70)}"  # not its state: a list that is open keeps the words it was drawn with


def _watch(id: int) -> None:
    """Draw a run, again every second while it is at work."""
    if runs.run(id).job.is_active:
        _live(id)
    else:
        _draw(id)


@st.fragment(run_every=EVERY)
def _live(id: int) -> None:
    with contextlib.suppress(MgcError):
        jobs.reconcile()
    job = background.known(id)
    if job is None or not job.is_active:  # it has ended, or somebody has deleted it
        st.rerun()
    _draw(id)


def _draw(id: int) -> None:
    run = runs.run(id)
    job, config = run.job, run.config
    said, epochs = runs.predictions(id), runs.epochs(id)
    folds = runs.folds(run, said, epochs)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{plain(_words(run))}**", width="content")
        st.markdown(f"{models.badge(config.protocol)} {STATES[job.state]}")
    if job.is_active:
        background.progress(job, key=f"train_stop_{id}")
    elif job.state in ("failed", "cancelled"):
        background.settled(job, key=f"train_again_{id}")
    _score(run, said)
    if epochs:
        best = {fold.number: fold.best_epoch for fold in folds if fold.best_epoch}
        for place, what in zip(st.columns(2), ("loss", "accuracy"), strict=True):
            chart = curves(epochs, best, what, revision=str(id))
            place.plotly_chart(frame.figure(chart), config=CONFIG, alt=chart.alt, key=f"train_{what}_{id}")
        st.caption(CAPTION)
    _folds(folds)
    _more(run, folds)


def _score(run: Run, said: Predictions) -> None:
    found = runs.scores_of(run, said)
    if not found:
        return
    value, over = found["accuracy"], found["accuracy_by_artist"]
    done = "" if run.job.state == "finished" else " so far"
    st.markdown(
        f"**{percent(value['value'], 1)}** of {value['n']:,} tested "
        f"{'segments' if run.config.protocol == 'segments' else 'clips'} classified correctly{done} "
        f"({percent(value['low'], 1)} to {percent(value['high'], 1)} over clips, {percent(over['low'], 1)} to "
        f"{percent(over['high'], 1)} over {over['n_artists']:,} artists; one seed)."
    )


def _folds(folds: tuple[Fold, ...]) -> None:
    rows = [
        {
            "Fold": fold.number + 1,
            "State": fold.state,
            "Epochs": fold.epochs or None,
            "Weights of epoch": fold.best_epoch or None,
            "Accuracy": None if fold.accuracy is None else 100 * fold.accuracy,
            "Tested": fold.n or None,
            "Seconds": fold.seconds,
        }
        for fold in folds
    ]
    shape = {"Accuracy": st.column_config.NumberColumn(format="%.1f %%")}
    st.dataframe(rows, hide_index=True, column_config=shape, height="content")


def _more(run: Run, folds: tuple[Fold, ...]) -> None:
    """Draw what can be done with a run: promote it, name it, see its log, delete it."""
    id, job = run.id, run.job
    if job.state == "finished":
        _promotion(run)
    with st.expander("Name, note, log"), st.form(f"train_about_{id}", border=False):
        about = runs.about(run)
        title = st.text_input("Name", about.title, max_chars=200)
        note = st.text_area("Note", about.note, max_chars=5000)
        if st.form_submit_button("Save"):
            runs.describe(id, title=title or "", note=note or "")
            st.rerun()
    tail = next((text for fold in reversed(folds) if (text := runs.log_tail(run, fold.number))), "")
    if tail:
        with st.expander("Log"):
            st.code(tail, language=None, wrap_lines=True)
    when = span(max(1.0, time.time() - job.created))
    options = ", ".join(f"{name} {value}" for name, value in run.config.options.items())
    st.caption(f"Started {when} ago. Seed {run.config.seed}. {plain(options)}. Split {run.config.split[:12]}.")
    if not job.is_active and settings().registry == "open":
        with st.popover("Delete", icon=":material/delete:"):
            st.markdown("Delete this run with its curves and predictions? A model made from it stays.")
            st.button(":red[Delete]", key=f"train_delete_{id}", on_click=background.attempt, args=(runs.delete, id))


def _promotion(run: Run) -> None:
    """Draw the way from a run to a model of the Classify page."""
    model = f"{run.config.recipe}-{run.id}"
    job = jobs.find("promote", model)
    if job is not None and job.is_active:
        with st.container(border=True):
            st.markdown("**Making a model of this run:** it is trained on all tracks.")
            background.watch(job, key=f"train_promote_stop_{run.id}")
    elif job is not None and job.state == "finished":
        st.page_link(
            "pages/classify.py",
            label=f"Classify a song with {model}",
            icon=":material/graphic_eq:",
            query_params={"model": model},
        )
    elif job is not None:
        background.settled(job, key=f"train_promote_again_{run.id}")
    elif run.config.protocol == "segments":
        st.caption("A run under the leaky protocol cannot become a model: its score would mislead.")
    else:
        st.button(
            "Make it a model",
            key=f"train_promote_{run.id}",
            type="primary",
            icon=":material/verified:",
            help="Train it on all tracks, calibrate it by its folds, and offer it on the Classify page",
            on_click=background.attempt,
            args=(promote.start, run.id, model),
        )
