"""One table, one set of models, only the split changes: a record, beside the shipped models, of what leaks are worth.

The record is made by ``python -m mgc.shipping`` and read by the About page.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NAME", "Row", "read", "write"]

NAME: Final = "one_table.json"


@dataclass(frozen=True, slots=True)
class Row:
    """Accuracy of one model on 3 s rows under one protocol.

    Attributes
    ----------
    protocol, model : str
    value, low, high : float [0..1]
        share of rows named rightly, and its 95 % bootstrap interval over clips
    rows, clips : int
        tested
    """

    protocol: str
    model: str
    value: float
    low: float
    high: float
    rows: int
    clips: int


def write(rows: tuple[Row, ...], folder: Path) -> None:
    """Write the record into a folder of models."""
    (folder / NAME).write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")


def read(folder: Path) -> tuple[Row, ...]:
    """Return the record of a folder of models; nothing when there is none or it is not ours."""
    try:
        return tuple(Row(**row) for row in json.loads((folder / NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return ()
