"""Which runs are compared: the list to choose from, what was chosen, and what cannot be compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc import jobs, runs
from mgc.errors import MgcError
from mgc.recipes import RECIPES
from mgc.runs import gallery
from mgc.ui import frame, links
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from mgc.runs import Listed, Recorded

__all__ = ["MOST", "Chosen", "choose", "named", "recorded", "stamp"]

MOST: Final = 6  # runs at once
NAMED: Final = 44  # characters of a run's name in a chart
# What a first visit shows: the first of these pairs that the gallery holds.
TELLING: Final = (
    ("mobilenetv2-artists", "ann-table-artists"),
    ("picture-cnn-artists", "kernel-table-artists"),
    ("ann-table-artists", "logreg-table-artists"),
    ("forest-table-artists", "knn-table-artists"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """The chosen runs in the order of choosing, their names in charts and tables, and what says that they changed."""

    runs: tuple[Recorded, ...]
    names: dict[str, str]  # by id
    stamp: tuple[object, ...]

    @property
    def protocols(self) -> tuple[str, ...]:
        """The protocols that they were tested under, each once."""
        return tuple(dict.fromkeys(one.config.protocol for one in self.runs))


def choose() -> Chosen:
    """Draw the choice of runs, and return those that could be read; say why others could not."""
    known = {one.id: one for one in runs.listed() if one.state != "queued"}
    words = {id: _words(one) for id, one in known.items()}
    default = _telling(known)
    asked = _asked(known)
    with frame.controls("runs"):
        ids = links.many(
            "runs",
            words,
            label=f"Runs (up to {MOST})",
            default=default,
            as_list=True,
            max_selections=MOST,
            placeholder="Choose runs: type a recipe or a protocol",
            help="Runs of the gallery ship with the program; your own are numbered. The first run is A, the second B.",
        )
    for id in asked:
        if id not in known:
            st.warning(f"The run {plain(id[:40])} is not here any more, or never was.", icon=":material/info:")
    opened: list[tuple[Recorded, object]] = []
    for id in ids:
        try:
            opened.append((recorded(id), (id, stamp(id))))
        except MgcError as error:
            st.warning(plain(error.user_message), icon=":material/error:")
    found = tuple(run for run, _ in opened if run.said.units)
    for run, _ in opened:
        if not run.said.units:
            why = run.why or "No fold has finished yet."
            st.warning(f"{plain(words[run.id])}: nothing to compare. {plain(why)}", icon=":material/hourglass_empty:")
    return Chosen(found, named([run.listed for run in found]), tuple(now for run, now in opened if run.said.units))


def _telling(known: Mapping[str, Listed]) -> tuple[str, ...]:
    """Return what a first visit shows: a pair that tells something, else the first two under one protocol."""
    for pair in TELLING:
        if all(id in known for id in pair):
            return pair
    whole = [one for one in known.values() if one.state == "finished"]
    for protocol in ("artists", "tracks", "filtered", "segments"):
        alike = [one.id for one in whole if one.config.protocol == protocol]
        if len(alike) >= 2:
            return tuple(alike[:2])
    return tuple(known)[:1]


def _asked(known: Container[str]) -> list[str]:
    """Return the ids that were chosen before this run of the page, or that the URL asks for."""
    chosen: list[str] | None = st.session_state.get(links.key("runs"))
    return list(dict.fromkeys(links.in_url("runs", known) if chosen is None else chosen))


def _words(one: Listed) -> str:
    """Return what the list shows of a run."""
    title = shorten(one.title or RECIPES[one.config.recipe].title, 60)
    dot = " \N{MIDDLE DOT} "
    if one.source == "gallery":
        return dot.join([title, one.config.protocol, "gallery"])
    state = [] if one.state == "finished" else [one.state]
    return dot.join([f"{one.id}: {title}", one.config.protocol, shorten(one.config.dataset, 24), *state])


def named(listed: Sequence[Listed]) -> dict[str, str]:
    """Return a short name for each run by its id, no two alike: its title, with what it takes to tell it apart."""
    titles = {one.id: shorten(one.title or RECIPES[one.config.recipe].title, NAMED) for one in listed}
    for details in (
        {one.id: str(one.config.protocol) for one in listed},
        {one.id: "gallery" if one.source == "gallery" else f"run {one.id}" for one in listed},
    ):
        counts = Counter(titles.values())
        titles = {id: f"{title} ({details[id]})" if counts[title] > 1 else title for id, title in titles.items()}
    counts = Counter(titles.values())
    return {id: f"{title} [{id}]" if counts[title] > 1 else title for id, title in titles.items()}


def stamp(id: str) -> tuple[object, ...]:
    """Return what changes when a run does, or what is said of it."""
    if not id.isdecimal():
        return gallery.stamp(id)
    job = jobs.job(int(id))
    return (runs.about(runs.run(job.id)), job.state, job.done, job.ended, *(task.state for task in jobs.tasks(job.id)))


def recorded(id: str) -> Recorded:
    """Return a run, read anew only when it has changed; an MgcError says that it cannot be read."""
    return _opened(id, stamp(id))


@st.cache_resource(max_entries=64, show_spinner=False)
def _opened(id: str, stamp: tuple[object, ...]) -> Recorded:
    return runs.recorded(id)
