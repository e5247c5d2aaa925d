"""From an upload to the drawn page the samples are transformed once (H3); nothing is faked but the models' weights."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.fft
import streamlit as st
from streamlit.testing.v1 import AppTest

from mgc.features import pictures
from mgc.features.spectrum import HOP_LENGTH, N_FFT, Spectrum
from mgc.ui import resources
from tests.model_fixtures import models_in_use, write_models, write_wav

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Keras 3.15 converts TensorFlow variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SECONDS = 6.0


@pytest.fixture(scope="module", autouse=True)
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with models_in_use(write_models(tmp_path_factory.mktemp("models"))) as root:
        yield root


@pytest.fixture
def app(root: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.setattr(resources, "start_warm_up", lambda: None)
    return AppTest.from_file(str(root / "app.py"), default_timeout=120)


@pytest.mark.parametrize("level", [0.2, 0.0], ids=["music", "silence"])
def test_from_upload_to_drawn_page_the_samples_are_transformed_once(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, level: float
) -> None:
    frames: list[int] = []
    drawn: list[tuple[int, ...]] = []
    rfft, columns = scipy.fft.rfft, pictures.columns

    def counted(x: np.ndarray, *args: Any, **options: Any) -> np.ndarray:
        if x.shape[-1] == N_FFT:
            frames.append(len(x))
        return rfft(x, *args, **options)

    def noted(mel: np.ndarray) -> np.ndarray:
        drawn.append(mel.shape)
        return columns(mel)

    monkeypatch.setattr(scipy.fft, "rfft", counted)
    monkeypatch.setattr(pictures, "columns", noted)
    data = write_wav(tmp_path / "a.wav", SECONDS, level=level).read_bytes()
    app.run().file_uploader[0].upload("a.wav", data, "audio/wav")
    app.run()
    assert not app.exception
    assert not app.error
    assert len(app.get("audio")) == 1
    of_the_song = 1 + round(SECONDS * 22_050) // HOP_LENGTH
    assert sum(frames) == of_the_song
    assert drawn == [(128, of_the_song)]


def test_what_is_kept_of_a_song_is_small_and_holds_no_samples(app: AppTest, tmp_path: Path) -> None:
    data = write_wav(tmp_path / "a.wav", SECONDS).read_bytes()
    app.run().file_uploader[0].upload("a.wav", data, "audio/wav")
    app.run()
    (kept,) = resources.results()._entries.values()
    arrays: list[np.ndarray] = []
    seen: set[int] = set()

    def walk(thing: object) -> None:
        if id(thing) in seen:
            return
        seen.add(id(thing))
        assert not isinstance(thing, Spectrum | io.IOBase)
        if isinstance(thing, np.ndarray):
            arrays.append(thing)
        elif isinstance(thing, dict):
            for inner in (*thing, *thing.values()):
                walk(inner)
        elif isinstance(thing, list | tuple):
            for inner in thing:
                walk(inner)
        elif hasattr(thing, "__slots__"):
            for name in thing.__slots__:
                walk(getattr(thing, name))

    walk(kept)
    assert {array.shape[-1] for array in arrays} <= {10, 4}  # probabilities and the windows' beginnings
    assert sum(array.nbytes for array in arrays) < 10_000
