"""What all commands share: the application, the option ``--json``, and how an error is said."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.exceptions import TyperException

import mgc
from mgc.errors import MgcError

__all__ = ["JsonOption", "app", "main", "one_sentence", "print_json", "printable", "run"]

STOPPED: Final = 130  # exit status after Ctrl-C, as shells have it: 128 and the number of the signal

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


def run(prog_name: str) -> int:
    """Run the command that the process was started with; return its exit status.

    A command line that cannot be understood costs one sentence and status 2, Ctrl-C one word and status 130; with
    ``--json`` among the arguments both are JSON on stdout, as every other error.
    """
    try:
        status = app(prog_name=prog_name, standalone_mode=False) or 0
    except TyperException as error:
        say = getattr(error, "format_message", error.__str__)  # the longer one, with the option's name
        if said := say().rstrip("."):  # nothing when the help was asked for by saying nothing
            _say(f"{said}. See {prog_name} --help.", "UsageError")
        return 2
    if status == STOPPED:
        _say("Stopped.", "Stopped")
    return int(status)


def _say(sentence: str, kind: str) -> None:
    typer.echo(printable(sentence), err=True)
    if "--json" in sys.argv[1:]:
        print_json({"error": {"type": kind, "message": sentence}})


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
