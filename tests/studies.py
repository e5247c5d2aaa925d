"""Studies whose trials are told by a test, in place of processes that fit something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mgc.runs import tuning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest


class Process:
    """Stands in for the processes of trials; the loss is what ``loss`` makes of the values."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, events: Callable[[dict[str, Any]], Iterator[Any]]) -> None:
        self.tasks: list[dict[str, Any]] = []
        self._events = events
        monkeypatch.setattr(tuning, "in_process", self)

    def __call__(self, context: Any, place: Path, task: dict[str, Any], note: Any, **_: object) -> dict[str, Any]:
        self.tasks.append(task)
        for kind, event in self._events(task):
            note(kind, [event])
        return {}


def judged(task: dict[str, Any]) -> Iterator[Any]:
    """Yield what a trial of a recipe that is fitted at once reports: the loss is the distance from C = 1."""
    for number in range(task["begin"], 2):
        loss = abs(float(np.log10(task["values"]["c"])))
        yield "fold", {"number": number}
        yield "judged", {"loss": loss, "accuracy": 1 / (1 + loss), "n": 3, "epoch": 0}
