"""Which backend runs a network, and that it says the same on each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mgc import networks
from mgc.nets import picture_cnn
from mgc.settings import cores, environment, named_backend
from tests.answering import python
from tests.model_fixtures import CONFIG

if TYPE_CHECKING:
    from pathlib import Path

# Keras 3.15 converts TensorFlow variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

HEAVY = ("keras", "openvino", "openvino_telemetry", "tensorflow")
LOADED = f"print(json.dumps([name for name in {HEAVY!r} if sys.modules.get(name)]))"
PREPARE = "import json, sys; from mgc import networks;"
LOAD = """
import json, sys, threading
import numpy as np
from mgc import networks
from tests.model_fixtures import CONFIG

networks.prepare("pictures")
from mgc.nets import picture_cnn

ask = networks.function(picture_cnn.load(CONFIG.to_json(), 10, sys.argv[1] + "/net.weights.h5"))
"""


def test_a_process_that_answers_needs_no_tensorflow_and_tells_nobody(root: Path) -> None:
    answer = (
        "import numpy as np; from mgc import inference; from mgc.audio.clip import Clip;"
        "inference.classify(Clip.from_samples(np.random.default_rng(0).normal(0, 0.1, 66150)), model='pictures');"
    )
    assert python(PREPARE + answer + LOADED, root) == ["keras", "openvino"]


@pytest.mark.parametrize(
    "before", [pytest.param("import keras", marks=pytest.mark.nightly), "sys.modules['openvino'] = None"]
)
def test_tensorflow_answers_where_keras_is_there_already_or_openvino_is_not(before: str, root: Path) -> None:
    asked = f"{PREPARE} {before}; networks.prepare('pictures'); print(json.dumps(networks.answers_on()))"
    assert python(asked, root) == "tensorflow"


def test_what_keras_backend_names_answers() -> None:
    networks.prepare("pictures")
    assert networks.answers_on() == os.environ["KERAS_BACKEND"] == "tensorflow"


def test_a_process_that_it_starts_may_train(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "openvino")
    assert "KERAS_BACKEND" not in environment()
    assert environment(KERAS_BACKEND="jax")["KERAS_BACKEND"] == "jax"
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert environment()["KERAS_BACKEND"] == "torch"


def test_many_may_ask_one_network_at_once_and_each_gets_its_own_answer(root: Path, tmp_path: Path) -> None:
    net = picture_cnn.build(CONFIG, 10)
    (tmp_path / "net.weights.h5").write_bytes(picture_cnn.dump(net))
    rng = np.random.default_rng(0)
    shown = [rng.random((n, 128, width, 1), dtype=np.float32) for n, width in ((1, 33), (19, 33), (8, 33), (3, 334))]
    np.savez(tmp_path / "shown.npz", *shown)
    script = """
from concurrent.futures import ThreadPoolExecutor

shown = list(np.load(sys.argv[1] + "/shown.npz").values())
with ThreadPoolExecutor(8) as threads:
    said = list(threads.map(lambda at: ask(shown[at % 4])[0], range(40)))
print(json.dumps([one.tolist() for one in said]))
"""
    said = python(LOAD + script, root, str(tmp_path), PYTHONPATH=str(root))
    expected = [networks.function(net)(one)[0] for one in shown]
    for at, one in enumerate(said):
        np.testing.assert_allclose(one, expected[at % 4], atol=1e-5)


def test_without_room_for_a_temporary_file_the_other_models_answer(root: Path) -> None:
    script = """
import json, tempfile
import numpy as np
from mgc import inference
from mgc.audio.clip import Clip

tempfile.tempdir = "/dev/null"
song = inference.analyse(Clip.from_samples(np.random.default_rng(0).normal(0, 0.1, 66150))).analysis
print(json.dumps([sorted(song.members), song.missing]))
"""
    members, missing = python(script, root)
    assert members == ["descriptors", "textures"]
    assert "room" in missing["pictures"]


def test_a_failed_call_is_one_sentence_and_the_next_one_is_answered(root: Path, tmp_path: Path) -> None:
    (tmp_path / "net.weights.h5").write_bytes(picture_cnn.dump(picture_cnn.build(CONFIG, 10)))
    script = """
from mgc.errors import ModelError

shown = np.random.default_rng(0).random((30, 128, 33, 1), dtype=np.float32)
expected, said = ask(shown)[0], []
pad = np.pad
for error in (MemoryError("no memory"), RuntimeError("infer")):
    def fails_once(*given):  # while other calls are at work
        np.pad = pad
        raise error
    def fails_at_the_second(*given):
        np.pad = fails_once
        return pad(*given)
    np.pad = fails_at_the_second
    try:
        ask(shown)
    except (MemoryError, ModelError) as caught:
        said.append(type(caught).__name__)
    said.append(bool(np.array_equal(ask(shown)[0], expected)))
print(json.dumps(said))
"""
    assert python(LOAD + script, root, str(tmp_path), PYTHONPATH=str(root)) == ["MemoryError", True, "ModelError", True]


def test_a_process_may_end_while_a_network_is_asked(root: Path, tmp_path: Path) -> None:
    (tmp_path / "net.weights.h5").write_bytes(picture_cnn.dump(picture_cnn.build(CONFIG, 10)))
    script = """
shown = np.zeros((64, 128, 334, 1), np.float32)
ask(shown[:1])
def again():
    while True:
        begun.set()
        ask(shown)
for _ in range(4):
    begun = threading.Event()
    threading.Thread(target=again, daemon=True).start()
    begun.wait()
print(json.dumps("ended"))
"""
    assert python(LOAD + script, root, str(tmp_path), PYTHONPATH=str(root)) == "ended"


@pytest.mark.nightly
def test_as_many_calls_run_as_tensorflow_was_given_threads_or_the_process_has_cores(root: Path, tmp_path: Path) -> None:
    (tmp_path / "net.weights.h5").write_bytes(picture_cnn.dump(picture_cnn.build(CONFIG, 10)))
    script = """
compiled = ask._of_shape((8, 128, 33, 1))[0].get_compiled_model()
print(json.dumps([compiled.get_property(name) for name in ("NUM_STREAMS", "INFERENCE_NUM_THREADS")]))
"""
    for given, number in (("1", 1), ("many", min(cores(), 8))):
        found = python(LOAD + script, root, str(tmp_path), PYTHONPATH=str(root), TF_NUM_INTRAOP_THREADS=given)
        assert found == [number, number]


def test_a_backend_that_keras_own_file_names_answers_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KERAS_BACKEND")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert named_backend() == ""
    for content, named in (('{"backend": "tensorflow"}', ""), ('{"backend": "jax"}', "jax"), ("[]", ""), ("{", "")):
        (tmp_path / "keras.json").write_text(content)
        assert named_backend() == named
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert named_backend() == "torch"


@pytest.mark.parametrize("hidden", [False, True])
def test_the_doctor_counts_the_gpus_that_are_left_to_runs(hidden: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    import tensorflow as tf

    config = SimpleNamespace(
        list_physical_devices=lambda kind: ["a", "b"] if kind == "GPU" else [],
        list_logical_devices=lambda _: [] if hidden else ["a", "b"],
    )
    monkeypatch.setattr(tf, "config", config)
    assert networks.backend() == ("tensorflow", tf.__version__, ["gpu:0", "gpu:1"])


def test_other_backends_than_tensorflow_are_called_without_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    from mgc.nets.layers import compiled as as_function

    net = picture_cnn.build(CONFIG, 10)
    seen = np.random.default_rng(0).random((3, 128, 33, 1), dtype=np.float32)
    compiled = as_function(net)(seen)
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    plain = as_function(net)(seen)
    np.testing.assert_allclose(plain, compiled, atol=1e-6)
    np.testing.assert_allclose(plain.sum(axis=1), 1.0, atol=1e-5)


@pytest.mark.parametrize(
    ("before", "threads"),
    [("", cores()), pytest.param("tf.constant(1.0);", 0, marks=pytest.mark.nightly)],
    ids=["new", "at work already"],
)
def test_tensorflow_gets_the_cores_of_the_process_unless_it_is_at_work(before: str, threads: int, root: Path) -> None:
    asked = (
        f"import tensorflow as tf; {before} from mgc import networks;"
        "networks.prepare('pictures'); networks.prepare('listener');"
        "print(tf.config.threading.get_intra_op_parallelism_threads())"
    )
    assert python(asked, root, KERAS_BACKEND="tensorflow") == threads


@dataclass
class Config:
    """What is set of ``tf.config``, which can be set once in a process."""

    threads: int = 0
    devices: tuple[list[str], str] | None = None

    @property
    def threading(self) -> Config:
        return self

    def set_visible_devices(self, devices: list[str], kind: str) -> None:
        self.devices = (devices, kind)

    def get_intra_op_parallelism_threads(self) -> int:
        return self.threads

    def set_intra_op_parallelism_threads(self, threads: int) -> None:
        self.threads = threads


@pytest.mark.parametrize(
    ("given", "chosen", "threads"),
    [(None, 0, cores()), ("", 0, cores()), ("3", 0, 0), (None, 7, 7)],
    ids=["nothing said", "an empty variable", "a variable", "the caller's choice"],
)
def test_tensorflow_gets_no_gpu_and_as_many_threads_as_somebody_else_has_chosen(
    given: str | None, chosen: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    if given is not None:
        monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", given)
    config = Config(chosen)
    networks._limit.__wrapped__(config)
    assert config == Config(threads, ([], "GPU"))
