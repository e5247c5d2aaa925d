"""Listen to a clip: cut it into windows, ask every model about each, and answer.

Conventions
-----------
Windows are 3 s, one every second, all cut from the clip's one spectrum. At most ``predicts_at_once`` clips are analysed
at the same time.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mgc.audio.answer import SILENT_BELOW
from mgc.audio.clip import SR, Clip
from mgc.errors import ModelError
from mgc.features.phrases import pauses
from mgc.features.pictures import columns_of
from mgc.features.spectrum import spectrum
from mgc.genres import GENRES
from mgc.inference import prediction
from mgc.inference.gate import Gate
from mgc.inference.models import Shelf
from mgc.inference.prediction import Analysis, Array, Member, Prediction
from mgc.models import catalog as catalogs
from mgc.models.catalog import HOP_SECONDS, WINDOW_SECONDS, Catalog
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mgc.features.pictures import Picture
    from mgc.features.spectrum import Spectrum

__all__ = ["Analysed", "analyse", "classify", "predict", "warm_up", "window_starts"]

_ONE_AT_A_TIME: Final = threading.Lock()  # functools.cache would let two threads make two shelves
_SHELVES: Final[dict[Catalog, Shelf]] = {}
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
        # The descriptors are always asked: only they can tell that a song is like nothing they were trained on.
        judges = (one.id for one in known.cards() if one.kind == "descriptors" and one.id not in asked)
        members = (*asked, *judges)
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
    shelf = _shelf(catalogs.catalog())
    if members is None:
        members = [card.id for card in shelf.catalog.cards() if not card.members]
    if float(np.abs(clip.y).max(initial=0.0)) < SILENT_BELOW:
        song = spectrum(clip.y)
        return Analysed(_silence(clip, members), song, columns_of(song))
    limits = settings()
    with _gate(limits.predicts_at_once, limits.queue_length).enter():
        models, missing = shelf.take(members)
        if not models:
            raise ModelError("No model can answer. " + " ".join(missing.values()), details=repr(missing))
        song = spectrum(clip.y)
        starts = window_starts(len(clip.y))
        answers = {name: model(song, starts) for name, model in models.items()}
        picture = columns_of(song)
    for name, answer in answers.items():
        if not np.isfinite(answer.member.windows).all():
            raise ModelError(f"The model {name} gave probabilities that are not finite numbers.")
    distances = [answer.distance for answer in answers.values() if answer.distance is not None]
    analysis = Analysis(
        starts=starts,
        seconds=clip.seconds,
        members={name: answer.member for name, answer in answers.items()},
        missing=missing,
        distance=distances[0] if distances else None,
        heard=clip.heard,
        pauses=pauses(picture),
    )
    return Analysed(analysis, song, picture)


def window_starts(n_samples: int) -> Array:
    """Return where the windows of a clip begin [shape=(W,), seconds], W >= 1."""
    last = max(0.0, (n_samples + 1) / SR - WINDOW_SECONDS)  # + 1: Kaggle's segments lack their last sample
    return np.arange(0.0, last + 1e-9, HOP_SECONDS)


def warm_up() -> None:
    """Load every usable model and let it answer once, so that the first visitor need not wait.

    Safe from any thread, any number of times; a model that cannot be loaded is logged, and reported by :func:`analyse`.
    """
    shelf = _shelf(catalogs.catalog())
    models, _ = shelf.take([card.id for card in shelf.catalog.cards() if not card.members])
    noise = np.random.default_rng(0).normal(0.0, 0.1, 4 * SR).astype(np.float32)
    for model in models.values():
        model(spectrum(noise), window_starts(len(noise)))


def _shelf(catalog: Catalog) -> Shelf:
    with _ONE_AT_A_TIME:
        return _SHELVES.setdefault(catalog, Shelf(catalog))


def _gate(slots: int, queue: int) -> Gate:
    with _ONE_AT_A_TIME:
        return _GATES.setdefault((slots, queue), Gate(slots, queue))


def _silence(clip: Clip, members: Sequence[str]) -> Analysis:
    starts = window_starts(len(clip.y))
    flat = Member(np.full((len(starts), len(GENRES)), 1.0 / len(GENRES)))
    return Analysis(starts, clip.seconds, dict.fromkeys(members, flat), {}, None, clip.heard, is_silent=True)
