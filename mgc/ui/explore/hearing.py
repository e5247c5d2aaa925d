"""From a track of a data set to all that a view can show of it, worked out once per file.

A track's file is known by its path, size and time of change: reading it again to hash it would cost more than asking.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from mgc.audio import probe
from mgc.audio.decode import decode, max_bytes
from mgc.charts import spectrum_views
from mgc.datasets.tables import CLIPS, Table, read_table
from mgc.errors import AudioError, DatasetError, DecoderTimeout, RefusedAudio, ServiceBusy
from mgc.features.descriptors import describe_blocks
from mgc.features.harmonic import separate
from mgc.features.pictures import read_picture
from mgc.features.spectrum import spectrum
from mgc.ui import resources
from mgc.ui.classify import listening

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from mgc.audio.clip import Heard
    from mgc.charts.spectrum_views import View
    from mgc.datasets.base import Track
    from mgc.ui.explore.selection import Selection

__all__ = ["HEAR", "Beats", "Looked", "Sound", "Unheard", "at_once", "beats", "drawn", "is_ready", "look", "numbers",
           "parts", "picture", "playable"]  # fmt: skip

HEAR: Final = {"whole": "Everything", "harmonic": "Harmonic part", "percussive": "Percussive part"}
UNREADABLE: Final = (OSError, AudioError, ServiceBusy)  # what may come of a file, now or for good
_log: Final = logging.getLogger("mgc.ui")
_KEPT: Final = 48  # tracks; some 1.2 MB of pictures each
_MIME: Final = {"WAV": "audio/wav", "FLAC": "audio/flac", "OGG": "audio/ogg", "MP3": "audio/mpeg"}


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A track that could be heard: pictures and numbers, no samples."""

    heard: Heard
    sha256: str  # of the file
    views: dict[str, View]  # as :func:`mgc.charts.spectrum_views.views` names them
    numbers: npt.NDArray[np.float64]  # [shape=(57,)] the descriptors of the whole track


@dataclass(frozen=True, slots=True)
class Unheard:
    """A track that cannot be heard, and the sentence why."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Sound:
    """What a browser plays, and where in it the picture begins [s]."""

    data: bytes
    mime: str
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Beats:
    """The tempo of a track [beats per minute] and its beats [s]."""

    tempo: float
    times: tuple[float, ...]


@st.cache_resource(show_spinner=False)
def _loading() -> threading.Thread:
    """Load librosa once per server, in the background: import and compilation take seconds."""
    thread = threading.Thread(target=_load, name="mgc-librosa", daemon=True)
    thread.start()
    return thread


def _load() -> None:
    spectrum_views.warm_up()
    _log.info("librosa is loaded")


def is_ready() -> bool:
    """Return whether librosa is loaded; the first call begins to load it and returns False."""
    return not _loading().is_alive()


def drawn(track: Track, looked: Looked, name: str) -> View | None:
    """Return a view that is not among ``looked.views``, None when the file cannot be read any more.

    ``name`` is one of :data:`mgc.charts.spectrum_views.MUSICAL_VIEWS` (librosa must be loaded) or
    ``"stft-AXIS-FFT-HOP"``.
    """
    with suppress(*UNREADABLE):
        return _drawn(looked.sha256, name, track)
    return None


def beats(track: Track, looked: Looked) -> Beats | None:
    """Return the beats of a track, None when the file cannot be read any more; librosa must be loaded."""
    with suppress(*UNREADABLE):
        return _beats(looked.sha256, track)
    return None


# The underscore keeps Streamlit from hashing the track: the sha256 of its file says which it is.
@st.cache_resource(show_spinner="Computing", max_entries=_KEPT)
def _drawn(sha256: str, name: str, _track: Track) -> View:
    y = decode(_bytes(_track.audio)).y
    if name in spectrum_views.MUSICAL_VIEWS:
        return spectrum_views.musical_view(name, y)
    _, axis, n_fft, hop_length = name.split("-")
    return spectrum_views.stft(y, axis, int(n_fft), int(hop_length))


@st.cache_resource(show_spinner="Computing", max_entries=_KEPT)
def _beats(sha256: str, _track: Track) -> Beats:
    return Beats(*spectrum_views.beats(decode(_bytes(_track.audio)).y))


def look(track: Track) -> Looked | Unheard:
    """Return everything that can be seen of a track's audio, or why not."""
    if track.audio is None:
        return Unheard("This track has no audio.")
    try:
        return _look(_key(track.audio), track)
    except OSError:
        return Unheard("The audio of this track is listed, but its file can no longer be read.")
    except (DecoderTimeout, ServiceBusy) as late:  # says more of the machine's load than of the file
        return Unheard(late.user_message)


@st.cache_resource(show_spinner="Reading the audio", max_entries=_KEPT)
def _look(key: tuple[str, ...], _track: Track) -> Looked | Unheard:
    try:
        clip = decode(_bytes(_track.audio))
    except DecoderTimeout:
        raise
    except AudioError as error:
        return Unheard(error.user_message)
    transform = spectrum(clip.y)
    descriptors = describe_blocks(transform, seconds=clip.seconds)[0]
    return Looked(clip.heard, clip.sha256, spectrum_views.views(transform), descriptors)


def picture(track: Track) -> npt.NDArray[np.uint8] | None:
    """Return the picture that came with a track [shape=(128, 334), 0..255], or None when there is no usable one."""
    if track.picture is not None:
        with suppress(*UNREADABLE):
            return _picture(_key(track.picture), track.picture)
    return None


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def _picture(key: tuple[str, ...], _path: Path) -> npt.NDArray[np.uint8]:
    with _path.open("rb") as file:
        return read_picture(file.read(probe.MAX_PICTURE_MB * 2**20 + 1))


def playable(track: Track, looked: Looked) -> Sound | None:
    """Return what a browser plays of a track: its own file where browsers know the format, else a WAV of it."""
    with suppress(*UNREADABLE):
        song = listening.Song.of(track.id, _bytes(track.audio), id=track.id, sha256=looked.sha256)
        return Sound(*listening.playable(song, looked.heard))
    return None


def at_once(track: Track) -> Sound | None:
    """Return what a browser plays of a track, without looking at it; None without sound.

    What a browser may not know (AU, AIFF) is decoded to a WAV.
    """
    if track.audio is not None:
        with suppress(*UNREADABLE):
            data = _bytes(track.audio)
            kind = probe.look(data).kind
            return Sound(data, _MIME[kind]) if kind in _MIME else Sound(_wav(_key(track.audio), data), "audio/wav")
    return None


@st.cache_data(show_spinner=False, max_entries=12)
def _wav(key: tuple[str, ...], _data: bytes) -> bytes:
    return resources.wav(decode(_data).y)


def parts(track: Track, looked: Looked, part: str) -> Sound | None:
    """Return the harmonic or the percussive part of a track, or all of it with ``"clicks"`` on the beats, as a WAV."""
    with suppress(*UNREADABLE):
        found = beats(track, looked) if part == "clicks" else None
        return Sound(_part(looked.sha256, part, found.times if found else (), _bytes(track.audio)), "audio/wav")
    return None


@st.cache_data(show_spinner=False, max_entries=8)
def _part(sha256: str, part: str, times: tuple[float, ...], _data: bytes) -> bytes:
    y = decode(_data).y
    if part == "clicks":
        return resources.wav(spectrum_views.with_clicks(y, times))
    return resources.wav(separate(spectrum(y))[0 if part == "harmonic" else 1])


def numbers(track: Track, selection: Selection, looked: Looked | Unheard) -> npt.NDArray[np.float64] | None:
    """Return a track's 57 descriptors: of its audio, else as collected, else its row in Kaggle's table, else None."""
    if isinstance(looked, Looked):
        return looked.numbers
    if selection.collected is not None:
        rows = selection.collected.rows([track.id])
        if len(rows) and selection.collected.has_descriptors[rows[0]]:
            return np.asarray(selection.collected.descriptors[rows[0]])
    path = selection.dataset.tables.get(CLIPS)
    try:
        found = _table(str(path), path.stat().st_mtime_ns).of(track.id) if path else None
    except (OSError, DatasetError):  # no table of Kaggle's: the validation names what is wrong
        return None
    return found[0] if found is not None and len(found) else None


@st.cache_resource(show_spinner=False, max_entries=4)
def _table(path: str, changed: int) -> Table:
    return read_table(path)


def _bytes(path: Path | None) -> bytes:
    """Read a track's file, but never more than is accepted."""
    if path is None:
        raise FileNotFoundError("a track without audio")
    with path.open("rb") as file:
        data = file.read(max_bytes() + 1)
    if len(data) > max_bytes():
        raise RefusedAudio(f"The file of this track is larger than {max_bytes() // 2**20} MB; it is not opened here.")
    return data


def _key(path: Path) -> tuple[str, ...]:
    found = path.stat()
    return (hashlib.sha256(str(path).encode()).hexdigest(), str(found.st_size), str(found.st_mtime_ns))
