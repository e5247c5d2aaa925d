"""``compare``, ``card``, ``confusion`` and ``ladder``: what the Compare page shows of runs, from the same functions."""

from __future__ import annotations

import io
from typing import Annotated, Any

import typer

from mgc import jobs
from mgc.cli.frame import Answer, app, command, finished, printable
from mgc.errors import RecipeError
from mgc.splits import SEED

__all__ = ["card", "compare", "confusion", "ladder"]

AnyRun = Annotated[str, typer.Argument(metavar="ID", help="number of a run or name in the gallery, see `mgc runs`")]


@command(app)
def compare(ids: Annotated[list[str], typer.Argument(metavar="ID ID...", help="two or more runs")]) -> Answer:
    """Compare runs that were tested on the same clips: scores with intervals, differences, tests of them."""
    from mgc import runs
    from mgc.runs import comparison

    jobs.reconcile()
    chosen = [runs.recorded(id) for id in dict.fromkeys(ids)]
    found = comparison.compare(chosen)
    return Answer(comparison.to_json(found, chosen), map(printable, comparison.lines(found)))


@command(app)
def card(id: AnyRun) -> Answer:
    """Print the card of a run as Markdown: data, recipe, protocol, scores and limits."""
    from mgc.runs import model_card

    jobs.reconcile()
    text = model_card.card(id)
    return Answer({"id": id, "markdown": text}, map(printable, text.splitlines()))


@command(app)
def confusion(
    id: AnyRun,
    fold: Annotated[int | None, typer.Option(min=1, help="one fold only; by default all are pooled")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="print CSV")] = False,
) -> Answer:
    """Print the confusion matrix of a run: rows are labels, columns the model's answers, numbers are clips."""
    from mgc import runs
    from mgc.runs import comparison

    jobs.reconcile()
    one = runs.recorded(id)
    known = [each.number + 1 for each in one.folds if each.state == "finished"]
    if fold is not None and fold not in known:
        raise RecipeError(f"Run {id} has no tested fold {fold}; it has {', '.join(map(str, known)) or 'none'}.")
    counts, classes = comparison.confusion(one, None if fold is None else fold - 1).tolist(), one.config.classes
    record = {"id": id, "fold": fold, "classes": list(classes), "counts": counts}
    if csv:
        import csv as writing

        out = io.StringIO()
        writing.writer(out, lineterminator="\n").writerows(
            [("label", *classes), *((name, *row) for name, row in zip(classes, counts, strict=True))]
        )
        return Answer(record, out.getvalue().splitlines())
    width = max(map(len, classes))
    unit = "segments" if one.config.protocol == "segments" else "clips"
    about = f"Rows: labels. Columns: answers. Numbers: {unit}, tested under the protocol {one.config.protocol}."
    head = " " * width + "".join(f" {name[:6]:>6}" for name in classes)
    rows = (f"{name:{width}}" + "".join(f" {n:6d}" for n in row) for name, row in zip(classes, counts, strict=True))
    return Answer(record, [printable(line) for line in (about, head, *rows)])


@command(app)
def ladder(
    dataset: Annotated[str, typer.Option(help="id of a data set, see `mgc datasets`")],
    recipe: Annotated[str, typer.Option(help="name of a recipe, see `mgc recipes`")],
    seed: Annotated[int, typer.Option(help="seed of the splits, the initial weights and everything random")] = SEED,
) -> Answer:
    """Train a recipe under every protocol, from lenient to strict, and print what each leak is worth."""
    from mgc.runs import ladder as ladders

    planned = ladders.plans(dataset, recipe, seed=seed)
    begun = ladders.start(planned)
    for one in begun:
        if one.job.state != "finished":
            finished(lambda one=one: jobs.job(one.id), "training")  # type: ignore[misc]  # called at once
    rungs = ladders.to_json([one.id for one in begun])
    return Answer({"dataset": dataset, "recipe": recipe, "rungs": rungs}, map(_rung, rungs))


def _rung(one: dict[str, Any]) -> str:
    found = one["accuracy"]
    if not found:
        return f"{one['protocol']:10} run {one['run']}: {one['state']}"
    return (
        f"{one['protocol']:10} run {one['run']}: {100 * found['value']:.1f} % of {found['n']:,} correct "
        f"(95 % interval: {100 * found['low']:.1f} to {100 * found['high']:.1f})"
    )
