"""Prepare a run: data set, recipe, protocol, options; what it will do, in words; start. All choices are in the URL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from mgc import downloads, jobs, runs, weights
from mgc.charts.scores import PROTOCOL_TITLES
from mgc.datasets import registry
from mgc.errors import MgcError
from mgc.extraction.collected import collected
from mgc.genres import display_name
from mgc.recipes import RECIPES, Option, recipe
from mgc.runs import first, measuring
from mgc.runs import plan as plans
from mgc.settings import settings
from mgc.splits import SEED
from mgc.ui import background, links, models
from mgc.ui.text import plain, shorten
from mgc.ui.train import preview

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mgc.recipes import Recipe, Value
    from mgc.runs import Plan

__all__ = ["PROTOCOLS", "show", "subject"]

PROTOCOLS: Final = {name: PROTOCOL_TITLES[name] for name in ("tracks", "artists", "filtered", "segments")}
STUDIO: Final = "studio"


def show() -> None:
    """Draw the form and the summary."""
    if settings().training == "off":
        st.info(
            "Training is switched off on this server. You can prepare a run and see what it would do; to train, run "
            "the app on your own computer.",
            icon=":material/lock:",
        )
    background.say_refused()
    form, summary = st.columns([3, 2], gap="large")
    with form:
        chosen = _choose()
    with summary, st.container(border=True):
        _summary(chosen)
    if chosen.recipe.reads == "pictures":
        preview.show(chosen.dataset, chosen.recipe, chosen.values)
    else:
        links.unlink(preview.NAMES)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What the form says."""

    dataset: str
    recipe: Recipe
    protocol: str
    folds: int
    seed: int
    values: dict[str, Value]
    thin: dict[str, float]


def _choose() -> _Chosen:
    """Draw all inputs and return what they say."""
    dataset, chosen = subject()
    protocol = links.one(
        "protocol",
        PROTOCOLS,
        label="Protocol",
        default="tracks",
        help="What training and test part may have in common.",
        wrap=True,
    )
    st.caption(models.IN_GENERAL[protocol])
    with st.container(horizontal=True, gap="small"):
        folds = int(links.number("folds", label="Folds", default=5, low=2, high=20, width=160))
        seed = int(links.number("seed", label="Seed", default=SEED, low=0, high=2**31 - 1, width=160))
    values, thin = _options(chosen, dataset)
    return _Chosen(dataset, chosen, protocol, folds, seed, values, thin)


def subject() -> tuple[str, Recipe]:
    """Draw the choice of a data set and a recipe, and return it; options of other recipes leave the URL."""
    sets = {id: shorten(_title(id)) for id in registry.ids()}
    dataset = links.one("set", sets, label="Data set", default=STUDIO, look="select")
    titles = {name: one.title for name, one in RECIPES.items()}
    chosen = recipe(links.one("recipe", titles, label="Recipe", default="ann-table", look="select"))
    st.caption(f"{plain(chosen.sentence)} Source: {plain(chosen.source)}.")
    links.unlink([f"{other}." for other in RECIPES if other != chosen.name])
    return dataset, chosen


def _title(id: str) -> str:
    try:
        return registry.describe(id).title
    except MgcError:
        return id


def _options(chosen: Recipe, dataset: str) -> tuple[dict[str, Value], dict[str, float]]:
    """Draw the recipe's options: those that one changes first, then the rest behind a click; return what is thinned."""
    values: dict[str, Value] = {}
    first = [name for name in ("epochs", "patience", "batch_size", "learning_rate") if name in chosen.options]
    with st.container(horizontal=True, gap="small"):
        for name in first:
            values[name] = _option(chosen, name)
    rest = [name for name in chosen.options if name not in first]
    if rest:
        with st.expander("More options", key="train_options"):
            for name in rest:
                values[name] = _option(chosen, name)
    with st.expander("Imbalance", key="train_imbalance"):
        thin = _thinned(dataset, can_balance="balance" in chosen.options)
    return values, thin


def _thinned(dataset: str, *, can_balance: bool) -> dict[str, float]:
    """Draw the choice of genres to thin; return the share to keep of each."""
    found = collected(dataset)
    weights = " Then switch class weights on, and compare." if can_balance else ""
    st.caption(f"Train on only a share of some genres, to see what imbalance does to a model.{weights}")
    if found is None:
        st.caption("The genres are known once the features have been extracted.")
        return {}
    names = {genre: shorten(display_name(genre), 24) for genre in sorted(set(found.genres))}
    thin = links.many("thin", names, label="Genres to thin")
    if not thin:
        return {}
    share = links.number("share", label="Share to keep", default=0.2, low=0.01, high=1.0, width=160)
    return dict.fromkeys(thin, float(share))


def _option(chosen: Recipe, name: str) -> Value:
    """Draw one option; its place in the URL carries the recipe's name, for each has defaults of its own."""
    one: Option = chosen.options[name]
    key = f"{chosen.name}.{name}"
    if isinstance(one.default, bool):
        return links.switch(key, label=one.words, default=one.default)
    if isinstance(one.default, str):
        return links.one(key, {choice: choice for choice in one.choices}, label=one.words, default=one.default)
    return links.number(key, label=one.words, default=one.default, low=one.low, high=one.high, width=220)


def _summary(said: _Chosen) -> None:
    """Say what the run will do, how long it should take, and what leaks; draw the button."""
    dataset, chosen, protocol = said.dataset, said.recipe, said.protocol
    st.markdown("#### This run")
    if collected(dataset) is None:
        _make_ready(said)
        return
    try:
        options, thin = tuple(said.values.items()), tuple(said.thin.items())
        plan = _plan(dataset, chosen.name, protocol, said.folds, said.seed, options, thin)
    except MgcError as error:
        st.warning(plain(error.user_message), icon=":material/report:")
        if chosen.reads == "embeddings" and weights.find("yamnet"):
            _start_button("Compute YAMNet's embeddings and train", _prepare, said)
        return
    config = plan.config
    unit = "segments of 3 s" if protocol == "segments" else "clips"
    n_folds = f"in {config.folds} folds" if config.folds > 1 else "in one split"
    st.markdown(
        f"Trains **{plain(chosen.title)}** on {config.tracks:,} tracks of {len(config.classes)} genres, {n_folds}. "
        f"Each fold is tested on {unit} it was not trained on, {plan.n_tested:,} in all."
    )
    if plan.faulty:
        n, some = len(plan.faulty), plain(", ".join(plan.faulty[:3]))
        one = f"Left out, as its file has a fault: {some}."
        st.caption(one if n == 1 else f"Left out, as their files have faults: {n:,} tracks, such as {some}.")
    if plan.thinned:
        kept = [f"{display_name(genre)}: {n:,} of {of:,}" for genre, (n, of) in plan.thinned.items()]
        what = "segments" if protocol == "segments" else "tracks"
        st.markdown(f"Training {what} kept in a fold: {plain(', '.join(kept))}. Test parts are not thinned.")
    if "epochs" in config.options:
        patience = config.options.get("patience")
        stop = f"; a fold stops once its validation loss has not fallen for {patience} epochs" if patience else ""
        st.markdown(f"At most {config.options['epochs']} epochs per fold{stop}.")
    most = "At most about" if config.options.get("patience") else "About"
    expected = runs.estimate(config)
    st.markdown(f"{most} **{background.roughly(expected.seconds)}** on this computer, {expected.basis}.")
    _measure(plan)
    _leaks(plan)
    if missing := _missing_weights(chosen):
        _offer_weights(chosen, missing)
    _start_button("Start", _start, plan, disabled=bool(missing))


def _measure(plan: Plan) -> None:
    """Draw the measurement of how long the run should take: how far it is, or the button that begins it."""
    job = jobs.find(measuring.KIND.name, runs.measured_as(plan.config))
    if job is not None and job.is_active:
        background.watch(job, key="train_measure_stop")
    elif job is not None and job.state == "failed":
        st.caption(f"The time could not be measured: {plain(job.why)}")
    elif settings().training != "off" and (job is None or job.state != "finished"):
        help = "Times three epochs on about 60 tracks, in the background"
        given = (measuring.start, plan)
        icon = ":material/timer:"
        st.button(
            "Measure the time",
            key="train_measure",
            type="tertiary",
            icon=icon,
            help=help,
            on_click=background.attempt,
            args=given,
        )


def _start_button(label: str, do: Callable[..., None], given: object, *, disabled: bool = False) -> None:
    st.button(
        label,
        key="train_start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=disabled or settings().training == "off",
        width="stretch",
        on_click=background.attempt,
        args=(do, given),
    )


def _start(plan: Plan) -> None:
    links.go(view="runs", run=str(runs.start(plan).id))


def _prepare(said: _Chosen) -> None:
    given: Any = {"protocol": said.protocol, "folds": said.folds, "seed": said.seed}
    first.start(said.dataset, said.recipe.name, options=said.values, thin=said.thin, **given)
    links.go(view="runs", run=None)


def _make_ready(said: _Chosen) -> None:
    """Offer to train on a data set that is not ready: what is missing is made first."""
    try:
        is_made = registry.describe(said.dataset).made
        _check(said.dataset, said.recipe.name, said.protocol, said.folds, said.seed)
    except MgcError as error:
        st.warning(plain(error.user_message), icon=":material/report:")
        return
    clips = f"{10 * settings().studio_songs} clips of our own music in ten genres are synthesised, "
    st.markdown(
        f"Trains **{plain(said.recipe.title)}** as soon as the data is ready: {'' if is_made else clips}the features "
        "of every track are extracted, and training starts by itself. You can leave the page."
    )
    label = "Try it: train on the studio" if said.dataset == STUDIO else "Extract features and train"
    _start_button(label, _prepare, said, disabled=bool(_missing_weights(said.recipe)))


@st.cache_data(max_entries=50, show_spinner=False, ttl=60)
def _check(dataset: str, name: str, protocol: str, folds: int, seed: int) -> None:
    given: Any = {"protocol": protocol, "folds": folds, "seed": seed}
    plans.check(dataset, name, **given)


@st.cache_data(max_entries=50, show_spinner=False, ttl=60)
def _plan(
    dataset: str,
    name: str,
    protocol: str,
    folds: int,
    seed: int,
    options: tuple[tuple[str, Value], ...],
    thin: tuple[tuple[str, float], ...],
) -> Plan:
    given: Any = {"protocol": protocol, "folds": folds, "seed": seed, "options": dict(options), "thin": dict(thin)}
    return runs.make_plan(dataset, name, **given)  # it checks words


def _missing_weights(chosen: Recipe) -> str:
    try:
        chosen.weights_path()
    except MgcError as error:
        return error.user_message
    return ""


def _offer_weights(chosen: Recipe, missing: str) -> None:
    """Say which weights are missing, and draw the download of them."""
    job = jobs.find("weights", chosen.weights)
    if job is not None and job.is_active:
        background.watch(job, key="train_weights_stop")
    elif job is not None and job.state in ("failed", "cancelled"):
        background.settled(job, key="train_weights_again")
    else:
        st.warning(plain(missing), icon=":material/download:")
        label = f"Download {weights.WEIGHTS[chosen.weights].megabytes} MB"
        on_click, given = background.attempt, (downloads.start, chosen.weights)
        if settings().registry == "open":
            st.button(label, key="train_weights", icon=":material/download:", on_click=on_click, args=given)


def _leaks(plan: Plan) -> None:
    """Say what the test parts share with the training parts."""
    total = {
        name: sum(getattr(leak, name) for leak in plan.leaks) for name in ("tracks", "artists", "guests", "duplicates")
    }
    if plan.config.protocol == "segments":
        st.error(
            f"This split leaks: in each fold, {_between([leak.tracks for leak in plan.leaks])} clips have segments in "
            "both the training and the test part. The score will show how well the model remembers, not how well it "
            "generalises.",
            icon=":material/water_drop:",
        )
    elif total["tracks"] or total["duplicates"]:
        st.warning(
            f"{total['duplicates']:,} test clips have an exact duplicate in the training part.",
            icon=":material/warning:",
        )
    elif total["artists"] or total["guests"]:
        st.info(
            f"{total['artists'] + total['guests']:,} times, an artist is in both parts of a fold. Expect lower scores "
            "on new artists; the protocol Artists keeps artists apart.",
            icon=":material/groups:",
        )
    elif not plan.knows_artists:
        st.info(
            "No clip or duplicate is in both parts. No artist is known, so it cannot be checked whether a model learns "
            "the genre or the artist.",
            icon=":material/groups:",
        )
    else:
        st.success("No known leak: no clip, duplicate or artist is in both parts.", icon=":material/verified:")


def _between(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
