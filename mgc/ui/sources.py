"""Where songs come from: files, the microphone, and our own samples."""

from __future__ import annotations

from typing import Final

import streamlit as st

from mgc.audio.clip import SR
from mgc.genres import GENRES, display_name
from mgc.settings import settings
from mgc.ui import resources, state
from mgc.ui.listening import Song

__all__ = ["songs"]

# Extensions only sort the browser's file dialog; what a file is, its first bytes say (mgc.audio.probe).
EXTENSIONS: Final = (
    "wav", "mp3", "flac", "ogg", "oga", "opus", "m4a", "mp4", "aac", "webm", "aiff", "aif", "aifc", "au", "snd",
)  # fmt: skip


def songs() -> list[Song]:
    """Draw the three ways in and return what was handed in: the sample first, then the recording, then the files."""
    files, microphone = st.columns([3, 2], gap="medium")
    uploads = files.file_uploader(
        "Drop songs here",
        type=EXTENSIONS,
        accept_multiple_files=True,
        max_upload_size=settings().max_upload_mb,
        key="uploads",
    )
    recording = microphone.audio_input("Or record a few seconds", sample_rate=SR, key="recording")
    sample = state.choose(
        "sample", {genre: display_name(genre) for genre in GENRES}, label="Or try one of our own clips", pills=True
    )
    found = []
    if sample:
        found.append(Song.of(f"Our {display_name(sample)} clip", resources.sample_wav(sample), id=f"sample-{sample}"))
    if recording is not None:
        found.append(Song.of("Your recording", recording.getvalue(), id=recording.file_id))
    found += [Song.of(upload.name, upload.getvalue(), id=upload.file_id) for upload in uploads]
    return found
