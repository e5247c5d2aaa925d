"""Listen to a clip: cut it into windows, ask every model about each, and answer.

Conventions
-----------
Windows are cut from the clip's one spectrum, as long and as often as each model's card says. At most
``predicts_at_once`` clips are analysed at the same time.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mgc.audio.child import SILENCE
from mgc.audio.clip import SR, Clip
from mgc.errors import ModelError, ServiceBusy
from mgc.features.pictures import columns_of, pauses
from mgc.features.spectrum import spectrum
from mgc.inference import prediction
from mgc.inference.models import LoadedModels, window_starts
from mgc.inference.prediction import Analysis, Member, Prediction
from mgc.models import catalog as catalogs
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mgc.features.pictures import Picture
    from mgc.features.spectrum import Spectrum
    from mgc.models.card import Card

__all__ = [
    "Analysed",
    "Gate",
    "analyse",
    "classify",
    "predict",
    "warm_up",
]

SECONDS_EACH: Final = 1.0  # of one analysis, to say when to come back: 0.3 s for 30 s of music, 2 s for four minutes


class Gate:
    """At most ``slots`` at work and ``queue`` waiting; whoever comes next is told when to come again."""

    def __init__(self, slots: int, queue: int) -> None:
        self._slots, self._queue = slots, queue
        self._semaphore = threading.Semaphore(slots)
        self._lock = threading.Lock()
        self.inside = 0  # at work or waiting

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Wait for a slot and hold it.

        Raises
        ------
        ServiceBusy
            when the queue is full
        """
        with self._lock:
            if self.inside >= self._slots + self._queue:
                wait = max(1, round(SECONDS_EACH * self.inside / self._slots))
                raise ServiceBusy(
                    f"Too many songs are being listened to just now; please try again in {wait} s.",
                    retry_after=wait,
                )
            self.inside += 1
        try:
            with self._semaphore:
                yield
        finally:
            with self._lock:
                self.inside -= 1


_LOADED: Final = LoadedModels()
_ONE_AT_A_TIME: Final = threading.Lock()  # functools.cache would let two threads make two gates
_GATES: Final[dict[tuple[int, int], Gate]] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Analysed:
    """What :func:`analyse` returns: a small part to keep, and a large part to draw and let go.

    Attributes
    ----------
    analysis : Analysis
        a few kilobytes
    transform : Spectrum
        with the samples: some 0.6 MB for each second of music, so it is never cached
    columns : np.ndarray [shape=(128, C), uint8]
        the picture that the picture network looks at, see :func:`mgc.features.pictures.columns`
    """

    analysis: Analysis
    transform: Spectrum
    columns: Picture


def classify(clip: Clip, *, model: str | None = None, rule: str = "mean") -> Prediction:
    """Answer for a clip with one model (None: the default); raises as :func:`analyse` and :func:`predict` do."""
    known = catalogs.catalog()
    card = known.card(model)
    members: tuple[str, ...] | None = None
    if model is not None:
        asked = card.members or (card.id,)
        # Another model may measure how unlike the training data a song is: that one is asked too.
        measures = [one.id for one in known.cards() if one.id == card.calibration.distance_by]
        members = tuple(dict.fromkeys((*asked, *measures)))
    return predict(analyse(clip, members=members).analysis, model=model, rule=rule)


def predict(analysis: Analysis, *, model: str | None = None, rule: str = "mean") -> Prediction:
    """Answer from an analysis, with a model of this process' catalogue; see :func:`mgc.prediction.predict`."""
    return prediction.predict(analysis, catalog=catalogs.catalog(), model=model, rule=rule)


def analyse(clip: Clip, *, members: Sequence[str] | None = None) -> Analysed:
    """Transform a clip, once, and ask models about every window of it.

    Parameters
    ----------
    clip : Clip
    members : sequence of str, optional
        ids of models that are no votes; None asks all that are usable

    Returns
    -------
    Analysed
        a model that cannot be loaded stands in ``analysis.missing``; the others answer

    Raises
    ------
    ServiceBusy
        when too many clips are waiting already
    ModelError
        when none of the models can answer
    """
    known = catalogs.catalog()
    if members is None:
        members = [card.id for card in known.cards() if not card.members]
    if float(np.abs(clip.y).max(initial=0.0)) < SILENCE:
        song = spectrum(clip.y)
        silence = _silence(clip, [card for card in known.cards() if card.id in members])
        return Analysed(silence, song, columns_of(song))
    limits = settings()
    with _gate(limits.predicts_at_once, limits.queue_length).enter():
        models, missing = _LOADED.take(known, members)
        if not models:
            raise ModelError("No model can answer. " + " ".join(missing.values()), details=repr(missing))
        song = spectrum(clip.y)
        answers = {name: model(song) for name, model in models.items()}
        picture = columns_of(song)
    for name, member in answers.items():
        if not np.isfinite(member.windows).all():
            raise ModelError(f"The model {name} gave probabilities that are not finite numbers.")
    analysis = Analysis(
        seconds=clip.seconds,
        members=answers,
        missing=missing,
        heard=clip.heard,
        pauses=pauses(picture),
    )
    return Analysed(analysis, song, picture)


def warm_up() -> None:
    """Load every usable model and let it answer once, so that the first visitor need not wait.

    Safe from any thread, any number of times; a model that cannot be loaded is logged, and reported by :func:`analyse`.
    """
    known = catalogs.catalog()
    models, _ = _LOADED.take(known, [card.id for card in known.cards() if not card.members])
    noise = np.random.default_rng(0).normal(0.0, 0.1, 4 * SR).astype(np.float32)
    for model in models.values():
        model(spectrum(noise))


def _gate(slots: int, queue: int) -> Gate:
    with _ONE_AT_A_TIME:
        return _GATES.setdefault((slots, queue), Gate(slots, queue))


def _silence(clip: Clip, cards: Sequence[Card]) -> Analysis:
    flat = {}
    for card in cards:
        starts, n = window_starts(len(clip.y), card.window_seconds, card.hop_seconds), len(card.classes)
        flat[card.id] = Member(np.full((len(starts), n), 1.0 / n))
    return Analysis(clip.seconds, flat, {}, clip.heard, is_silent=True)
