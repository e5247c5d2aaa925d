"""From a song's bytes to everything a page shows of it: computed once per sha256, whatever is chosen later.

The answer comes first: a single song is judged by the models that the chosen one needs, and by the others when the page
shows its answer (:func:`hear`).
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
    from collections.abc import Callable, Iterator

    from mgc.audio.clip import Heard
    from mgc.charts.spectrum_views import View
    from mgc.inference import Analysed, Analysis

__all__ = ["Busy", "Listened", "Outcome", "Refused", "Song", "hear", "playable"]

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

    ``members`` are the ids of the models that analyse it, without votes. Where these are more than ``first``, a result
    of those alone is yielded before: whoever shows it need not wait for the others. The samples are held in between.

    ``on_step`` is called with the name of each step when it begins (``"decoding"``, ``"classifying"``,
    ``"drawing"``), until the first result.
    """
    whole = _known(song, members)
    if whole is not None:
        yield whole
        return
    first = first if first and set(first) < set(members) else members
    outcome, analysed = _known(song, first), None
    if outcome is None:
        try:
            quota.admit()
            outcome, analysed = _work(song, first, on_step)
        except DecoderTimeout as late:  # says more of the machine's load than of the file
            yield Refused(late.user_message)
            return
        except AudioError as error:
            outcome = Refused(error.user_message)
        except ServiceBusy as busy:
            yield Busy(busy.user_message)
            return
        # Also when a model is missing: asking again for the same song would only cost time and quota.
        _keep(song, first, outcome)
    if first == members:
        analysed = None  # 100 MB and more, not to be held for each song of many
    yield outcome
    if first == members or isinstance(outcome, Refused):
        return
    try:
        whole = replace(outcome, analysis=_rest(song, members, analysed))
    except (AudioError, ServiceBusy, ModelError) as error:  # the next time, perhaps
        missing = dict.fromkeys(set(members) - set(first), error.user_message)
        yield replace(outcome, analysis=replace(outcome.analysis, missing={**outcome.analysis.missing, **missing}))
        return
    _keep(song, members, whole)
    yield whole


def _known(song: Song, members: tuple[str, ...]) -> Listened | Refused | None:
    known = resources.results().get((song.sha256, *resources.fingerprints(members)))
    return known if isinstance(known, Listened | Refused) else None


def _keep(song: Song, members: tuple[str, ...], outcome: Outcome) -> None:
    resources.results().put((song.sha256, *resources.fingerprints(members)), outcome)


def _work(song: Song, members: tuple[str, ...], on_step: Callable[[str], None]) -> tuple[Listened, Analysed]:
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
    return listened, analysed


def _rest(song: Song, members: tuple[str, ...], analysed: Analysed | None) -> Analysis:
    """Return the analysis by all of ``members``; ``analysed`` is what some have said, while it is still there."""
    from mgc import inference

    if analysed is not None:
        return inference.ask_more(analysed, members).analysis
    from mgc.audio.decode import decode

    return inference.analyse(decode(song.data), members=members).analysis


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
