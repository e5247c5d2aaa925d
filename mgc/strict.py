"""Read JSON into frozen dataclasses, strictly: what is not expected is refused, never ignored.

Known are ``int``, ``float`` (an int will do; no NaN, no infinity), ``str``, ``object`` (anything), ``X | None``,
``Literal["a", ...]``, ``tuple[X, ...]``, ``tuple[X, Y]``, ``dict[str, X]`` and dataclasses of these.
"""

from __future__ import annotations

import json
import reprlib
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

__all__ = ["parse", "read"]

Record = TypeVar("Record")


def parse(data: bytes) -> Any:
    """Parse JSON bytes; refuse NaN, infinity, twin keys and endless nesting.

    Raises
    ------
    ValueError
        when it is not such JSON
    """
    try:
        return json.loads(data, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def read(kind: type[Record], value: Any, where: str) -> Record:
    """Read ``value`` as the dataclass ``kind``.

    Parameters
    ----------
    kind : type
        a dataclass
    value : object
        what :func:`parse` returned
    where : str
        how the error calls ``value``

    Raises
    ------
    ValueError
        naming the key that is unknown, missing or of another type
    """
    if not isinstance(value, Mapping):
        raise _invalid(where, value, "an object")
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]  # every caller passes a dataclass
    needed = {name for name, f in known.items() if f.default is MISSING}
    if unknown := sorted(set(value) - set(known)):
        raise ValueError(f"Unknown keys in `{where}`: {reprlib.repr(unknown)}.")
    if missing := sorted(needed - set(value)):
        raise ValueError(f"Missing keys in `{where}`: {', '.join(missing)}.")
    hints = _hints(cast("Any", kind))
    return kind(**{name: _value(hints[name], part, f"{where}.{name}") for name, part in value.items()})


def _value(kind: Any, value: Any, where: str) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:  # X | None
        return None if value is None else _value(inner[0], value, where)
    if is_dataclass(kind):
        return read(kind, value, where)  # type: ignore[arg-type]  # a dataclass, not an instance of one
    if origin is Literal and any(type(value) is type(word) and value == word for word in inner):
        return value
    if origin is tuple and isinstance(value, list | tuple):
        kinds = (inner[0],) * len(value) if inner[-1] is Ellipsis else inner
        if len(kinds) == len(value):
            return tuple(
                _value(each, part, f"{where}[{position}]")
                for position, (each, part) in enumerate(zip(kinds, value, strict=True))
            )
    if origin is dict and isinstance(value, Mapping):
        return {name: _value(inner[1], part, f"{where}.{name}") for name, part in value.items()}
    if kind is float and type(value) in (int, float) and abs(value) < 1e100:  # false for NaN
        return float(value)
    if kind is object or (kind in (int, str) and type(value) is kind):
        return value
    raise _invalid(where, value, str(getattr(kind, "__name__", kind)))


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not a number of JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) < len(pairs):  # a later twin would win silently, and two readers could disagree
        raise ValueError("a key stands twice")
    return held


def _invalid(where: str, value: Any, expected: str) -> ValueError:
    return ValueError(f"Invalid value for `{where}`. Received: {reprlib.repr(value)}. Expected: {expected}.")
