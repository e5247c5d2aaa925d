"""``extract``, ``splits`` and ``doubt``: what is found out about a data set."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer

from mgc.cli.asking import IdArgument, extracted, opened, progress
from mgc.cli.frame import JsonOption, app, one_sentence, print_json, printable
from mgc.datasets.base import normalised_artist
from mgc.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mgc.audit.leaving import Leaving
    from mgc.audit.report import Doubts
    from mgc.extraction.job import Status
    from mgc.splits import Leak, Split

__all__ = ["doubt", "extract", "splits"]

_SHOWN: Final = 10  # findings of each kind
_LEAVING: Final = {
    "unusable": "cannot be used",
    "two labels": "one sound, another label: ",
    "copy": "a copy of ",
    "near copy": "nearly a copy of ",
}
_LEAKS: Final = {  # what a fold shares with its test part: one, several
    "tracks": ("track", "tracks"),
    "artists": ("artist", "artists"),
    "guests": ("artist as a guest of another", "artists as guests of others"),
    "duplicates": ("exact copy", "exact copies"),
    "near": ("near copy", "near copies"),
}


@app.command()
def extract(
    name: IdArgument,
    kinds: Annotated[str, typer.Option(help="what, with commas between")] = "descriptors,mel",
    as_json: JsonOption = False,
) -> None:
    """Measure every track on all cores; stopped with Ctrl-C or killed, it goes on where it was."""
    with one_sentence(as_json=as_json):
        opened(name)
        status = extracted(name, tuple(kind.strip() for kind in kinds.split(",") if kind.strip()))
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
    form: Annotated[
        str | None, typer.Option(help="written (10 folds of 72/18/10 %) or intended (5 of 64/16/20 %)")
    ] = None,
    near: Annotated[bool, typer.Option("--near", help="look for near duplicates, too; needs `extract` first")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say who is trained and tested on what under a protocol, and what leaks between the two."""
    from mgc import splits as protocols
    from mgc.datasets import validation
    from mgc.extraction.collected import collected

    with one_sentence(as_json=as_json):
        dataset = opened(name)
        known = validation.kept(name, dataset), collected(name)
        same, heard = protocols.copies(*known), protocols.heard(*known)
        split = protocols.make_split(dataset.tracks, protocol, k=k, form=form, together=same)  # type: ignore[arg-type]  # it checks words
        leaks = protocols.audit(split, dataset.tracks, exact=same, near=_alike(name) if near else ())
    n_heard = sum(track.id in heard or track.md5 is not None for track in dataset.tracks)
    looked_for = {
        "ids": True,
        "artists": any(normalised_artist(track.artist) for track in dataset.tracks),
        "samples": n_heard > 0,
        "near": near,
    }
    compared = [what for what, is_known in looked_for.items() if is_known]
    if as_json:
        counts = {"compared": compared, "samples_compared": n_heard}
        print_json({"id": name, **asdict(split), "leaks": [asdict(leak) for leak in leaks], **counts})
        return
    typer.echo(f"{name}, {split.protocol}: {split.description}")
    typer.echo(f"seed {split.seed}, sha256 {split.hash}")
    _show_compared(name, compared, n_heard, len(dataset.tracks))
    _show_folds(split, leaks)


@app.command()
def doubt(name: IdArgument, as_json: JsonOption = False) -> None:
    """Name what is doubtful in a data set: duplicates, artists that weigh too much, odd labels, outliers."""
    from mgc.audit.kept import doubts as kept_doubts
    from mgc.audit.leaving import leave_out
    from mgc.datasets import validation
    from mgc.extraction.collected import collected

    with one_sentence(as_json=as_json):
        dataset = opened(name)
        measured = collected(name)
        if measured is None:
            extracted(name, ("descriptors", "mel"))
            measured = collected(name)
        if measured is None:
            raise DatasetError(f"The tracks of {name} could not be measured; `extract {name}` says why.")
        report = validation.kept(name, dataset)
        if report is None:
            with progress("reading") as tell:
                report = validation.validate(dataset, tell)
        with progress("looking") as tell:
            doubts = kept_doubts(name, dataset, measured, report, lambda _, done, total: tell(done, total))
    leaving = leave_out(doubts, dataset.tracks)
    if as_json:
        print_json({"id": name, **doubts.to_json(), "leave_out": [asdict(one) for one in leaving]})
    else:
        _show_doubts(name, doubts, leaving)


def _show_compared(name: str, compared: Sequence[str], n_heard: int, n_tracks: int) -> None:
    """Say which leaks were looked for; what was not compared is not clean."""
    of = f"samples of {n_heard:,} of {n_tracks:,} tracks" if n_heard < n_tracks else "samples"
    typer.echo(f"compared: {', '.join({'samples': of, 'near': 'near duplicates'}.get(one, one) for one in compared)}")
    missing = {
        "artists": "artists not compared: none is known",
        "samples": f"samples not compared: run `dataset validate {name}` first",
        "near": "near duplicates not compared: --near does",
    }
    for what, sentence in missing.items():
        if what not in compared:
            typer.echo(sentence)


def _show_folds(split: Split, leaks: Sequence[Leak]) -> None:
    for number, (fold, leak) in enumerate(zip(split.folds, leaks, strict=True), 1):
        counts = asdict(leak)
        tied = counts.pop("validation")
        shared = ", ".join(f"{n} {_LEAKS[what][n > 1]}" for what, n in counts.items() if n) or "nothing"
        also = f"; {tied} validation {_LEAKS['tracks'][tied > 1]} tied to training" * bool(tied)
        typer.echo(
            f"    fold {number}: {len(fold.train)} train, {len(fold.validation)} validation, {len(fold.test)} test; "
            f"shared with the test part: {shared}{also}"
        )


def _alike(name: str) -> tuple[tuple[str, str], ...]:
    """Return pairs of tracks with the same recording in them."""
    from mgc.audit.duplicates import near_pairs
    from mgc.extraction.collected import collected

    measured = collected(name)
    if measured is None:
        raise DatasetError(f"Nothing was measured on {name} yet; `extract {name}` does.")
    found = near_pairs(measured.ids, measured.pictures, measured.widths)
    return tuple((pair.first, pair.second) for pair in found)


def _show_status(name: str, status: Status) -> None:
    typer.echo(f"{name}: {status.state}, {status.done} of {status.total} tracks")
    for track, sentence in status.failed:
        typer.echo(f"    {printable(track)}: {printable(sentence)}", err=True)
    if status.why:
        typer.echo(status.why, err=True)


def _show_doubts(name: str, doubts: Doubts, leaving: tuple[Leaving, ...]) -> None:
    """Print the first few of each kind; ``--json`` has all."""
    from mgc.audit.artists import is_concentrated

    lines = {
        "tracks that a fair experiment leaves out": [f"{one.track}: {_LEAVING[one.why]}{one.other}" for one in leaving],
        "exact duplicates": [f"{pair.first} = {pair.second} (same {pair.by})" for pair in doubts.exact],
        "near duplicates": [f"{pair.first} ~ {pair.second} (likeness {pair.likeness:.2f})" for pair in doubts.near],
        "doubtful labels": [
            f"{one.track} is called {one.given}, looks like {one.looks_like} "
            + (f"(same sound as {one.twin})" if one.p is None else f"(probability {one.p:.2f})")
            for one in doubts.labels
        ],
        "outliers": [f"{one.track} ({', '.join(column for column, _ in one.because)})" for one in doubts.outliers],
        "broken or altered": [f"{one.track}: {one.sentence}" for one in doubts.broken],
        "genres with one loud artist": [
            f"{one.genre}: {one.largest_tracks} of {one.tracks} by {one.largest}"
            for one in doubts.artists
            if is_concentrated(one)
        ],
    }
    for what, found in lines.items():
        typer.echo(f"{name}: {len(found)} {what}")
        for line in found[:_SHOWN]:
            typer.echo(f"    {printable(line)}")
        if len(found) > _SHOWN:
            typer.echo(f"    ... and {len(found) - _SHOWN} more (--json has all)")
    for one in doubts.published:
        typer.echo(f"published: {one.count} {one.what} ({one.source})")
    if doubts.judge:
        right, low, high = (f"{share:.0%}" for share in (doubts.judge.right, doubts.judge.low, doubts.judge.high))
        typer.echo(f"the judge of the labels names {right} of them right ({low} to {high}, n {doubts.judge.n})")
    for note in doubts.notes:
        typer.echo(note)
