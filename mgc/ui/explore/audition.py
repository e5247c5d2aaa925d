"""A track to hear at once, wherever one is found: its name, its labels, a player, the way to the large view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.errors import AudioError
from mgc.genres import display_name
from mgc.ui import resources
from mgc.ui.explore import filters
from mgc.ui.text import plain, shorten

if TYPE_CHECKING:
    from pathlib import Path

    from mgc.datasets.base import Track
    from mgc.ui.explore.room import Room

__all__ = ["card", "sound"]

# What every browser plays as it is; anything else is decoded, in the limited child, and becomes WAV.
PLAYABLE: Final = {".wav": "audio/wav", ".mp3": "audio/mpeg", ".flac": "audio/flac", ".ogg": "audio/ogg"}
MOST_BYTES: Final = 20_000_000  # of a file that is handed to a browser


def card(room: Room, id: str, *, key: str, note: str = "", same_artist: bool = False) -> None:
    """Draw a track with its player.

    Parameters
    ----------
    room : Room
    id : str
        of the track
    key : str
        of the elements
    note : str
        one more line about it, plain words
    same_artist : bool
        whether to leave out the button to the large view
    """
    track = room.dataset.track(id)
    with st.container(border=True, gap="xsmall", height="stretch"):
        title = " \N{EN DASH} ".join(shorten(word) for word in (track.artist, track.title) if word)
        st.text(title or track.id)
        st.caption(f"{plain(track.id)} \N{MIDDLE DOT} labelled **{plain(display_name(track.genre))}**")
        if note:
            st.markdown(plain(note))
        _player(track)
        st.button(
            "Listen and look",
            key=f"{key}_open",
            icon=":material/graphic_eq:",
            type="tertiary",
            on_click=filters.open_track,
            args=(id,),
        )


def _player(track: Track) -> None:
    if track.audio is None:
        st.caption(":material/music_off: Its audio is not here.")
        return
    try:
        data, mime = sound(track.audio)
    except AudioError as error:
        st.caption(f":material/music_off: {plain(error.user_message)}")
    except OSError:
        st.caption(":material/music_off: Its file is not there any more.")
    else:
        st.audio(data, format=mime, alt=f"The track {track.id}")


def sound(path: Path) -> tuple[bytes, str]:
    """Return what a browser can play of an audio file, and its type.

    Raises
    ------
    AudioError
        when it cannot be read as audio
    OSError
        when the file is not there
    """
    facts = path.stat()
    mime = PLAYABLE.get(path.suffix.lower())
    if mime and facts.st_size <= MOST_BYTES:
        return path.read_bytes(), mime
    return _decoded(str(path), facts.st_mtime_ns), "audio/wav"


@st.cache_data(max_entries=16, show_spinner=False)
def _decoded(path: str, changed: int) -> bytes:
    from pathlib import Path

    from mgc.audio.decode import decode

    return resources.wav(decode(Path(path).read_bytes()).y)
