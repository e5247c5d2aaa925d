"""The dialog with the ways to add a data set: a ZIP, clips of one's own, GTZAN, a folder of this machine."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.audio.clip import span
from mgc.datasets.folder import genre_name
from mgc.settings import settings
from mgc.ui import quota
from mgc.ui.classify.sources import EXTENSIONS
from mgc.ui.explore import work
from mgc.ui.text import plain

if TYPE_CHECKING:
    from typing import Any

    from mgc.ui.explore.work import Work

__all__ = ["ADDING", "OPEN", "PREFIX", "Add", "Begin", "dialog", "open_dialog"]

Add = Callable[["Work"], str]  # does the work and returns the id
Begin = Callable[[str, Add], "Work"]

ADDING: Final = "explore_adding"  # in the session: name of this visitor's work, until its end has been shown
PREFIX: Final = "add-"  # of the names of such work
OPEN: Final = "explore_dialog"  # in the session: the dialog is open; a rerun of the page opens it again as it was
MOST_CLASSES: Final = 10
LEAST_CLASSES: Final = 2
TICK: Final = 0.2  # s between two looks at the work while the dialog is open
ZIP_MB: Final = 200  # what is uploaded is held in memory; larger collections come by their path


def open_dialog() -> None:
    """Have the dialog drawn from the next run on; a callback."""
    st.session_state[OPEN] = True


def _close() -> None:
    st.session_state.pop(OPEN, None)


@st.dialog("Add a data set", width="medium", icon=":material/library_add:", on_dismiss=_close)
def dialog(begin: Begin) -> None:
    """Draw the ways; ``begin`` is called with a name for the work and what is to be done.

    The dialog closes as soon as the data set is there. One that cannot be added leaves it open, with what was chosen
    and typed; work under way goes on when the dialog is closed.
    """
    archive, clips, gtzan, folder = st.tabs(["ZIP", "Your own clips", "GTZAN", "Folder"])
    with archive:
        _zip(begin)
    with clips:
        _clips(begin)
    with gtzan:
        _gtzan(begin)
    with folder:
        _folder(begin)


def _zip(begin: Begin) -> None:
    st.markdown("One folder per genre, at least two of them: `jazz/one.mp3`, `jazz/two.wav`, `tango/three.flac`.")
    most = min(ZIP_MB, quota.server_mb())
    label = f"A ZIP of up to {most} MB; larger ones under Folder"
    file = st.file_uploader(label, type=["zip"], max_upload_size=most, key="explore_zip")
    if _go("Add the ZIP", "explore_zip_go", disabled=file is None) and file is not None:

        def add(current: Work) -> str:
            from mgc.datasets import registry

            current.begin("Unpacking")
            return registry.add_zip(file.name, file, current.tell)

        _begin(begin, file.file_id, add)


def _clips(begin: Begin) -> None:
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

        def add(current: Work) -> str:
            from mgc.datasets import registry

            return registry.add_clips(title.strip() or "My clips", handed)

        _begin(begin, "".join(file.file_id for files in genres.values() for file in files), add)


def _gtzan(begin: Begin) -> None:
    st.markdown(
        "The data set that most papers use: 1,000 clips of 30 s in ten genres, 1.2 GB. It carries **no licence**; "
        "use it to learn and to compare, and publish nothing of it."
    )
    places = {"kaggle": "Kaggle (sound, pictures, tables)", "huggingface": "Hugging Face (sound)"}
    place = st.radio("From", list(places), format_func=places.__getitem__, key="explore_gtzan_from")
    if _go("Download", "explore_gtzan_go"):

        def add(current: Work) -> str:
            from mgc.datasets import registry

            current.begin("Downloading GTZAN")
            return registry.add_gtzan(
                place, current.tell, lambda done, total: current.say("Unpacking GTZAN", done, total)
            )

        _begin(begin, f"gtzan-{place}", add)


def _folder(begin: Begin) -> None:
    st.markdown(
        "A folder on the machine that this app runs on: GTZAN as Kaggle, Marsyas or Hugging Face lay it out, or any "
        "folder with one folder per genre. Nothing is copied, nothing is changed."
    )
    path = st.text_input("Path", key="explore_path", placeholder="/data/gtzan", max_chars=4096).strip()
    clicked = _go("Add the folder", "explore_path_go")
    if clicked and not path:
        _say("Give the path of a folder or of a ZIP file.")
    elif clicked:

        def add(current: Work) -> str:
            from mgc.datasets import registry

            return registry.add_path(path, lambda done, total: current.say("Unpacking", done, total))

        _begin(begin, path, add)


def _go(label: str, key: str, *, disabled: bool = False) -> bool:
    clicked = st.button(label, key=key, type="primary", disabled=disabled)
    st.caption(f"Every file is checked; of long ones the middle {span(settings().max_seconds)} are heard.")
    return clicked


def _say(sentence: str) -> None:
    st.error(sentence, icon=":material/error:")


def _begin(begin: Begin, what: str, add: Add) -> None:
    """Begin, under a name that is neither a path nor a stranger's text, and stay until the data set is there."""
    name = f"{PREFIX}{hashlib.sha256(what.encode()).hexdigest()[:16]}"
    current = begin(name, add)
    place = st.empty()
    while current.is_running and current.made is None:
        place.progress(current.share or 0.0, text=work.words(current))
        time.sleep(TICK)
    if current.made is not None:
        _close()
        st.rerun()
    place.error(plain(current.sentence), icon=":material/error:")
    st.session_state.pop(ADDING, None)  # said here: the page need not say it again
