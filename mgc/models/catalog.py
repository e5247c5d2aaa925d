"""The models that can be used: by id, each verified, never by a user's path.

A model is a folder ``<root>/<id>/`` with a ``card.json`` and, but for a vote, one weights file. Everything is checked
when the catalogue is opened, before any code of a model could run and before anything is allocated: the card's own
hash (of shipped models), its form, its features against this code's, its parameter count by arithmetic, and the file's
size and SHA-256. What does not hold is listed by :meth:`Catalog.broken`, with a sentence; the rest stays usable.
"""

from __future__ import annotations

import hashlib
import threading
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from mgc import strict
from mgc.audio.clip import SR
from mgc.errors import ModelError, ModelMismatch, UnknownModel
from mgc.features.filters import HOP_LENGTH, N_FFT, N_MELS
from mgc.models.card import Card
from mgc.models.weights import hdf5_size, npz_arrays, npz_size, verified_bytes
from mgc.nets import picture_cnn
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

__all__ = ["FEATURES", "HOP_SECONDS", "PINS", "WINDOW_SECONDS", "Catalog", "catalog", "shipped_pins"]

WINDOW_SECONDS: Final = 3.0  # what a model hears at a time; 130 frames, 33 columns of a picture
HOP_SECONDS: Final = 1.0

# What this code computes; a card that was made for anything else is a ModelMismatch.
FEATURES: Final[Mapping[str, object]] = MappingProxyType(
    {
        "sr": SR,
        "n_fft": N_FFT,
        "hop_length": HOP_LENGTH,
        "n_mels": N_MELS,
        "window_seconds": WINDOW_SECONDS,
        "hop_seconds": HOP_SECONDS,
        "pad_mode": "reflect",  # mgc.features.spectrum; librosa >= 0.10 pads with zeros
    }
)

NETS: Final = {"vote": "average", "descriptors": "descriptor_kernel", "pictures": "picture_cnn"}  # by kind
SHIPPED: Final = Path(__file__).resolve().parents[2] / "models"
PINS: Final = Path(__file__).with_name("shipped.json")  # {id: SHA-256 of card.json}
PREFERRED: Final = ("vote", "pictures", "descriptors")  # the first that is usable is the default

_ONE_AT_A_TIME: Final = threading.Lock()  # functools.cache alone would let two threads open two catalogues
_EXTRA: Final = 64  # numbers an HDF5 file may hold beside the weights (a dropout layer keeps its seed there)


class Catalog:
    """All models under one folder.

    Parameters
    ----------
    root : Path
        folder of models; need not exist
    pins : mapping of str to str, optional
        SHA-256 of each ``card.json`` by id; a card that is not listed, or is another, is refused. Without it, cards are
        believed (the operator's own models).
    """

    def __init__(self, root: Path, *, pins: Mapping[str, str] | None = None) -> None:
        self.root = root
        self._pins = pins
        self._cards: dict[str, Card] = {}
        self._broken: dict[str, ModelError] = {}
        folders = {path.parent.name for path in root.glob("*/card.json")}
        for name in sorted(folders | set(pins or ())):
            try:
                card = self._read(name)
                self._verify(card)
                self._cards[name] = card
            except ModelError as error:
                self._broken[name] = error
        for card in [card for card in self._cards.values() if card.kind == "vote"]:
            if reason := self._why_no_vote(card):
                self._broken[card.id] = ModelError(reason)
                del self._cards[card.id]

    def cards(self) -> tuple[Card, ...]:
        """Return the cards of all usable models, the default first."""
        rank = {name: position for position, name in enumerate(PREFERRED)}
        return tuple(sorted(self._cards.values(), key=lambda card: (rank.get(card.id, len(rank)), card.id)))

    def broken(self) -> dict[str, str]:
        """Return why each unusable model is unusable: id -> one sentence."""
        return {name: error.user_message for name, error in self._broken.items()}

    def default(self) -> Card:
        """Return the model that answers when none is named.

        Raises
        ------
        ModelError
            when no model is usable
        """
        if usable := self.cards():
            return usable[0]
        why = "; ".join(f"{name}: {error.user_message}" for name, error in self._broken.items())
        raise ModelError("No model can be used: " + (why or "there are none."))

    def card(self, model: str | None = None) -> Card:
        """Return the card of a usable model; None is the default.

        Raises
        ------
        UnknownModel
            when there is none of that id
        ModelError
            when it is not usable, saying why
        """
        if model is None:
            return self.default()
        if model in self._cards:
            return self._cards[model]
        if model in self._broken:
            raise type(self._broken[model])(f"The model {model} cannot be used. {self._broken[model].user_message}")
        known = ", ".join(card.id for card in self.cards()) or "none is usable"
        raise UnknownModel(f"Invalid model. Received: {model[:64]!r}. Expected one of: {known}.")

    def arrays(self, model: str) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays of a model whose weights are an ``.npz``; verified once more, for files change."""
        card = self.card(model)
        if card.kind != "descriptors":
            raise ModelError(f"The model {card.id} does not keep its weights as arrays.")
        return npz_arrays(self._verify(card))

    def weights_path(self, model: str) -> Path:
        """Return the verified weights file of a network, for ``load_weights`` into our own architecture."""
        card = self.card(model)
        if card.kind != "pictures" or card.weights is None:
            raise ModelError(f"The model {card.id} has no weights of a network.")
        self._verify(card)
        return self.root / card.id / card.weights.file

    def _read(self, name: str) -> Card:
        path = self.root / name / "card.json"
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ModelError("Its card.json is missing or cannot be read.", details=str(error)) from error
        if self._pins is not None and self._pins.get(name) != hashlib.sha256(data).hexdigest():
            raise ModelError("Its card.json is not the one that was shipped: its SHA-256 differs.")
        card = Card.from_bytes(data)
        if card.id != name:
            raise ModelError("Its card.json is that of another model.", details=f"{card.id!r} in {name!r}")
        return card

    def _verify(self, card: Card) -> bytes:
        """Hold a card against the code, then its weights against the card; return the weights' bytes."""
        if card.features != FEATURES:
            raise ModelMismatch(
                "It was made for other features than this program computes: " + _difference(card.features),
                details=f"{card.features!r} is not {dict(FEATURES)!r}",
            )
        if card.net.name != NETS[card.kind]:
            raise ModelError(f"Its net is unknown here. Received: {card.net.name[:64]!r}. Expected: {NETS[card.kind]}.")
        if card.parameters > picture_cnn.MAX_PARAMETERS:
            raise ModelError(
                f"It claims {card.parameters:,} parameters; at most {picture_cnn.MAX_PARAMETERS:,} are accepted."
            )
        if card.weights is None:
            return b""
        expected = _picture_parameters(card) if card.kind == "pictures" else card.parameters
        if expected != card.parameters:
            raise ModelError(f"Its net has {expected:,} parameters; its card says {card.parameters:,}.")
        data = verified_bytes(self.root / card.id, card.weights)
        held = hdf5_size(data) if card.kind == "pictures" else npz_size(data)
        if not 0 <= held - expected <= (_EXTRA if card.kind == "pictures" else 0):
            raise ModelError(f"Its weights file holds {held:,} numbers; its card says {expected:,}.")
        return data

    def _why_no_vote(self, card: Card) -> str:
        for member in card.members:
            if member not in self._cards:
                reason = self._broken[member].user_message if member in self._broken else "There is no such model."
                return f"Its member {member} cannot be used. {reason}"
            if self._cards[member].kind == "vote":
                return f"Its member {member} is a vote itself."
        return ""


def catalog() -> Catalog:
    """Return the one catalogue of this process: the shipped models, or those in MGC_MODELS_DIR."""
    with _ONE_AT_A_TIME:
        return _open(settings().models_dir)


@cache
def _open(folder: Path | None) -> Catalog:
    return Catalog(SHIPPED, pins=shipped_pins()) if folder is None else Catalog(folder.expanduser())


def shipped_pins(path: Path = PINS) -> dict[str, str]:
    """Read the hashes of the shipped cards; none are shipped where the file is missing."""
    if not path.exists():
        return {}
    pins = strict.parse(path.read_bytes())
    return {str(name): str(digest) for name, digest in pins.items()}


def _picture_parameters(card: Card) -> int:
    try:
        return picture_cnn.parameter_count(picture_cnn.CNNConfig.from_json(card.net.config))
    except ValueError as error:
        raise ModelError(f"Its net's config is not accepted: {error}") from error


def _difference(features: Mapping[str, object]) -> str:
    names = sorted(name for name in set(features) | set(FEATURES) if features.get(name) != FEATURES.get(name))
    return ", ".join(f"{name} {features.get(name)!r} instead of {FEATURES.get(name)!r}" for name in names)[:300] + "."
