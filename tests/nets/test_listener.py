"""The listener's arrays: what they answer, how far a sound is, and files that are refused."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from mgc.features.audioset import N_SUMMARY
from mgc.nets import listener
from mgc.nets.baselines import TableModel

P, N = N_SUMMARY, 10  # inputs and classes


@pytest.fixture
def net() -> listener.Listener:
    rng = np.random.default_rng(0)
    arrays = {
        "mean": np.zeros(P, np.float32),
        "scale": np.ones(P, np.float32),
        "weights": rng.normal(size=(P, N)).astype(np.float32),
        "bias": np.zeros(N, np.float32),
    }
    known = listener.unit(rng.uniform(size=(5, P - N))).astype(np.float16)
    return listener.Listener(TableModel("linear", arrays, N), known)


def test_a_known_clip_is_near_at_any_level_and_what_shares_nothing_with_it_is_at_one(net: listener.Listener) -> None:
    rows = np.hstack([net.known, np.zeros((5, N))])
    for level in (0.1, 1.0, 30.0):
        assert net.distance(level * rows) == pytest.approx(np.zeros(5), abs=1e-3)
    one = listener.Listener(net.linear, np.eye(1, P - N, dtype=np.float16))
    assert one.distance(np.eye(2, P)) == pytest.approx([0.0, 1.0])
    assert one.distance(np.zeros((1, P))) == pytest.approx([1.0])


def test_a_file_gives_the_same_listener_again(net: listener.Listener) -> None:
    with np.load(io.BytesIO(listener.dump(net)), allow_pickle=False) as held:
        again = listener.load(net.config, N, held)
    rows = np.random.default_rng(1).uniform(size=(4, P))
    assert np.array_equal(again.probabilities(rows), net.probabilities(rows))
    assert np.array_equal(again.distance(rows), net.distance(rows))
    assert listener.parameters(net.config, N) == sum(array.size for array in (*net.linear.arrays.values(), net.known))


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        ({"known": None}, "`known`. Received: shape none"),
        ({"known": np.ones((5, P))}, "`known`"),
        ({"known": np.full((5, P - N), np.nan)}, "`known`"),
        ({"weights": np.ones((P, N + 1))}, "`weights`"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_by_name(net: listener.Listener, damage: dict[str, Any], why: str) -> None:
    arrays = {**net.linear.arrays, "known": net.known, **damage}
    with pytest.raises(ValueError, match=why):
        listener.load(net.config, N, {name: one for name, one in arrays.items() if one is not None})


@pytest.mark.parametrize(
    "config",
    [{}, {"inputs": P}, {"inputs": P, "known": 0}, {"inputs": P, "known": 5, "more": 1}, {"inputs": 9, "known": 5}],
)
def test_a_config_that_is_not_its_sizes_is_refused(config: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="Expected: inputs"):
        listener.parameters(config, N)


def test_a_listener_of_other_genres_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Received: 4\. Expected: 10"):
        listener.parameters({"inputs": P, "known": 5}, 4)
