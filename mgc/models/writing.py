"""Write a model's folder: weights first, then the card that names them, each at once and whole.

A reader finds the old model or the new one: the weights file is called by its content, so that new weights never stand
under an old card.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from mgc import files
from mgc.genres import display_name, palette
from mgc.models.card import Card
from mgc.nets import ARCHITECTURES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["classes_of", "write_card", "write_model", "write_pins"]

_ENDINGS: Final = {"npz": ".npz", "hdf5": ".weights.h5"}  # Keras reads weights only from such names


def classes_of(genres: Iterable[str]) -> list[dict[str, str]]:
    """Return genres as they stand in a card, with the names and colours that the program gives them."""
    return [{"id": genre, "name": display_name(genre), "colour": colour} for genre, colour in palette(genres).items()]


def write_model(root: Path, facts: Mapping[str, Any], net: object = None) -> Card:
    """Write ``root/<id>/`` and return its card.

    Parameters
    ----------
    root : Path
        of shipped or promoted models; made where it is missing
    facts : mapping
        a card as JSON, without what follows from the net: ``weights`` and ``parameters``
    net : object, optional
        what the architecture ``facts["net"]["name"]`` builds; None for a vote, whose ``parameters`` must be given

    Raises
    ------
    ModelError
        when the card is not valid
    ValueError
        when the net's config is not accepted
    OSError
        when the disk is full or the folder cannot be written
    """
    if net is None:
        return write_card(root, {"weights": None, **facts})
    architecture, config = ARCHITECTURES[facts["net"]["name"]], facts["net"]["config"]
    data = architecture.dump(net)
    digest = hashlib.sha256(data).hexdigest()
    name = f"weights-{digest[:12]}{_ENDINGS[architecture.form]}"
    weights = {"file": name, "sha256": digest, "bytes": len(data)}
    card = {**facts, "weights": weights, "parameters": architecture.parameters(config, len(facts["classes"]))}
    Card.from_json(card)  # before anything is written
    folder = root / facts["id"]
    folder.mkdir(parents=True, exist_ok=True)
    files.write(folder / name, data)
    written = write_card(root, card)
    for old in folder.glob("weights*"):
        if old.name != name:
            old.unlink()
    return written


def write_card(root: Path, data: Mapping[str, Any]) -> Card:
    """Check a card and write it to ``root/<id>/card.json``; raises as :func:`write_model` does."""
    card = Card.from_json(data)
    folder = root / card.id
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(card.to_json(), indent=1, ensure_ascii=False) + "\n"
    files.write(folder / "card.json", text.encode())
    return card


def write_pins(root: Path, pins: Path) -> None:
    """Write the SHA-256 of every card under ``root``: what the catalogue holds shipped cards against."""
    hashes = {
        card.parent.name: hashlib.sha256(card.read_bytes()).hexdigest() for card in sorted(root.glob("*/card.json"))
    }
    files.write(pins, json.dumps(hashes, indent=1).encode() + b"\n")
