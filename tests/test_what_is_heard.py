"""The shipped models with YAMNet's weights at hand, and with a file that only looks like them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mgc import inference
from mgc.audio.clip import SR, Clip
from mgc.audio.decode import decode
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Keras 3.15 converts TensorFlow variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture
def listening(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lend YAMNet's weights."""
    path = shared / "weights" / "yamnet.h5"
    if not path.is_file():
        pytest.skip("no weights of YAMNet")
    monkeypatch.setenv("MGC_YAMNET", str(path))
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def test_where_yamnet_is_at_hand_it_answers_and_says_what_it_hears(listening: None, exact_clips: list[Path]) -> None:
    clip = decode(next(path for path in exact_clips if path.stem == "classical.00003").read_bytes())
    answer = inference.classify(clip)
    assert (answer.model, answer.verdict, answer.outcome) == ("vote-yamnet", "classical", "genre")
    assert answer.tags is not None
    assert answer.tags.is_music
    assert inference.classify(clip, model="vote").model == "vote"


def test_a_reader_is_no_music_whichever_model_is_asked(listening: None, shared: Path) -> None:
    clip = decode((shared / "open_audio" / "198-209-0000.ogg").read_bytes())
    for model in ("vote-yamnet", "pictures"):
        answer = inference.classify(clip, model=model)
        assert answer.reason == "Speech is heard (99 %), but hardly any music."


def test_a_damaged_file_of_weights_leaves_the_other_models(
    listening: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "yamnet.h5").write_bytes(b"not found")
    monkeypatch.setenv("MGC_YAMNET", str(tmp_path / "yamnet.h5"))
    settings.cache_clear()
    answer = inference.classify(Clip.from_samples(np.random.default_rng(0).normal(0.0, 0.1, 5 * SR)))
    assert answer.model == "vote"
    assert answer.tags is None
