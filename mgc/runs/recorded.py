"""A run as it is read: one's own, from the rows of its job, or one of the gallery, from its files; never written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from mgc.evaluation.predictions import Predictions
    from mgc.runs.plan import Config

__all__ = ["Fold", "Listed", "Recorded", "Source"]

Source = Literal["gallery", "own"]


@dataclass(frozen=True, slots=True)
class Fold:
    """How far one fold is; numbers begin at 0.

    ``seconds`` are those of the whole fold, ``clip_seconds`` those of judging one clip (or segment) after training.
    What was not recorded is None.
    """

    number: int
    state: str
    epochs: int
    best_epoch: int | None
    accuracy: float | None
    n: int
    seconds: float | None
    clip_seconds: float | None = None
    parameters: int | None = None
    n_train: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list shows of a run; ``id`` is the number of its job, or its name in the gallery."""

    id: str
    source: Source
    state: str
    title: str
    note: str
    created: float
    config: Config


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """A run with all that it has come to: ``said`` of its tested clips, and the epochs of ``history`` in their order.

    ``why`` is a sentence where it failed, or where not all of it can be read any more.
    """

    listed: Listed
    folds: tuple[Fold, ...]
    history: tuple[dict[str, Any], ...]
    said: Predictions
    why: str = ""

    @property
    def id(self) -> str:
        """The number of its job, or its name in the gallery."""
        return self.listed.id

    @property
    def config(self) -> Config:
        """What makes it."""
        return self.listed.config
