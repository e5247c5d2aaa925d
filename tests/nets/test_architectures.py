"""Every architecture: its size is known before it is built, its weights come back, nonsense is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mgc.nets import ARCHITECTURES, backbone, baselines, layers
from mgc.nets.image import image_layer
from mgc.nets.picture_cnn import BANDS
from mgc.recipes import recipe
from mgc.training.direct import fit_table

if TYPE_CHECKING:
    from pathlib import Path

    from mgc.nets.baselines import TableModel

# Keras 3.15 converts TensorFlow variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

CONFIGS: dict[str, list[dict[str, Any]]] = {
    "picture_cnn": [{}],
    "image_cnn": [{"size": 350, "grey": True, "frame": True, "scaled": False}, {"units": 0, "filters": [4]}],
    "backbone": [{"backbone": "mobilenetv2", "units": 16}, {"backbone": "efficientnetb0"}],
    "crnn_mel": [{}, {"filters": [4, 4], "units": 3}],
    "table_mlp": [{"units": [], "inputs": 3, "mean": [0, 1, 2], "scale": [1, 2, 3]}],
    "patch_mlp": [{"units": [8], "inputs": 2, "mean": [0, 1], "scale": [1, 2]}],
}
SLOW = (("backbone", {"backbone": "efficientnetb0"}), ("crnn_mel", {}))
EACH = [
    pytest.param(name, config, marks=[pytest.mark.nightly] if (name, config) in SLOW else [])
    for name, configs in CONFIGS.items()
    for config in configs
]


def built(name: str, config: dict[str, Any], n_classes: int = 3) -> Any:
    module: Any = ARCHITECTURES[name].module
    return module.build(layers.read_config(module.Config, config), n_classes)


def shown(name: str, config: dict[str, Any]) -> np.ndarray:
    rng = np.random.default_rng(0)
    if ARCHITECTURES[name].reads == "pictures":
        return rng.random((2, BANDS, 334, 1), dtype=np.float32)
    return rng.random((2, config["inputs"]), dtype=np.float32)


@pytest.mark.parametrize(("name", "config"), EACH)
@pytest.mark.parametrize("n_classes", [2, 7])
def test_the_count_by_arithmetic_is_that_of_the_built_net(name: str, config: dict[str, Any], n_classes: int) -> None:
    assert ARCHITECTURES[name].parameters(config, n_classes) == built(name, config, n_classes).count_params()


@pytest.mark.parametrize("name", ["vgg19", "inceptionv3"])
def test_the_counts_of_the_large_backbones_are_those_of_keras(name: str) -> None:
    import keras

    known = backbone.BACKBONES[name]
    body = getattr(keras.applications, known.function)(include_top=False, weights=None)
    seen = [body.get_layer(depth).output for depth in known.depths]
    assert keras.Model(body.inputs, seen).count_params() == known.parameters
    assert [one.shape[-1] for one in seen] == list(known.depths.values())


@pytest.mark.parametrize(("name", "config"), EACH)
def test_weights_come_back_and_answer_the_same(name: str, config: dict[str, Any], tmp_path: Path) -> None:
    architecture, net = ARCHITECTURES[name], built(name, config)
    path = tmp_path / "net.weights.h5"
    path.write_bytes(architecture.dump(net))
    again = architecture.load(config, 3, path)
    seen = shown(name, config)
    np.testing.assert_allclose(net(seen, training=False), again(seen, training=False), atol=1e-6)
    with pytest.raises(ValueError, match="do not fit"):
        architecture.load(config, 4, path)


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("image_cnn", {"units": 4096, "size": 512}),
        ("table_mlp", {"units": [2_000_000_000], "inputs": 1, "mean": [0], "scale": [1]}),
        ("crnn_mel", {"filters": [2_000_000_000, 2]}),
    ],
)
def test_an_absurd_net_is_refused_by_its_count(name: str, config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="parameters"):
        built(name, config)


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("image_cnn", {"size": 5}),
        ("backbone", {"backbone": "resnet"}),
        ("crnn_mel", {"units": 0}),
        ("table_mlp", {"inputs": 3, "mean": [0.0], "scale": [1.0]}),
        ("table_mlp", {"layers": 3}),
    ],
)
def test_a_config_outside_its_range_is_refused(name: str, config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="config"):
        ARCHITECTURES[name].parameters(config, 3)


def test_an_image_stands_upright_and_has_the_colours_of_the_picture() -> None:
    picture = np.zeros((1, BANDS, 334, 1), np.float32)
    picture[:, :20] = 1.0  # the lowest bands
    image = np.asarray(image_layer(128, grey=False, frame=False)(picture))[0]
    assert image[-5].mean() > 150  # at the bottom
    assert image[5].mean() < 5
    np.testing.assert_allclose(image[-5, 64], [252, 253, 191], atol=1.0)  # magma's last colour, RGB


def test_the_frame_is_white_and_the_picture_within_is_not() -> None:
    image = np.asarray(image_layer(288, grey=True, frame=True)(np.zeros((1, BANDS, 334, 1), np.float32)))[0, ..., 0]
    assert image[2].min() == 255.0
    assert image[150, 150] < 5.0


BASELINES = ("logreg-table", "svm-table", "knn-table", "forest-table")


def fitted(name: str, n_classes: int) -> tuple[TableModel, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    labels = np.arange(90) % n_classes
    x = rng.normal(size=(90, 5)) + 2.0 * np.eye(5)[labels % 5] + labels[:, None] * 0.3
    chosen = recipe(name)
    return fit_table(chosen, chosen.values(), x, labels, n_classes=n_classes, seed=3), x, labels


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_baseline_answers_as_scikit_learn_does(name: str, n_classes: int) -> None:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    net, x, labels = fitted(name, n_classes)
    rows = StandardScaler().fit_transform(x)
    asked = np.random.default_rng(2).normal(size=(40, 5))
    there = StandardScaler().fit(x).transform(asked)
    said = net.probabilities(asked)
    np.testing.assert_allclose(said.sum(axis=1), 1.0, atol=1e-6)
    if name == "logreg-table":
        expected = LogisticRegression(max_iter=2000).fit(rows, labels).predict_proba(there)
    elif name == "knn-table":
        expected = KNeighborsClassifier(5).fit(rows, labels).predict_proba(there)
    elif name == "forest-table":
        expected = (
            RandomForestClassifier(200, min_samples_leaf=2, random_state=3).fit(rows, labels).predict_proba(there)
        )
    else:
        margins = [SVC(C=10.0, gamma=0.2).fit(rows, labels == one).decision_function(there) for one in range(n_classes)]
        np.testing.assert_array_equal(said.argmax(axis=1), np.argmax(margins, axis=0))
        return
    np.testing.assert_allclose(said, expected, atol=2e-3)


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_comes_back_from_its_file_and_its_size_is_known(name: str) -> None:
    net, x, _ = fitted(name, 3)
    architecture = ARCHITECTURES[recipe(name).net]
    import io

    with np.load(io.BytesIO(architecture.dump(net)), allow_pickle=False) as held:
        arrays = dict(held)
    assert sum(array.size for array in arrays.values()) == architecture.parameters(net.config, 3)
    again = architecture.load(net.config, 3, arrays)
    np.testing.assert_allclose(again.probabilities(x), net.probabilities(x), atol=1e-9)


def test_a_tree_that_points_outside_or_back_is_refused() -> None:
    net, _, _ = fitted("forest-table", 3)
    for name, value in (("below", -1), ("above", 0), ("feature", 99), ("roots", 10**6)):
        arrays = {key: array.copy() for key, array in net.arrays.items()}
        inside = np.flatnonzero(arrays["feature"] >= 0)
        arrays[name][inside[3] if name != "roots" else 0] = value
        with pytest.raises(ValueError, match="Invalid array"):
            baselines.load("forest", net.config, 3, arrays)
