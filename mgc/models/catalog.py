"""The models that can be used: by id, each verified, never by a user's path.

A model is a folder ``<root>/<id>/`` with a ``card.json`` and, but for a vote, one weights file. There are two roots:
the shipped models, whose cards are pinned by their hashes, and the models that were promoted in MGC_HOME. Everything is
checked when a catalogue is opened, before any code of a model could run and before anything is allocated: the card's
hash (of shipped models), its form, its features against this code's, its parameter count by arithmetic, and the file's
size and SHA-256. What does not hold is listed by :meth:`Catalog.broken`, with a sentence; the rest stays usable.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from mgc import nets, records
from mgc.audio.clip import SR
from mgc.errors import ModelError, ModelMismatch, UnknownModel
from mgc.features import yamnet
from mgc.features.spectrum import HOP_LENGTH, N_FFT, N_MELS
from mgc.models.card import Card
from mgc.models.storage import hdf5_size, npz_arrays, npz_size, verified_bytes
from mgc.nets.picture_cnn import MAX_PARAMETERS
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

__all__ = ["FEATURES", "PINS", "SHIPPED", "Catalog", "Entry", "catalog", "promoted_root", "shipped_pins"]

# What this code computes, and the windows that it trains on; a card with other features is a ModelMismatch.
FEATURES: Final[Mapping[str, object]] = MappingProxyType(
    {
        "sr": SR,
        "n_fft": N_FFT,
        "hop_length": HOP_LENGTH,
        "n_mels": N_MELS,
        "window_seconds": 3.0,  # 130 frames, 33 columns of a picture
        "hop_seconds": 1.0,
        "pad_mode": "reflect",  # mgc.features.spectrum; librosa >= 0.10 pads with zeros
    }
)
WINDOWS: Final = {"window_seconds": (0.5, 30.0), "hop_seconds": (0.25, 30.0)}  # where a net takes any window

SHIPPED: Final = Path(__file__).resolve().parents[2] / "models"
PINS: Final = Path(__file__).with_name("shipped.json")  # {id: SHA-256 of card.json}
PREFERRED: Final = (
    "vote-yamnet",
    "vote",
    "pictures",
    "textures",
    "photo",
    "descriptors",
    "listener",
)  # the first usable is the default
BY_YAMNET: Final = ("embeddings", "sounds")  # kinds that hear through YAMNet, whose weights do not ship

Stamp = tuple[int, ...]
_LOCK: Final = threading.Lock()
_OPENED: Final[dict[tuple[Path | None, Path], Catalog]] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """A usable model: its card, its folder, and the SHA-256 of the card's bytes, which names the weights too."""

    card: Card
    folder: Path
    digest: str


class Catalog:
    """All models under one or two folders, as they were when it was opened.

    Parameters
    ----------
    root : Path
        folder of models; need not exist
    pins : mapping of str to str, optional
        SHA-256 of each ``card.json`` by id; a card that is not listed, or is another, is refused. Without it, cards are
        believed (the operator's own models).
    promoted : Path, optional
        a second folder of models, which are the operator's own; an id that the first folder has is refused there
    before : Catalog, optional
        an older catalogue of the same folders: files that have not changed since are not verified again
    """

    def __init__(
        self,
        root: Path,
        *,
        pins: Mapping[str, str] | None = None,
        promoted: Path | None = None,
        before: Catalog | None = None,
    ) -> None:
        self.root, self.promoted = root, promoted
        self._pins = pins
        self._stamps = self._stamped()
        self._found: dict[Path, Entry | ModelError] = {}
        self._entries: dict[str, Entry] = {}
        self._broken: dict[str, ModelError] = {}
        for folder in sorted(self._stamps, key=lambda folder: (folder.parent != root, folder)):
            is_known = before is not None and before._stamps.get(folder) == self._stamps[folder]
            found = before._found[folder] if before is not None and is_known else self._open(folder)
            self._found[folder] = found
            if isinstance(found, ModelError):
                self._broken[self._label(folder)] = found
            elif folder.parent != root and (root / folder.name) in self._stamps:
                self._broken[self._label(folder)] = ModelError("A shipped model has the same id, and that one is used.")
            else:
                self._entries[folder.name] = found
        for entry in [entry for entry in self._entries.values() if entry.card.kind == "vote"]:
            if reason := self._why_no_vote(entry.card):
                self._broken[self._label(entry.folder)] = ModelError(reason)
                del self._entries[entry.card.id]

    def refreshed(self) -> Catalog:
        """Return this catalogue, or a new one where a folder has changed since; costs two ``stat`` calls a model."""
        if self._stamped() == self._stamps:
            return self
        return Catalog(self.root, pins=self._pins, promoted=self.promoted, before=self)

    def cards(self) -> tuple[Card, ...]:
        """Return the cards of all usable models: the default first, promoted ones last.

        Shipped models that hear through YAMNet are left out while its weights are not at hand.
        """
        rank = {name: position for position, name in enumerate(PREFERRED)}
        usable = sorted(
            (entry for entry in self._entries.values() if entry.folder.parent != self.root or self._hears(entry.card)),
            key=lambda entry: (entry.folder.parent != self.root, rank.get(entry.card.id, len(rank)), entry.card.id),
        )
        return tuple(entry.card for entry in usable)

    def _hears(self, card: Card) -> bool:
        """Tell whether nothing is missing that a model hears through."""
        kinds = {self._entries[name].card.kind for name in card.members} | {card.kind}
        return kinds.isdisjoint(BY_YAMNET) or yamnet.at_hand()

    def broken(self) -> dict[str, str]:
        """Return why each unusable model is unusable: id -> one sentence."""
        return {name: error.user_message for name, error in self._broken.items()}

    def default(self) -> Card:
        """Return the model that answers when none is named; ModelError when no model is usable."""
        if usable := self.cards():
            return usable[0]
        why = "; ".join(f"{name}: {error.user_message}" for name, error in self._broken.items())
        raise ModelError("No model can be used: " + (why or "there are none."))

    def card(self, model: str | None = None) -> Card:
        """Return the card of a usable model; None is the default; raises as :meth:`default` and :meth:`entry` do."""
        return self.default() if model is None else self.entry(model).card

    def entry(self, model: str) -> Entry:
        """Return a usable model with the place of its files, also one that waits for YAMNet's weights.

        UnknownModel when there is none of that id, ModelError when it is not usable, saying why.
        """
        if model in self._entries:
            return self._entries[model]
        if model in self._broken:
            raise type(self._broken[model])(f"The model {model} cannot be used. {self._broken[model].user_message}")
        known = ", ".join(card.id for card in self.cards()) or "none is usable"
        raise UnknownModel(f"Invalid model. Received: {model[:64]!r}. Expected one of: {known}.")

    def weights(self, model: str) -> Path | dict[str, npt.NDArray[Any]]:
        """Return the path of a model's HDF5 file or the arrays of its ``.npz``, verified once more, for files change.

        Raises as :meth:`entry` does, and for a vote, which has no weights.
        """
        entry = self.entry(model)
        if entry.card.weights is None:
            raise ModelError(f"The model {model} is a vote and has no weights of its own.")
        data = _verified(entry.card, entry.folder)
        if nets.ARCHITECTURES[entry.card.net.name].form == "npz":
            return npz_arrays(data)
        return entry.folder / entry.card.weights.file

    def _stamped(self) -> dict[Path, Stamp]:
        """Return what tells whether a model's files have changed: by folder, the identity of folder and card."""
        roots = [self.root] if self.promoted is None else [self.root, self.promoted]
        folders = {card.parent for root in roots for card in root.glob("*/card.json")}
        folders |= {self.root / name for name in self._pins or ()}
        return {folder: (*_stamp(folder), *_stamp(folder / "card.json")) for folder in folders}

    def _label(self, folder: Path) -> str:
        """Return how a broken model is called; a promoted one that hides behind a shipped one says where it is."""
        is_hidden = folder.parent != self.root and (self.root / folder.name) in self._stamps
        return f"{folder.name} (promoted)" if is_hidden else folder.name

    def _open(self, folder: Path) -> Entry | ModelError:
        try:
            entry = self._read(folder)
            _verified(entry.card, folder)
        except ModelError as error:
            return error
        return entry

    def _read(self, folder: Path) -> Entry:
        try:
            data = (folder / "card.json").read_bytes()
        except OSError as error:
            raise ModelError("Its card.json is missing or cannot be read.", details=str(error)) from error
        digest = hashlib.sha256(data).hexdigest()
        if folder.parent == self.root and self._pins is not None and self._pins.get(folder.name) != digest:
            raise ModelError("Its card.json is not the one that was shipped: its SHA-256 differs.")
        card = Card.from_bytes(data)
        if card.id != folder.name:
            raise ModelError("Its card.json is that of another model.", details=f"{card.id!r} in {folder.name!r}")
        return Entry(card, folder, digest)

    def _why_no_vote(self, card: Card) -> str:
        for member in card.members:
            if member not in self._entries:
                reason = self._broken[member].user_message if member in self._broken else "There is no such model."
                return f"Its member {member} cannot be used. {reason}"
            other = self._entries[member].card
            if other.kind == "vote":
                return f"Its member {member} is a vote itself."
            if other.genres != card.genres:
                return f"Its member {member} has other classes."
            if (other.window_seconds, other.hop_seconds) != (card.window_seconds, card.hop_seconds):
                return f"Its member {member} has windows of another length or at another pace."
        return ""


def catalog() -> Catalog:
    """Return the catalogue of this process: the shipped models or those in MGC_MODELS_DIR, and those in MGC_HOME.

    A model that appears, changes or goes on disk is noticed at the next call.
    """
    root, promoted = settings().models_dir, promoted_root()
    with _LOCK:
        known = _OPENED.get((root, promoted))
        if known is not None:
            found = known.refreshed()
        elif root is None:
            found = Catalog(SHIPPED, pins=shipped_pins(), promoted=promoted)
        else:
            found = Catalog(root.expanduser(), promoted=promoted)
        _OPENED[root, promoted] = found
        return found


def promoted_root() -> Path:
    """Return the folder of MGC_HOME's own models."""
    return settings().home_dir / "models"


def shipped_pins(path: Path = PINS) -> dict[str, str]:
    """Read the hashes of the shipped cards; none are shipped where the file is missing."""
    if not path.exists():
        return {}
    pins = records.parse(path.read_bytes())
    return {str(name): str(digest) for name, digest in pins.items()}


def _verified(card: Card, folder: Path) -> bytes:
    """Hold a card against the code, then its weights against the card; return the weights' bytes."""
    net = nets.ARCHITECTURES.get(card.net.name)
    if wrong := _differences(card, any_window=card.weights is None or (net is not None and net.any_window)):
        raise ModelMismatch(
            f"It was made for other features than this program computes: {', '.join(wrong)[:300]}.",
            details=f"{card.features!r} is not {dict(FEATURES)!r}",
        )
    if card.parameters > MAX_PARAMETERS:
        raise ModelError(f"It claims {card.parameters:,} parameters; at most {MAX_PARAMETERS:,} are accepted.")
    if card.weights is None:
        if card.net.name == "average":
            raise ModelError("Its shares were fitted for an average, which votes no longer are; make the vote again.")
        if card.net.name != "pool":
            raise ModelError(f"Its net is unknown here. Received: {card.net.name[:64]!r}. Expected: pool.")
        return b""
    if net is None or net.reads != card.kind:
        known = ", ".join(name for name, one in nets.ARCHITECTURES.items() if one.reads == card.kind)
        raise ModelError(f"Its net is unknown here. Received: {card.net.name[:64]!r}. Expected: {known}.")
    try:
        expected = net.parameters(card.net.config, len(card.classes))
    except ValueError as error:
        raise ModelError(f"Its net's config is not accepted: {error}") from error
    if expected != card.parameters:
        raise ModelError(f"Its net has {expected:,} parameters; its card says {card.parameters:,}.")
    data = verified_bytes(folder, card.weights)
    held = hdf5_size(data) if net.form == "hdf5" else npz_size(data)
    if not 0 <= held - expected <= net.spare:
        raise ModelError(f"Its weights file holds {held:,} numbers; its card says {expected:,}.")
    return data


def _differences(card: Card, *, any_window: bool) -> list[str]:
    """Return which features of a card this program does not compute, in words."""
    given = card.features
    wrong = set(given) ^ set(FEATURES) | {name for name in set(given) & set(FEATURES) if given[name] != FEATURES[name]}
    if any_window:  # of a vote: its members are compared with it
        wrong -= {name for name in WINDOWS if _is_within(given.get(name), *WINDOWS[name])}
    return [f"{name[:64]} {given.get(name)!r} instead of {FEATURES.get(name)!r}" for name in sorted(wrong)]


def _is_within(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size
