"""From clips to answers, with random weights: what is promised whatever the models have learnt."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mgc import inference
from mgc.audio.clip import SR, Clip
from mgc.errors import ModelError, ServiceBusy, UnknownModel
from mgc.evaluation.voting import calibrate, pool, vote
from mgc.features.spectrum import spectrum
from mgc.inference import Gate, LoadedModels, Member
from mgc.models.catalog import SHIPPED, Catalog, catalog, shipped_pins
from mgc.nets import picture_cnn
from tests.model_fixtures import models_in_use, write_models

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Keras 3.15 converts TensorFlow variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module", autouse=True)
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with models_in_use(write_models(tmp_path_factory.mktemp("models"))) as root:
        yield root


def noise(seconds: float, seed: int = 0) -> Clip:
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * SR)) / SR
    tone = np.sin(2 * np.pi * rng.uniform(100, 1000) * t) * (1 + np.sin(2 * np.pi * rng.uniform(1, 4) * t))
    return Clip.from_samples(0.2 * tone + rng.normal(0, 0.05, len(t)))


@pytest.mark.parametrize(("seconds", "windows"), [(1.0, 1), (2.5, 1), (3.0, 1), (4.2, 2), (30.0, 28), (95.0, 93)])
def test_a_clip_of_any_length_has_a_window_every_second(seconds: float, windows: int) -> None:
    clip = noise(seconds)
    analysis = inference.analyse(clip).analysis
    assert set(analysis.members) == {"descriptors", "pictures"}
    for member in analysis.members.values():
        assert member.windows.shape == (windows, 10)
        np.testing.assert_allclose(member.windows.sum(axis=1), 1.0, atol=1e-5)
    answer = inference.predict(analysis)
    assert [window.start for window in answer.timeline] == list(range(windows))
    assert answer.timeline[-1].end <= seconds + 1e-9
    assert abs(sum(answer.probabilities.values()) - 1.0) < 1e-6


def test_windows_are_judged_alike_in_few_calls_and_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    clip = noise(150.0)  # more windows than one batch holds
    whole = inference.analyse(clip, members=["pictures"]).analysis.members["pictures"].windows
    assert len(whole) == 148
    monkeypatch.setattr("mgc.nets.asking.PIXELS", 1)
    alone = inference.analyse(clip, members=["pictures"]).analysis.members["pictures"].windows
    np.testing.assert_allclose(whole, alone, atol=1e-5)


def test_the_vote_is_the_calibrated_pool_of_calibrated_members() -> None:
    analysis = inference.analyse(noise(12.0)).analysis
    for rule in inference.RULES:
        said = []
        for name in ("descriptors", "pictures"):
            member = analysis.members[name]
            assert member.blocks is not None
            song, stretches = vote(member.windows, rule), member.blocks.mean(axis=0)
            if name == "descriptors":
                song = (song + stretches) / 2
            elif rule == "mean":  # which its stretches of 30 s decide
                song = stretches
            said.append(calibrate(song, catalog().card(name).calibration.temperature))
            alone = inference.predict(analysis, model=name, rule=rule)
            np.testing.assert_allclose(list(alone.probabilities.values()), said[-1], atol=1e-12)
        together = inference.predict(analysis, rule=rule)
        assert together.model == "vote"
        np.testing.assert_allclose(list(together.probabilities.values()), pool(said), atol=1e-12)


@pytest.mark.parametrize("model", ["descriptors", "pictures", "vote"])
def test_a_model_asked_alone_answers_as_among_all(model: str) -> None:
    """The measure of unfamiliarity is the descriptors': asking the pictures alone must not lose it."""
    clip = noise(5.0)
    alone = inference.classify(clip, model=model)
    assert alone.model == model
    assert alone.distance is not None
    assert alone == inference.predict(inference.analyse(clip).analysis, model=model)


def at_the_ends(clip: Clip, seconds: float) -> Clip:
    silence = np.zeros(int(seconds * SR))
    return Clip.from_samples(np.concatenate([silence, clip.y, silence]))


@pytest.mark.parametrize(
    "clip",
    [noise(5.0), at_the_ends(noise(5.0), 2.0), Clip.from_samples(np.zeros(4 * SR))],
    ids=["sound", "silent ends", "silence"],
)
def test_models_asked_one_after_the_other_say_what_they_say_at_once(clip: Clip) -> None:
    whole = inference.analyse(clip).analysis
    first = inference.analyse(clip, members=["pictures"]).analysis
    assert not first.was_asked("descriptors")
    later = inference.ask_more(clip, first, ["descriptors", "pictures"])
    assert later.was_asked("descriptors", "pictures")
    assert later.members["pictures"] is first.members["pictures"]  # not asked again
    for model in ("vote", "descriptors", "pictures"):
        assert inference.predict(later, model=model) == inference.predict(whole, model=model)


def test_an_answer_asks_only_the_models_that_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    take = LoadedModels.take
    monkeypatch.setattr(LoadedModels, "take", lambda *given: asked.extend(given[2]) or take(*given))
    inference.classify(noise(2.0), model="descriptors")
    assert asked == ["descriptors"]
    shipped = Catalog(SHIPPED, pins=shipped_pins())
    everyone = ("pictures", "textures", "photo", "descriptors", "listener")
    assert set(shipped.card("vote-yamnet").needs(everyone)) == {"pictures", "textures", "listener"}
    assert set(shipped.card("vote").needs(everyone)) == {"pictures", "textures", "photo", "descriptors"}
    assert set(shipped.card("pictures").needs(everyone)) == {"pictures", "descriptors"}  # who measures the distance
    assert set(shipped.card("pictures").needs(["pictures"])) == {"pictures"}


def test_who_waits_for_yamnet_is_asked_last() -> None:
    asked: list[str] = []

    def model(name: str) -> inference.Model:
        return lambda song: asked.append(name) or Member(np.full((1, 10), 0.1))

    models = {name: model(name) for name in ("descriptors", "listener", "pictures", "textures")}
    said, missing = inference._answers(spectrum(noise(1.0).y), Catalog(SHIPPED, pins=shipped_pins()), models)
    assert asked == ["descriptors", "pictures", "textures", "listener"]
    assert (set(said), missing) == (set(models), {})


def test_an_unknown_model_and_an_unknown_rule_are_refused() -> None:
    with pytest.raises(UnknownModel):
        inference.classify(noise(2.0), model="oracle")
    with pytest.raises(ValueError, match="rule"):
        inference.classify(noise(2.0), rule="loudest")


def test_a_silent_clip_is_unsure_because_it_is_silent() -> None:
    answer = inference.classify(Clip.from_samples(np.full(5 * SR, 1e-6)))
    assert (answer.verdict, answer.reason) == ("unsure", "The file is silent.")
    assert set(answer.probabilities.values()) == {0.1}
    assert len(answer.timeline) == 3


def test_m6_twenty_threads_load_each_model_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built, read = [], []
    build, weights = picture_cnn.build, Catalog.weights
    monkeypatch.setattr(picture_cnn, "build", lambda *a, **k: built.append(1) or build(*a, **k))
    monkeypatch.setattr(Catalog, "weights", lambda *a: read.append(a[1]) or weights(*a))
    clips = [noise(2.0, seed) for seed in range(20)]
    start = threading.Barrier(20)

    def listen(clip: Clip) -> inference.Prediction:
        start.wait()
        return inference.classify(clip)

    with models_in_use(write_models(tmp_path), MGC_QUEUE_LENGTH="20"), ThreadPoolExecutor(20) as threads:
        together = list(threads.map(listen, clips))
        assert (sum(built), sorted(read)) == (2, ["descriptors", "pictures"])  # once by write_models itself
        alone = [inference.classify(clip) for clip in clips]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(list(one.probabilities.values()), list(other.probabilities.values()), atol=1e-6)


def test_warming_up_from_several_threads_is_harmless() -> None:
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(inference.warm_up) for _ in range(4)]:
            done.result()


@pytest.mark.parametrize("missing", ["keras", "tensorflow"])
def test_without_keras_the_descriptors_still_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "keras"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with models_in_use(write_models(tmp_path, with_keras=False)):
        inference.warm_up()
        answer = inference.classify(noise(4.0))
        assert answer.model == "descriptors"
        analysis = inference.analyse(noise(4.0)).analysis
        assert "Keras" in analysis.missing["pictures"]
        for model in ("vote", "pictures"):
            with pytest.raises(ModelError, match="Keras"):
                inference.classify(noise(4.0), model=model)
        with pytest.raises(ModelError, match="Keras"):
            inference.backend()


def test_weights_of_another_shape_are_refused_and_the_rest_answers(tmp_path: Path) -> None:
    with models_in_use(write_models(tmp_path, with_keras=False)):  # the right size, but not the network's weights
        with pytest.raises(ModelError, match="do not fit"):
            inference.classify(noise(2.0), model="pictures")
        assert inference.classify(noise(2.0)).model == "descriptors"


def test_no_model_at_all_is_one_sentence(tmp_path: Path) -> None:
    with models_in_use(tmp_path), pytest.raises(ModelError, match="No model can be used: there are none"):
        inference.classify(noise(2.0))


def test_the_gate_lets_few_work_lets_some_wait_and_sends_the_rest_away() -> None:
    gate = Gate(slots=1, queue=1)
    inside, leave, second_done = threading.Event(), threading.Event(), threading.Event()

    def first() -> None:
        with gate.enter():
            inside.set()
            leave.wait(10)

    def second() -> None:
        with gate.enter():
            second_done.set()

    threads = [threading.Thread(target=first)]
    threads[0].start()
    assert inside.wait(10)
    threads.append(threading.Thread(target=second))
    threads[1].start()
    while gate.inside < 2:
        threads[1].join(0.01)
    with pytest.raises(ServiceBusy, match="try again in 2 s") as caught, gate.enter():
        pass
    assert caught.value.retry_after == 2
    assert not second_done.is_set()
    leave.set()
    for thread in threads:
        thread.join(10)
    assert second_done.is_set()
    with gate.enter():
        assert gate.inside == 1
    assert gate.inside == 0


def test_an_answer_that_is_no_number_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Member(np.full((1, 10), np.nan))
    monkeypatch.setattr(LoadedModels, "take", lambda *_: ({"pictures": lambda _song: broken}, {}))
    with pytest.raises(ModelError, match="finite"):
        inference.analyse(noise(2.0))
