"""Which data set is looked at; the ways to add one; the studio, which is made when it is first asked for."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.errors import DatasetError, MgcError
from mgc.settings import settings
from mgc.ui.explore import add_dialog, links, selection, work
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from mgc.datasets.registry import Entry
    from mgc.ui.explore.work import Work

__all__ = ["choose_set", "make_studio"]

STUDIO: Final = "studio"
_OTHERS: Final = "explore_others_adding"  # in the session: name of work that somebody else began
_REFUSED: Final = "explore_not_removed"  # in the session: why a data set could not be removed, for one run
_REMOVED: Final = "explore_removed"  # in the session: id of the data set that was just removed
_log: Final = logging.getLogger("mgc.ui")


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
    if sentence := st.session_state.pop(_REFUSED, ""):
        st.error(plain(sentence), icon=":material/error:")
    if is_open and st.session_state.get(add_dialog.OPEN):
        add_dialog.dialog(_begin)
    _watch_adding()
    _watch_others(entries)
    if entries[id].made:
        return id
    make_studio()
    return None


def _entries() -> dict[str, Entry]:
    """Return what stands on the shelf; a damaged record is said, and the others are shown."""
    from mgc.datasets import registry

    found = {}
    for id in registry.ids():
        try:
            found[id] = registry.describe(id)
        except DatasetError as error:
            st.warning(plain(error.user_message), icon=":material/report:")
    return found


def make_studio() -> None:
    """Make the studio while the visitor watches; whoever comes meanwhile watches the same work."""
    current = work.find(STUDIO)
    if current is not None and not current.is_running and current.sentence:
        st.error(plain(current.sentence), icon=":material/error:")
        if st.button("Try again", key="explore_studio_again", icon=":material/refresh:"):
            work.finish(STUDIO)
            st.rerun()
        return
    with st.container(border=True):
        st.markdown("#### The studio is recording", anchors=False)
        st.markdown(
            "Ten genres, six bands each, 120 clips: our own music, synthesised on this machine and free to use. "
            "It is made once: in a minute on a free machine, in a few on a busy one. Then you can hear all of it."
        )
        work.start(STUDIO, _studio)
        work.watch(STUDIO)


def _studio(current: Work) -> str:
    from mgc.datasets import registry

    current.begin("Recording")
    id = registry.make_studio(current.tell)
    _look_over(id, current)
    return id


def _look_over(id: str, current: Work) -> None:
    """Validate a new data set and have its sound measured, so that every view has something to show.

    The data set is there whatever happens here: what fails is offered again by the view that lacks it.
    """
    from mgc.datasets import registry, validation
    from mgc.extraction import job

    try:
        current.begin("Checking every file")
        validation.validate(registry.open_dataset(id), current.tell)
        current.begin("Beginning to measure the sound")
        job.start(id)
    except MgcError as error:
        _log.warning("%s: %s (%s)", type(error).__name__, error.user_message, error.details)
    except OSError:
        _log.exception("A new data set could not be looked over")


def _begin(name: str, add: add_dialog.Add) -> Work:
    """Add a data set in the background."""

    def job(current: Work) -> str:
        current.begin("Reading")
        current.made = id = add(current)
        _look_over(id, current)
        return id

    st.session_state[add_dialog.ADDING] = name
    return work.start(name, job)


def _follow() -> None:
    """When this visitor's data set is ready, show it; to be called before the picker is drawn.

    Others may have asked for the same one: the work stays where they find it.
    """
    current = _mine()
    if current is not None and current.result is not None and not current.is_running:
        links.go(set=current.result, view="overview", genre=[], artist=None, only=None, words="")
        del st.session_state[add_dialog.ADDING]


def _watch_adding() -> None:
    current = _mine()
    if current is None:
        return
    if current.is_running:
        with st.container(border=True):
            st.markdown("**Your data set is being added**")
            work.watch(st.session_state[add_dialog.ADDING])
        return
    if current.result is not None:  # it ended while the page was drawn: too late for the picker
        st.rerun()
    st.error(plain(current.sentence), icon=":material/error:", title="The data set could not be added")
    if st.button("Dismiss", key="explore_dismiss"):
        del st.session_state[add_dialog.ADDING]
        st.rerun()


def _watch_others(entries: dict[str, Entry]) -> None:
    """Show what somebody else is adding, who may be this visitor before the page was loaded again."""
    name: str | None = st.session_state.get(_OTHERS)
    current = work.find(name) if name else None
    if name is None and add_dialog.ADDING not in st.session_state and (name := work.running(add_dialog.PREFIX)):
        st.session_state[_OTHERS] = name
        current = work.find(name)
    if name is None or name == st.session_state.get(add_dialog.ADDING):
        return
    if current is not None and current.is_running:
        with st.container(border=True):
            st.markdown("**A data set is being added**")
            work.watch(name)
        return
    made = current.result if current is not None else None
    if made is None or made not in entries:
        del st.session_state[_OTHERS]
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/library_add_check: **{plain(_label(entries[made]))}** was added.", width="stretch")
        st.button("Show it", key="explore_show_added", on_click=_show_added, args=(made,), type="primary")


def _show_added(id: str) -> None:
    del st.session_state[_OTHERS]
    links.go(set=id, view="overview", genre=[], artist=None, only=None, words="")


def _mine() -> Work | None:
    """Return what this visitor is adding."""
    name: str | None = st.session_state.get(add_dialog.ADDING)
    return work.find(name) if name else None


def _remove(id: str, entry: Entry) -> None:
    with st.popover("", icon=":material/delete:", help="Remove this data set"):
        st.markdown(f"Remove **{plain(shorten(entry.title))}** (`{id}`) from the list? {_what_goes(id)}")
        st.button("Remove", key=f"explore_remove_{id}", type="primary", on_click=_removed, args=(id,))


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
    from mgc.datasets import registry
    from mgc.extraction import job

    try:
        job.cancel(id)  # else the engine would go on with what is gone
        registry.remove(id)
    except MgcError as error:  # nothing can be drawn in a callback
        _log.warning("%s: %s (%s)", type(error).__name__, error.user_message, error.details)
        st.session_state[_REFUSED] = error.user_message
        return
    selection.forget()
    st.session_state[_REMOVED] = id
    links.go(set=STUDIO, view="overview", genre=[], artist=None, only=None, words="")


def _label(entry: Entry) -> str:
    return f"{shorten(entry.title, 48)} ({entry.tracks:,} tracks)" if entry.made else shorten(entry.title, 48)
