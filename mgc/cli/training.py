"""``train``, ``tune``, ``recipes``, ``runs``, ``promote``, ``export``, ``weights`` and their like: one's own models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from mgc import jobs
from mgc.cli.frame import Answer, app, command, finished, printable
from mgc.errors import RecipeError
from mgc.splits import SEED

__all__ = ["export", "get_weights", "list_weights", "promote", "recipes", "run", "runs", "train", "trials", "tune",
           "weights_app"]  # fmt: skip

SHOWN: Final = 10  # lines of a log

weights_app = typer.Typer(help="Pretrained weights that some recipes start from.", no_args_is_help=True)
app.add_typer(weights_app, name="weights")

RunArgument = Annotated[int, typer.Argument(metavar="ID", help="number of a run, see `mgc runs`")]


@command(app)
def train(
    dataset: Annotated[str, typer.Option(help="id of a data set, see `mgc datasets`")],
    recipe: Annotated[str, typer.Option(help="name of a recipe, see `mgc recipes`")],
    protocol: Annotated[str, typer.Option(help="segments, tracks, artists or filtered")] = "tracks",
    folds: Annotated[int, typer.Option(help="number of folds")] = 5,
    epochs: Annotated[int | None, typer.Option(help="largest number of epochs")] = None,
    form: Annotated[
        str | None,
        typer.Option(help="sizes of the parts as in student projects instead of --folds: written or intended"),
    ] = None,
    seed: Annotated[int, typer.Option(help="seed of the split, the initial weights and everything random")] = SEED,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="an option of the recipe, or thin=GENRE:SHARE,...; repeatable"),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="wait until the run has ended")] = False,
    measure: Annotated[
        bool, typer.Option("--measure", help="do not train; measure on a few tracks how long the run should take")
    ] = False,
) -> Answer:
    """Train a recipe on a data set, fold by fold, in the background."""
    from mgc import runs as training
    from mgc.runs import measuring

    options = _options(settings, epochs)
    thin = training.read_thin(str(options.pop("thin", "")))
    given: Any = {"protocol": protocol, "folds": folds, "seed": seed, "options": options, "thin": thin, "form": form}
    plan = training.make_plan(dataset, recipe, **given)  # it checks words

    if measure:
        finished(lambda: measuring.start(plan), "measuring")
        expected = training.estimate(plan.config)
        return Answer(asdict(expected), [f"The run should take about {expected.seconds:,.0f} s, {expected.basis}."])

    def start() -> jobs.Job:
        return training.start(plan).job

    record = training.to_json(finished(start, "training").id if wait else start().id)
    return Answer(record, _lines(record))


@command(app)
def tune(
    dataset: Annotated[str, typer.Option(help="id of a data set, see `mgc datasets`")] = "",
    recipe: Annotated[str, typer.Option(help="name of a recipe, see `mgc recipes`")] = "",
    protocol: Annotated[str, typer.Option(help="tracks, artists or filtered")] = "tracks",
    trials: Annotated[int, typer.Option(help="number of trials")] = 20,
    sampler: Annotated[str, typer.Option(help="tpe or random")] = "tpe",
    folds: Annotated[
        int, typer.Option(help="how many of the five folds to tune on; their test parts are kept back")
    ] = 2,
    epochs: Annotated[int | None, typer.Option(help="largest number of epochs")] = None,
    seed: Annotated[int, typer.Option(help="seed of the split, the suggested values and everything random")] = SEED,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="set an option of the recipe instead of tuning it; repeatable"),
    ] = None,
    best: Annotated[
        int | None, typer.Option("--best", metavar="ID", help="train the best values of this tuning instead")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="wait until the tuning or the run has ended")] = False,
) -> Answer:
    """Tune a recipe's options on validation parts, in the background; or train the best values of a tuning."""
    from mgc import runs as training
    from mgc.runs import tuning

    if best is not None:
        started = finished(lambda: tuning.start_best(best).job, "training") if wait else tuning.start_best(best).job
        record = training.to_json(started.id)
        return Answer(record, [*_lines(record), *([f"{'':17}{record['note']}"] if record["note"] else [])])
    if not dataset or not recipe:
        raise RecipeError("Say what to tune (--dataset ID --recipe NAME), or which tuning to train (--best ID).")
    given: Any = {"n_trials": trials, "sampler": sampler, "folds": folds, "seed": seed}
    plan = tuning.make_plan(dataset, recipe, protocol, **given, options=_options(settings, epochs))  # type: ignore[arg-type]  # it checks words

    def start() -> jobs.Job:
        return tuning.start(plan).job

    record = tuning.to_json(finished(start, "tuning").id if wait else start().id)
    return Answer(record, _trials(record))


@command(app)
def trials(number: Annotated[int, typer.Argument(metavar="ID", help="number of a tuning, see `mgc jobs`")]) -> Answer:
    """Show a tuning: its trials and its best values so far."""
    from mgc.runs import tuning

    jobs.reconcile()
    record = tuning.to_json(number)
    return Answer(record, _trials(record))


@command(app)
def recipes(name: Annotated[str | None, typer.Argument(help="name of a recipe, to list its options")] = None) -> Answer:
    """List the recipes, or the options of one."""
    from mgc import recipes as known

    shown = list(known.RECIPES.values()) if name is None else [known.recipe(name)]

    def lines() -> Iterator[str]:
        for one in shown:
            yield f"{one.name:16} {one.sentence}"
            if name is not None:
                yield f"{'':17}source: {one.source}"
                for key, option in one.options.items():
                    yield f"    {key:18} {option.words}: {option.default} ({option.accepts})"

    return Answer([_recipe(one) for one in shown], lines())


@command(app)
def runs() -> Answer:
    """List one's own runs, newest first, then those of the gallery."""
    from mgc import runs as training

    jobs.reconcile()
    known = sorted(training.listed(), key=lambda one: one.source == "gallery")  # which keeps the order of each
    records = [training.to_json(one.id, with_folds=False) for one in known]
    return Answer(records, [_lines(record)[0] for record in records] or ["No runs yet; `mgc train` starts one."])


@command(app)
def run(
    number: Annotated[str, typer.Argument(metavar="ID", help="number of a run, or its name in the gallery")],
) -> Answer:
    """Show one run: its folds, its scores, and how far it is."""
    from mgc import runs as training

    jobs.reconcile()
    record = training.to_json(number)

    def lines() -> Iterator[str]:
        yield from _lines(record)
        for fold in record["folds"]:
            if fold["state"] == "failed" and (tail := training.log_tail(training.run(int(number)), fold["number"])):
                yield f"The log of fold {fold['number'] + 1} ends:"
                yield from (f"    {printable(line)}" for line in tail.splitlines()[-SHOWN:])

    return Answer(record, lines())


@command(app)
def promote(
    number: RunArgument,
    model: Annotated[str, typer.Option("--id", help="id of the model")] = "",
    others: Annotated[
        list[int] | None,
        typer.Option(
            "--with",
            metavar="ID",
            help="run of the same recipe under another protocol, whose score the card shows too; repeatable",
        ),
    ] = None,
) -> Answer:
    """Make a model for the Classify page from a finished run: train on all tracks, calibrate on the folds' answers."""
    from mgc.models import catalog
    from mgc.runs import promote as promotion

    job = finished(lambda: promotion.start(number, model, others=others or ()), "training on all tracks")
    card = catalog.catalog().card(job.result["model"])
    return Answer(card.to_json(), [f"{card.id}: {card.title}. `mgc classify FILE --model {card.id}` uses it."])


@command(app)
def export(
    number: RunArgument,
    keras: Annotated[Path | None, typer.Option(metavar="DIR", help="write its model for Keras, with its card")] = None,
    onnx: Annotated[Path | None, typer.Option(metavar="FILE", help="write its model as ONNX")] = None,
    tensorboard: Annotated[Path | None, typer.Option(metavar="DIR", help="write its epochs for TensorBoard")] = None,
    mlflow: Annotated[str | None, typer.Option(metavar="URI", help="write all of it to an MLflow store")] = None,
) -> Answer:
    """Export a finished run to other programs."""
    from mgc.runs import export as exporting

    record: dict[str, Any] = {"run": number, "written": [], "mlflow": None}
    for write, place in (
        (exporting.to_keras, keras),
        (exporting.to_onnx, onnx),
        (exporting.to_tensorboard, tensorboard),
    ):
        if place is not None:
            record["written"] += map(str, write(number, place))
    if mlflow is not None:
        record["mlflow"] = exporting.to_mlflow(number, mlflow)
    if not record["written"] and mlflow is None:
        raise RecipeError("Say what to write: --keras DIR, --onnx FILE, --tensorboard DIR or --mlflow URI.")
    lines = [f"Written: {printable(path)}" for path in record["written"]]
    return Answer(record, [*lines, f"MLflow run: {record['mlflow']}"] if record["mlflow"] else lines)


@command(weights_app, "list")
def list_weights() -> Answer:
    """List the pretrained weights that recipes start from, and whether they are on this machine."""
    from mgc import weights as foreign

    records = [
        {
            "name": name,
            **asdict(one),
            "is_here": (found := foreign.find(name)) is not None and foreign.is_whole(name, found),
        }
        for name, one in foreign.WEIGHTS.items()
    ]
    lines = [
        f"{one['name']:16} {one['title']}, {one['megabytes']} MB: {'present' if one['is_here'] else 'not present'}"
        for one in records
    ]
    return Answer(records, lines)


@command(weights_app, "get")
def get_weights(name: Annotated[str, typer.Argument(help="see `mgc weights list`")]) -> Answer:
    """Download a file of weights and check it; a download that was interrupted continues."""
    from mgc import downloads
    from mgc import weights as foreign

    held = foreign.find(name) if name in foreign.WEIGHTS else None
    if held is None or not foreign.is_whole(name, held):
        finished(lambda: downloads.start(name), "downloading")
    place = foreign.path(name)
    return Answer({"name": name, "path": str(place)}, [f"The weights of {foreign.WEIGHTS[name].title} are in {place}"])


def _options(settings: list[str] | None, epochs: int | None) -> dict[str, object]:
    """Return the options that a command line sets."""
    options: dict[str, object] = dict(_pair(one) for one in settings or ())
    return options if epochs is None else {**options, "epochs": epochs}


def _pair(given: str) -> tuple[str, str]:
    key, sign, value = given.partition("=")
    if not sign:
        raise RecipeError(f"Invalid option of the recipe. Received: {given[:40]!r}. Expected: KEY=VALUE.")
    return key.strip(), value.strip()


def _recipe(one: Any) -> dict[str, Any]:
    about = {name: getattr(one, name) for name in ("name", "title", "sentence", "source", "net", "reads", "weights")}
    options = {key: {**asdict(option), "accepts": option.accepts} for key, option in one.options.items()}
    return {**about, "options": options}


def _lines(record: dict[str, Any]) -> list[str]:
    """Return a run in words: a line of its own, then one for each fold."""
    about = f"{record['recipe']} on {record['dataset']}, {record['protocol']}"
    found = record["scores"].get("accuracy")
    score = (
        f": {100 * found['value']:.1f} % of {found['n']:,} correct (95 % interval: {100 * found['low']:.1f} to "
        f"{100 * found['high']:.1f})"
        if found
        else ""
    )
    lines = [f"{record['id']!s:>5} {record['state']:10} {printable(record['title']) or about}{score}"]
    if record["why"]:
        lines.append(f"{'':17}{printable(record['why'])}")
    for fold in record.get("folds", ()):
        right = "" if fold["accuracy"] is None else f", {100 * fold['accuracy']:.1f} % of {fold['n']:,} correct"
        epochs = f", {fold['epochs']:,} epochs" if fold["epochs"] else ""
        lines.append(f"{'':8}fold {fold['number'] + 1}: {fold['state']}{epochs}{right}")
    return lines


def _trials(record: dict[str, Any]) -> list[str]:
    """Return a tuning in words: a line of its own, one for each trial, and its best values."""
    lines = [
        f"{record['id']!s:>5} {record['state']:10} {record['recipe']} on {record['dataset']}, {record['protocol']}"
    ]
    if record["why"]:
        lines.append(f"{'':17}{printable(record['why'])}")
    begun = [trial for trial in record["trials"] if trial["values"]]
    for trial in begun:
        said = "" if trial["loss"] is None else f"loss {trial['loss']:.3f}, {100 * trial['accuracy']:.1f} % correct, "
        lines.append(f"{'':8}trial {trial['number']}: {trial['state']}, {said}{printable(_values(trial['values']))}")
        if trial["why"]:
            lines.append(f"{'':17}{printable(trial['why'])}")
    if n_waiting := len(record["trials"]) - len(begun):
        lines.append(f"{'':8}{n_waiting:,} of {len(record['trials']):,} trials have not begun")
    if best := record["best"]:
        lines.append(f"Best: trial {best['number']}, validation loss {best['loss']:.3f}: {_values(best['values'])}.")
        if record["state"] == "finished":
            lines.append(f"`mgc tune --best {record['id']}` trains it and tests it on tracks that no trial has seen.")
    return lines


def _values(values: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}" for name, value in values.items()
    )
