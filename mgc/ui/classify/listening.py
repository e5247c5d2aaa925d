"""From a song's bytes to everything a page shows of it: computed once per sha256, whatever is chosen later.

The answer comes first: a single song is judged by the models that the chosen one needs, and by the others when the
page shows its answer (:func:`hear`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from mgc.charts import sound
from mgc.errors import AudioError, DecoderTimeout, ModelError, ServiceBusy
from mgc.ui import quota, resources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mgc.audio.clip import Clip, Heard
    from mgc.charts.spectrum_views import View
    from mgc.inference import Analysis, Hearing

__all__ = ["Busy", "Held", "Listened", "Outcome", "Refused", "Song", "hear", "known", "playable"]

# What a browser is told it gets. Formats that are not here (AIFF, AU) no browser plays: they become WAV.
MIME: Final = {
    "WAV": "audio/wav",
    "MP3": "audio/mpeg",
    "FLAC": "audio/flac",
    "Ogg Vorbis": "audio/ogg",
    "Opus": "audio/ogg",
    "M4A/AAC": "audio/mp4",
    "WebM": "audio/webm",
}


@dataclass(frozen=True, slots=True)
class Song:
    """A visitor's song: bytes and a name, neither of them to be trusted."""

    id: str  # unlike that of any other upload, also of the same bytes
    name: str
    data: bytes
    sha256: str
    made_as: str = ""  # the genre that one of our own samples was made as

    @classmethod
    def of(cls, name: str, data: bytes, *, id: str, sha256: str = "", made_as: str = "") -> Song:
        """Wrap bytes and name; ``sha256`` where it is known already."""
        return cls(id, name, data, sha256 or hashlib.sha256(data).hexdigest(), made_as)


@dataclass(frozen=True, slots=True, eq=False)
class Listened:
    """An analysed song: small things only, no samples."""

    heard: Heard
    analysis: Analysis
    pictures: sound.Pictures
    seen: View  # the mel columns that are the picture network's input
    known: str = ""  # id of the GTZAN clip it is, sample for sample


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What further models are asked about."""

    clip: Clip
    heard: Hearing | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A song that cannot be analysed."""

    sentence: str  # why


@dataclass(frozen=True, slots=True)
class Busy:
    """A song that has to wait."""

    sentence: str  # how long


Outcome = Listened | Refused | Busy


def hear(
    song: Song, members: tuple[str, ...], on_step: Callable[[str], None], *, first: tuple[str, ...] = ()
) -> Iterator[Outcome]:
    """Yield the result of decoding, analysing and drawing a song, from the cache where it is there.

    ``members`` are the ids of the models that analyse it, without votes. If ``first`` is only a part of them, the
    result of ``first`` comes first, then that of all. In between the decoded song is held.

    ``on_step`` is called with the name of each step when it begins (``"decoding"``, ``"classifying"``,
    ``"drawing"``), until the first result.
    """
    key = (song.sha256, *resources.fingerprints(members))  # of the models as they are now
    first = first or members
    outcome = _kept(key, first)
    held: Held | None = None
    if outcome is None:
        try:
            quota.admit()
            outcome, held = _first(song, first, members, on_step)
        except DecoderTimeout as late:  # says more of the machine's load than of the file
            yield Refused(late.user_message)
            return
        except AudioError as error:
            outcome = Refused(error.user_message)
        except ServiceBusy as busy:
            yield Busy(busy.user_message)
            return
        # Also when a model is missing: asking again for the same song would only cost time and quota.
        resources.results().put(key, outcome)
    if isinstance(outcome, Refused) or outcome.analysis.was_asked(*members):
        held = None  # 20 MB, not to be kept for each song of many
        yield outcome
        return
    yield outcome
    try:
        if held is None:
            quota.admit()
        whole = replace(outcome, analysis=_rest(song, members, outcome.analysis, held))
    except (DecoderTimeout, ServiceBusy) as busy:
        yield Busy(busy.user_message)
        return
    except (AudioError, ModelError) as error:  # the next time it would be the same
        missing = {name: error.user_message for name in members if not outcome.analysis.was_asked(name)}
        missing |= outcome.analysis.missing
        whole = replace(outcome, analysis=replace(outcome.analysis, missing=missing))
    resources.results().put(key, whole)
    yield whole


def known(songs: Sequence[Song], members: tuple[str, ...]) -> dict[int, Outcome]:
    """Return by number what :func:`hear` yields for those songs that need not be heard again."""
    models, found = resources.fingerprints(members), dict[int, Outcome]()
    for i, song in enumerate(songs):
        kept = _kept((song.sha256, *models), members)
        if kept is not None:
            found[i] = kept
    return found


def _kept(key: tuple[str, ...], members: tuple[str, ...]) -> Listened | Refused | None:
    kept = resources.results().get(key)
    if isinstance(kept, Refused) or (isinstance(kept, Listened) and kept.analysis.was_asked(*members)):
        return kept
    return None


def _first(
    song: Song, first: tuple[str, ...], members: tuple[str, ...], on_step: Callable[[str], None]
) -> tuple[Listened, Held]:
    """Work out a song by the models ``first``; where none of them can be used, by all."""
    try:
        return _work(song, first, on_step)
    except ModelError:
        if set(first) == set(members):
            raise
        return _work(song, members, on_step)


def _work(song: Song, members: tuple[str, ...], on_step: Callable[[str], None]) -> tuple[Listened, Held]:
    on_step("decoding")
    from mgc.audio.decode import decode

    clip = decode(song.data)
    on_step("classifying")
    from mgc import inference

    analysed = inference.analyse(clip, members=members)
    on_step("drawing")
    from mgc.charts.spectrum_views import columns_view
    from mgc.datasets.gtzan import known_clip

    listened = Listened(
        heard=clip.heard,
        analysis=analysed.analysis,
        pictures=sound.pictures(analysed.transform),
        seen=columns_view(analysed.columns),
        known=known_clip(clip.y),
    )
    return listened, Held(clip, analysed.heard)


def _rest(song: Song, members: tuple[str, ...], so_far: Analysis, held: Held | None) -> Analysis:
    """Return the analysis by all of ``members``; ``held`` is there unless another run has asked the first of them."""
    from mgc import inference

    if held is None:
        from mgc.audio.decode import decode

        held = Held(decode(song.data), None)
    return inference.ask_more(held.clip, so_far, members, heard=held.heard)


def playable(song: Song, heard: Heard) -> tuple[bytes, str, float]:
    """Return bytes that a browser can play, their MIME type, and where the used stretch begins in them, in seconds."""
    if heard.format in MIME:
        raw_aac = heard.format == "M4A/AAC" and song.data[4:8] != b"ftyp"
        return song.data, "audio/aac" if raw_aac else MIME[heard.format], heard.used_start
    return _as_wav(song.sha256, song.data), "audio/wav", 0.0


@st.cache_data(show_spinner=False, max_entries=4)
def _as_wav(sha256: str, _data: bytes) -> bytes:
    from mgc.audio.decode import decode

    return resources.wav(decode(_data).y)
