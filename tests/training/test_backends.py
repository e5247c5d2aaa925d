"""The same recipe code with JAX and with PyTorch under Keras, which is all that some machines with a GPU have.

What they have trained answers alike on each, and on OpenVINO, which cannot train.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mgc.nets import ARCHITECTURES, layers
from tests.nets.test_architectures import CONFIGS, built, shown

if TYPE_CHECKING:
    from pathlib import Path

# As in tests.nets.test_architectures.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

BACKENDS = [
    pytest.param(
        one,
        marks=pytest.mark.skipif(
            importlib.util.find_spec(one) is None, reason=f"{one} is not installed: it is no requirement"
        ),
    )
    for one in ("jax", "torch")
]

WITHOUT_TENSORFLOW = """
import sys
from importlib.machinery import ModuleSpec

class Missing:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return ModuleSpec(name, cls) if name == "tensorflow" else None

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        raise ImportError("There is no TensorFlow here.")

sys.meta_path.insert(0, Missing)
"""
RUN = """
import json
from pathlib import Path
from tests.training import test_fold
from tests.training.making import material

def fold(place, **options):
    Path(place).mkdir()
    told, tested = test_fold.run(sys.argv[1], Path(place), **options)
    return [[one.loss, one.val_loss, one.learning_rate] for one in told], tested.probabilities.tolist()

options = json.loads(sys.argv[3])
said = [fold(f"{sys.argv[2]}/whole", **options), fold(f"{sys.argv[2]}/stopped", stop=2, **options)]
print(json.dumps(said))
"""
ANSWER = """
import numpy as np
from mgc import networks
networks.prepare("of this test")
from mgc.nets import ARCHITECTURES, layers
from tests.nets.test_architectures import CONFIGS, shown

for name, configs in CONFIGS.items():
    for number, config in enumerate(configs):
        net = ARCHITECTURES[name].load(config, 3, f"{sys.argv[1]}/{name}-{number}.weights.h5")
        np.save(f"{sys.argv[1]}/{name}-{number}.npy", layers.compiled(net)(shown(name, config)))
"""
OPTIONS: dict[str, dict[str, Any]] = {
    "ann-table": {"epochs": 4},
    "cnn-grey350": {"epochs": 3},
    "crnn-mel": {"epochs": 3},
    "mobilenetv2": {"epochs": 2, "tune_epochs": 1},
}
# Networks take up to a minute each.
_ASKED = pytest.mark.nightly


def python(script: str, backend: str, root: Path, *words: str) -> str:
    environment = os.environ | {"KERAS_BACKEND": backend, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TENSORFLOW + script, *words],
        env=environment,
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "recipe", [name if name == "ann-table" else pytest.param(name, marks=_ASKED) for name in OPTIONS]
)
def test_a_recipe_trains_and_a_stopped_fit_goes_on_as_if_it_had_not_been(
    recipe: str, backend: str, root: Path, tmp_path: Path
) -> None:
    said = python(RUN, backend, root, recipe, str(tmp_path), json.dumps(OPTIONS[recipe]))
    (whole, expected), (stopped, answered) = json.loads(said.splitlines()[-1])
    assert len(whole) == sum(OPTIONS[recipe].values())
    assert np.isfinite(np.array(whole, dtype=float)[:, [0, 2]]).all()
    np.testing.assert_allclose(np.array(stopped, dtype=float), np.array(whole, dtype=float), atol=1e-5)
    np.testing.assert_allclose(answered, expected, atol=1e-5)
    np.testing.assert_allclose(np.sum(answered, axis=1), 1.0, atol=1e-4)


@pytest.mark.parametrize("backend", ["openvino", *BACKENDS])
def test_weights_of_one_backend_answer_the_same_in_another(backend: str, root: Path, tmp_path: Path) -> None:
    expected = {}
    for name, configs in CONFIGS.items():
        for number, config in enumerate(configs):
            net = built(name, config)
            (tmp_path / f"{name}-{number}.weights.h5").write_bytes(ARCHITECTURES[name].dump(net))
            expected[f"{name}-{number}"] = layers.compiled(net)(shown(name, config))
    python(ANSWER, backend, root, str(tmp_path))
    for name, probabilities in expected.items():
        np.testing.assert_allclose(np.load(tmp_path / f"{name}.npy"), probabilities, atol=1e-4, err_msg=name)
