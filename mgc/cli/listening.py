"""``classify``, ``features``, ``models`` and ``doctor``: songs, and the program itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from mgc.cli.frame import Answer, JsonOption, app, command, error_record, print_json, printable
from mgc.errors import MgcError, ModelError, RefusedAudio, UnreadableAudio
from mgc.genres import NO_GENRE, display_name

if TYPE_CHECKING:
    from mgc.audio.clip import Clip
    from mgc.inference import Prediction

__all__ = ["BADGES", "Rule", "classify", "doctor", "features", "models"]

FilesArgument = Annotated[list[Path], typer.Argument(metavar="FILE...", help="audio files")]


class Rule(StrEnum):
    """How the windows of a file are combined; the values are :data:`mgc.evaluation.voting.RULES`."""

    MEAN = "mean"
    MEDIAN = "median"
    CONFIDENT = "confident"


BADGES: Final = {  # protocols in words
    "filtered": "fault-filtered (known faults removed, no artist in both training and test)",
    "artists": "artist-grouped (no artist in both training and test)",
    "tracks": "by track (the same artists in both training and test)",
    "segments": "by segment (leaky: parts of one song in both training and test)",
}


@app.command()
def classify(
    files: FilesArgument,
    model: Annotated[str | None, typer.Option(help="id of a model, see `mgc models`; by default the best vote")] = None,
    rule: Annotated[Rule, typer.Option(help="how the windows of a file are combined")] = Rule.MEAN,
    as_json: JsonOption = False,
) -> None:
    """Classify audio files by genre."""

    def predict(clip: Clip) -> Prediction:
        from mgc.inference import classify

        return classify(clip, model=model, rule=rule.value)

    _for_each(files, predict, lambda prediction: prediction.to_json(), _prediction_lines, as_json=as_json)


@app.command()
def features(
    files: FilesArgument,
    segments: Annotated[bool, typer.Option("--segments", help="print the descriptors of ten segments of 3 s")] = False,
    as_json: JsonOption = False,
) -> None:
    """Print the 57 descriptors of Kaggle's tables, under the same names."""

    def describe_clip(clip: Clip) -> list[dict[str, float]]:
        from mgc.features.descriptors import COLUMNS, describe, describe_segments

        table = describe_segments(clip.y) if segments else [describe(clip.y)]
        return [dict(zip(COLUMNS, map(float, row), strict=True)) for row in table]

    def as_record(rows: list[dict[str, float]]) -> dict[str, Any]:
        return {"segments": rows} if segments else {"descriptors": rows[0]}

    _for_each(files, describe_clip, as_record, _descriptor_lines, as_json=as_json)


@command(app)
def models() -> Answer:
    """List the models, with their accuracy, and those that cannot be used."""
    from mgc.models.catalog import catalog

    cards, broken = catalog().cards(), catalog().broken()
    listed: list[dict[str, Any]] = [
        {
            "id": card.id,
            "title": card.title,
            "kind": card.kind,
            "default": card is cards[0],
            "protocol": card.protocol,
            "parameters": card.parameters,
            "scores": card.to_json()["scores"],
        }
        for card in cards
    ]
    listed += [{"id": name, "error": {"type": _failure(name), "message": why}} for name, why in broken.items()]

    def lines() -> Iterator[str]:
        for card in cards:
            score = card.headline.accuracy
            yield f"{card.id:12} {card.title}: {card.summary}"
            yield (
                f"{'':12} {100 * score.value:.1f} % of {score.n} clips correct (95 % interval: "
                f"{100 * score.low:.1f} to {100 * score.high:.1f}), {BADGES[card.protocol]}; "
                f"{card.parameters:,} parameters"
            )

    for name, why in broken.items():
        typer.echo(f"{name:12} cannot be used. {why}", err=True)
    if not cards:
        typer.echo("No model can be used.", err=True)
    return Answer(listed, lines(), is_good=bool(cards))


@command(app)
def doctor() -> Answer:
    """Check the installation; exit with status 1 if something essential is broken."""
    from mgc.doctor import examine

    findings = examine()
    lines = [f"{finding.mark:7} {finding.name:16} {finding.text}" for finding in findings]
    is_good = not any(finding.is_fatal for finding in findings)
    return Answer([finding.to_json() for finding in findings], lines, is_good=is_good)


def _for_each(
    files: Sequence[Path],
    work_out: Callable[[Clip], Any],
    as_record: Callable[[Any], dict[str, Any]],
    as_lines: Callable[[str, Any], Iterator[str]],
    *,
    as_json: bool,
) -> None:
    """Decode file by file and print at once what is worked out of each; end with status 1 if one of them failed."""
    records: list[dict[str, Any]] = []
    for path in files:
        try:
            found = work_out(_clip(path))
        except MgcError as error:
            typer.echo(f"{printable(path)}: {error.user_message}", err=True)
            records.append({"file": str(path), "error": error_record(error)})
            continue
        records.append({"file": str(path), **as_record(found)})
        for line in () if as_json else as_lines(printable(path), found):
            typer.echo(line)
    if as_json:
        print_json(records)
    if any("error" in record for record in records):
        raise typer.Exit(1)


def _failure(model: str) -> str:
    """Return what kind of error makes a model unusable."""
    from mgc.models.catalog import catalog

    try:
        catalog().card(model)
    except ModelError as error:
        return type(error).__name__
    return ModelError.__name__


def _clip(path: Path) -> Clip:
    from mgc.audio.decode import decode, max_bytes

    try:
        if path.is_dir():
            raise UnreadableAudio("This is a folder; name the audio files in it.")
        with path.open("rb") as file:
            data = file.read(max_bytes() + 1)  # one more than accepted is enough to be refused
    except FileNotFoundError as error:
        raise UnreadableAudio("There is no such file.") from error
    except OSError as error:
        raise UnreadableAudio("The file cannot be read; check its permissions.", details=str(error)) from error
    if len(data) > max_bytes():
        raise RefusedAudio(f"The file is larger than {max_bytes() // 2**20} MB, the most that is accepted.")
    return decode(data)


def _prediction_lines(file: str, prediction: Prediction) -> Iterator[str]:
    top = sorted(prediction.probabilities.items(), key=lambda item: -item[1])[:3]
    ranking = ", ".join(f"{display_name(genre)} {100 * p:.0f} %" for genre, p in top)
    is_unsure = prediction.outcome in ("genre", "between", "unsure")
    verdict = display_name(prediction.verdict) if is_unsure else NO_GENRE[prediction.outcome]
    yield f"{file}: {verdict}" + (f" ({ranking})" if prediction.outcome != "not music" else "")
    if prediction.reason:
        yield f"    {prediction.reason}"
    if prediction.tags is not None and prediction.tags.names:
        heard = ", ".join(f"{name} {100 * share:.0f} %" for name, share in prediction.tags.shown)
        yield f"    heard: {heard}"
    for sentence in (f"input: {prediction.heard.sentence()}", *prediction.heard.warnings, *prediction.notes):
        yield f"    {sentence}"
    yield f"    model: {prediction.model}, scored {BADGES[prediction.protocol]}"


def _descriptor_lines(file: str, rows: list[dict[str, float]]) -> Iterator[str]:
    yield f"{file}:"
    for name in rows[0]:
        yield f"    {name:24}" + "".join(f" {row[name]:>14.6g}" for row in rows)
