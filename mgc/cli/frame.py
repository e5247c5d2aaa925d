"""What all commands share: the application, ``--json``, errors as sentences, waiting for a job, a line of progress.

Progress goes to stderr, and only to a terminal.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.exceptions import TyperException

import mgc
from mgc.errors import DatasetError, MgcError

if TYPE_CHECKING:
    from mgc.jobs import Job

__all__ = ["Answer", "JsonOption", "app", "command", "error_record", "finished", "first", "is_terminal", "main",
           "one_sentence", "print_json", "printable", "progress", "run", "seconds_left"]  # fmt: skip

STOPPED: Final = 130  # exit status after Ctrl-C, as shells have it: 128 and the number of the signal
BYTES: Final = 10_000_000  # a total above this counts bytes
SHOWN: Final = 10  # findings of each kind that are printed without --json

app = typer.Typer(
    help="Classify music by genre, explore data sets, and see how far the numbers can be trusted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
JsonOption = Annotated[bool, typer.Option("--json", help="print only JSON to stdout")]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answers: a record for ``--json``, lines of text in its place; exit status 1 unless it is good."""

    record: Any
    lines: Iterable[str] = ()
    is_good: bool = True


def command(
    at: typer.Typer, name: str | None = None, *, hidden: bool = False
) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Register a function as a command that has ``--json``, too."""

    def register(function: Callable[..., Answer]) -> Callable[..., Answer]:
        @wraps(function)
        def run(*, as_json: bool, **given: Any) -> None:
            with one_sentence(as_json=as_json):
                answer = function(**given)
                if as_json:
                    print_json(answer.record)
                for line in () if as_json else answer.lines:
                    typer.echo(line)
            if not answer.is_good:
                raise typer.Exit(1)

        known = inspect.signature(function, eval_str=True)
        added = inspect.Parameter("as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=JsonOption)
        run.__signature__ = known.replace(parameters=[*known.parameters.values(), added])  # type: ignore[attr-defined]
        at.command(name, hidden=hidden)(run)
        return function

    return register


@app.callback(invoke_without_command=True)
def main(version: Annotated[bool, typer.Option("--version", help="print the version and exit")] = False) -> None:
    """Classify music by genre, explore data sets, and see how far the numbers can be trusted."""
    if version:
        typer.echo(f"mgc {mgc.__version__}")
        raise typer.Exit


def run(prog_name: str) -> int:
    """Run the command that the process was started with; return its exit status.

    A wrong command line ends in one sentence and status 2, Ctrl-C in "Stopped." and status 130; with ``--json`` among
    the arguments both are JSON on stdout, as every other error.
    """
    try:
        status = app(prog_name=prog_name, standalone_mode=False) or 0
    except TyperException as error:
        say = getattr(error, "format_message", error.__str__)  # the longer one, with the option's name
        if said := say().rstrip("."):  # nothing when no command was given, which prints the help
            _print_error(f"{said}. See {prog_name} --help.", "UsageError", as_json="--json" in sys.argv[1:])
        return 2
    if status == STOPPED:
        _print_error("Stopped.", "Stopped", as_json="--json" in sys.argv[1:])
    return int(status)


@contextmanager
def one_sentence(*, as_json: bool = False) -> Iterator[None]:
    """Turn an error of ours into a sentence on stderr, with ``as_json`` also into JSON, and exit status 1."""
    try:
        yield
    except MgcError as error:
        _print_error(error.user_message, type(error).__name__, as_json=as_json)
        raise typer.Exit(1) from error


def _print_error(sentence: str, kind: str, *, as_json: bool) -> None:
    typer.echo(printable(sentence), err=True)
    if as_json:
        print_json({"error": {"type": kind, "message": sentence}})


def error_record(error: MgcError) -> dict[str, str]:
    """Return an error as JSON has it."""
    return {"type": type(error).__name__, "message": error.user_message}


def printable(text: Path | str) -> str:
    """Return a name without control characters, which a terminal would obey."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(text))


def print_json(record: Any) -> None:
    """Print a record as JSON that every reader accepts."""
    typer.echo(json.dumps(record, indent=1, allow_nan=False))


def first(lines: Sequence[str], label: str = "") -> Iterator[str]:
    """Yield the first lines of a list, indented and after a label, and how many more there are."""
    for line in lines[:SHOWN]:
        yield f"    {label}{printable(line)}"
    if len(lines) > SHOWN:
        yield f"    {label}... and {len(lines) - SHOWN:,} more (use --json to list all)"


def finished(start: Callable[[], Job], label: str) -> Job:
    """Start a job, or join one that does the same, and return it when it has finished; Ctrl-C cancels it.

    A DatasetError says why it failed, or that another program has cancelled it.
    """
    from mgc import jobs

    with progress(label) as show:
        job = start()

        def look(now: Job) -> None:
            scale = 2**20 if now.total > BYTES else 1
            unit, step = " MB" * (scale > 1), f": {now.step.lower()}" * bool(now.step)
            show(now.done // scale, now.total // scale, f"{unit}{step}{seconds_left(now.seconds_left)}")

        try:
            ended = jobs.wait(job.id, look)
        except KeyboardInterrupt:
            jobs.cancel(job.id)
            raise
        show(ended.done, ended.total)
    if ended.state == "cancelled":
        raise DatasetError(f"The job was cancelled; resume it with `mgc resume {job.id}`.")
    if ended.state != "finished":
        raise DatasetError(ended.why)
    return ended


def seconds_left(seconds: float | None) -> str:
    """Return how long the rest takes, "" while the pace is not known."""
    return "" if seconds is None else f", about {max(1, round(seconds)):,} s left"


@contextmanager
def progress(label: str) -> Iterator[Callable[..., None]]:
    """Yield ``show(done, total, note="")``, which keeps one line of a terminal up to date."""
    shown = is_terminal()

    def show(done: int, total: int, note: str = "") -> None:
        if shown:
            of = f" of {total:,}" if total else ""
            line = f"{label}: {done:,}{of}{note} "
            typer.echo(f"\r{line:70}" if note else f"\r{line}", err=True, nl=False)

    yield show
    if shown:
        typer.echo("", err=True)


def is_terminal() -> bool:
    """Tell whether stderr is a terminal."""
    return sys.stderr.isatty()
