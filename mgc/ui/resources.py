"""What all sessions share: the models' cards, answers already worked out, our sample clips, the warm-up."""

from __future__ import annotations

import gc
import importlib
import logging
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import streamlit as st

from mgc import jobs
from mgc.audio.clip import wav
from mgc.errors import MgcError
from mgc.evaluation import one_table as records

if TYPE_CHECKING:
    from mgc.evaluation.one_table import Row
    from mgc.models.card import Card

__all__ = ["ResultCache", "cards", "fingerprints", "one_table", "results", "sample_wav", "start_warm_up", "wav"]

V = TypeVar("V")
KEPT: Final = 64  # answers; each some 0.3 MB of pictures and probabilities, never a waveform
RECONCILE: Final = 10.0  # s between two looks for jobs whose process is gone

_log: Final = logging.getLogger("mgc.ui")


class ResultCache(Generic[V]):
    """A small thread-safe cache with a look-up of its own, so that progress is shown only for real work.

    Keys hold the sha256 of the bytes (Streamlit hashes large arrays from a sample); the least recently used entry goes.
    """

    def __init__(self, size: int = KEPT) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._entries: OrderedDict[tuple[str, ...], V] = OrderedDict()

    def get(self, key: tuple[str, ...]) -> V | None:
        """Return what is kept under ``key``, or None."""
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
            return self._entries.get(key)

    def put(self, key: tuple[str, ...], value: V) -> None:
        """Keep ``value``."""
        with self._lock:
            self._entries[key] = value
            self._entries.move_to_end(key)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)


@st.cache_resource(show_spinner=False)
def results() -> ResultCache[object]:
    """Return the server's one cache of answers."""
    return ResultCache()


def cards() -> tuple[dict[str, Card], tuple[str, ...]]:
    """Return the usable models' cards by id (the default first), and one sentence for each model that is not usable."""
    from mgc.models.catalog import catalog

    known = catalog()  # verified once per process
    problems = tuple(f"The model {name} cannot be used. {reason}" for name, reason in known.broken().items())
    return {card.id: card for card in known.cards()}, problems


def fingerprints(members: tuple[str, ...]) -> tuple[str, ...]:
    """Return what names these models in a cache's key: a model that was replaced under its id is another one.

    Whether YAMNet is at hand is part of it, too: with it a song's tags are known.
    """
    from mgc.features import yamnet

    known, _ = cards()
    weights = ((name, known[name].weights if name in known else None) for name in members)
    named = tuple(f"{name} {held.sha256}" if held else name for name, held in weights)
    heard = yamnet.fingerprint()
    return (*named, f"yamnet {heard}") if heard else named


def one_table() -> tuple[Row, ...]:
    """Return the record of what leaks are worth; nothing when none is shipped."""
    from mgc.models.catalog import catalog

    return records.read(catalog().root)


@st.cache_data(show_spinner=False, max_entries=16)
def sample_wav(genre: str) -> bytes:
    """Render our own clip of a genre, once per process."""
    from mgc import studio

    band = next(one.name for one in studio.samples() if one.genre == genre)
    return wav(studio.render(genre, band=band))


@st.cache_resource(show_spinner=False)
def start_warm_up() -> threading.Thread:
    """Load the models once per server, in the background: that takes seconds.

    From then on jobs whose process was killed are noticed, too, whether or not a page watches them.
    """
    thread = threading.Thread(target=_warm_up, name="mgc-warm-up", daemon=True)
    thread.start()
    threading.Thread(target=_reconcile, name="mgc-reconcile", daemon=True).start()
    return thread


def _reconcile() -> None:
    while True:
        try:
            jobs.reconcile()
        except MgcError as error:  # a full disk, a database away: the next time
            _log.warning("jobs: %s (%s)", error.user_message, error.details)
        time.sleep(RECONCILE)


def _warm_up() -> None:
    time.sleep(0.5)  # let the first page reach the browser
    from mgc import inference
    from mgc.audio.decode import keep_ready

    try:
        inference.warm_up()
        keep_ready()
        for late in ("plotly.graph_objects", "sklearn.metrics"):  # two seconds that no first answer need wait for
            importlib.import_module(late)
    except MgcError as error:  # the page says it too, when somebody asks for the model
        _log.warning("warm-up: %s (%s)", error.user_message, error.details)
    finally:
        # After every run of a page, fragments too, Streamlit and Keras collect garbage over all objects: 0.3 s each
        # time, twice, with every other thread waiting, once Keras' 240,000 objects are among them. What is loaded
        # by now stays anyway: it need not be looked through again.
        gc.collect()
        gc.freeze()
