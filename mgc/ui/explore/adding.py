"""Which data set is looked at; the ways to add one; the studio, which is made when it is first asked for."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc import jobs
from mgc.audio.clip import span
from mgc.datasets import background as adding_jobs
from mgc.datasets import entry as entries
from mgc.datasets import registry
from mgc.datasets.folder import genre_name
from mgc.errors import DatasetError, MgcError
from mgc.settings import settings
from mgc.ui import background, links, quota
from mgc.ui.classify import EXTENSIONS
from mgc.ui.explore import extraction, selection
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from mgc.datasets.registry import Entry
    from mgc.jobs import Job

__all__ = ["ADDING", "OPEN", "choose_set", "make_studio", "open_dialog"]

STUDIO: Final = "studio"
ERROR: Final = ":material/error:"
_OTHERS: Final = "explore_others_adding"  # in the session: number of a job that another visitor began
_REMOVED: Final = "explore_removed"  # in the session: id of the data set that was just removed


def choose_set() -> str | None:
    """Draw the picker and return the id of a data set that can be looked at; None while there is nothing to see."""
    _follow()
    known = _entries()
    asked = st.query_params.get("set", STUDIO)
    if asked == st.session_state.pop(_REMOVED, None):
        st.toast(f"{asked} was removed.", icon=":material/delete:")  # an id: letters, digits, hyphens
    elif asked not in known:
        st.info(f"There is no data set {plain(shorten(asked))}; the studio is shown.", icon=":material/link_off:")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        options = {id: _label(entry) for id, entry in known.items()}
        # 480 px hold the longest title; where there is less room, on a phone, the buttons go below it
        id = links.one("set", options, label="Data set", default=STUDIO, look="select", width=480)
        is_open = settings().registry == "open"  # a server for everybody shows what its owner put there
        if is_open:
            help = "Add your own data set or GTZAN"
            st.button("Add", key="explore_add", icon=":material/add:", help=help, on_click=open_dialog)
        if is_open and id != STUDIO:
            _remove(id, known[id])
    background.say_refused()
    if is_open and st.session_state.get(OPEN):
        _dialog()
    _watch_adding()
    _watch_others(known)
    if known[id].made:
        return id
    make_studio()
    return None


def _entries() -> dict[str, Entry]:
    """Return the registered data sets; report a damaged record and show the others."""
    found = {}
    for id in registry.ids():
        try:
            found[id] = registry.describe(id)
        except DatasetError as error:
            st.warning(plain(error.user_message), icon=":material/report:")
    return found


def make_studio() -> None:
    """Make the studio while the visitor watches; visitors that come meanwhile watch the same job."""
    words = (
        f"#### The studio data set is being synthesised\n{10 * settings().studio_songs} clips of our own music in ten "
        "genres, free to use. This happens once and takes a few minutes."
    )
    extraction.work(jobs.find("studio", STUDIO), adding_jobs.make_studio, words, key="explore_studio")


def _follow() -> None:
    """When this visitor's data set is there, show it; to be called before the picker is drawn."""
    job = _mine()
    if job is not None and job.state == "finished":
        selection.open_set(job.result["dataset"])
        del st.session_state[ADDING]


def _watch_adding() -> None:
    job = _mine()
    if job is None or _is_watched(job, "**Your data set is being added**", "explore_adding_stop"):
        return
    if job.state == "finished":  # it ended while the page was drawn: too late for the picker
        st.rerun()
    if job.state == "failed":
        st.error(plain(job.why), icon=ERROR, title="The data set could not be added")
    else:
        st.info("The data set was not added: the job was stopped.", icon=":material/stop_circle:")
    if st.button("Dismiss", key="explore_dismiss"):
        del st.session_state[ADDING]
        st.rerun()


def _is_watched(job: Job, words: str, key: str) -> bool:
    """Draw a job, and return True, while it is active."""
    if job.is_active:
        with st.container(border=True):
            st.markdown(words)
            background.watch(job, key=key)
    return job.is_active


def _watch_others(known: dict[str, Entry]) -> None:
    """Show what another visitor is adding, who may be this one before the page was loaded again."""
    if _OTHERS not in st.session_state and ADDING not in st.session_state:
        adding = next((job for job in jobs.jobs(active=True) if job.kind == "add"), None)
        if adding is not None:
            st.session_state[_OTHERS] = adding.id
    job = background.known(st.session_state.get(_OTHERS))
    if job is None or job.id == st.session_state.get(ADDING):
        return
    if _is_watched(job, "**A data set is being added**", "explore_others_stop"):
        return
    made = job.result["dataset"] if job.state == "finished" else None
    if made not in known:
        del st.session_state[_OTHERS]
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/library_add_check: **{plain(_label(known[made]))}** was added.", width="stretch")
        st.button("Show it", key="explore_show_added", on_click=_show_added, args=(made,), type="primary")


def _show_added(id: str) -> None:
    del st.session_state[_OTHERS]
    selection.open_set(id)


def _mine() -> Job | None:
    """Return the job that adds this visitor's data set."""
    return background.known(st.session_state.get(ADDING))


def _remove(id: str, entry: Entry) -> None:
    with st.popover("", icon=":material/delete:", help="Remove this data set"):
        st.markdown(f"Remove **{plain(shorten(entry.title))}** (`{id}`)? {_what_goes(id)}")
        key, icon, given = f"explore_remove_{id}", ":material/delete_forever:", (_remove_now, id)
        st.button(":red[Remove]", key=key, icon=icon, on_click=background.attempt, args=given)


def _what_goes(id: str) -> str:
    try:
        path = entries.load(registry.folder(id)).path
    except DatasetError:  # damaged: then it is the record that goes
        path = None
    if path is None or not Path(path).is_absolute():
        return "This deletes the copy on this server and all results computed from it."
    return f"This deletes all results computed from it; its files in {plain(path)} are kept."


def _remove_now(id: str) -> None:
    adding_jobs.remove(id)
    selection.forget()
    st.session_state[_REMOVED] = id
    selection.open_set(STUDIO)


def _label(entry: Entry) -> str:
    return f"{shorten(entry.title, 48)} ({entry.tracks:,} tracks)" if entry.made else shorten(entry.title, 48)


ADDING: Final = "explore_adding"  # in the session: number of this visitor's job, until its end has been shown
OPEN: Final = "explore_dialog"  # in the session: the dialog is open; a rerun of the page opens it again as it was
MOST_CLASSES: Final = 10
LEAST_CLASSES: Final = 2
ZIP_MB: Final = 200  # what is uploaded is held in memory; larger collections come by their path


def open_dialog() -> None:
    """Have the dialog drawn from the next run on; a callback."""
    st.session_state[OPEN] = True


def _close() -> None:
    st.session_state.pop(OPEN, None)


@st.dialog("Add a data set", width="medium", icon=":material/library_add:", on_dismiss=_close)
def _dialog() -> None:
    """Draw the ways to add one.

    The dialog closes as soon as the data set is there. One that cannot be added leaves it open, with what was chosen
    and typed; work under way goes on when the dialog is closed.
    """
    ways = {"ZIP": _zip, "Your own clips": _clips, "GTZAN": _gtzan, "Folder": _folder}
    for tab, draw in zip(st.tabs(list(ways)), ways.values(), strict=True):
        with tab:
            draw()


def _zip() -> None:
    st.markdown("One folder per genre, at least two: `jazz/one.mp3`, `jazz/two.wav`, `tango/three.flac`.")
    most = min(ZIP_MB, quota.server_mb())
    label = f"ZIP file of up to {most} MB; add larger ones under Folder"
    file = st.file_uploader(label, type=["zip"], max_upload_size=most, key="explore_zip")
    if _go("Add the ZIP", "explore_zip_go", disabled=file is None) and file is not None:
        _begin(adding_jobs.add_zip, file.name, file, file.file_id)


def _clips() -> None:
    title = st.text_input("Name of the data set", value="My clips", max_chars=60, key="explore_clips_title")
    count = int(st.session_state.get("explore_classes", LEAST_CLASSES))
    genres: dict[str, list[Any]] = {}
    for i in range(count):
        with st.container(border=True, gap="xsmall"):
            name = st.text_input(
                f"Genre {i + 1}", max_chars=40, key=f"explore_class_{i}", placeholder="Name, e.g. tango"
            )
            files = st.file_uploader(
                f"Clips of genre {i + 1}",
                type=EXTENSIONS,
                accept_multiple_files=True,
                max_upload_size=quota.upload_mb(),
                key=f"explore_clips_{i}",
                label_visibility="collapsed",
            )
            if name.strip() and files:
                genres.setdefault(name.strip(), []).extend(files)
    more = "Add another genre"
    if count < MOST_CLASSES and st.button(more, key="explore_more", icon=":material/add:", type="tertiary"):
        st.session_state["explore_classes"] = count + 1
        st.rerun(scope="fragment")
    clicked = _go("Add these clips", "explore_clips_go")  # never greyed: a click that leaves a field comes before it
    if clicked and len({genre_name(name) for name in genres}) < LEAST_CLASSES:
        st.error("Name at least two different genres and add at least one clip to each.", icon=ERROR)
    elif clicked:
        handed = {name: [(file.name, file.getvalue()) for file in files] for name, files in genres.items()}
        token = " ".join(file.file_id for files in genres.values() for file in files)
        _begin(adding_jobs.add_clips, title.strip() or "My clips", handed, hashlib.sha256(token.encode()).hexdigest())


def _gtzan() -> None:
    st.markdown(
        "The data set that most papers use: 1,000 clips of 30 s in ten genres, 1.2 GB. It carries **no licence**; "
        "use it to learn and to compare, and do not publish any of it."
    )
    places = {"kaggle": "Kaggle (sound, pictures, tables)", "huggingface": "Hugging Face (sound)"}
    place = st.radio("Download from", list(places), format_func=places.__getitem__, key="explore_gtzan_from")
    if _go("Download", "explore_gtzan_go"):
        _begin(adding_jobs.add_gtzan, place)


def _folder() -> None:
    st.markdown(
        "A folder on the server: GTZAN in the layout of Kaggle, Marsyas or Hugging Face, or any folder with a "
        "subfolder for each genre. Files are neither copied nor changed."
    )
    path = st.text_input("Path", key="explore_path", placeholder="/data/gtzan", max_chars=4096).strip()
    clicked = _go("Add the folder", "explore_path_go")
    if clicked and not path:
        st.error("Enter the path of a folder or a ZIP file.", icon=ERROR)
    elif clicked:
        _begin(adding_jobs.add_path, path)


def _go(label: str, key: str, *, disabled: bool = False) -> bool:
    clicked = st.button(label, key=key, type="primary", disabled=disabled)
    st.caption(f"Every file is checked; only the middle {span(settings().max_seconds)} of long files are analysed.")
    return clicked


def _begin(add: Callable[..., Job], *given: object) -> None:
    """Start a job, and stay until the data set is there, or cannot be added."""
    try:
        job = add(*given)
    except MgcError as error:
        st.error(plain(error.user_message), icon=ERROR)
        return
    st.session_state[ADDING] = job.id
    place = st.empty()
    with place.container():
        bar = st.empty()
        st.button("Stop", key="explore_dialog_stop", icon=":material/stop:", on_click=_stop, args=(job.id,))

    def progress(now: Job) -> None:  # a click on Stop, or on the dialog's cross, ends this run of it here
        bar.progress(background.share(now), text=background.words(now))

    job = jobs.wait(job.id, progress)
    if job.state == "finished":
        _close()
        st.rerun()
    place.error(plain(job.why or "The job was stopped."), icon=ERROR)
    st.session_state.pop(ADDING, None)  # said here: the page need not say it again


def _stop(id: int) -> None:
    background.attempt(jobs.cancel, id)
    st.session_state.pop(ADDING, None)
