"""Where songs come from: files, the microphone, and our own samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.audio.clip import SR
from mgc.genres import GENRES, display_name
from mgc.ui import quota, resources, state
from mgc.ui.listening import Song

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

__all__ = ["songs"]

# Extensions only sort the browser's file dialog; what a file is, its first bytes say (mgc.audio.probe).
EXTENSIONS: Final = (
    "wav", "mp3", "flac", "ogg", "oga", "opus", "m4a", "mp4", "aac", "webm", "aiff", "aif", "aifc", "au", "snd",
)  # fmt: skip
_HASHES: Final = "hashes"  # "file_id sha256" of what is handed in now
MOST_HASHES: Final = 64  # as many as the shelf has answers


def songs() -> list[Song]:
    """Draw the three ways in and return what was handed in: the sample first, then the recording, then the files."""
    files, microphone = st.columns([3, 2], gap="medium")
    uploads = files.file_uploader(
        "Drop songs here",
        type=EXTENSIONS,
        accept_multiple_files=True,
        max_upload_size=quota.upload_mb(),
        key="uploads",
    )
    recording = microphone.audio_input("Or record a few seconds", sample_rate=SR, key="recording")
    sample = state.choose(
        "sample", {genre: display_name(genre) for genre in GENRES}, label="Or try one of our own clips", pills=True
    )
    found = []
    if sample:
        found.append(Song.of(f"Our {display_name(sample)} clip", resources.sample_wav(sample), id=f"sample-{sample}"))
    handed = [] if recording is None else [("Your recording", recording)]
    return found + _hashed_once([*handed, *((upload.name, upload) for upload in uploads)])


def _hashed_once(handed: list[tuple[str, UploadedFile]]) -> list[Song]:
    """Wrap what the browser sent; a file is hashed when it comes, not at every rerun."""
    known = dict(entry.split() for entry in st.session_state.get(_HASHES, ()))
    songs = [
        Song.of(name, file.getvalue(), id=file.file_id, sha256=known.get(file.file_id, "")) for name, file in handed
    ]
    st.session_state[_HASHES] = [f"{song.id} {song.sha256}" for song in songs[:MOST_HASHES]]
    return songs
