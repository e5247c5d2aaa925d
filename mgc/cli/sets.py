"""``datasets`` and ``dataset add | validate | remove``: what stands on the registry."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from mgc.cli.asking import IdArgument, finished, made, opened
from mgc.cli.frame import JsonOption, app, one_sentence, print_json, printable
from mgc.errors import DatasetError, MgcError

if TYPE_CHECKING:
    from mgc.datasets.base import Dataset

__all__ = ["add", "dataset_app", "datasets", "remove", "validate"]

_SHOWN: Final = 10  # findings of each kind
dataset_app = typer.Typer(help="Add, validate or remove a data set.", no_args_is_help=True)
app.add_typer(dataset_app, name="dataset")


@app.command()
def datasets(as_json: JsonOption = False) -> None:
    """List the data sets on the registry."""
    from mgc.datasets import registry

    with one_sentence(as_json=as_json):
        listed: list[dict[str, Any]] = []
        for name in registry.ids():
            try:
                listed.append(asdict(registry.describe(name)))
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
    """Add a data set: a folder or ZIP of genre/track.ext, GTZAN (downloaded), or the studio."""
    from mgc.datasets import background, registry

    with one_sentence(as_json=as_json):
        if what == "studio":
            name = made("studio")
        elif what == "gtzan":
            name = finished(lambda: background.add_gtzan(source), "downloading").result["dataset"]
        else:
            name = finished(lambda: background.add_path(what), "adding").result["dataset"]
        dataset = registry.open_dataset(name)
    if as_json:
        print_json(_described(dataset))
    else:
        typer.echo(f"{name}: {printable(dataset.summary())}")
        typer.echo(
            "Its files are checked and its features extracted in the background; `mgc jobs` says how far that is."
        )


@dataset_app.command()
def validate(name: IdArgument, as_json: JsonOption = False) -> None:
    """Read every file once; say whether the data set is whole, partial or altered, and name all that is wrong."""
    from mgc.datasets import background, validation

    with one_sentence(as_json=as_json):
        dataset = opened(name)
        finished(lambda: background.check(name), "reading")
        report = validation.kept(name, dataset)
        if report is None:
            raise DatasetError("The files have changed while they were read; check them again.")
    if as_json:
        print_json({"id": name, **asdict(report)})
        return
    typer.echo(f"{name} is {report.sentence()}.")
    for kind in dict.fromkeys(finding.kind for finding in report.findings):
        found = [finding for finding in report.findings if finding.kind == kind]
        for finding in found[:_SHOWN]:
            typer.echo(f"    {finding.kind:10} {printable(finding.sentence)}")
        if len(found) > _SHOWN:
            typer.echo(f"    {kind:10} ... and {len(found) - _SHOWN:,} more (--json has all)")


@dataset_app.command()
def remove(name: IdArgument, as_json: JsonOption = False) -> None:
    """Remove a data set; files that were added by their path stay where they are."""
    from mgc.datasets import background, registry

    with one_sentence(as_json=as_json):
        if name != "studio" and name not in registry.ids():
            raise DatasetError(f"There is no data set called {name!r}; `datasets` lists them.")
        background.remove(name)
    if as_json:
        print_json({"removed": name})
    else:
        typer.echo(f"{name} was removed.")


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
