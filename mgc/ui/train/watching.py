"""All runs: how far each is, its folds, live curves, log, and what can be done with it."""

from __future__ import annotations

import contextlib
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from mgc import jobs, runs
from mgc.charts.scores import PROTOCOL_TITLES
from mgc.charts.theme import percent
from mgc.charts.training import CAPTION, WITHOUT_VALIDATION, curves
from mgc.errors import MgcError, RecipeError
from mgc.recipes import RECIPES, in_words
from mgc.runs import first, promote
from mgc.settings import settings
from mgc.ui import background, frame, links, models
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mgc.recipes import Recipe, Value
    from mgc.runs import Fold, Run

__all__ = ["LISTED", "STATES", "options_in_words", "show", "state_in_words"]

_HERE: Final = Path(__file__).parent / "curves"
_curves = st.components.v2.component(
    "mgc_curves",
    html=(_HERE / "curves.html").read_text(encoding="utf-8"),
    css=(_HERE / "curves.css").read_text(encoding="utf-8"),
    js=(_HERE / "curves.js").read_text(encoding="utf-8"),
)
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
    background.say_refused()
    known = runs.runs(LISTED)
    is_preparing = _preparing(known[0].id if known else 0)
    if not known:
        if not is_preparing:
            st.info("No runs yet. Prepare one under New run.", icon=":material/info:")
        return
    words = {str(run.id): _words(run) for run in known}
    links.reread("run", words)
    id = int(links.one("run", words, label="Run", default=str(known[0].id), look="select"))
    if frame.presenting():  # the list is hidden
        st.markdown(f"**{plain(words[str(id)])}**")
    drawn = _active()
    background.follow(id, lambda id: _draw(id, drawn))


def _preparing(last: int) -> bool:
    """Show the data sets that are being prepared for training, and one that could not be after the run ``last``."""
    newest = jobs.jobs(LISTED, kind=first.KIND.name)
    for job in newest:
        if job.is_active:
            with st.container(border=True):
                st.markdown(f"**{plain(job.title)}**: training starts when the data is ready.")
                background.watch(job, key=f"train_prepare_stop_{job.id}")
        elif job.id > last and job is newest[0] and job.state == "failed":
            st.error(f"Training did not start: {plain(job.why)}", icon=":material/error:")
    return any(job.is_active for job in newest)


def _words(run: Run) -> str:
    about = runs.about(run)
    known = f"{RECIPES[run.config.recipe].title}, {run.config.dataset}, {PROTOCOL_TITLES[run.config.protocol].lower()}"
    title = about.title or (f"{known}, thinned" if run.config.thin else known)
    return f"{run.id}: {shorten(title, 70)} \N{MIDDLE DOT} {state_in_words(run.job.state)}"


def _active() -> dict[int, str]:
    """Return the states of the runs that have not ended."""
    return {run.id: run.job.state for run in runs.runs(active=True)}


def _draw(id: int, drawn: dict[int, str]) -> None:
    """Draw a run. Each part has a place of its own that is always there, so that none jumps when another comes.

    Where a run is in another state than in ``drawn``, the page is drawn again: its list shows the states.
    """
    run = runs.run(id)
    job, config = run.job, run.config
    if job.is_active and _active() != drawn:
        st.rerun()
    stamp = (job.state, job.done, job.ended, *(task.state for task in jobs.tasks(id)))
    try:
        seen = _seen(config.name, stamp, run)
    except RecipeError as error:  # its folder was removed by hand
        st.error(plain(error.user_message), icon=":material/error:")
        _deletion(run)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{models.badge(config.protocol)} {STATES[job.state]}")
    with st.container():
        if job.is_active:
            background.progress(job, key=f"train_stop_{id}")
        elif job.state in ("failed", "cancelled"):
            background.settled(job, key=f"train_again_{id}")
    with st.container():
        _score(run, seen.scores)
        if about := runs.about(run).note:
            st.caption(plain(about))
    with st.container():
        if seen.curves:
            _curves(key=f"train_curves_{id}", data=seen.curves)
            st.caption(CAPTION if seen.has_validation else WITHOUT_VALIDATION)
    _folds(seen.folds)
    _more(run, seen.folds)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is shown of a run, worked out once for all who watch it."""

    folds: tuple[Fold, ...]
    scores: dict[str, Any]
    curves: dict[str, Any]  # empty before the first epoch

    @property
    def has_validation(self) -> bool:
        """Whether a fold was judged on a validation part; without early stopping that is trained on."""
        return any(line["part"] == "validation" for panel in self.curves["panels"] for line in panel["lines"])


@st.cache_resource(max_entries=8, show_spinner=False)
def _seen(name: str, stamp: tuple[object, ...], _run: Run) -> _Seen:
    """Read what a run has come to; its folder's name and a stamp of its progress say when that is something new."""
    said, epochs = runs.predictions(_run.id), runs.epochs(_run.id)
    folds = runs.folds(_run, said, epochs)
    best = {fold.number: fold.best_epoch for fold in folds if fold.best_epoch}
    return _Seen(folds, runs.scores_of(_run, said), asdict(curves(epochs, best)) if epochs else {})


def _score(run: Run, found: dict[str, Any]) -> None:
    if not found:
        return
    value, over = found["accuracy"], found["accuracy_by_artist"]
    done = "" if run.job.state == "finished" else " so far"
    unit = "segments" if run.config.protocol == "segments" else "clips"
    if value["low"] == value["high"]:  # all right or all wrong: whatever is drawn from them is the same
        said = f"**{percent(value['value'], 1)}** of {value['n']:,} tested {unit} classified correctly{done}"
        st.markdown(f"{said} (one seed; {'none' if value['value'] else 'all'} wrong, so there is no interval).")
        return
    st.markdown(
        f"**{percent(value['value'], 1)}** of {value['n']:,} tested {unit} classified correctly{done} "
        f"(95\N{NO-BREAK SPACE}% intervals: {percent(value['low'], 1)} to {percent(value['high'], 1)} over {unit}, "
        f"{percent(over['low'], 1)} to {percent(over['high'], 1)} over {over['n_artists']:,} artists; one seed)."
    )


def _folds(folds: tuple[Fold, ...]) -> None:
    rows = [
        {
            "Fold": fold.number + 1,
            "State": state_in_words(fold.state),
            "Epochs": fold.epochs or None,
            "Kept epoch": fold.best_epoch or None,
            "Accuracy": None if fold.accuracy is None else 100 * fold.accuracy,
            "Tested": fold.n or None,
            "Seconds": fold.seconds,
        }
        for fold in folds
    ]
    rows = [{name: row[name] for name in row if any(other[name] is not None for other in rows)} for row in rows]
    shape = {
        "Accuracy": st.column_config.NumberColumn(format="%.1f %%"),
        "Seconds": st.column_config.NumberColumn(format="%.1f"),
    }
    st.dataframe(rows, hide_index=True, column_config=shape, height="content", placeholder="")


def _more(run: Run, folds: tuple[Fold, ...]) -> None:
    """Draw what can be done with a run: promote it, name it, see its log, delete it."""
    id, job = run.id, run.job
    with st.container():
        if job.state == "finished":
            _promotion(run)
            _comparison(run)
    with st.expander("Name and note", key=f"train_about_box_{id}"), st.form(f"train_about_{id}", border=False):
        about = runs.about(run)
        st.text_input("Name", about.title, max_chars=200, key=f"train_title_{id}")
        st.text_area("Note", about.note, max_chars=5000, key=f"train_note_{id}")
        saved = st.form_submit_button("Save", on_click=background.attempt, args=(_describe, id))
    if saved and job.is_active:
        st.rerun()  # also the list of runs, which is not in this fragment
    by_fault = sorted(reversed(folds), key=lambda fold: fold.state != "failed")
    tail = next((text for fold in by_fault if (text := runs.log_tail(run, fold.number))), "")
    if tail:
        with st.expander("Log", key=f"train_log_{id}"):
            st.code(tail, language=None, wrap_lines=True)
    when = background.roughly(time.time() - job.created)
    chosen, set_here = RECIPES[run.config.recipe], run.config.options
    defaults = {name: option.default for name, option in chosen.options.items()}
    changed = {name: value for name, value in set_here.items() if name in defaults and value != defaults[name]}
    said = f"Options: {plain(options_in_words(chosen, changed))}." if changed else "All options at their defaults."
    thin = ", ".join(f"{genre} {percent(share)}" for genre, share in run.config.thin.items())
    thinned = f" Kept of thinned genres: {plain(thin)}." if thin else ""
    every = f"All options: {plain(options_in_words(chosen, set_here))}. SHA-256 of the split: {run.config.split[:12]}."
    st.caption(f"Started {when} ago. Seed {run.config.seed}. {said}{thinned}", help=every)
    _deletion(run)


def _deletion(run: Run) -> None:
    if not run.job.is_active and settings().registry == "open":
        key, given = f"train_delete_{run.id}", (runs.delete, run.id)
        with st.popover("Delete", icon=":material/delete:"):
            st.markdown("Delete this run with its curves and predictions? A model made from it is kept.")
            st.button(":red[Delete]", key=key, on_click=background.attempt, args=given)


def state_in_words(state: str) -> str:
    """Return the state of a run, a fold or a trial for a table, which shows no icons."""
    return STATES.get(state, state).rpartition(": ")[2]


def options_in_words(chosen: Recipe, values: Mapping[str, Value]) -> str:
    """Return options with their values: ``"Epochs 20, Learning rate 0.001, Class weights off"``."""
    known = ((chosen.options[name], value) for name, value in values.items() if name in chosen.options)
    return ", ".join(f"{option.label} {in_words(value)}" for option, value in known)


def _describe(id: int) -> None:
    """Name a run as its form says."""
    said = {name: st.session_state.get(f"train_{name}_{id}") or "" for name in ("title", "note")}
    runs.describe(id, **said)


def _comparison(run: Run) -> None:
    """Link to the Compare page: this run, beside the newest other one on the same folds if there is one."""
    alike = (one.id for one in runs.runs() if one.config.split == run.config.split and one.job.state == "finished")
    other = next((id for id in alike if id != run.id), None)
    ids = [str(id) for id in (run.id, other) if id is not None]
    label = "Compare with other runs" if other is None else f"Compare with run {other}"
    st.page_link("pages/compare.py", label=label, icon=":material/compare_arrows:", query_params={"runs": ids})


def _promotion(run: Run) -> None:
    """Draw the way from a run to a model of the Classify page."""
    model = f"{run.config.recipe}-{run.id}"
    job = jobs.find("promote", model)
    if job is not None and job.is_active:
        with st.container(border=True):
            st.markdown("**Making a model from this run:** training on all tracks.")
            background.watch(job, key=f"train_promote_stop_{run.id}")
    elif job is not None and job.state == "finished":
        st.page_link(
            "pages/classify.py",
            label="Classify a song with this model",
            icon=":material/graphic_eq:",
            query_params={"model": model},
        )
    elif job is not None:
        background.settled(job, key=f"train_promote_again_{run.id}")
    elif run.config.protocol == "segments":
        st.caption("A run under the leaky protocol cannot become a model: its score would mislead.")
    elif run.config.thin:
        st.caption("A run on thinned genres cannot become a model: models are trained on all tracks.")
    else:
        st.button(
            "Make it a model",
            key=f"train_promote_{run.id}",
            type="primary",
            icon=":material/verified:",
            help="Train on all tracks, calibrate on the folds' predictions, and add the model to the Classify page",
            on_click=background.attempt,
            args=(promote.start, run.id, model),
        )
