"""Which backend runs a network, and that it says the same on each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mgc import networks
from mgc.nets import picture_cnn
from mgc.settings import THREADS, cores, environment, threads
from tests.model_fixtures import CONFIG

if TYPE_CHECKING:
    from pathlib import Path

# Keras 3.15 converts TensorFlow variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

HEAVY = ("keras", "openvino", "openvino_telemetry", "tensorflow")
LOADED = f"print(json.dumps([name for name in {HEAVY!r} if sys.modules.get(name)]))"
PREPARE = "import json, sys; from mgc import networks;"


def python(script: str, root: Path, *words: str, **changes: str) -> Any:
    """Run a script in a process that answers as it ships; return what it prints last."""
    inherited = {name: value for name, value in os.environ.items() if name not in (*THREADS, "KERAS_BACKEND")}
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=root,
        env=inherited | changes,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_a_process_that_answers_needs_no_tensorflow_and_tells_nobody(root: Path) -> None:
    answer = (
        "import numpy as np; from mgc import inference; from mgc.audio.clip import Clip;"
        "inference.classify(Clip.from_samples(np.random.default_rng(0).normal(0, 0.1, 66150)), model='pictures');"
    )
    assert python(PREPARE + answer + LOADED, root) == ["keras", "openvino"]


@pytest.mark.parametrize(
    ("before", "given", "backend"),
    [
        ("", "tensorflow", "tensorflow"),
        ("import keras;", "", "tensorflow"),
        ("sys.modules['openvino'] = None;", "", "tensorflow"),
        ("", "", "openvino"),
    ],
    ids=["named", "Keras is there already", "no OpenVINO", "by itself"],
)
def test_openvino_answers_unless_something_else_is_wanted_or_there(
    before: str, given: str, backend: str, root: Path
) -> None:
    asked = PREPARE + before + "networks.prepare('pictures'); print(json.dumps(networks.answers_on()))"
    assert python(asked, root, KERAS_BACKEND=given) == backend


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
import json, sys
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from mgc import networks
from tests.model_fixtures import CONFIG

networks.prepare("pictures")
from mgc.nets import picture_cnn

shown = list(np.load(sys.argv[1] + "/shown.npz").values())
ask = networks.function(picture_cnn.load(CONFIG.to_json(), 10, sys.argv[1] + "/net.weights.h5"))
with ThreadPoolExecutor(8) as threads:
    said = list(threads.map(lambda at: ask(shown[at % 4])[0], range(40)))
print(json.dumps([one.tolist() for one in said]))
"""
    said = python(script, root, str(tmp_path), PYTHONPATH=str(root))
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


def test_a_network_that_answers_takes_the_threads_that_tensorflow_would(monkeypatch: pytest.MonkeyPatch) -> None:
    for given, number in (("3", 3), ("", cores()), ("0", cores()), ("many", cores())):
        monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", given)
        assert threads() == number


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
    ("before", "threads"), [("", cores()), ("tf.constant(1.0);", 0)], ids=["new", "at work already"]
)
def test_tensorflow_gets_the_cores_of_the_process_unless_it_is_at_work(before: str, threads: int, root: Path) -> None:
    asked = (
        f"import tensorflow as tf; {before} from mgc import networks;"
        "networks.prepare('pictures'); networks.prepare('listener');"
        "print(tf.config.threading.get_intra_op_parallelism_threads())"
    )
    environment = {name: value for name, value in os.environ.items() if name not in THREADS}
    environment["KERAS_BACKEND"] = "tensorflow"
    done = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert done.stdout.split() == [str(threads)]


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
