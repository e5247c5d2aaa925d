"""The dialog with the ways to add a data set: a ZIP, clips of one's own, GTZAN, a folder of this machine."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc import jobs
from mgc.audio.clip import span
from mgc.datasets import background
from mgc.datasets.folder import genre_name
from mgc.errors import MgcError
from mgc.settings import settings
from mgc.ui import background as watching
from mgc.ui import quota
from mgc.ui.classify.sources import EXTENSIONS
from mgc.ui.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from mgc.jobs import Job

__all__ = ["ADDING", "OPEN", "dialog", "open_dialog"]

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
def dialog() -> None:
    """Draw the ways to add one.

    The dialog closes as soon as the data set is there. One that cannot be added leaves it open, with what was chosen
    and typed; work under way goes on when the dialog is closed.
    """
    archive, clips, gtzan, folder = st.tabs(["ZIP", "Your own clips", "GTZAN", "Folder"])
    with archive:
        _zip()
    with clips:
        _clips()
    with gtzan:
        _gtzan()
    with folder:
        _folder()


def _zip() -> None:
    st.markdown("One folder per genre, at least two of them: `jazz/one.mp3`, `jazz/two.wav`, `tango/three.flac`.")
    most = min(ZIP_MB, quota.server_mb())
    label = f"A ZIP of up to {most} MB; larger ones under Folder"
    file = st.file_uploader(label, type=["zip"], max_upload_size=most, key="explore_zip")
    if _go("Add the ZIP", "explore_zip_go", disabled=file is None) and file is not None:
        _begin(background.add_zip, file.name, file, file.file_id)


def _clips() -> None:
    title = st.text_input("Name of the data set", value="My clips", max_chars=60, key="explore_clips_title")
    count = int(st.session_state.get("explore_classes", LEAST_CLASSES))
    genres: dict[str, list[Any]] = {}
    for i in range(count):
        with st.container(border=True, gap="xsmall"):
            name = st.text_input(f"Genre {i + 1}", max_chars=40, key=f"explore_class_{i}", placeholder="a name")
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
    if count < MOST_CLASSES and st.button("One more genre", key="explore_more", icon=":material/add:", type="tertiary"):
        st.session_state["explore_classes"] = count + 1
        st.rerun(scope="fragment")
    clicked = _go("Add these clips", "explore_clips_go")  # never greyed: a click that leaves a field comes before it
    if clicked and len({genre_name(name) for name in genres}) < LEAST_CLASSES:
        _say("Two genres are needed, with different names and at least one clip each.")
    elif clicked:
        handed = {name: [(file.name, file.getvalue()) for file in files] for name, files in genres.items()}
        token = " ".join(file.file_id for files in genres.values() for file in files)
        _begin(background.add_clips, title.strip() or "My clips", handed, hashlib.sha256(token.encode()).hexdigest())


def _gtzan() -> None:
    st.markdown(
        "The data set that most papers use: 1,000 clips of 30 s in ten genres, 1.2 GB. It carries **no licence**; "
        "use it to learn and to compare, and publish nothing of it."
    )
    places = {"kaggle": "Kaggle (sound, pictures, tables)", "huggingface": "Hugging Face (sound)"}
    place = st.radio("From", list(places), format_func=places.__getitem__, key="explore_gtzan_from")
    if _go("Download", "explore_gtzan_go"):
        _begin(background.add_gtzan, place)


def _folder() -> None:
    st.markdown(
        "A folder on the machine that this app runs on: GTZAN as Kaggle, Marsyas or Hugging Face lay it out, or any "
        "folder with one folder per genre. Nothing is copied, nothing is changed."
    )
    path = st.text_input("Path", key="explore_path", placeholder="/data/gtzan", max_chars=4096).strip()
    clicked = _go("Add the folder", "explore_path_go")
    if clicked and not path:
        _say("Give the path of a folder or of a ZIP file.")
    elif clicked:
        _begin(background.add_path, path)


def _go(label: str, key: str, *, disabled: bool = False) -> bool:
    clicked = st.button(label, key=key, type="primary", disabled=disabled)
    st.caption(f"Every file is checked; of long ones the middle {span(settings().max_seconds)} are heard.")
    return clicked


def _say(sentence: str) -> None:
    st.error(sentence, icon=":material/error:")


def _begin(add: Callable[..., Job], *given: object) -> None:
    """Start a job, and stay until the data set is there, or cannot be added."""
    try:
        job = add(*given)
    except MgcError as error:
        _say(plain(error.user_message))
        return
    st.session_state[ADDING] = job.id
    place = st.empty()
    with place.container():
        bar = st.empty()
        st.button("Stop", key="explore_dialog_stop", icon=":material/stop:", on_click=_stop, args=(job.id,))

    def progress(now: Job) -> None:  # a click on Stop, or on the dialog's cross, ends this run of it here
        bar.progress(watching.share(now), text=watching.words(now))

    job = jobs.wait(job.id, progress)
    if job.state == "finished":
        _close()
        st.rerun()
    place.error(plain(job.why or "The work was stopped."), icon=":material/error:")
    st.session_state.pop(ADDING, None)  # said here: the page need not say it again


def _stop(id: int) -> None:
    watching.attempt(jobs.cancel, id)
    st.session_state.pop(ADDING, None)
