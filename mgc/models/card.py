"""A model's card: everything that is claimed about it, as strict records.

Conventions
-----------
A card is ``models/<id>/card.json``. Shares, probabilities and accuracies are 0..1, never percent. Unknown keys, missing
keys, wrong types, NaN and numbers outside their range are refused, so a card that reads is a card that holds.
"""

from __future__ import annotations

import re
import reprlib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from mgc import strict
from mgc.errors import ModelError
from mgc.genres import GENRES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KINDS", "PROTOCOLS", "Calibration", "Card", "Estimate", "Net", "Scores", "Split", "Weights"]

KINDS: Final = ("vote", "descriptors", "pictures")
PROTOCOLS: Final = ("filtered", "artists", "tracks", "segments")  # strictest first; "segments" leaks (DESIGN, splits)
MAX_CARD_BYTES: Final = 1_000_000  # ours take some 10 kB

_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_FILE: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")  # a bare name: no folder, no hidden file
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured share with its 95 % interval and the number of clips behind it."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Scores:
    """How good the model was under one protocol, on clips it was not trained on.

    ``confusion[i][j]`` counts clips of genre i called genre j; ``coverage`` is the share that was not "unsure".
    """

    accuracy: Estimate
    macro_f1: Estimate
    ece: float
    confusion: tuple[tuple[int, ...], ...]
    coverage: float
    accuracy_when_sure: float | None


@dataclass(frozen=True, slots=True)
class Split:
    """Who was tested on what: k folds, the hash of the assignment, the number of clips."""

    k: int
    hash: str
    n: int


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights file: a bare name inside the model's folder, its digest and its size."""

    file: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Net:
    """An architecture of :mod:`mgc.nets` by name (a vote: "average"), and the config it is rebuilt from."""

    name: str
    config: dict[str, object]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fitted on out-of-fold predictions: the temperature, and where "unsure" begins.

    Attributes
    ----------
    temperature : float > 0
        probabilities are raised to 1 / temperature and renormalised
    unsure_below : float [0..1]
        least calibrated probability that is called by name
    unfamiliar_above : float > 0 or None
        greatest distance from the training data that is called by name
    pauses_above : float [0..1] or None
        greatest share of silence between sounds that is called by name
    """

    temperature: float
    unsure_below: float
    unfamiliar_above: float | None
    pauses_above: float | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One model, as ``card.json`` describes it; see the classes above for the parts."""

    id: str
    title: str
    kind: str
    summary: str
    features: dict[str, object]
    net: Net
    parameters: int
    weights: Weights | None
    recipe: dict[str, object]
    seed: int
    data: dict[str, object]
    licence: str
    splits: dict[str, Split]
    scores: dict[str, Scores]
    calibration: Calibration
    created: str
    versions: dict[str, object]
    members: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        """Hold every value against its rule."""
        is_vote = self.kind == "vote"
        rules = {
            "id": _ID.fullmatch(self.id),
            "kind": self.kind in KINDS,
            "members": bool(self.members) == is_vote and len(set(self.members)) == len(self.members),
            "net.config.shares": not is_vote or _shares_hold(self.net.config.get("shares"), self.members),
            "weights": is_vote if self.weights is None else not is_vote and _weights_hold(self.weights),
            "parameters": self.parameters >= 0,
            "splits": set(self.splits) <= set(PROTOCOLS),
            "scores": bool(self.scores) and set(self.scores) <= set(PROTOCOLS),
            "created": _DATE.fullmatch(self.created),
            "calibration.temperature": 0.0 < self.calibration.temperature <= 100.0,
            "calibration.unsure_below": 0.0 <= self.calibration.unsure_below <= 1.0,
            "calibration.unfamiliar_above": self.calibration.unfamiliar_above is None
            or self.calibration.unfamiliar_above > 0.0,
            "calibration.pauses_above": 0.0 <= (self.calibration.pauses_above or 0.0) <= 1.0,
        }
        rules |= {f"scores.{name}": _scores_hold(scores) for name, scores in self.scores.items()}
        for name, holds in rules.items():
            if not holds:
                raise ModelError(f"The card of model {reprlib.repr(self.id)} is not valid: `{name}` is out of range.")

    @property
    def shares(self) -> tuple[float, ...]:
        """How much each member of a vote counts; all alike where the card does not say."""
        given = self.net.config.get("shares")
        return (
            tuple(float(given[name]) for name in self.members)
            if isinstance(given, dict)
            else (1.0,) * len(self.members)
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Card:
        """Read the plain dictionary of a card.

        Raises
        ------
        ModelError
            naming the key that is unknown, missing, of another type or out of range
        """
        try:
            return strict.read(cls, data, "card")
        except ValueError as error:
            raise ModelError(f"The model's card is not as expected: {error}") from error

    @classmethod
    def from_bytes(cls, data: bytes) -> Card:
        """Read the bytes of ``card.json``; raises as :meth:`from_json` does."""
        if len(data) > MAX_CARD_BYTES:
            raise ModelError(f"The card takes {len(data):,} bytes; at most {MAX_CARD_BYTES:,} are accepted.")
        try:
            parsed = strict.parse(data)
        except ValueError as error:
            raise ModelError("The model's card is not valid JSON.", details=str(error)) from error
        return cls.from_json(parsed)

    def to_json(self) -> dict[str, Any]:
        """Return the plain dictionary that :meth:`from_json` reads."""
        return asdict(self)

    @property
    def protocol(self) -> str:
        """The strictest protocol the model was scored under: the one its headline number comes from."""
        return next(name for name in PROTOCOLS if name in self.scores)

    @property
    def headline(self) -> Scores:
        """Scores under :attr:`protocol`."""
        return self.scores[self.protocol]


def _shares_hold(given: object, members: tuple[str, ...]) -> bool:
    if given is None:
        return True
    if not isinstance(given, dict) or set(given) != set(members):
        return False
    numbers = [share for share in given.values() if isinstance(share, int | float) and not isinstance(share, bool)]
    return len(numbers) == len(members) and all(0.0 <= share <= 1.0 for share in numbers) and sum(numbers) > 0.0


def _weights_hold(weights: Weights) -> bool:
    return bool(_FILE.fullmatch(weights.file) and _SHA256.fullmatch(weights.sha256) and weights.bytes > 0)


def _scores_hold(scores: Scores) -> bool:
    estimates = (scores.accuracy, scores.macro_f1)
    shares = [scores.ece, scores.coverage, *(x for e in estimates for x in (e.value, e.low, e.high))]
    if scores.accuracy_when_sure is not None:
        shares.append(scores.accuracy_when_sure)
    square = len(scores.confusion) == len(GENRES) and all(len(row) == len(GENRES) for row in scores.confusion)
    counts = [count for row in scores.confusion for count in row]
    return (
        all(0.0 <= share <= 1.0 for share in shares)
        and all(e.low <= e.high and e.n > 0 for e in estimates)
        and square
        and min(counts) >= 0
    )
