"""From a clip to the models' answers: :func:`analyse` is expensive and done once; :mod:`mgc.prediction` does the rest.

Conventions
-----------
Windows are cut from the clip's one spectrum, as long and as often as each model's card says; times are seconds from the
start of the used stretch.

A model here is a function ``spectrum -> Member``, loaded once per process from verified weights. At most
``predicts_at_once`` clips are analysed at the same time. Keras is imported when the first network is loaded; where that
fails, the models that are plain arrays go on answering.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from mgc.audio.child import SILENCE
from mgc.audio.clip import SR, Clip, sounding, span
from mgc.errors import ModelError, ServiceBusy
from mgc.evaluation.voting import Member
from mgc.features import yamnet
from mgc.features.audioset import PATCH_HOP_SECONDS, PATCH_SECONDS, Tags, are_silent, summaries, tags
from mgc.features.pictures import columns_of, pauses
from mgc.features.spectrum import Spectrum, band_edge, spectrum
from mgc.models import catalog as catalogs
from mgc.nets import ARCHITECTURES
from mgc.nets.asking import Call, judge_picture, judge_rows
from mgc.nets.baselines import TableModel
from mgc.nets.descriptor_kernel import DescriptorNet
from mgc.nets.layers import compiled
from mgc.nets.picture_kernel import PictureKernel
from mgc.networks import backend, prepare
from mgc.prediction import RULES, Analysis, Prediction, Window, predict
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

    import keras

    from mgc.features.pictures import Picture
    from mgc.models.card import Card
    from mgc.models.catalog import Catalog, Entry
    from mgc.nets.listener import Listener

__all__ = [
    "RULES", "Analysed", "Analysis", "Gate", "LoadedModels", "Member", "Model", "Prediction", "Window",
    "analyse", "ask_more", "backend", "classify", "listen", "predict", "warm_up", "window_starts",
]  # fmt: skip

_log: Final = logging.getLogger(__name__)

SECONDS_EACH: Final = 1.0  # of one analysis, to say when to come back: 0.3 s for 30 s of music, 2 s for four minutes
BLOCK: Final = 30.0  # s of music that "sounds" are also judged by, as long as the clips of GTZAN

Array = npt.NDArray[np.float64]
Model = Callable[[Spectrum], Member]
Hearing: TypeAlias = "Future[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]]"  # mgc.features.yamnet.begin


class Gate:
    """At most ``slots`` at work and ``queue`` waiting; the next is refused, with the seconds to wait."""

    def __init__(self, slots: int, queue: int) -> None:
        self._slots, self._queue = slots, queue
        self._semaphore = threading.Semaphore(slots)
        self._lock = threading.Lock()
        self.inside = 0  # at work or waiting

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Wait for a slot and hold it; raise ServiceBusy when the queue is full."""
        with self._lock:
            if self.inside >= self._slots + self._queue:
                wait = max(1, round(SECONDS_EACH * self.inside / self._slots))
                sentence = f"Too many songs are being analysed right now; please try again in {span(wait)}."
                raise ServiceBusy(sentence, retry_after=wait)
            self.inside += 1
        try:
            with self._semaphore:
                yield
        finally:
            with self._lock:
                self.inside -= 1


class LoadedModels:
    """The models in memory: each loaded once, by the thread that needs it first, while the others wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # By folder and digest of the card. Of failures those of an import are kept, which take seconds each time; files
        # may come, or be mended, while the program runs.
        self._models: dict[tuple[Path, str], Model | ModelError] = {}

    def take(self, catalog: Catalog, names: Sequence[str]) -> tuple[dict[str, Model], dict[str, str]]:
        """Return the models that can be loaded, and why the others cannot."""
        models: dict[str, Model] = {}
        missing: dict[str, str] = {}
        for name in names:
            try:
                models[name] = self._get(catalog, catalog.entry(name))
            except ModelError as error:
                missing[name] = error.user_message
        return models, missing

    def _get(self, catalog: Catalog, entry: Entry) -> Model:
        key = (entry.folder, entry.digest)
        with self._lock:
            if key not in self._models:
                for old in [other for other in self._models if other[0] == entry.folder]:
                    del self._models[old]  # the model was replaced
                try:
                    self._models[key] = _load(catalog, entry.card)
                except ModelError as error:
                    _log.warning("model %s is not available: %s %s", entry.card.id, error.user_message, error.details)
                    if not isinstance(error.__cause__, ImportError):
                        raise
                    self._models[key] = error
            held = self._models[key]
        if isinstance(held, ModelError):
            raise held
        return held


_LOADED: Final = LoadedModels()
_ONE_AT_A_TIME: Final = threading.Lock()  # functools.cache would let two threads make two gates
_GATES: Final[dict[tuple[int, int], Gate]] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Analysed:
    """What :func:`analyse` returns: a small part to keep, and a large part to draw and let go."""

    analysis: Analysis  # a few kilobytes
    transform: Spectrum  # with the samples: some 0.6 MB for each second of music, so it is never cached
    columns: Picture  # [shape=(128, C), uint8], the input of the picture network: mgc.features.pictures.columns
    heard: Hearing | None = None  # what YAMNet hears in it, for :func:`ask_more`; some 12 kB for each second


def classify(clip: Clip, *, model: str | None = None, rule: str = "mean") -> Prediction:
    """Answer for a clip with one model (None: the default); raises as :func:`analyse` and :func:`predict` do.

    Only the models that this answer needs are asked; where one of the default's fails, all others are asked too.
    """
    known = catalogs.catalog()
    card = known.card(model)
    try:
        analysed = analyse(clip, members=card.needs(_no_votes(known)))
    except ModelError:
        if model is not None:
            raise
        analysed = analyse(clip)
    analysis = analysed.analysis
    if model is None and analysis.missing:
        analysis = ask_more(clip, analysis, _no_votes(known), heard=analysed.heard)
    return predict(analysis, model=model, rule=rule)


def analyse(clip: Clip, *, members: Sequence[str] | None = None) -> Analysed:
    """Transform a clip, once, and ask models about every window of it.

    ``members`` are ids of models that are no votes; None asks all that are usable. A model that cannot be loaded stands
    in ``analysis.missing``; the others answer. Raises ServiceBusy when too many clips are waiting already, ModelError
    when none of the models can answer.
    """
    known = catalogs.catalog()
    if members is None:
        members = _no_votes(known)
    if max(clip.y.max(initial=0.0), -clip.y.min(initial=0.0)) < SILENCE:
        song = spectrum(clip.y)
        undecided = _undecided(song, known, members)
        return Analysed(Analysis(clip.seconds, undecided, {}, clip.heard, is_silent=True), song, columns_of(song))
    with _gate().enter():
        models, missing = _LOADED.take(known, members)
        if not models:
            raise ModelError("No model can be used. " + " ".join(missing.values()), details=repr(missing))
        first, last = sounding(clip.y)
        # What is silent at the ends tells nothing of the music, so no model is asked about it.
        song = spectrum(clip.y[first:last])
        if yamnet.at_hand():
            yamnet.begin(song)  # what fails is reported by _heard_in
        answers, silent = _answers(song, known, models)
        missing |= silent
        if not answers:
            raise ModelError("No model can be used. " + " ".join(missing.values()), details=repr(missing))
        rests, edge = pauses(columns_of(song)), band_edge(song)
        heard = _heard_in(song)
        hearing = yamnet.begin(song) if "yamnet" in song.kept else None
        if last - first < len(clip.y):
            song = spectrum(clip.y)  # all of it is drawn
    start = first / SR
    analysis = Analysis(
        clip.seconds,
        answers,
        missing,
        clip.heard,
        start=start,
        pauses=rests,
        edge=edge,
        tags=heard and replace(heard, start=start),
    )
    return Analysed(analysis, song, columns_of(song), hearing)


def ask_more(clip: Clip, so_far: Analysis, members: Sequence[str], *, heard: Hearing | None = None) -> Analysis:
    """Ask further models about a clip, those of ``members`` that were not asked yet; raises as :func:`analyse` does.

    ``heard`` is that of :class:`Analysed`, which spares YAMNet a second look. A model that cannot answer stands in
    ``missing``, also when none of these can. While it waits for its turn, the clip alone is held.
    """
    known = catalogs.catalog()
    members = [name for name in members if not so_far.was_asked(name)]
    missing: dict[str, str] = {}
    if so_far.is_silent:
        answers = _undecided(spectrum(clip.y), known, members)
    else:
        with _gate().enter():
            models, missing = _LOADED.take(known, members)
            first, last = sounding(clip.y)
            song = spectrum(clip.y[first:last])
            if heard is not None:
                song.kept["yamnet"] = heard
            answers, silent = _answers(song, known, models)
            missing |= silent
    return replace(so_far, members={**so_far.members, **answers}, missing={**so_far.missing, **missing})


def _no_votes(known: Catalog) -> list[str]:
    return [card.id for card in known.cards() if not card.members]


def _gate() -> Gate:
    limits = settings()
    slots = (limits.predicts_at_once, limits.queue_length)
    with _ONE_AT_A_TIME:
        return _GATES.setdefault(slots, Gate(*slots))


def _answers(song: Spectrum, known: Catalog, models: dict[str, Model]) -> tuple[dict[str, Member], dict[str, str]]:
    """Return what each model says of a song, and why some say nothing; ModelError when an answer is not finite.

    Models that hear through YAMNet come last: it listens in a thread of its own while the others are asked.
    """
    answers: dict[str, Member] = {}
    missing: dict[str, str] = {}
    for name in sorted(models, key=lambda name: known.card(name).kind in catalogs.BY_YAMNET):
        try:
            answers[name] = models[name](song)
        except ModelError as error:  # YAMNet's weights have gone since the model was loaded
            missing[name] = error.user_message
            continue
        if not np.isfinite(answers[name].windows).all():
            raise ModelError(f"The model {name} returned probabilities that are not finite numbers.")
    return answers, missing


def _undecided(song: Spectrum, known: Catalog, members: Sequence[str]) -> dict[str, Member]:
    """Return the same probability for all genres, for each of these models: what is said of silence."""
    flat = {}
    for card in map(known.card, members):
        starts, n = window_starts(len(song.y), card.window_seconds, card.hop_seconds), len(card.classes)
        flat[card.id] = Member(np.full((len(starts), n), 1.0 / n))
    return flat


def _heard_in(song: Spectrum) -> Tags | None:
    """Return what is heard in a clip; None where YAMNet's weights are not there, or cannot be used."""
    if not yamnet.at_hand():
        return None
    try:
        return tags(yamnet.heard(song)[1])
    except ModelError as error:
        _log.warning("YAMNet cannot be used: %r", error)
        return None


def warm_up() -> None:
    """Load every usable model and let it answer once, so that the first visitor need not wait.

    Safe from any thread, any number of times; a model that cannot be loaded is logged, and reported by :func:`analyse`.
    """
    known = catalogs.catalog()
    models, _ = _LOADED.take(known, _no_votes(known))
    noise = np.random.default_rng(0).normal(0.0, 0.1, 4 * SR).astype(np.float32)
    song = spectrum(noise)
    for name, model in models.items():
        try:
            model(song)
        except ModelError as error:
            _log.warning("model %s did not answer: %s %s", name, error.user_message, error.details)
    _heard_in(song)


def window_starts(n_samples: int, window: float = 3.0, hop: float = 1.0) -> Array:
    """Return where the windows of a clip begin [shape=(W,), seconds], W >= 1; ``window`` and ``hop`` are in seconds."""
    last = max(0.0, (n_samples + 1) / SR - window)  # + 1: Kaggle's segments lack their last sample
    return np.arange(0.0, last + 1e-9, hop)


def _load(catalog: Catalog, card: Card) -> Model:
    if card.kind == "vote":
        raise ModelError(f"The model {card.id} is a vote of others, which are used instead.")
    if ARCHITECTURES[card.net.name].form == "hdf5" or card.kind in catalogs.BY_YAMNET:
        prepare(card.id)
    if card.kind in catalogs.BY_YAMNET:
        yamnet.load()
    weights = catalog.weights(card.id)
    try:
        net = ARCHITECTURES[card.net.name].load(card.net.config, len(card.classes), weights)
    except ValueError as error:
        raise ModelError(f"The model {card.id} cannot be used: {error}"[:300], details=repr(error)) from error
    return _READERS[card.kind](card, net)


def _descriptors(card: Card, net: Any) -> Model:
    from mgc.features.descriptors import describe_blocks, describe_windows

    call = _call(net)

    def answer(song: Spectrum) -> Member:
        starts = window_starts(len(song.y), card.window_seconds, card.hop_seconds)
        _, table = describe_windows(song, hop_seconds=card.hop_seconds)
        said = judge_rows(call, table[: len(starts)])
        if not isinstance(net, DescriptorNet):
            return said
        blocks = describe_blocks(song)
        distance = float(np.mean(net.clip.distance(blocks)))
        return replace(said, blocks=net.clip.probabilities(blocks), distance=distance)

    return answer


def _pictures(card: Card, net: keras.Model | PictureKernel) -> Model:
    call = _call(net)
    judges = ARCHITECTURES[card.net.name].judges

    def answer(song: Spectrum) -> Member:
        starts = window_starts(len(song.y), card.window_seconds, card.hop_seconds)
        seconds = card.window_seconds
        return judge_picture(call, columns_of(song), starts, seconds=seconds, judges=judges)

    return answer


def _embeddings(card: Card, net: keras.Model) -> Model:
    call = _call(net)

    def answer(song: Spectrum) -> Member:  # at the song's own level, as data sets are extracted: YAMNet's second look
        return judge_rows(call, yamnet.embed(song.y))

    return answer


def _sounds(card: Card, net: Listener) -> Model:
    def answer(song: Spectrum) -> Member:
        return listen(net, *yamnet.heard(song), len(song.y), card.window_seconds, card.hop_seconds)

    return answer


def listen(
    net: Listener,
    embeddings: npt.NDArray[np.float32],
    scores: npt.NDArray[np.float32],
    n_samples: int,
    window: float,
    hop: float,
) -> Member:
    """Ask the listener about what YAMNet hears in a clip: every window, and blocks of 30 s to its end."""
    starts = window_starts(n_samples, window, hop)
    rest = max(0.0, n_samples / SR - BLOCK)
    at = np.linspace(0.0, rest, 1 + int(np.ceil(rest / (BLOCK / 2)))) if rest > 1.0 else np.zeros(1)
    middles = PATCH_HOP_SECONDS * np.arange(len(scores)) + PATCH_SECONDS / 2
    heard = np.array([not are_silent(scores)[(middles >= t) & (middles < t + BLOCK)].all() for t in at])
    blocks = summaries(embeddings, scores, at[heard] if heard.any() else at, BLOCK)
    return Member(
        judge_rows(net.probabilities, summaries(embeddings, scores, starts, window)).windows,
        judge_rows(net.probabilities, blocks).windows,
        distance=float(np.mean(net.distance(blocks))),
    )


_READERS: Final[dict[str, Callable[[Card, Any], Model]]] = {
    "descriptors": _descriptors,
    "pictures": _pictures,
    "embeddings": _embeddings,
    "sounds": _sounds,
}


def _call(net: Any) -> Call:
    """Return a net as a function from a batch of inputs to probabilities."""
    if isinstance(net, DescriptorNet):
        return net.window.probabilities
    return net.probabilities if isinstance(net, TableModel | PictureKernel) else compiled(net)
