"""Prepare a run: data set, recipe, protocol, options; what it will do, in words; start. All choices are in the URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc import jobs, runs, weights
from mgc.audio.clip import span
from mgc.charts.scores import PROTOCOL_TITLES
from mgc.datasets import registry
from mgc.errors import MgcError
from mgc.extraction.collected import collected
from mgc.recipes import RECIPES, Option, recipe
from mgc.settings import settings
from mgc.splits import SEED
from mgc.ui import background, links, models
from mgc.ui.explore import extraction
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from mgc.recipes import Recipe, Value
    from mgc.runs import Plan

__all__ = ["PROTOCOLS", "STUDIO", "show", "title"]

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
        _summary(*chosen)


def _choose() -> tuple[str, Recipe, str, int, int, dict[str, Value]]:
    """Draw all inputs and return what they say."""
    sets = {id: shorten(title(id)) for id in registry.ids()}
    dataset = links.one("set", sets, label="Data set", default=STUDIO, look="select")
    titles = {name: one.title for name, one in RECIPES.items()}
    name = links.one("recipe", titles, label="Recipe", default="ann-table", look="select")
    chosen = recipe(name)
    st.caption(f"{plain(chosen.sentence)} Source: {plain(chosen.source)}.")
    protocol = links.one(
        "protocol", PROTOCOLS, label="Protocol", default="tracks", help="What may be in both training and test part."
    )
    st.caption(models.IN_GENERAL[protocol])
    with st.container(horizontal=True, gap="small"):
        folds = int(links.number("folds", label="Folds", default=5, low=2, high=20, width=120))
        seed = int(links.number("seed", label="Seed", default=SEED, low=0, high=2**31 - 1, width=160))
    values = _options(chosen)
    return dataset, chosen, protocol, folds, seed, values


def title(id: str) -> str:
    """Return a data set's title, its id where it cannot be read."""
    try:
        return registry.describe(id).title
    except MgcError:
        return id


def _options(chosen: Recipe) -> dict[str, Value]:
    """Draw the recipe's options: those that one changes first, then the rest behind a click."""
    values: dict[str, Value] = {}
    first = [name for name in ("epochs", "patience", "batch_size", "learning_rate") if name in chosen.options]
    with st.container(horizontal=True, gap="small"):
        for name in first:
            values[name] = _option(chosen, name)
    rest = [name for name in chosen.options if name not in first]
    if rest:
        with st.expander("More options"):
            for name in rest:
                values[name] = _option(chosen, name)
    return values


def _option(chosen: Recipe, name: str) -> Value:
    """Draw one option; its place in the URL carries the recipe's name, for each has defaults of its own."""
    one: Option = chosen.options[name]
    key = f"{chosen.name}.{name}"
    if isinstance(one.default, bool):
        return links.switch(key, label=one.words, default=one.default)
    if isinstance(one.default, str):
        return links.one(key, {choice: choice for choice in one.choices}, label=one.words, default=one.default)
    return links.number(key, label=one.words, default=one.default, low=one.low, high=one.high, width=220)


def _summary(dataset: str, chosen: Recipe, protocol: str, folds: int, seed: int, values: dict[str, Value]) -> None:
    """Say what the run will do, how long it should take, and what leaks; draw the button."""
    st.markdown("#### This run")
    if collected(dataset) is None:
        _make_ready(dataset)
        return
    try:
        plan = _plan(dataset, chosen.name, protocol, folds, seed, tuple(values.items()))
    except MgcError as error:
        st.warning(plain(error.user_message), icon=":material/report:")
        if chosen.reads == "embeddings" and weights.find("yamnet"):
            label, kinds = "Compute YAMNet's embeddings", ("descriptors", "mel", "embeddings")
            st.button(label, key="train_embed", on_click=extraction.begin, args=(dataset, kinds))
        return
    config = plan.config
    unit = "segments of 3 s" if protocol == "segments" else "clips"
    n_folds = f"{config.folds} folds" if config.folds > 1 else "one split"
    st.markdown(
        f"Trains **{plain(chosen.title)}** on {config.tracks:,} tracks of {len(config.classes)} genres, {n_folds}. "
        f"Each fold is tested on {unit} it was not trained on, {plan.n_tested:,} in all."
    )
    if "epochs" in config.options:
        patience = config.options.get("patience")
        stop = f", fewer if the validation loss stops falling for {patience}" if patience else ""
        st.markdown(f"At most {config.options['epochs']} epochs a fold{stop}.")
    most = "At most about" if config.options.get("patience") else "About"
    st.markdown(f"{most} **{span(max(1.0, runs.seconds(config)))}** on this computer, by a rough estimate.")
    _leaks(plan)
    if missing := _missing_weights(chosen):
        _offer_weights(chosen, missing)
    is_off = settings().training == "off" or bool(missing)
    st.button(
        "Start",
        key="train_start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=is_off,
        width="stretch",
        on_click=background.attempt,
        args=(_start, plan),
    )


def _start(plan: Plan) -> None:
    links.go(view="runs", run=str(runs.start(plan).id))


def _make_ready(dataset: str) -> None:
    """Offer what is missing before anything can be trained: the studio's music, or a data set's features."""
    if dataset == STUDIO and not registry.describe(STUDIO).made:
        from mgc.ui.explore import adding

        adding.make_studio()
        return
    extraction.banner(dataset)
    st.markdown("Training needs the features of every track.")
    st.button(
        "Extract features",
        key="train_extract",
        type="primary",
        icon=":material/play_arrow:",
        on_click=extraction.begin,
        args=(dataset,),
    )


@st.cache_data(max_entries=50, show_spinner=False, ttl=60)
def _plan(dataset: str, name: str, protocol: str, folds: int, seed: int, values: tuple[tuple[str, Value], ...]) -> Plan:
    return runs.make_plan(dataset, name, protocol, folds=folds, seed=seed, options=dict(values))  # type: ignore[arg-type]  # it checks words


def _missing_weights(chosen: Recipe) -> str:
    try:
        weights.of_recipe(chosen)
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
        on_click, given = background.attempt, (weights.start, chosen.weights)
        if settings().registry == "open":
            st.button(label, key="train_weights", icon=":material/download:", on_click=on_click, args=given)


def _leaks(plan: Plan) -> None:
    """Say what the test parts share with the training parts."""
    total = {
        name: sum(getattr(leak, name) for leak in plan.leaks) for name in ("tracks", "artists", "guests", "duplicates")
    }
    if plan.config.protocol == "segments":
        st.error(
            f"This split leaks: {total['tracks']:,} clips have segments in both the training and the test part. The "
            "score will show how well the model remembers, not how well it generalises.",
            icon=":material/water_drop:",
        )
    elif total["tracks"] or total["duplicates"]:
        st.warning(
            f"{total['duplicates']:,} tested clips have an exact duplicate in the training part.",
            icon=":material/warning:",
        )
    elif total["artists"] or total["guests"]:
        st.info(
            f"{total['artists'] + total['guests']:,} times an artist is in both parts of a fold: scores on new artists "
            "are lower. The protocol Artists keeps them apart.",
            icon=":material/groups:",
        )
    else:
        st.success("No known leak: no clip, duplicate or artist is in both parts.", icon=":material/verified:")
