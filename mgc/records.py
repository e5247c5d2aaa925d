"""Records in JSON files: frozen dataclasses, written whole, read strictly by pydantic.

A record is a plain dataclass; nested ones, ``X | None``, ``Literal``, ``tuple[X, ...]`` and ``dict[str, X]`` are fine.
Reading refuses what is not expected, never ignores it: unknown keys, missing keys, values of another type (an int is
accepted for a float), NaN and infinity, a key that occurs twice, and endless nesting. Fields added to a record later
need a default, so that old files can still be read.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from mgc import files

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["parse", "read", "write"]

Record = TypeVar("Record")

_STRICT: Final = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


def parse(data: bytes) -> Any:
    """Parse JSON; raise a ValueError for anything else, NaN, infinity, a key that occurs twice, and endless nesting."""
    try:
        return json.loads(data, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def read(kind: type[Record], data: bytes, where: str) -> Record:
    """Read JSON as a dataclass; every field has exactly the type that ``kind`` declares, so lists may become tuples.

    ``where`` is the name of the file, for the ValueError, which names the first field that is unknown, missing, or of
    another type.
    """
    parse(data)  # pydantic's own parser keeps the last of two equal keys
    try:
        found: Record | None = _adapter(kind).validate_json(data)  # type: ignore[arg-type]  # types are hashable
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in (where, *first["loc"]))
        raise ValueError(f"Invalid value for `{place}`: {first['msg']}.") from error
    if found is None:
        raise ValueError(f"Invalid value for `{where}`: null.")
    return found


def write(path: Path, record: Any) -> None:
    """Write a dataclass, or anything that JSON knows; a reader sees the old file or the new one, whole.

    Raises
    ------
    OSError
        when the folder is missing or the disk is full; ``path`` is then as it was
    ValueError
        when a number is not finite
    """
    plain = asdict(record) if hasattr(record, "__dataclass_fields__") else record
    files.write(path, json.dumps(plain, indent=1, allow_nan=False).encode())


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    # A dataclass takes no configuration here, but a union with one does, and hands it down.
    return TypeAdapter(kind | None, config=_STRICT)


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not a number of JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) < len(pairs):
        raise ValueError("a key occurs twice")
    return held
