from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mgc.errors import ModelError
from mgc.features import photo as layers
from mgc.features.photo import GROUPS, N_PHOTO, photo
from tests.answering import python

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Keras 3.15 converts TensorFlow variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture
def unloaded() -> Iterator[None]:
    layers._built.cache_clear()
    yield
    layers._built.cache_clear()


def music(n: int = 3, width: int = 334) -> np.ndarray:
    """Return pictures of lines that stay and beats that come again, as loud as each other."""
    rng = np.random.default_rng(4)
    x = rng.uniform(0.0, 0.2, (n, 128, width))
    for one in x:
        one[rng.integers(0, 128, 12)] += 0.6
        one[:, :: rng.integers(4, 9)] += 0.3
    return x.clip(0.0, 1.0).astype(np.float32)


def test_each_picture_is_seen_for_itself_and_every_number_is_finite() -> None:
    shown = music()
    seen = photo(shown)
    assert seen.shape == (3, N_PHOTO) == (3, sum(GROUPS.values()))
    assert np.isfinite(seen).all()
    assert seen.min() >= 0.0  # after ReLU6
    assert seen.max() <= 6.0
    np.testing.assert_allclose(photo(shown[1:2]), seen[1:2], atol=1e-5)
    assert len(photo(shown[:0])) == 0


def test_what_sounds_high_and_what_sounds_low_stand_in_different_numbers() -> None:
    shown = np.zeros((1, 128, 334), dtype=np.float32)
    shown[:, 100:110, ::6] = 0.9
    silence, high, low = photo(np.zeros_like(shown)), photo(shown), photo(shown[:, ::-1])
    bands = [np.abs(one - silence)[0, : GROUPS["middle"]].reshape(4, -1).sum(axis=1) for one in (high, low)]
    assert bands[0].argmax() == 0  # the highest first
    assert bands[1].argmax() == 3


def test_a_piece_played_twice_looks_as_it_does_once() -> None:
    once = music(1, 168)  # half as wide as two of it, in pixels as well
    twice = np.concatenate([once, once], axis=2)
    apart = np.linalg.norm(photo(once) - photo(twice))
    assert apart < 0.25 * np.linalg.norm(photo(once) - photo(music(2, 168)[1:]))


@pytest.mark.parametrize("shape", [(128, 334), (1, 96, 334), (1, 128, 0)])
def test_anything_but_pictures_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="Invalid pictures"):
        photo(np.zeros(shape, dtype=np.float32))


@pytest.mark.usefixtures("unloaded")
def test_a_file_that_is_missing_or_another_one_is_said_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "WEIGHTS", tmp_path / "lite0.npz")
    with pytest.raises(ModelError, match=r"The file lite0\.npz of the photo layers is missing\."):
        photo(music(1))
    (tmp_path / "lite0.npz").write_bytes(b"PK")
    with pytest.raises(ModelError, match=r"The file lite0\.npz of the photo layers is not the one that was shipped\."):
        photo(music(1))


def test_what_ships_is_the_pinned_file_and_half_a_megabyte() -> None:
    data = layers.WEIGHTS.read_bytes()
    assert hashlib.sha256(data).hexdigest() == layers.DIGEST
    assert len(data) < 600_000


def test_a_process_that_only_answers_sees_what_training_sees(root: Path) -> None:
    script = """
import json, sys
from mgc import networks
from mgc.features.photo import photo
from tests.features.test_photo import music

seen = photo(music()).tolist()
assert networks.answers_on() == "openvino"
print(json.dumps(seen))
"""
    np.testing.assert_allclose(python(script, root, PYTHONPATH=str(root)), photo(music()), atol=1e-3)
