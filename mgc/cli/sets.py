"""``datasets``, ``dataset add | validate | remove``, ``extract``, ``splits`` and ``doubt``: what is asked of data sets.

The studio needs no adding: the first command that names it makes it. Progress goes to stderr, and only to a terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mgc.cli.frame import JsonOption, app, one_sentence, print_json, printable
from mgc.errors import DatasetError, MgcError

if TYPE_CHECKING:
    from mgc.datasets.base import Dataset
    from mgc.extraction.job import Status

__all__ = ["add", "datasets", "doubt", "extract", "remove", "splits", "validate"]

dataset_app = typer.Typer(help="Add, validate or remove a data set.", no_args_is_help=True)
app.add_typer(dataset_app, name="dataset")

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="of a data set, see `datasets`")]


@app.command()
def datasets(as_json: JsonOption = False) -> None:
    """List the data sets on the shelf."""
    from mgc.datasets import shelf

    with one_sentence(as_json=as_json):
        listed: list[dict[str, Any]] = []
        for name in shelf.ids():
            try:
                listed.append(asdict(shelf.describe(name)))
            except MgcError as error:
                listed.append({"id": name, "error": {"type": type(error).__name__, "message": error.user_message}})
    if as_json:
        print_json(listed)
        return
    for one in listed:
        if "error" in one:
            typer.echo(f"{one['id']:16} {one['error']['message']}", err=True)
        else:
            note = "" if one["made"] else " (made when it is first asked for)"
            typer.echo(f"{one['id']:16} {printable(one['title'])}: {one['tracks']:,} tracks, {one['source']}{note}")


@dataset_app.command()
def add(
    what: Annotated[str, typer.Argument(metavar="PATH|gtzan|studio", help="a folder, a ZIP file, or one of the two")],
    source: Annotated[str, typer.Option(help="where to download gtzan: kaggle or huggingface")] = "kaggle",
    as_json: JsonOption = False,
) -> None:
    """Put a data set on the shelf: a folder or ZIP of genre/track.ext, GTZAN (downloaded), or the studio."""
    from mgc.datasets import shelf

    with one_sentence(as_json=as_json):
        if what == "studio":
            name = _made("studio")
        elif what == "gtzan":
            with _progress("downloading", scale=2**20, unit=" MB") as tell:
                name = shelf.add_gtzan(source, tell)
        else:
            name = shelf.add_path(what)
        dataset = shelf.open_dataset(name)
    if as_json:
        print_json(_described(dataset))
    else:
        typer.echo(f"{name}: {printable(dataset.summary())}")


@dataset_app.command()
def validate(name: IdArgument, as_json: JsonOption = False) -> None:
    """Read every file once; say whether the data set is whole, partial or altered, and name all that is wrong."""
    from mgc.datasets import validation

    with one_sentence(as_json=as_json):
        dataset = _opened(name)
        with _progress("reading") as tell:
            report = validation.validate(dataset, tell)
    if as_json:
        print_json({"id": name, **asdict(report)})
        return
    typer.echo(f"{name} is {report.sentence()}.")
    for finding in report.findings:
        typer.echo(f"    {finding.kind:10} {printable(finding.sentence)}")


@dataset_app.command()
def remove(name: IdArgument, as_json: JsonOption = False) -> None:
    """Take a data set off the shelf; files that were added by their path stay where they are."""
    from mgc.datasets import shelf

    with one_sentence(as_json=as_json):
        if name != "studio" and name not in shelf.ids():
            raise DatasetError(f"There is no data set called {name!r}; `datasets` lists them.")
        shelf.remove(name)
    if as_json:
        print_json({"removed": name})
    else:
        typer.echo(f"{name} was removed.")


@app.command()
def extract(
    name: IdArgument,
    kinds: Annotated[str, typer.Option(help="what, with commas between")] = "descriptors,mel",
    as_json: JsonOption = False,
) -> None:
    """Measure every track on all cores; stopped with Ctrl-C or killed, it goes on where it was."""
    with one_sentence(as_json=as_json):
        _opened(name)
        status = _extracted(name, tuple(kind.strip() for kind in kinds.split(",") if kind.strip()))
    if as_json:
        print_json({"id": name, **asdict(status)})
    else:
        _show_status(name, status)
    if status.state != "finished":
        raise typer.Exit(1)


@app.command()
def splits(
    name: IdArgument,
    protocol: Annotated[str, typer.Option(help="segments, tracks, artists or filtered")],
    k: Annotated[int, typer.Option("--k", help="folds")] = 5,
    as_json: JsonOption = False,
) -> None:
    """Say who is trained and tested on what under a protocol, and what leaks between the two."""
    from mgc import splits as protocols

    with one_sentence(as_json=as_json):
        dataset = _opened(name)
        split = protocols.make_split(dataset.tracks, protocol, k=k)  # type: ignore[arg-type]  # it checks the word
        leaks = protocols.audit(split, dataset.tracks)
    if as_json:
        print_json({"id": name, **asdict(split), "leaks": [asdict(leak) for leak in leaks]})
        return
    typer.echo(f"{name}, {split.protocol}: {split.description}")
    typer.echo(f"seed {split.seed}, sha256 {split.hash}")
    for number, (fold, leak) in enumerate(zip(split.folds, leaks, strict=True), 1):
        shared = ", ".join(f"{count} {what}" for what, count in asdict(leak).items() if count) or "nothing"
        typer.echo(
            f"    fold {number}: {len(fold.train)} train, {len(fold.validation)} validation, {len(fold.test)} test; "
            f"shared with the test part: {shared}"
        )


@app.command()
def doubt(name: IdArgument, as_json: JsonOption = False) -> None:
    """Name what is doubtful in a data set: duplicates, artists that weigh too much, odd labels, outliers."""
    from mgc.doubt.report import examine
    from mgc.extraction.collected import collected

    with one_sentence(as_json=as_json):
        dataset = _opened(name)
        measured = collected(name)
        if measured is None:
            _extracted(name, ("descriptors", "mel"))
            measured = collected(name)
        if measured is None:
            raise DatasetError(f"The tracks of {name} could not be measured; `extract {name}` says why.")
        doubts = examine(dataset, measured)
    record = {"id": name, **doubts.to_json()}
    if as_json:
        print_json(record)
        return
    for what, found in record.items():
        typer.echo(f"{what}: {len(found)} found" if isinstance(found, list) else f"{what}: {found}")


def _opened(name: str) -> Dataset:
    """Open a data set by id, making the studio first where it is named for the first time."""
    from mgc.datasets import shelf

    return shelf.open_dataset(_made(name))


def _extracted(name: str, kinds: tuple[str, ...]) -> Status:
    """Start the extraction of a data set, or go on with it, and wait; Ctrl-C cancels it."""
    from mgc.extraction import job

    with _progress("extracting") as tell:
        job.start(name, kinds)
        try:
            return job.wait(name, lambda now: tell(now.done, now.total))
        except KeyboardInterrupt:
            return job.cancel(name)


def _made(name: str) -> str:
    from mgc.datasets import shelf

    if name == "studio" and not shelf.describe(name).made:
        with _progress("rendering the studio") as tell:
            shelf.make_studio(tell)
    return name


def _described(dataset: Dataset) -> dict[str, Any]:
    return {
        "id": dataset.id,
        "title": dataset.title,
        "source": dataset.source,
        "tracks": len(dataset.tracks),
        "audio": sum(track.audio is not None for track in dataset.tracks),
        "pictures": sum(track.picture is not None for track in dataset.tracks),
        "genres": list(dataset.genres),
        "faults": [asdict(fault) for fault in dataset.faults],
    }


def _show_status(name: str, status: Status) -> None:
    typer.echo(f"{name}: {status.state}, {status.done} of {status.total} tracks")
    for track, sentence in status.failed:
        typer.echo(f"    {printable(track)}: {printable(sentence)}", err=True)
    if status.why:
        typer.echo(status.why, err=True)


@contextmanager
def _progress(label: str, *, scale: int = 1, unit: str = "") -> Iterator[Callable[[int, int], None]]:
    """Yield ``tell(done, total)``, which keeps one line of a terminal up to date."""
    is_terminal = sys.stderr.isatty()

    def tell(done: int, total: int) -> None:
        if is_terminal:
            of = f" of {total // scale:,}{unit}" if total else unit
            typer.echo(f"\r{label}: {done // scale:,}{of} ", err=True, nl=False)

    yield tell
    if is_terminal:
        typer.echo("", err=True)
