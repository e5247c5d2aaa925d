"""A study from its plan to the run of its best values, on validation parts only; every trial is a real process."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from typer.testing import CliRunner

from mgc import jobs, records, runs
from mgc.cli import app
from mgc.datasets import registry
from mgc.errors import DatasetError, JobError, RecipeError
from mgc.extraction.collected import POINTER, Pointer, collected
from mgc.runs import plan, tuning
from mgc.settings import settings
from mgc.training import search
from tests.studies import Process, judged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mgc.runs.tuning import Study


@pytest.fixture(scope="module")
def finished(three: str) -> Study:
    """Return a study of two trials that has ended."""
    return done(tuning.start(tuning.make_plan(three, "logreg-table", "tracks", n_trials=2)))


@pytest.fixture
def mode(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Let a test choose MGC_TRAINING."""

    def choose(value: str) -> None:
        monkeypatch.setenv("MGC_TRAINING", value)
        settings.cache_clear()

    yield choose
    monkeypatch.undo()
    settings.cache_clear()


def done(one: Study) -> Study:
    one = tuning.study(one.id)
    assert one.job.state == "finished", one.job.why
    return one


def test_a_study_tries_the_defaults_first_and_judges_every_trial_on_all_validation_clips(finished: Study) -> None:
    found = tuning.trials(finished)
    assert [(one.number, one.state) for one in found] == [(number, "finished") for number in range(2)]
    assert found[0].values == {"c": 1.0}
    assert len({one.values["c"] for one in found}) == 2
    n = sum(len(fold.validation) for fold in plan.read_parts(plan.folder(finished.config.run.name)).folds)
    assert {one.n for one in found} == {n}
    chosen = tuning.best(found)
    assert chosen is not None
    assert chosen.loss == min(one.loss for one in found if one.loss is not None)


def test_the_test_parts_stand_in_no_file_of_a_study(finished: Study, three: str) -> None:
    whole = runs.make_plan(three, "logreg-table", "tracks").parts.folds[:2]
    tested = {unit for fold in whole for unit in fold.test}
    kept = plan.read_parts(plan.folder(finished.config.run.name))
    assert not any(fold.test for fold in kept.folds)
    assert not tested & {unit for fold in kept.folds for unit in (*fold.train, *fold.validation)}
    assert not tested & set(kept.artists)
    assert len(tested) + len(kept.artists) == 24


@contextlib.contextmanager
def nonsense(name: str, of: Callable[[str], bool]) -> Iterator[None]:
    """Have the descriptors of some tracks read as infinite in every process, in a record that counts as whole."""
    place = registry.folder(name) / "extraction"
    before = (place / POINTER).read_bytes()
    pointer = records.read(Pointer, before, POINTER)
    held, arrays = collected(name), dict(pointer.arrays)
    assert held is not None
    rows = np.array([of(id) for id in held.ids])
    kept = {}
    for array, chosen in (("descriptors", rows), ("segments", rows[held.owners])):
        path = place / pointer.folder / f"{array}.npy"
        kept[path] = path.read_bytes()
        values = np.load(path)
        values[chosen] = np.inf
        path.unlink()
        np.save(path, values)
        arrays[array] = hashlib.sha256(path.read_bytes()).hexdigest()
    records.write(place / POINTER, dataclasses.replace(pointer, arrays=arrays).sealed())
    assert not np.isfinite(collected(name).descriptors[rows]).any()  # type: ignore[union-attr]
    try:
        yield
    finally:
        for path, data in kept.items():
            path.unlink()
            path.write_bytes(data)
        (place / POINTER).write_bytes(before)


def test_a_test_part_full_of_nonsense_changes_no_trial(three: str, finished: Study) -> None:
    """Nonsense in the training part ends a trial."""
    made = tuning.make_plan(three, "logreg-table", "tracks", n_trials=1)
    with nonsense(three, lambda id: id not in made.parts.artists):
        (trial,) = tuning.trials(done(tuning.start(made)))
    assert trial.loss == tuning.trials(finished)[0].loss
    with nonsense(three, made.parts.folds[0].train.__contains__):
        assert tuning.study(tuning.start(made).id).job.state == "failed"


def test_trials_are_suggested_alike_where_they_run_one_after_the_other(
    three: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Process(monkeypatch, judged)
    made = tuning.make_plan(three, "logreg-table", "tracks", n_trials=14)
    one, other = (done(tuning.start(made)) for _ in range(2))
    assert [trial.values for trial in tuning.trials(one)] == [trial.values for trial in tuning.trials(other)]


@pytest.mark.nightly
def test_a_study_in_postgresql_is_the_same(three: str, monkeypatch: pytest.MonkeyPatch, new_database: Any) -> None:
    Process(monkeypatch, judged)
    made = tuning.make_plan(three, "logreg-table", "tracks", n_trials=12)
    here = tuning.trials(done(tuning.start(made)))
    monkeypatch.setenv("MGC_DATABASE_URL", new_database())
    settings.cache_clear()
    try:
        assert tuning.trials(done(tuning.start(made))) == here
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_a_hopeless_trial_is_pruned_and_its_process_is_ended(three: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is a real one: its net is slow, and pruned in the middle."""
    monkeypatch.setattr(search, "median_rule", lambda *_: lambda errors: len(errors) == 3)
    made = tuning.make_plan(three, "ann-table", "tracks", n_trials=1, options={"epochs": 2000, "patience": 0})
    one = done(tuning.start(made))
    (trial,) = tuning.trials(one)
    assert (trial.state, trial.loss, len(jobs.rows(one.id, tuning.ERRORS)["000000"])) == ("pruned", None, 3)
    assert tuning.best([trial]) is None
    assert not list(plan.folder(one.config.run.name).glob("trial-*-fold-*"))
    with pytest.raises(RecipeError, match="No trial"):
        tuning.start_best(one.id)


@pytest.mark.nightly
def test_trials_worse_than_the_median_of_five_are_pruned(three: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Process(monkeypatch, judged)
    found = tuning.trials(done(tuning.start(tuning.make_plan(three, "logreg-table", "tracks", n_trials=20))))
    states = [one.state for one in found]
    assert states[:5] == ["finished"] * 5
    assert states.count("pruned") >= 3
    assert all(len(one.folds) == (1 if one.state == "pruned" else 2) for one in found)


def test_a_cancelled_study_goes_on_with_the_same_values(three: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def interrupted(task: dict[str, Any]) -> Iterator[Any]:
        calls.append(task)
        events = list(judged(task))
        yield from events[:2]
        if len(calls) == 3:  # in the third trial, when one of its two folds is judged
            jobs.cancel(tuning.studies(active=True)[0].id)
        yield from events[2:]

    process = Process(monkeypatch, interrupted)
    one = tuning.start(tuning.make_plan(three, "logreg-table", "tracks", n_trials=5))
    assert tuning.study(one.id).job.state == "cancelled"
    before = tuning.trials(one)
    assert [trial.state for trial in before] == ["finished", "finished", "cancelled", "cancelled", "cancelled"]
    jobs.resume(one.id)
    after = tuning.trials(done(one))
    assert [trial.state for trial in after] == ["finished"] * 5
    assert after[:2] == before[:2]
    assert after[2].values == before[2].values
    assert [task["begin"] for task in process.tasks] == [0, 0, 0, 1, 0, 0]  # the judged fold is not fitted again


def test_a_trial_that_fails_is_said_and_the_study_goes_on(three: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(task: dict[str, Any]) -> Iterator[Any]:
        if task["trial"] in (1, 2, 3):
            raise RecipeError("The loss is no longer a number.")
        yield from judged(task)

    Process(monkeypatch, failing)
    one = done(tuning.start(tuning.make_plan(three, "logreg-table", "tracks", n_trials=5)))
    found = tuning.trials(one)
    assert [trial.state for trial in found] == ["finished", "failed", "failed", "failed", "finished"]
    assert found[1].why == "The loss is no longer a number."


def test_a_study_of_which_only_failures_come_ends_with_their_sentence(
    three: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mgc.runs.background.sys.executable", "/bin/false")
    one = tuning.start(tuning.make_plan(three, "logreg-table", "tracks", n_trials=9))
    job = tuning.study(one.id).job
    assert (job.state, sum(trial.state == "failed" for trial in tuning.trials(one))) == ("failed", 3)
    assert "process of trial 3 ended with status 1" in job.why
    Process(monkeypatch, judged)  # what was wrong is mended
    jobs.resume(one.id)
    states = [trial.state for trial in tuning.trials(done(one))]
    assert states[:2] == ["failed", "failed"]
    assert set(states[2:]) <= {"finished", "pruned"}


def test_the_best_values_are_trained_on_the_folds_whose_test_parts_were_kept_back(finished: Study) -> None:
    run = tuning.start_best(finished.id)
    assert run.job.state == "finished", run.job.why
    chosen = tuning.best(tuning.trials(finished))
    assert chosen is not None
    assert run.config.options["c"] == chosen.values["c"]
    assert run.config.split == finished.config.split
    said = runs.predictions(run.id)
    seen = set(plan.read_parts(plan.folder(finished.config.run.name)).artists)
    assert len(said.units) == 24 - len(seen)
    assert not seen & set(said.units)
    note = runs.to_json(run.id)["note"]
    assert f"trial {chosen.number + 1} of tuning {finished.id}" in note
    assert "The test part was never looked at in tuning." in note


def test_the_best_values_are_not_trained_on_another_split(finished: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        tuning,
        "study",
        lambda _: dataclasses.replace(finished, config=dataclasses.replace(finished.config, split="0" * 64)),
    )
    with pytest.raises(DatasetError, match="has changed since tuning"):
        tuning.start_best(finished.id)


def test_the_record_is_json_and_names_the_best(finished: Study) -> None:
    record = json.loads(json.dumps(tuning.to_json(finished.id)))
    assert (record["state"], record["recipe"], record["tuned"]) == ("finished", "logreg-table", ["c"])
    assert record["options"] == {"balance": False}
    assert len(record["trials"]) == 2
    assert record["best"] in record["trials"]


def test_a_study_is_started_and_read_from_the_command_line(three: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Process(monkeypatch, judged)

    def mgc(words: str) -> Any:
        return CliRunner().invoke(app, words.split())

    tune = f"tune --dataset {three} --recipe logreg-table --trials 3 --sampler random --seed 5 --set balance=on --wait"
    record = json.loads(mgc(f"{tune} --json").stdout)
    assert (record["state"], record["seed"], record["options"]) == ("finished", 5, {"balance": True})
    assert json.loads(mgc(f"trials {record['id']} --json").stdout) == record
    said = mgc(f"trials {record['id']}").stdout
    assert "trial 1: finished, loss 0.000, 100.0 % correct, c 1" in said
    assert f"`mgc tune --best {record['id']}` trains it" in said
    assert "Say what to tune" in mgc("tune --recipe logreg-table").stderr
    assert "is not a tuning" in mgc(f"tune --best {jobs.jobs(1, kind='extract')[0].id}").stderr


def test_a_study_that_goes_takes_its_folder_with_it(three: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Process(monkeypatch, judged)
    one = tuning.start(tuning.make_plan(three, "logreg-table", "tracks", n_trials=1))
    place = plan.folder(one.config.run.name)
    assert place.is_dir()
    tuning.delete(one.id)
    assert not place.exists()
    with pytest.raises(JobError):
        tuning.study(one.id)


def test_a_run_is_no_study(three: str) -> None:
    run = runs.start(runs.make_plan(three, "knn-table", "tracks", folds=2))
    with pytest.raises(JobError, match="is not a tuning"):
        tuning.study(run.id)
    runs.delete(run.id)


def test_where_training_is_off_nothing_is_tuned(three: str, mode: Callable[[str], None]) -> None:
    mode("off")
    with pytest.raises(RecipeError, match="switched off"):
        tuning.start(tuning.make_plan(three, "logreg-table", "tracks"))


def test_a_limited_server_allows_few_trials_of_few_epochs(three: str, mode: Callable[[str], None]) -> None:
    mode("limited")
    config = tuning.make_plan(three, "ann-table", "tracks", n_trials=50).config
    assert (config.trials, config.run.options["epochs"]) == (5, 5)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"protocol": "segments"}, "segments leaks"),
        ({"protocol": "filtered"}, "published partition"),
        ({"n_trials": 0}, "Invalid number of trials"),
        ({"folds": 4}, "Invalid number of folds to tune on"),
        ({"sampler": "grid"}, "Invalid sampler"),
        ({"options": {"k": 3}}, "no option left to tune"),
        ({"recipe_name": "nonsense"}, "There is no recipe"),
    ],
)
def test_what_cannot_be_tuned_is_one_sentence(three: str, changes: dict[str, Any], sentence: str) -> None:
    given = {"dataset": three, "recipe_name": "knn-table", "protocol": "tracks", **changes}
    with pytest.raises((RecipeError, DatasetError), match=sentence):
        tuning.make_plan(**given)
