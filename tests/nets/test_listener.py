"""The listener's arrays: what they answer, how far a sound is, and files that are refused."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from mgc.features.yamnet import N_EMBEDDING
from mgc.nets import listener
from mgc.nets.baselines import TableModel

P, N = listener.WIDTH, 10  # inputs of the kernel, and classes


@pytest.fixture
def net() -> listener.Listener:
    rng = np.random.default_rng(0)
    arrays = {
        "mean": np.full(P, 0.5, np.float32),
        "scale": np.full(P, 2.0, np.float32),
        "landmarks": rng.uniform(-0.2, 1.0, size=(5, P)).astype(np.float16).astype(np.float32),
        "gamma": np.asarray(0.01, np.float32),
        "weights": rng.normal(size=(5, N)).astype(np.float32),
        "bias": np.zeros(N, np.float32),
    }
    return listener.Listener(TableModel("kernel", arrays, N), 0.5)


def clips_of(net: listener.Listener) -> np.ndarray:
    arrays = net.table.arrays
    return np.hstack([arrays["landmarks"] * arrays["scale"] + arrays["mean"], np.zeros((5, N))])


def test_a_known_clip_is_near_at_any_level_and_what_shares_nothing_with_it_is_at_one(net: listener.Listener) -> None:
    for level in (0.1, 1.0, 30.0):
        assert net.distance(level * clips_of(net)) == pytest.approx(np.zeros(5), abs=1e-3)
    arrays = {**net.table.arrays, "mean": np.zeros(P, np.float32), "landmarks": np.eye(1, P, dtype=np.float32)}
    one = listener.Listener(TableModel("kernel", {**arrays, "weights": np.zeros((1, N))}, N), 1.0)
    assert one.distance(np.eye(2, P + N)) == pytest.approx([0.0, 1.0])
    assert one.distance(np.zeros((1, P + N))) == pytest.approx([1.0])
    by_deviation = np.eye(1, P + N, N_EMBEDDING)
    assert one.distance(by_deviation) == pytest.approx([1.0])  # only the mean embedding is measured


def test_far_from_every_clip_audiosets_rows_decide_alone(net: listener.Listener) -> None:
    rows = np.hstack([np.full((1, P), 1e3), np.eye(1, N, 3) * 4.0])
    odds = np.exp(net.slope * rows[0, P:])
    assert net.probabilities(rows)[0] == pytest.approx(odds / odds.sum())
    known = net.probabilities(clips_of(net))
    assert not np.allclose(known, 1.0 / N, atol=0.05)  # rows of zeros say nothing, the clips do


def test_a_file_gives_the_same_listener_again(net: listener.Listener) -> None:
    with np.load(io.BytesIO(listener.dump(net)), allow_pickle=False) as held:
        again = listener.load(net.config, N, held)
    rows = np.random.default_rng(1).uniform(size=(4, P + N))
    assert np.array_equal(again.probabilities(rows), net.probabilities(rows))
    assert np.array_equal(again.distance(rows), net.distance(rows))
    assert listener.parameters(net.config, N) == sum(array.size for array in net.table.arrays.values()) + 1


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        ({"landmarks": None}, "`landmarks`. Received: shape none"),
        ({"landmarks": np.ones((5, P + 1))}, "`landmarks`"),
        ({"landmarks": np.full((5, P), np.nan)}, "`landmarks`"),
        ({"scale": np.zeros(P)}, "`scale`"),
        ({"gamma": np.asarray(-0.1)}, "`gamma`"),
        ({"weights": np.ones((5, N + 1))}, "`weights`"),
        ({"slope": None}, "`slope`. Received: none"),
        ({"slope": np.ones(2)}, "`slope`"),
        ({"slope": np.asarray(np.inf)}, "`slope`"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_by_name(net: listener.Listener, damage: dict[str, Any], why: str) -> None:
    arrays = {**net.table.arrays, "slope": np.asarray(net.slope), **damage}
    with pytest.raises(ValueError, match=why):
        listener.load(net.config, N, {name: one for name, one in arrays.items() if one is not None})


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"inputs": P},
        {"inputs": P, "landmarks": 0},
        {"inputs": P, "landmarks": 5, "more": 1},
        {"inputs": 9, "landmarks": 5},
    ],
)
def test_a_config_that_is_not_its_sizes_is_refused(config: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="Invalid net config"):
        listener.parameters(config, N)


def test_a_listener_of_other_genres_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Received: 4\. Expected: 10"):
        listener.parameters({"inputs": P, "landmarks": 5}, 4)
