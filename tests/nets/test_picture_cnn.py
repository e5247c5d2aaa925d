"""The picture network: its size is known before it is built, and its config refuses nonsense."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mgc.nets.picture_cnn import BANDS, WIDTH, CNNConfig, build, parameter_count

SMALL = CNNConfig(channels=(4, 6), band_pool=4)


def test_a_batch_of_windows_becomes_one_row_of_logits_each() -> None:
    logits = np.asarray(build(SMALL, 10)(np.zeros((3, BANDS, WIDTH, 1), np.float32)))
    assert logits.shape == (3, 10)
    assert np.isfinite(logits).all()


@pytest.mark.parametrize("n", [2, 10, 60])
@pytest.mark.parametrize("config", [SMALL, CNNConfig(), CNNConfig(channels=(8, 8, 8), band_pool=1)])
def test_the_parameter_count_by_arithmetic_is_that_of_the_built_network(config: CNNConfig, n: int) -> None:
    assert parameter_count(config, n) == build(config, n).count_params()


def test_an_absurd_network_is_refused_by_its_count_before_anything_is_allocated() -> None:
    config = CNNConfig(channels=(24, 2_000_000_000))
    began = time.perf_counter()
    with pytest.raises(ValueError, match="parameters"):
        build(config, 10)
    assert time.perf_counter() - began < 1.0  # usually some ms


@given(
    st.lists(st.integers(1, 64), min_size=2, max_size=8),
    st.sampled_from([1, 2, 4]),
    st.floats(0, 1),
    st.floats(0.01, 1),
    st.floats(0, 0.99),
)
@settings(max_examples=50)
def test_every_valid_config_survives_json(
    channels: list[int], pool: int, mean: float, deviation: float, drop: float
) -> None:
    config = CNNConfig(tuple(channels), pool, mean, deviation, drop)
    assert CNNConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize(
    "wrong",
    [
        {"layers": 3},
        {"channels": []},
        {"channels": [0, 4]},
        {"channels": [4.5, 4]},
        {"channels": 7},
        {"band_pool": 3},
        {"deviation": 0.0},
        {"mean": "x"},
        {"dropout": 1.0},
    ],
)
def test_a_config_with_an_unknown_key_or_an_absurd_value_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"nvalid|Unknown"):
        CNNConfig.from_json(wrong)


def test_a_window_is_judged_alone_whatever_stands_beside_it_in_the_batch() -> None:
    """Batch statistics at test time leaked labels in a published feature set: see the data's README."""
    model = build(SMALL, 10)
    rng = np.random.default_rng(0)
    windows = rng.random((8, BANDS, WIDTH, 1), dtype=np.float32)
    together = np.asarray(model(windows, training=False))
    alone = np.concatenate([np.asarray(model(one[None], training=False)) for one in windows])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_it_is_built_though_keras_forgets_its_names_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit clears Keras' session whenever a page's run ends, in whatever thread that is."""
    import keras

    fresh = [layer.name for layer in build(CNNConfig(), 10).layers]
    call = keras.layers.BatchNormalization.__call__

    def clearing(self: object, *given: object, **more: object) -> object:
        keras.backend.clear_session()
        return call(self, *given, **more)

    monkeypatch.setattr(keras.layers.BatchNormalization, "__call__", clearing)
    assert [layer.name for layer in build(CNNConfig(), 10).layers[1:]] == fresh[1:]  # the first is the input
