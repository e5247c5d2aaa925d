"""What all commands share: the application, the option ``--json``, and how an error is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

import mgc
from mgc.errors import MgcError

__all__ = ["JsonOption", "app", "main", "one_sentence", "print_json", "printable"]

app = typer.Typer(
    help="Which genre is this, how sure are you, and can I trust that number?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

JsonOption = Annotated[bool, typer.Option("--json", help="print JSON, and nothing else, on stdout")]


@app.callback(invoke_without_command=True)
def main(version: Annotated[bool, typer.Option("--version", help="print the version and stop")] = False) -> None:
    """Which genre is this, how sure are you, and can I trust that number?"""
    if version:
        typer.echo(f"mgc {mgc.__version__}")
        raise typer.Exit


@contextmanager
def one_sentence(*, as_json: bool = False) -> Iterator[None]:
    """Turn an error of ours into a sentence on stderr, with ``as_json`` also into JSON, and exit status 1."""
    try:
        yield
    except MgcError as error:
        typer.echo(printable(error.user_message), err=True)
        if as_json:
            print_json({"error": {"type": type(error).__name__, "message": error.user_message}})
        raise typer.Exit(1) from error


def printable(text: Path | str) -> str:
    """Return a name without control characters, which a terminal would obey."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(text))


def print_json(record: Any) -> None:
    """Print a record as JSON that every reader accepts."""
    typer.echo(json.dumps(record, indent=1, allow_nan=False))
