"""What a fold needs to go on after its process was killed: saved after every epoch, whole or not at all.

Keras' BackupAndRestore loses callback state, and trains again from the start without a word when its metadata is gone
(Keras 3.15, measured). Here one file holds all: weights, optimiser, best weights, patience. It is written to another
name, flushed and moved; the two newest are kept; each carries the sha256 of its content, and one that does not fit is
passed over for the one before. A folder with files of which none can be read is an error, never a fresh start.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mgc import files
from mgc.errors import RecipeError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

__all__ = ["Progress", "State", "load", "save"]

_KEPT: Final = 2
Arrays = tuple["npt.NDArray[Any]", ...]


@dataclass(slots=True)
class Progress:
    """Where training stands after an epoch; ``best_epoch`` and ``best_loss`` are those of the weights to be taken."""

    stage: int = 0
    first: int = 0  # epochs done when this stage began
    epoch: int = 0  # epochs done, over all stages
    wait: int = 0  # epochs since the best
    best_loss: float | None = None
    best_epoch: int = 0
    is_over: bool = False  # of this stage
    history: list[dict[str, Any]] = field(default_factory=list)  # each epoch, as JSON


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A progress with the arrays that go with it."""

    progress: Progress
    weights: Arrays = ()
    optimizer: Arrays = ()
    best: Arrays = field(default=())


def save(folder: Path, state: State) -> None:
    """Write a state; an OSError says that the disk is full or the folder read-only, and leaves the older ones whole."""
    parts = {"weights": state.weights, "optimizer": state.optimizer, "best": state.best}
    held = {f"{name}{number:05d}": array for name, arrays in parts.items() for number, array in enumerate(arrays)}
    np.savez(packed := io.BytesIO(), allow_pickle=False, **held)
    about = json.dumps(asdict(state.progress)).encode()
    body = about + b"\n" + packed.getvalue()
    path = folder / f"state-{state.progress.stage}-{state.progress.epoch:06d}"
    files.write(path, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    for old in _newest_first(folder)[_KEPT:]:
        old.unlink(missing_ok=True)


def load(folder: Path) -> tuple[State | None, str]:
    """Return the newest whole state and a sentence where a newer one was passed over; None where nothing was saved.

    RecipeError when there are states and none of them is whole.
    """
    found = _newest_first(folder)
    for path in found:
        try:
            state = _read(path.read_bytes())
        except (OSError, ValueError, KeyError, TypeError):
            continue
        is_newest = path == found[0]
        went_on = f"The newest saved state was damaged; training continued from epoch {state.progress.epoch}."
        return state, "" if is_newest else went_on
    if found:
        raise RecipeError("No saved state of this fold can be read; start the run again.")
    return None, ""


def _newest_first(folder: Path) -> list[Path]:
    return sorted((path for path in folder.glob("state-*") if path.suffix == ""), reverse=True)


def _read(data: bytes) -> State:
    digest, _, body = data.partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise ValueError("it is not what was written")
    about, _, packed = body.partition(b"\n")
    with np.load(io.BytesIO(packed), allow_pickle=False) as held:
        parts: dict[str, list[npt.NDArray[Any]]] = {"weights": [], "optimizer": [], "best": []}
        for name in sorted(held.files):
            parts[name[:-5]].append(held[name])
    return State(Progress(**json.loads(about)), **{name: tuple(arrays) for name, arrays in parts.items()})
