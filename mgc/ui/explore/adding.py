"""Which data set is looked at; the ways to add one; the studio, which is made when it is first asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc import jobs
from mgc.datasets import background as making
from mgc.errors import DatasetError
from mgc.settings import settings
from mgc.ui import background
from mgc.ui.explore import add_dialog, links, selection
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from mgc.datasets.registry import Entry
    from mgc.jobs import Job

__all__ = ["choose_set", "make_studio"]

STUDIO: Final = "studio"
_OTHERS: Final = "explore_others_adding"  # in the session: number of a job that another visitor began
_REMOVED: Final = "explore_removed"  # in the session: id of the data set that was just removed


def choose_set() -> str | None:
    """Draw the picker and return the id of a data set that can be looked at; None while there is nothing to see."""
    _follow()
    entries = _entries()
    asked = st.query_params.get("set", STUDIO)
    if asked == st.session_state.pop(_REMOVED, None):
        st.toast(f"{asked} was removed.", icon=":material/delete:")  # an id: letters, digits, hyphens
    elif asked not in entries:
        st.info(f"There is no data set {plain(shorten(asked))} here; the studio is shown.", icon=":material/link_off:")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        options = {id: _label(entry) for id, entry in entries.items()}
        # 480 px hold the longest title; where there is less room, on a phone, the buttons go below it
        id = links.one("set", options, label="Data set", default=STUDIO, look="select", width=480) or STUDIO
        is_open = settings().shelf == "open"  # a server for everybody shows what its owner put there
        if is_open:
            help = "Add a data set of your own, or GTZAN"
            st.button("Add", key="explore_add", icon=":material/add:", help=help, on_click=add_dialog.open_dialog)
        if is_open and id != STUDIO:
            _remove(id, entries[id])
    background.say_refused()
    if is_open and st.session_state.get(add_dialog.OPEN):
        add_dialog.dialog()
    _watch_adding()
    _watch_others(entries)
    if entries[id].made:
        return id
    make_studio()
    return None


def _entries() -> dict[str, Entry]:
    """Return the registered data sets; report a damaged record and show the others."""
    from mgc.datasets import registry

    found = {}
    for id in registry.ids():
        try:
            found[id] = registry.describe(id)
        except DatasetError as error:
            st.warning(plain(error.user_message), icon=":material/report:")
    return found


def make_studio() -> None:
    """Make the studio while the visitor watches; visitors that come meanwhile watch the same job."""
    job = jobs.find("studio", STUDIO)
    if job is not None and job.state in ("failed", "cancelled"):
        background.settled(job, key="explore_studio_again")
        return
    with st.container(border=True):
        st.markdown("#### The studio is recording", anchors=False)
        st.markdown(
            "Ten genres, six bands each, 120 clips: our own music, synthesised on this machine and free to use. "
            "It is made once: in a minute on a free machine, in a few on a busy one. Then you can hear all of it."
        )
        job = making.make_studio()
        if not job.is_active:  # it ended since this run of the page has begun
            st.rerun()
        background.watch(job, key="explore_studio_stop")


def _follow() -> None:
    """When this visitor's data set is there, show it; to be called before the picker is drawn."""
    job = _mine()
    if job is not None and job.state == "finished":
        links.go(set=job.result["dataset"], view="overview", genre=[], artist=None, only=None, words="")
        del st.session_state[add_dialog.ADDING]


def _watch_adding() -> None:
    job = _mine()
    if job is None:
        return
    if job.is_active:
        with st.container(border=True):
            st.markdown("**Your data set is being added**")
            background.watch(job, key="explore_adding_stop")
        return
    if job.state == "finished":  # it ended while the page was drawn: too late for the picker
        st.rerun()
    if job.state == "failed":
        st.error(plain(job.why), icon=":material/error:", title="The data set could not be added")
    else:
        st.info("The data set was not added: the work was stopped.", icon=":material/stop_circle:")
    if st.button("Dismiss", key="explore_dismiss"):
        del st.session_state[add_dialog.ADDING]
        st.rerun()


def _watch_others(entries: dict[str, Entry]) -> None:
    """Show what another visitor is adding, who may be this one before the page was loaded again."""
    if _OTHERS not in st.session_state and add_dialog.ADDING not in st.session_state:
        adding = next((job for job in jobs.jobs(active=True) if job.kind == "add"), None)
        if adding is not None:
            st.session_state[_OTHERS] = adding.id
    job = background.known(st.session_state.get(_OTHERS))
    if job is None or job.id == st.session_state.get(add_dialog.ADDING):
        return
    if job.is_active:
        with st.container(border=True):
            st.markdown("**A data set is being added**")
            background.watch(job, key="explore_others_stop")
        return
    made = job.result["dataset"] if job.state == "finished" else None
    if made not in entries:
        del st.session_state[_OTHERS]
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/library_add_check: **{plain(_label(entries[made]))}** was added.", width="stretch")
        st.button("Show it", key="explore_show_added", on_click=_show_added, args=(made,), type="primary")


def _show_added(id: str) -> None:
    del st.session_state[_OTHERS]
    links.go(set=id, view="overview", genre=[], artist=None, only=None, words="")


def _mine() -> Job | None:
    """Return the job that adds this visitor's data set."""
    return background.known(st.session_state.get(add_dialog.ADDING))


def _remove(id: str, entry: Entry) -> None:
    with st.popover("", icon=":material/delete:", help="Remove this data set"):
        st.markdown(f"Remove **{plain(shorten(entry.title))}** (`{id}`) from the list? {_what_goes(id)}")
        st.button(
            ":red[Remove]", key=f"explore_remove_{id}", icon=":material/delete_forever:", on_click=_removed, args=(id,)
        )


def _what_goes(id: str) -> str:
    from mgc.datasets import entry, registry

    try:
        path = entry.load(registry.folder(id)).path
    except DatasetError:  # damaged: then it is the record that goes
        path = None
    if path is None or not Path(path).is_absolute():
        return "The copy that was made here is deleted, with all that was measured on it."
    return f"Its files stay where they are, in {plain(path)}; what was measured on them is deleted."


def _removed(id: str) -> None:
    background.attempt(_remove_now, id)


def _remove_now(id: str) -> None:
    making.remove(id)
    selection.forget()
    st.session_state[_REMOVED] = id
    links.go(set=STUDIO, view="overview", genre=[], artist=None, only=None, words="")


def _label(entry: Entry) -> str:
    return f"{shorten(entry.title, 48)} ({entry.tracks:,} tracks)" if entry.made else shorten(entry.title, 48)
