"""Where songs come from: files, the microphone, and our own samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.audio.clip import SR
from mgc.genres import GENRES, display_name
from mgc.ui import quota, resources, state
from mgc.ui.classify.listening import Song

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

__all__ = ["has_songs", "songs"]

# Extensions only sort the browser's file dialog; what a file is, its first bytes say (mgc.audio.probe).
EXTENSIONS: Final = (
    "wav", "mp3", "flac", "ogg", "oga", "opus", "m4a", "mp4", "aac", "webm", "aiff", "aif", "aifc", "au", "snd",
)  # fmt: skip
_SAMPLES: Final = {genre: display_name(genre) for genre in GENRES}
_HASHES: Final = "hashes"  # "file_id sha256" of the present songs
_KEPT: Final = "kept_songs"  # (id, name, sha256, bytes) of the present songs, for when the visitor changes the page
_EARLIER: Final = "earlier_songs"  # of those, the ones from before the page was changed
KEPT_MB: Final = 40  # of one session (RELIABILITY 4.3)
MOST_HASHES: Final = 64  # as many as answers are kept


def has_songs() -> bool:
    """Tell, before anything is drawn, whether :func:`songs` is going to return any."""
    earlier = _KEPT if _is_new() else _EARLIER
    handed = (st.session_state.get(key) for key in ("uploads", "recording", earlier))
    return any(handed) or state.current("sample", _SAMPLES) is not None


def songs() -> list[Song]:
    """Draw uploader, microphone and sample clips; return the songs: the sample first, then recording and files."""
    is_new = _is_new()
    files, microphone = st.columns([3, 2], gap="medium")
    uploads = files.file_uploader(
        "Drop songs here",
        type=EXTENSIONS,
        accept_multiple_files=True,
        max_upload_size=quota.upload_mb(),
        key="uploads",
    )
    recording = microphone.audio_input("Or record a few seconds", sample_rate=SR, key="recording")
    sample = state.choose("sample", _SAMPLES, label="Or try a clip synthesised by this program", pills=True)
    found = []
    if sample:
        found.append(
            Song.of(
                f"Our {_SAMPLES[sample]} clip",
                resources.sample_wav(sample),
                id=f"sample-{sample}",
                made_as=sample,
            )
        )
    handed = [] if recording is None else [("Your recording", recording)]
    return found + _with_earlier(_hashed_once([*handed, *((upload.name, upload) for upload in uploads)]), is_new)


def _is_new() -> bool:
    """Tell whether the page was just opened: Streamlit drops the state of its widgets when a page is left."""
    return "uploads" not in st.session_state


def _with_earlier(songs: list[Song], is_new: bool) -> list[Song]:
    """Add the songs from before the visitor looked at another page, which empties Streamlit's own uploader.

    The bytes live in this session's memory and end with it; what would exceed :data:`KEPT_MB` is not kept.
    """
    if is_new:
        st.session_state[_EARLIER] = st.session_state.get(_KEPT, [])
    ids = {song.id for song in songs}
    earlier = [song for song in map(_unpacked, st.session_state.get(_EARLIER, ())) if song.id not in ids]
    if earlier:
        with st.container(horizontal=True, vertical_alignment="center"):
            count = "1 song" if len(earlier) == 1 else f"{len(earlier)} songs"
            st.caption(f"{count} from earlier.", width="content")
            st.button("Remove", key="forget", on_click=_forget, type="tertiary")
    everything, room = [*earlier, *songs], KEPT_MB * 2**20
    kept = []
    for song in everything:
        room -= len(song.data)
        if room >= 0:
            kept.append((song.id, song.name, song.sha256, song.data))
    st.session_state[_KEPT] = kept
    return everything


def _unpacked(kept: tuple[str, str, str, bytes]) -> Song:
    id_, name, sha256, data = kept
    return Song.of(name, data, id=id_, sha256=sha256)


def _forget() -> None:
    st.session_state[_EARLIER] = []


def _hashed_once(handed: list[tuple[str, UploadedFile]]) -> list[Song]:
    """Wrap what the browser sent; a file is hashed when it comes, not at every rerun."""
    known = dict(entry.split() for entry in st.session_state.get(_HASHES, ()))
    songs = [
        Song.of(name, file.getvalue(), id=file.file_id, sha256=known.get(file.file_id, "")) for name, file in handed
    ]
    st.session_state[_HASHES] = [f"{song.id} {song.sha256}" for song in songs[:MOST_HASHES]]
    return songs
