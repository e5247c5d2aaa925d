"""A model's card: everything that is claimed about it, as strict records.

Conventions
-----------
A card is ``models/<id>/card.json``. Shares, probabilities and accuracies are 0..1, never percent. Unknown, missing and
duplicate keys, wrong types, NaN and numbers outside their range are refused.
"""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mgc import nets, records
from mgc.errors import ModelError
from mgc.genres import UNSURE
from mgc.splits import PROTOCOLS, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "PROTOCOLS",
    "ArtistInterval",
    "Calibration",
    "Card",
    "Estimate",
    "Genre",
    "Net",
    "Protocol",
    "Scores",
    "Split",
    "Weights",
]

MAX_CARD_BYTES: Final = 1_000_000  # ours take some 10 kB

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Count = Annotated[int, Field(ge=0)]
Some = Annotated[int, Field(gt=0)]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Word = Annotated[str, Field(min_length=1, max_length=100)]
Row = Annotated[tuple[Count, ...], Field(strict=False)]  # not strict: JSON has lists where a record has tuples


class _Record(BaseModel):
    """A part of a card: immutable, no conversions, nothing unexpected."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


def _ordered(bounds: Any) -> Any:
    if bounds.low > bounds.high:
        raise ValueError("low and high are in the wrong order")
    return bounds


class Genre(_Record):
    """One class of a model: its label in the data set, its name as a person writes it, and its colour."""

    id: Word
    name: Word
    colour: Annotated[str, Field(pattern="^#[0-9A-Fa-f]{6}$")]


class Estimate(_Record):
    """A measured share with its 95 % interval and the number of clips behind it."""

    value: Share
    low: Share
    high: Share
    n: Some

    _is_ordered = model_validator(mode="after")(_ordered)


class ArtistInterval(_Record):
    """The 95 % interval of an accuracy over artists, who are drawn with all their clips, and the number of artists."""

    low: Share
    high: Share
    n_artists: Some

    _is_ordered = model_validator(mode="after")(_ordered)


class Scores(_Record):
    """How good the model was under one protocol, on clips it was not trained on.

    ``confusion[i][j]`` counts clips of class i called class j; ``coverage`` is the share that was not "unsure";
    ``accuracy_by_artist`` is None on cards that were written before it was measured. ``accuracy_by_seed`` has the
    accuracy of the same recipe when split and trained with each of several seeds, the card's own first; None where
    there was one seed, or all gave the same.
    """

    accuracy: Estimate
    macro_f1: Estimate
    ece: Share
    confusion: Annotated[tuple[Row, ...], Field(strict=False)]
    coverage: Share
    accuracy_when_sure: Share | None
    accuracy_by_artist: Annotated[ArtistInterval | None, Field(exclude_if=lambda over: over is None)] = None
    accuracy_by_seed: Annotated[
        tuple[Share, ...] | None, Field(strict=False, min_length=2, exclude_if=lambda by: by is None)
    ] = None


class Split(_Record):
    """Who was tested on what: k folds, the hash of the assignment, the number of clips."""

    k: int
    hash: str
    n: int


class Weights(_Record):
    """The weights file: a bare name inside the model's folder, its digest and its size."""

    file: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9_.-]{0,63}$")]  # no folder, no hidden file
    sha256: Digest
    bytes: Some


class Net(_Record):
    """An architecture of :mod:`mgc.nets` by name (a vote: "pool"), and the config it is rebuilt from."""

    name: str
    config: dict[str, Any]


class Calibration(_Record):
    """Fitted on out-of-fold predictions: the temperature, and where "unsure" begins.

    Attributes
    ----------
    temperature : float (0..100]
        probabilities are raised to 1 / temperature and renormalised
    unsure_below : float [0..1]
        least calibrated probability that is called by name
    unfamiliar_above : float > 0 or None
        greatest distance from the training data that is called by name
    pauses_above : float [0..1] or None
        greatest share of silence between sounds that is called by name
    distance_by : str or None
        id of the model that measures the distance, on a scale of its own; None: nothing measures it
    """

    temperature: Annotated[float, Field(gt=0.0, le=100.0)]
    unsure_below: Share
    unfamiliar_above: Annotated[float, Field(gt=0.0)] | None
    pauses_above: Share | None = None
    distance_by: str | None = None


class Card(_Record):
    """One model, as ``card.json`` describes it; see the classes above for the parts.

    ``classes`` have the order of every array of probabilities. ``kind`` is "vote", or what the model is shown: what an
    architecture of :mod:`mgc.nets` reads.
    """

    id: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9_-]{0,63}$")]
    title: str
    kind: str
    summary: str
    members: Annotated[tuple[str, ...], Field(strict=False)] = ()
    classes: Annotated[tuple[Genre, ...], Field(strict=False, min_length=2)]
    features: dict[str, Any]
    net: Net
    parameters: Count
    weights: Weights | None
    recipe: dict[str, Any]
    seed: int
    data: dict[str, Any]
    licence: str
    splits: dict[Protocol, Split]
    scores: Annotated[dict[Protocol, Scores], Field(min_length=1)]
    calibration: Calibration
    created: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    versions: dict[str, Any]

    @model_validator(mode="after")
    def _is_consistent(self) -> Card:
        is_vote, n = self.kind == "vote", len(self.classes)
        rules = {
            "kind": is_vote or self.kind in {one.reads for one in nets.ARCHITECTURES.values()},
            "members": bool(self.members) == is_vote and len(set(self.members)) == len(self.members),
            "net.config.shares": not is_vote or _shares_hold(self.net.config.get("shares"), self.members),
            "weights": (self.weights is None) == is_vote,
            "classes": len({*self.genres, UNSURE}) == n + 1,
            **{
                f"scores.{name}.confusion": [len(row) for row in scores.confusion] == [n] * n
                for name, scores in self.scores.items()
            },
        }
        if wrong := [name for name, holds in rules.items() if not holds]:
            raise ValueError(f"`{wrong[0]}` is out of range")
        return self

    @property
    def genres(self) -> tuple[str, ...]:
        """Ids of the classes, in the order of every array of probabilities."""
        return tuple(genre.id for genre in self.classes)

    @property
    def window_seconds(self) -> float:
        """How much the model is shown at a time; of a card that the catalogue has accepted."""
        return float(self.features["window_seconds"])

    @property
    def hop_seconds(self) -> float:
        """Time between the starts of two windows; of a card that the catalogue has accepted."""
        return float(self.features["hop_seconds"])

    def needs(self, usable: Iterable[str]) -> tuple[str, ...]:
        """Return the ids of the models that its answer needs: members or itself, and whoever measures the distance."""
        measuring = [name for name in usable if name == self.calibration.distance_by]
        return tuple(dict.fromkeys([*(self.members or (self.id,)), *measuring]))

    @property
    def shares(self) -> tuple[float, ...]:
        """How much each member of a vote counts; all alike where the card does not say."""
        given = self.net.config.get("shares")
        return tuple(float(given[name]) for name in self.members) if given else (1.0,) * len(self.members)

    @property
    def protocol(self) -> Protocol:
        """The strictest protocol the model was scored under: the one its headline number comes from."""
        return next(name for name in PROTOCOLS if name in self.scores)

    @property
    def headline(self) -> Scores:
        """Scores under :attr:`protocol`."""
        return self.scores[self.protocol]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Card:
        """Read the plain dictionary of a card.

        Raises
        ------
        ModelError
            naming the key that is unknown, missing, of another type or out of range
        """
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            where = f"`{'.'.join(str(part) for part in first['loc'])[:200]}`: " if first["loc"] else ""
            received = f" Received: {reprlib.repr(first['input'])}." if first["loc"] else ""
            raise ModelError(
                f"The model's card is not valid. {where}{first['msg']}.{received}", details=str(error)
            ) from error

    @classmethod
    def from_bytes(cls, data: bytes) -> Card:
        """Read the bytes of ``card.json``; raises as :meth:`from_json` does."""
        if len(data) > MAX_CARD_BYTES:
            raise ModelError(f"The card takes {len(data):,} bytes; at most {MAX_CARD_BYTES:,} are accepted.")
        try:
            parsed = records.parse(data)
        except ValueError as error:
            raise ModelError("The model's card is not valid JSON.", details=str(error)) from error
        return cls.from_json(parsed)

    def to_json(self) -> dict[str, Any]:
        """Return the plain dictionary that :meth:`from_json` reads."""
        return self.model_dump(mode="json")


def _shares_hold(given: object, members: tuple[str, ...]) -> bool:
    if given is None:
        return True
    if not isinstance(given, dict) or set(given) != set(members):
        return False
    numbers = [share for share in given.values() if type(share) in (int, float)]
    return len(numbers) == len(members) and all(0.0 <= share <= 1.0 for share in numbers) and sum(numbers) > 0.0
