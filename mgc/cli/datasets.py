"""``datasets``, ``dataset add | validate | remove``, ``extract``, ``splits``, ``audit`` and ``map``.

The studio needs no adding: the first command that names it makes it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from mgc.cli.frame import Answer, app, command, error_record, finished, first, printable, progress, seconds_left
from mgc.datasets.base import normalised_artist
from mgc.errors import DatasetError, MgcError
from mgc.splits import SEED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mgc.audit.report import AuditReport, Exclusion
    from mgc.datasets.base import Dataset
    from mgc.extraction.job import Status
    from mgc.splits import Leak, Split

__all__ = ["add", "audit", "dataset_app", "datasets", "extract", "extracted", "opened", "place", "remove", "splits",
           "validate"]  # fmt: skip

_REASONS: Final = {
    "unusable": "cannot be used",
    "two labels": "exact duplicate under another label: ",
    "copy": "exact duplicate of ",
    "near copy": "near duplicate of ",
}
_CONFIRMED: Final = {"": "candidate", "names": "confirmed by artist and title", "likeness": "confirmed by similarity"}
_LEAKS: Final = {  # what a fold shares with its test part: one, several
    "tracks": ("track", "tracks"),
    "artists": ("artist", "artists"),
    "guests": ("guest artist", "guest artists"),
    "duplicates": ("exact duplicate", "exact duplicates"),
    "near": ("near duplicate", "near duplicates"),
}

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="id of a data set, see `mgc datasets`")]
dataset_app = typer.Typer(help="Add, validate or remove a data set.", no_args_is_help=True)
app.add_typer(dataset_app, name="dataset")


@command(app)
def datasets() -> Answer:
    """List the data sets."""
    from mgc.datasets import registry

    listed: list[dict[str, Any]] = []
    for name in registry.ids():
        try:
            listed.append(asdict(registry.describe(name)))
        except MgcError as error:
            listed.append({"id": name, "error": error_record(error)})

    def lines() -> Iterator[str]:
        for one in listed:
            if "error" in one:
                typer.echo(f"{one['id']:16} {one['error']['message']}", err=True)
            else:
                note = "" if one["made"] else " (synthesised on first use)"
                yield f"{one['id']:16} {printable(one['title'])}: {one['tracks']:,} tracks, {one['source']}{note}"

    return Answer(listed, lines())


@command(dataset_app)
def add(
    what: Annotated[str, typer.Argument(metavar="PATH|gtzan|studio", help="a folder, a ZIP file, or a name")],
    source: Annotated[str, typer.Option(help="where to download GTZAN from: kaggle or huggingface")] = "kaggle",
) -> Answer:
    """Add a data set: a folder or ZIP file of genre/track.ext, GTZAN (a download), or the studio (synthesised)."""
    from mgc.datasets import background, registry

    if what == "studio":
        dataset = opened("studio")
    else:
        gtzan = what == "gtzan"
        job = finished(
            lambda: background.add_gtzan(source) if gtzan else background.add_path(what),
            "downloading" if gtzan else "adding",
        )
        dataset = registry.open_dataset(job.result["dataset"])
    record = {
        "id": dataset.id,
        "title": dataset.title,
        "source": dataset.source,
        "tracks": len(dataset.tracks),
        "audio": sum(track.audio is not None for track in dataset.tracks),
        "pictures": sum(track.picture is not None for track in dataset.tracks),
        "genres": list(dataset.genres),
        "faults": [asdict(fault) for fault in dataset.faults],
    }
    going_on = "Background jobs check its files and extract its features; see `mgc jobs`."
    return Answer(record, [f"{dataset.id}: {printable(dataset.summary())}", going_on])


@command(dataset_app)
def validate(name: IdArgument) -> Answer:
    """Check every file: is the data set complete, partial or altered, and what is wrong with it?"""
    from mgc.datasets import background, validation

    dataset = opened(name)
    finished(lambda: background.check(name), "checking")
    report = validation.kept(name, dataset)
    if report is None:
        raise DatasetError("The files changed while they were checked; check them again.")
    lines = [f"{name} is {report.sentence()}."]
    for kind in dict.fromkeys(finding.kind for finding in report.findings):
        lines += first([one.sentence for one in report.findings if one.kind == kind], f"{kind:10} ")
    return Answer({"id": name, **asdict(report)}, lines)


@command(dataset_app)
def remove(name: IdArgument) -> Answer:
    """Remove a data set; a folder that was added by its path is kept."""
    from mgc.datasets import background, registry

    if name != "studio" and name not in registry.ids():
        raise DatasetError(f"There is no data set called {name!r}; `mgc datasets` lists them.")
    background.remove(name)
    return Answer({"removed": name}, [f"{name} was removed."])


@command(app)
def extract(
    name: IdArgument,
    kinds: Annotated[str, typer.Option(help="descriptors, mel, embeddings; separated by commas")] = "descriptors,mel",
) -> Answer:
    """Extract the features of every track on all cores; after Ctrl-C, run it again to continue."""
    opened(name)
    status = extracted(name, tuple(kind.strip() for kind in kinds.split(",") if kind.strip()))
    return Answer({"id": name, **asdict(status)}, _status_lines(name, status), is_good=status.state == "finished")


@command(app)
def splits(
    name: IdArgument,
    protocol: Annotated[str, typer.Option(help="segments, tracks, artists or filtered")],
    k: Annotated[int, typer.Option("--k", help="number of folds")] = 5,
    form: Annotated[
        str | None,
        typer.Option(
            help="split of the student project: written (10 folds, 72/18/10 %) or intended (5 folds, 64/16/20 %)"
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="seed of the shuffle, as in the card of a model")] = SEED,
    without: Annotated[
        list[str] | None, typer.Option(metavar="TRACK", help="leave out a track, e.g. jazz.00054; repeatable")
    ] = None,
    near: Annotated[
        bool, typer.Option("--near", help="look for near duplicates as well; run `mgc extract` first")
    ] = False,
) -> Answer:
    """Split a data set into training, validation and test parts, and count what leaks between them.

    To repeat the split of a shipped model, take --seed and --k from models/ID/card.json and add --without jazz.00054.
    """
    from mgc import splits as protocols
    from mgc.datasets import validation
    from mgc.extraction.collected import collected

    dataset = opened(name)
    if unknown := sorted(set(without or ()) - {track.id for track in dataset.tracks}):
        raise DatasetError(f"There is no track {unknown[0]!r} in {name} to leave out.")
    tracks = [track for track in dataset.tracks if track.id not in set(without or ())]
    known = validation.kept(name, dataset), collected(name)
    same, measured = protocols.known_duplicates(*known), protocols.compared_tracks(*known)
    split = protocols.make_split(tracks, protocol, k=k, seed=seed, form=form, together=same)  # type: ignore[arg-type]  # it checks words
    leaks = protocols.find_leaks(split, tracks, exact=same, near=_near_pairs(name) if near else ())
    n_compared = sum(track.id in measured or track.md5 is not None for track in tracks)
    ties = {
        "ids": True,
        "artists": any(normalised_artist(track.artist) for track in tracks),
        "samples": n_compared > 0,
        "near": near,
    }
    compared = [what for what, is_compared in ties.items() if is_compared]
    counts = {"compared": compared, "samples_compared": n_compared}
    lines = [
        f"{name}, {split.protocol}: {split.description}",
        f"seed {split.seed}, sha256 {split.hash}",
        *_compared_lines(name, compared, n_compared, len(tracks)),
        *_fold_lines(split, leaks),
    ]
    return Answer({"id": name, **asdict(split), "leaks": [asdict(leak) for leak in leaks], **counts}, lines)


@command(app)
def audit(name: IdArgument) -> Answer:
    """Look for duplicates, dominant artists, doubtful labels, outliers and broken files in a data set."""
    from mgc.audit import background as auditing
    from mgc.audit.report import exclusions
    from mgc.datasets import background, validation
    from mgc.extraction.collected import collected

    dataset = opened(name)
    measured = collected(name)
    if measured is None:
        extracted(name, ("descriptors", "mel"))
        measured = collected(name)
    if measured is None:
        raise DatasetError(f"The features of {name} could not be extracted; `mgc extract {name}` says why.")
    checked = validation.kept(name, dataset)
    if checked is None:
        finished(lambda: background.check(name), "checking")
        checked = validation.kept(name, dataset)
    report = auditing.find(name, dataset, measured, checked)
    if report is None:
        finished(lambda: auditing.start(name), "auditing")
        report = auditing.find(name, dataset, measured, checked)
    if report is None:
        raise DatasetError(f"{name} changed during the audit; audit it again.")
    leave_out = exclusions(report, dataset.tracks)
    record = {"id": name, **report.to_json(), "leave_out": [asdict(one) for one in leave_out]}
    return Answer(record, _audit_lines(name, report, leave_out))


command(app, "doubt", hidden=True)(audit)  # its former name, which scripts use


@command(app, "map")
def place(
    name: IdArgument, space: Annotated[str, typer.Option(help="descriptors or embeddings")] = "descriptors"
) -> Answer:
    """Map the tracks of a data set by t-SNE: similar tracks lie close together."""
    from mgc.extraction import maps
    from mgc.extraction.collected import collected

    dataset = opened(name)
    finished(lambda: maps.start(name, space), "computing")
    measured = collected(name)
    rows, numbers = ((), None) if measured is None else maps.table(measured, [t.id for t in dataset.tracks], space)
    where = None if numbers is None else maps.find(name, numbers)
    if measured is None or where is None:
        raise DatasetError(f"{name} changed while its map was computed; run the command again.")
    placed = [
        {"track": measured.ids[row], "x": float(x), "y": float(y)} for row, (x, y) in zip(rows, where, strict=True)
    ]
    lines = [f"{one['x']:9.3f} {one['y']:9.3f}  {printable(str(one['track']))}" for one in placed]
    return Answer({"id": name, "space": space, "tracks": placed}, lines)


def opened(name: str) -> Dataset:
    """Open a data set by id, making the studio first where it is named for the first time."""
    from mgc.datasets import background, registry

    if name == "studio" and not registry.describe(name).made:
        finished(background.make_studio, "rendering the studio")
    return registry.open_dataset(name)


def extracted(name: str, kinds: tuple[str, ...]) -> Status:
    """Start the extraction of a data set, or go on with it, and wait; Ctrl-C cancels it.

    Where another program's is under way that lacks some of ``kinds``, these are extracted after it.
    """
    from mgc.extraction import job

    with progress("extracting") as show:
        is_begun = False
        try:
            while True:
                job.start(name, kinds)
                is_begun = True
                status = job.wait(name, lambda now: show(now.done, now.total, seconds_left(now.seconds_left)))
                if set(kinds) <= set(status.kinds):
                    return status
        except KeyboardInterrupt:
            stopped = job.cancel(name)
            if is_begun:
                return stopped
            raise  # an earlier extraction is no answer


def _compared_lines(name: str, compared: Sequence[str], n_compared: int, n_tracks: int) -> Iterator[str]:
    """Say which leaks were searched for: what was not compared may leak."""
    of = f"samples of {n_compared:,} of {n_tracks:,} tracks" if n_compared < n_tracks else "samples"
    yield f"compared: {', '.join({'samples': of, 'near': 'near duplicates'}.get(one, one) for one in compared)}"
    missing = {
        "artists": "artists not compared: none is known",
        "samples": f"samples not compared: run `mgc dataset validate {name}` first",
        "near": "near duplicates not compared: add --near",
    }
    yield from (sentence for what, sentence in missing.items() if what not in compared)


def _fold_lines(split: Split, leaks: Sequence[Leak]) -> Iterator[str]:
    for number, (fold, leak) in enumerate(zip(split.folds, leaks, strict=True), 1):
        counts = asdict(leak)
        tied = counts.pop("validation")
        shared = ", ".join(f"{n} {_LEAKS[what][n > 1]}" for what, n in counts.items() if n) or "nothing"
        also = f"; {tied} validation {_LEAKS['tracks'][tied > 1]} tied to training" * bool(tied)
        yield (
            f"    fold {number}: {len(fold.train)} train, {len(fold.validation)} validation, {len(fold.test)} test; "
            f"shared with the test part: {shared}{also}"
        )


def _near_pairs(name: str) -> tuple[tuple[str, str], ...]:
    """Return pairs of tracks that may be the same recording."""
    from mgc.audit.duplicates import near_pairs
    from mgc.extraction.collected import collected

    measured = collected(name)
    if measured is None:
        raise DatasetError(f"No features of {name} have been extracted yet; run `mgc extract {name}`.")
    found = near_pairs(measured.ids, measured.pictures, measured.widths)
    return tuple((pair.first, pair.second) for pair in found)


def _status_lines(name: str, status: Status) -> Iterator[str]:
    from mgc.extraction.collected import collected

    yield f"{name}: {status.state}, {status.done} of {status.total} tracks"
    if status.state == "finished" and (held := collected(name)) is not None:
        yield f"descriptors: {held.sources()}"
    for track, sentence in status.failed:
        typer.echo(f"    {printable(track)}: {printable(sentence)}", err=True)
    if status.why:
        typer.echo(status.why, err=True)


def _audit_lines(name: str, report: AuditReport, leave_out: tuple[Exclusion, ...]) -> Iterator[str]:
    """Yield the first few findings of each kind; ``--json`` has all."""
    from mgc.audit.outliers import in_words
    from mgc.audit.report import is_dominated

    lines = {
        "tracks to leave out of a fair experiment": [
            f"{one.track}: {_REASONS[one.why]}{one.other}" for one in leave_out
        ],
        "exact duplicates": [f"{pair.first} = {pair.second} (same {pair.by})" for pair in report.exact],
        "near duplicates": [
            f"{pair.first} ~ {pair.second} (similarity {pair.likeness:.2f}, {_CONFIRMED[pair.confirmed_by]})"
            for pair in report.near
        ],
        "doubtful labels": [
            f"{one.track} is labelled {one.given}, sounds like {one.looks_like} "
            + (f"(exact duplicate of {one.twin})" if one.p is None else f"(probability {one.p:.2f})")
            for one in report.labels
        ],
        "outliers": [f"{one.track} ({', '.join(in_words(*why) for why in one.because)})" for one in report.outliers],
        "broken or altered": [f"{one.track}: {one.sentence}" for one in report.broken],
        "genres with a dominant artist": [
            f"{one.genre}: {one.largest_tracks} of {one.tracks} by {one.largest}"
            for one in report.artists
            if is_dominated(one)
        ],
    }
    for what, found in lines.items():
        yield f"{name}: {len(found)} {what}"
        yield from first(found)
    for one in report.published:
        yield f"published: {one.count} {one.what} ({one.source})"
    if report.judge:
        model = report.judge
        right, low, high, by_low, by_high = (
            f"{share:.0%}" for share in (model.right, model.low, model.high, model.low_by_artist, model.high_by_artist)
        )
        yield (
            f"the model behind the doubtful labels predicts {right} of the labels ({low} to {high} over "
            f"{model.n} tracks, {by_low} to {by_high} over {model.n_artists} artists)"
        )
    yield from report.notes
