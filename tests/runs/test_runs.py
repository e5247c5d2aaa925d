"""A run from its plan to its record, its model, and its end; every process of a fold is a real one."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import shutil
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from typer.testing import CliRunner

from mgc import jobs, runs
from mgc.cli import app
from mgc.datasets import registry
from mgc.datasets.base import Fault
from mgc.errors import DatasetError, EngineError, JobError, ModelError, RecipeError
from mgc.jobs import Context, TaskSpec, cluster, kinds, worker
from mgc.jobs.process import me
from mgc.jobs.store import Store, opened
from mgc.models import catalog
from mgc.nets import ARCHITECTURES, layers
from mgc.runs import export, first, measuring, promote
from mgc.runs.plan import folder
from mgc.settings import settings
from tests.three_genres import CLIPS, GENRES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mgc.models.card import Card
    from mgc.runs import Run

QUICK = {"epochs": 4, "patience": 0}


@pytest.fixture(scope="module")
def finished(three: str) -> Run:
    """Return a run of two folds that has ended."""
    run = runs.start(runs.make_plan(three, "ann-table", "tracks", folds=2, options=QUICK))
    assert run.job.state == "finished", run.job.why
    return runs.run(run.id)


@pytest.fixture(scope="module")
def promoted(finished: Run) -> Card:
    """Return the card of the model that was made of it."""
    job = promote.start(finished.id, "mine")
    assert job.state == "finished", job.why
    return catalog.catalog().card("mine")


def test_every_track_is_tested_once_and_every_epoch_is_there(finished: Run) -> None:
    said = runs.predictions(finished.id)
    assert len(set(said.units)) == len(said.units) == CLIPS * len(GENRES)
    np.testing.assert_allclose(said.probabilities.sum(axis=1), 1.0, atol=1e-4)
    epochs = [(epoch["fold"], epoch["number"]) for epoch in runs.epochs(finished.id)]
    assert epochs == [(fold, number) for fold in (0, 1) for number in (1, 2, 3, 4)]


def test_the_record_says_what_was_done_and_how_good_it_was(finished: Run) -> None:
    record = json.loads(json.dumps(runs.to_json(finished.id)))
    assert (record["state"], record["recipe"], record["protocol"]) == ("finished", "ann-table", "tracks")
    assert record["classes"] == list(GENRES)
    assert [fold["state"] for fold in record["folds"]] == ["finished", "finished"]
    assert sum(fold["n"] for fold in record["folds"]) == record["scores"]["accuracy"]["n"] == 24
    said = runs.predictions(finished.id)
    right = float((said.probabilities.argmax(axis=1) == said.labels).mean())
    assert record["scores"]["accuracy"]["value"] == pytest.approx(right)
    assert record["scores"]["accuracy"]["low"] <= right <= record["scores"]["accuracy"]["high"]


@pytest.mark.nightly
def test_the_same_seed_gives_the_same_predictions(three: str, finished: Run) -> None:
    again = runs.start(runs.make_plan(three, "ann-table", "tracks", folds=2, tested=1, options=QUICK))
    one, other = runs.predictions(finished.id), runs.predictions(again.id)
    first = one.fold == 0
    assert [unit for unit, is_first in zip(one.units, first, strict=True) if is_first] == list(other.units)
    np.testing.assert_allclose(one.probabilities[first], other.probabilities, atol=1e-5)
    runs.delete(again.id)


def test_a_finished_fold_leaves_no_states_behind(finished: Run) -> None:
    assert not list(folder(finished.config.name).glob("fold-*/state-*"))


def test_a_run_is_named_and_noted(finished: Run) -> None:
    runs.describe(finished.id, title="First try", note="for the class")
    assert runs.about(finished) == runs.About("First try", "for the class")
    runs.describe(finished.id, title="")
    assert runs.about(finished) == runs.About("", "for the class")


def test_a_promoted_run_is_a_model_of_its_own_classes(finished: Run, promoted: Card) -> None:
    assert promoted.genres == GENRES
    assert promoted.scores["tracks"].accuracy.n == 24
    assert promoted.splits["tracks"].hash == finished.config.split
    assert sum(map(sum, promoted.scores["tracks"].confusion)) == 24


def test_a_leaky_run_becomes_no_model(three: str) -> None:
    run = runs.start(runs.make_plan(three, "knn-table", "segments", folds=2))
    assert run.job.state == "finished", run.job.why
    with pytest.raises(RecipeError, match="leaky"):
        promote.start(run.id)


def test_a_run_of_one_fold_is_calibrated_on_parts_of_its_test_part(three: str) -> None:
    run = runs.start(runs.make_plan(three, "logreg-table", "tracks", folds=2, tested=1))
    job = promote.start(run.id, "one-fold")
    assert job.state == "finished", job.why
    card = catalog.catalog().card("one-fold")
    assert (card.splits["tracks"].k, card.scores["tracks"].accuracy.n) == (1, CLIPS * len(GENRES) // 2)
    assert 0.0 < card.calibration.temperature < 20.0


@pytest.mark.parametrize(
    ("recipe", "has_epochs"), [pytest.param("ann-table", True, marks=pytest.mark.nightly), ("knn-table", False)]
)
def test_how_long_a_run_should_take_rests_on_what_was_measured_here(three: str, recipe: str, has_epochs: bool) -> None:
    def plan(**options: object) -> runs.Plan:
        return runs.make_plan(three, recipe, "tracks", folds=2, seed=77, options=options)

    assert "measured here on" not in runs.estimate(plan().config).basis
    job = measuring.start(plan())
    assert job.state == "finished", job.why
    assert (job.result["epoch"] is not None) == has_epochs
    expected = runs.estimate(plan().config)
    assert expected.basis == "as measured here on a few tracks"
    assert expected.seconds >= job.result["rest"] > 0.0
    if has_epochs:  # for more epochs nothing is measured again
        assert runs.estimate(plan(epochs=2000).config).seconds > expected.seconds
        assert "measured here on" not in runs.estimate(plan(batch_size=7).config).basis
    assert not list(folder("").glob("measure-*"))


def test_thinning_takes_from_training_and_validation_and_never_from_the_test_part(three: str) -> None:
    whole = runs.make_plan(three, "ann-table", "tracks", folds=2)
    half, less = (runs.make_plan(three, "ann-table", "tracks", folds=2, thin={"bells": one}) for one in (0.5, 0.01))
    for fold, some, fewest in zip(whole.parts.folds, half.parts.folds, less.parts.folds, strict=True):
        assert some.test == fewest.test == fold.test
        for part in ("train", "validation"):
            given, kept, least = (getattr(one, part) for one in (fold, some, fewest))
            is_bell = [unit.startswith("bells") for unit in given]
            assert [unit for unit in kept if unit not in given] == []
            assert len(given) - len(kept) == sum(is_bell) - max(1, round(0.5 * sum(is_bell)))
            assert {unit for unit in given if not unit.startswith("bells")} <= set(kept)
            assert len([unit for unit in least if unit.startswith("bells")]) == 1
            assert set(least) <= set(kept)
    assert half.thinned["bells"] == tuple(
        sum(unit.startswith("bells") for unit in one.parts.folds[0].train) for one in (half, whole)
    )
    assert half.config.split == whole.config.split  # the tested tracks are the same: the runs can be compared
    again = runs.make_plan(three, "ann-table", "tracks", folds=2, thin={"bells": 0.5})
    assert again.parts == half.parts


def test_tracks_with_a_fault_are_left_out_whatever_a_recipe_reads(three: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = registry.open_dataset(three)
    bad = Fault(opened.tracks[0].id, "It has no picture.", "no picture")
    monkeypatch.setattr(registry, "open_dataset", lambda _: replace(opened, faults=(bad,)))
    plans = [runs.make_plan(three, name, "tracks", folds=2) for name in ("ann-table", "cnn-rgb224")]
    assert {(plan.faulty, plan.config.tracks) for plan in plans} == {((bad.subject,), CLIPS * len(GENRES) - 1)}
    assert len({plan.config.split for plan in plans}) == 1


def test_a_run_takes_the_parts_of_the_source_project(three: str) -> None:
    plan = runs.make_plan(three, "ann-table", "segments", folds=3, form="written")
    assert (plan.config.folds, plan.config.form) == (10, "written")
    with pytest.raises(DatasetError, match="Invalid form"):
        runs.make_plan(three, "ann-table", "tracks", form="half")  # type: ignore[arg-type]


def test_thinned_segments_are_counted_as_segments(three: str) -> None:
    plan = runs.make_plan(three, "ann-table", "segments", folds=2, thin={"ticks": 0.25})
    kept, of = plan.thinned["ticks"]
    assert kept == round(0.25 * of)
    assert of > CLIPS / 2  # tracks of a fold's training part
    assert plan.n_tested == 2 * CLIPS * len(GENRES)  # clips of 6 s have two segments, not ten


def test_a_thinned_run_says_so_and_becomes_no_model(three: str) -> None:
    run = runs.start(runs.make_plan(three, "knn-table", "tracks", folds=2, thin={"bells": 0.5}))
    assert run.job.state == "finished", run.job.why
    assert runs.to_json(run.id)["thin"] == {"bells": 0.5}
    with pytest.raises(RecipeError, match="thinned genres"):
        promote.start(run.id)
    runs.delete(run.id)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("bells", "Expected: GENRE:SHARE"), ("bells:x", "Expected: GENRE:SHARE"), ("polka:0.5", "bells, drones, ticks"),
     ("bells:0", "above 0"), ("bells:nan", "above 0")],
)  # fmt: skip
def test_what_cannot_be_thinned_is_one_sentence(three: str, text: str, sentence: str) -> None:
    with pytest.raises(RecipeError, match=sentence):
        runs.make_plan(three, "ann-table", "tracks", folds=2, thin=runs.read_thin(text))


def test_a_run_that_goes_takes_its_folder_with_it(three: str) -> None:
    run = runs.start(runs.make_plan(three, "knn-table", "tracks", folds=2))
    place = folder(run.config.name)
    assert place.is_dir()
    runs.delete(run.id)
    assert not place.exists()
    with pytest.raises(JobError):
        runs.run(run.id)


def test_no_folder_is_left_where_a_run_could_not_be_started(three: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise JobError("The list of jobs is busy.")

    monkeypatch.setattr(jobs, "start", refuse)
    plan = runs.make_plan(three, "knn-table", "tracks", folds=2)
    before = sorted(folder("").iterdir())
    with pytest.raises(JobError):
        runs.start(plan)
    assert sorted(folder("").iterdir()) == before


def test_a_run_whose_engine_does_not_start_is_listed_with_its_sentence_and_can_be_resumed(
    three: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise EngineError("The engine does not start.")

    monkeypatch.setattr(cluster, "ensure", refuse)
    with pytest.raises(EngineError):
        runs.start(runs.make_plan(three, "knn-table", "tracks", folds=2), where="engine")
    run = runs.runs(1)[0]
    assert (run.job.state, run.job.why) == ("failed", "The engine does not start.")
    assert (folder(run.config.name) / "split.json").exists()
    assert mgc("runs")[0]["why"] == "The engine does not start."
    monkeypatch.setattr(cluster, "ensure", lambda: None)
    assert jobs.resume(run.id).state == "queued"
    jobs.cancel(run.id)
    runs.delete(run.id)


def test_a_run_whose_folder_was_removed_by_hand_does_not_hide_the_others(three: str, finished: Run) -> None:
    run = runs.start(runs.make_plan(three, "knn-table", "tracks", folds=2))
    shutil.rmtree(folder(run.config.name))
    listed = {one["id"]: one for one in mgc("runs")}
    assert "are gone or damaged" in listed[run.id]["why"]
    assert listed[finished.id]["scores"]
    assert [fold["state"] for fold in runs.to_json(run.id)["folds"]] == ["finished", "finished"]
    runs.delete(run.id)


def test_a_run_of_which_a_model_is_being_made_is_not_deleted(finished: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "ensure", lambda: None)
    job = jobs.start(
        "promote", "x", {"run": finished.id, "others": [], "model": "x"}, where="engine", tasks=[TaskSpec()]
    )
    with pytest.raises(JobError, match=f"A model is being made from run {finished.id}"):
        runs.delete(finished.id)
    jobs.cancel(job.id)
    jobs.delete(job.id)
    assert runs.predictions(finished.id).units


@pytest.mark.nightly
def test_a_home_that_becomes_read_only_gives_one_sentence_and_no_epoch_is_lost_or_trained_again(
    three: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RELIABILITY J-18: in the middle of a run, when its epochs are shown; and J-7: a cancel while a fold finishes."""
    real_write, real_put, is_closed = Store._write, Context.put, threading.Event()

    @contextlib.contextmanager
    def write(store: Store, **how: bool) -> Iterator[Any]:
        with real_write(store, **how) as link:
            if is_closed.is_set():
                link.exec_driver_sql("PRAGMA query_only=ON")
            try:
                yield link
            finally:
                link.exec_driver_sql("PRAGMA query_only=OFF")

    def put(context: Context, kind: str, rows: dict[str, Any]) -> None:
        if kind == "prediction" and context.attempt == 1:
            is_closed.set()
        real_put(context, kind, rows)
        if kind == "done":
            jobs.cancel(context.job.id)

    def work() -> str:
        """Do the next task as a worker of the engine does."""
        claim = opened().claim(me().text, job=run.id)
        assert claim is not None
        why = worker.work(kinds.TABLE, (claim.job, claim.task, claim.number, claim.kind), [], alone=False)
        is_closed.clear()
        if why:
            opened().end(claim.task, claim.number, "failed", why)  # as the engine does
        return why

    monkeypatch.setattr(cluster, "ensure", lambda: None)
    plan = runs.make_plan(three, "ann-table", "tracks", folds=2, tested=1, options=QUICK)
    run = runs.start(plan, where="engine")
    monkeypatch.setattr(Store, "_write", write)
    monkeypatch.setattr(Context, "put", put)
    sentence = "The list of jobs cannot be written: the MGC_HOME folder is read-only."
    assert work() == sentence
    assert (jobs.job(run.id).state, jobs.job(run.id).why) == ("failed", sentence)
    shown = runs.epochs(run.id)
    assert [epoch["number"] for epoch in shown] == [1, 2, 3, 4]
    jobs.resume(run.id)
    assert work() == ""
    assert jobs.job(run.id).state == "cancelled"  # when all was written down but the end
    jobs.resume(run.id)
    monkeypatch.setattr("mgc.runs.background.sys.executable", "/bin/false")  # no process is started any more
    assert work() == ""
    assert jobs.job(run.id).state == "finished"
    assert runs.epochs(run.id) == shown  # the very same, their seconds too
    assert len(runs.predictions(run.id).units) == plan.n_tested
    assert not list(folder(run.config.name).glob("fold-?"))
    runs.delete(run.id)


def test_a_plan_can_be_started_twice(three: str) -> None:
    plan = runs.make_plan(three, "knn-table", "tracks", folds=2)
    made = [runs.start(plan) for _ in range(2)]
    assert [jobs.job(one.id).state for one in made] == ["finished", "finished"]
    assert made[0].config.name != made[1].config.name
    for one in made:
        runs.delete(one.id)


def test_a_home_that_cannot_be_written_is_a_sentence(three: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mgc.runs.files.write", full)
    with pytest.raises(JobError, match="is MGC_HOME full"):
        runs.start(runs.make_plan(three, "knn-table", "tracks", folds=2))


@pytest.fixture
def mode(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Let a test choose MGC_TRAINING."""
    yield monkeypatch
    monkeypatch.undo()
    settings.cache_clear()


def test_where_training_is_off_a_run_is_planned_and_not_started(three: str, mode: pytest.MonkeyPatch) -> None:
    mode.setenv("MGC_TRAINING", "off")
    settings.cache_clear()
    plan = runs.make_plan(three, "ann-table", "tracks", folds=2)
    with pytest.raises(RecipeError, match="switched off"):
        runs.start(plan)


def test_where_training_is_off_nothing_is_promoted_measured_prepared_or_resumed(
    three: str, finished: Run, mode: pytest.MonkeyPatch
) -> None:
    plan = runs.make_plan(three, "knn-table", "tracks", folds=2)
    mode.setattr(cluster, "ensure", lambda: None)
    stopped = runs.start(plan, where="engine")
    jobs.cancel(stopped.id)
    mode.setenv("MGC_TRAINING", "off")
    settings.cache_clear()
    before = sorted(folder("").iterdir())
    for start in (
        lambda: promote.start(finished.id, "other"),
        lambda: measuring.start(plan),
        lambda: first.start(three, "knn-table", "tracks", folds=2, seed=1, options={}),
        lambda: jobs.resume(stopped.id),
    ):
        with pytest.raises(RecipeError, match="switched off"):
            start()
    assert "switched off" in mgc("resume", stopped.id)["error"]["message"]
    assert not jobs.jobs(active=True)
    assert sorted(folder("").iterdir()) == before
    runs.delete(stopped.id)


def test_a_limited_server_caps_the_epochs(three: str, mode: pytest.MonkeyPatch) -> None:
    mode.setenv("MGC_TRAINING", "limited")
    settings.cache_clear()
    assert runs.make_plan(three, "ann-table", "tracks", folds=2).config.options["epochs"] == 5
    options = {"tune_epochs": 100}
    assert runs.make_plan(three, "mobilenetv2", "tracks", folds=2, options=options).config.options["tune_epochs"] == 1


def test_a_limited_server_trains_one_run_at_a_time_whoever_starts_it(three: str, mode: pytest.MonkeyPatch) -> None:
    mode.setenv("MGC_TRAINING", "limited")
    settings.cache_clear()
    mode.setattr(cluster, "ensure", lambda: None)
    plans = [runs.make_plan(three, "knn-table", "tracks", folds=2, seed=seed) for seed in range(8)]
    ready, refused = threading.Barrier(len(plans)), []

    def start(plan: runs.Plan) -> None:
        ready.wait()
        try:
            runs.start(plan, where="engine")
        except RecipeError as error:
            refused.append(error.user_message)

    visitors = [threading.Thread(target=start, args=(plan,)) for plan in plans]
    for one in visitors:
        one.start()
    for one in visitors:
        one.join()
    assert len(refused) == len(plans) - 1
    assert all("one at a time" in sentence for sentence in refused)
    (job,) = jobs.jobs(active=True)
    with pytest.raises(RecipeError, match="one at a time"):
        measuring.start(plans[0])
    jobs.cancel(job.id)
    runs.delete(job.id)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("nowhere", "ann-table", "tracks"), "no data set"),
        (("{three}", "nonsense", "tracks"), "There is no recipe"),
        (("{three}", "ann-table", "nonsense"), "Invalid protocol"),
        (("{three}", "cnn-grey350", "segments"), "whole clips"),
        (("{three}", "yamnet", "tracks"), "embeddings"),
        (("{three}", "ann-table", "filtered"), "published partition"),
    ],
)
def test_what_cannot_be_planned_is_one_sentence(three: str, given: tuple[str, str, str], sentence: str) -> None:
    with pytest.raises((RecipeError, DatasetError), match=sentence):
        runs.make_plan(given[0].format(three=three), *given[1:])  # type: ignore[arg-type]


def test_missing_weights_are_said_before_a_run_is_started(three: str) -> None:
    plan = runs.make_plan(three, "vgg19", "tracks", folds=2)
    with pytest.raises(ModelError, match="mgc weights get vgg19"):
        runs.start(plan)


def test_a_fold_whose_process_dies_fails_with_a_sentence(three: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nonexistent")
    monkeypatch.setattr("mgc.runs.background.sys.executable", "/bin/false")
    run = runs.start(runs.make_plan(three, "knn-table", "tracks", folds=2))
    job = jobs.job(run.id)
    assert job.state == "failed"
    assert job.why == "The process of fold 1 ended with status 1; its log gives no reason."


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"tracks": 99}, "has changed since this run was started"), ({"dataset": "gone"}, "no data set called 'gone'")],
)
def test_a_data_set_that_has_changed_or_is_gone_fails_the_run_with_a_sentence(
    three: str, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], sentence: str
) -> None:
    plan = runs.make_plan(three, "knn-table", "tracks", folds=2)
    real = jobs.start

    def start(kind: str, name: str, *given: object, **named: object) -> object:
        place = folder(name)
        (place / "run.json").write_text(json.dumps(json.loads((place / "run.json").read_text()) | change))
        return real(kind, name, *given, **named)

    monkeypatch.setattr(jobs, "start", start)
    job = jobs.job(runs.start(plan).id)
    assert job.state == "failed"
    assert sentence in job.why


# --- the run for other programs: what is written is read again by them

# Keras 3.15 converts TensorFlow variables in a way that NumPy 2 deprecates.
of_keras = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def mgc(*words: object) -> Any:
    return json.loads(CliRunner().invoke(app, [*map(str, words), "--json"]).stdout)


def is_missing(package: str) -> bool:
    return importlib.util.find_spec(package) is None


@of_keras
def test_keras_alone_answers_as_the_model_does(finished: Run, promoted: Card, tmp_path: Path) -> None:
    import keras

    said = mgc("export", finished.id, "--keras", tmp_path)
    assert said["written"] == [str(tmp_path / "model.keras"), str(tmp_path / "card.json")]
    assert json.loads((tmp_path / "card.json").read_bytes())["id"] == "mine"
    net = ARCHITECTURES["table_mlp"].load(promoted.net.config, 3, catalog.catalog().weights("mine"))
    x = np.random.default_rng(2).normal(1.0, 0.5, (5, 57)).astype(np.float32)
    read = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(read.predict_on_batch(x), layers.compiled(net)(x), atol=1e-6)


def test_a_model_that_another_run_has_replaced_is_not_exported_as_this_ones(
    finished: Run, promoted: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = [one for one in jobs.jobs(kind="promote") if one.config["run"] == finished.id]
    assert export._model(finished.id) == promoted.id
    later = [replace(job, config={**job.config, "run": finished.id + 1, "into": into}) for into in ("", "/elsewhere")]
    monkeypatch.setattr(jobs, "jobs", lambda **_: (later[1], job))
    assert (export._model(finished.id), export._model(finished.id + 1)) == (promoted.id, "")
    monkeypatch.setattr(jobs, "jobs", lambda **_: (later[0], job))
    assert (export._model(finished.id), export._model(finished.id + 1)) == ("", promoted.id)


def test_tensorboard_has_every_epoch_of_every_fold(finished: Run, tmp_path: Path) -> None:
    import tensorflow as tf

    (place,) = export.to_tensorboard(finished.id, tmp_path)
    found = {}
    for fold in (0, 1):
        (file,) = (place / f"fold-{fold + 1}").iterdir()
        for record in tf.data.TFRecordDataset(str(file)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                assert value.metadata.plugin_data.plugin_name == "scalars"
                found[fold, event.step, value.tag] = float(tf.make_ndarray(value.tensor))
    for epoch in runs.epochs(finished.id):
        for name in ("loss", "accuracy", "learning_rate", "seconds"):
            assert found.pop((epoch["fold"], epoch["number"], name)) == pytest.approx(epoch[name], rel=1e-6)
    assert not found  # without patience the validation part trains, too
    with pytest.raises(RecipeError, match="already holds an export"):
        export.to_tensorboard(finished.id, tmp_path)


@pytest.mark.skipif(is_missing("mlflow"), reason="mlflow is not installed: it is no requirement")
@pytest.mark.filterwarnings("ignore")  # of packages that are not ours to choose
def test_mlflow_has_options_epochs_scores_and_records(
    finished: Run, promoted: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    monkeypatch.chdir(tmp_path)  # where MLflow puts the files
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    made = export.to_mlflow(finished.id, uri)
    client = MlflowClient(tracking_uri=uri)
    run = client.get_run(made)
    assert (run.info.status, run.data.params["recipe"], run.data.params["epochs"]) == ("FINISHED", "ann-table", "4")
    assert run.data.metrics["accuracy"] == runs.to_json(finished.id)["scores"]["accuracy"]["value"]
    told = [epoch["loss"] for epoch in runs.epochs(finished.id) if epoch["fold"] == 1]
    assert [one.value for one in client.get_metric_history(made, "fold-2/loss")] == pytest.approx(told)
    assert {one.path for one in client.list_artifacts(made)} == {"run.json", "split.json", "card.json"}


@of_keras
@pytest.mark.skipif(is_missing("tf2onnx"), reason="tf2onnx is not installed: it is no requirement")
@pytest.mark.filterwarnings("ignore")
def test_onnx_answers_as_the_model_does(finished: Run, promoted: Card, tmp_path: Path) -> None:
    assert mgc("export", finished.id, "--onnx", tmp_path / "net.onnx")["written"] == [str(tmp_path / "net.onnx")]


def test_what_cannot_be_exported_is_one_sentence(
    three: str, finished: Run, promoted: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = runs.start(runs.make_plan(three, "knn-table", "tracks", folds=2)).id
    real = importlib.util.find_spec
    gone = ("mlflow", "onnx", "tf2onnx")
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *package: None if name in gone else real(name, *package)
    )
    for words, sentence in (
        ((finished.id,), "Say what to write"),
        ((table, "--keras", tmp_path / "x"), "is not a Keras net"),
        ((table, "--tensorboard", tmp_path / "x"), "is not trained in epochs"),
        ((999, "--keras", tmp_path / "x"), "There is no job 999"),
        ((finished.id, "--keras", "/dev/null/x"), "/dev/null/x cannot be written (Not a directory)."),
        ((finished.id, "--mlflow", "sqlite:///x"), "MLflow is not installed: pip install mlflow"),
        ((finished.id, "--onnx", tmp_path / "x"), "needs other packages: pip install onnx tf2onnx"),
    ):
        assert sentence in mgc("export", *words)["error"]["message"]
    monkeypatch.setattr(export, "_model", lambda id: "")
    said = mgc("export", finished.id, "--keras", tmp_path / "x")["error"]["message"]
    assert f"`mgc promote {finished.id}` trains one" in said
    assert not list(tmp_path.iterdir())
    runs.delete(table)
