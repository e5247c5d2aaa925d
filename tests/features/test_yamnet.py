from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from mgc.errors import ModelError
from mgc.features import yamnet
from mgc.features.spectrum import spectrum
from mgc.settings import settings
from tests.answering import python

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
def test_music_is_music_and_its_kind_is_near(yamnet_weights: Path, exact_clips: list[Path]) -> None:
    with (yamnet_weights.parent / "yamnet_class_map.csv").open() as file:
        names = [row["display_name"] for row in csv.DictReader(file)]
    for genre, kind in (("classical", "Classical music"), ("metal", "Heavy metal")):
        y, _ = soundfile.read(next(path for path in exact_clips if path.parent.name == genre), dtype="float32")
        embeddings, scores = yamnet.listen(y)
        assert embeddings.shape == (62, 1024)
        assert scores.shape == (62, len(names))
        assert np.isfinite(embeddings).all()
        assert embeddings.min() >= 0
        mean = scores.mean(axis=0)
        assert names[mean.argmax()] == "Music"
        assert kind in {names[i] for i in mean.argsort()[-6:]}


def test_weights_are_at_hand_when_they_are_yamnets(
    yamnet_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert yamnet.at_hand()
    for name, data in (("cut.h5", yamnet_weights.read_bytes()[:100_000]), ("text.h5", b"not found"), ("empty.h5", b"")):
        (tmp_path / name).write_bytes(data)
        monkeypatch.setenv("MGC_YAMNET", str(tmp_path / name))
        settings.cache_clear()
        assert not yamnet.at_hand(), name


def test_a_clip_is_heard_once(yamnet_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    song = spectrum(np.zeros(22_050, np.float32))
    first = yamnet.heard(song)
    monkeypatch.setattr(yamnet, "listen", None)
    assert yamnet.heard(song) is first


@pytest.mark.parametrize("n", [9, 10])
def test_of_a_long_song_every_second_patch_is_computed_and_the_last(
    yamnet_weights: Path, monkeypatch: pytest.MonkeyPatch, n: int
) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, int((0.47 + 0.48 * n) * 22_050))
    y = yamnet.levelled(noise.astype(np.float32))
    every = yamnet.listen(y)
    assert len(every[0]) == n
    monkeypatch.setattr(yamnet, "LONG", n)
    for said, expected in zip(yamnet.listen(y, sparse=True), every, strict=True):
        np.testing.assert_array_equal(said, expected)
    monkeypatch.setattr(yamnet, "LONG", n - 1)
    for said, expected in zip(yamnet.heard(spectrum(y)), every, strict=True):
        assert said.shape == expected.shape
        np.testing.assert_allclose(said[::2], expected[::2], atol=1e-4)
        assert [bool((said[at] == said[at - 1]).all()) for at in range(1, n)] == [
            at % 2 == 1 and at < n - 1 for at in range(1, n)
        ]
        np.testing.assert_allclose(said[-1], expected[-1], atol=1e-4)
    np.testing.assert_array_equal(yamnet.embed(y), every[0])


@pytest.mark.parametrize("gain", [0.13, 0.5, 3.0])
def test_a_song_is_heard_alike_at_every_level(yamnet_weights: Path, exact_clips: list[Path], gain: float) -> None:
    y, _ = soundfile.read(exact_clips[0], dtype="float32")
    usual, turned = (yamnet.heard(spectrum(one)) for one in (y, np.float32(gain) * y))
    assert np.abs(turned[1] - usual[1]).max() < 1e-3
    assert np.abs(turned[0] - usual[0]).max() < 1e-2


@pytest.mark.parametrize("is_depthwise", [False, True])
def test_a_folded_convolution_does_what_it_and_its_normalisation_did(is_depthwise: bool) -> None:
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(3, 3, 6, 1) if is_depthwise else (3, 3, 4, 6)).astype(np.float32)
    beta, mean = rng.normal(size=(2, 6)).astype(np.float32)
    variance = rng.uniform(0.1, 3.0, 6).astype(np.float32)
    x = rng.normal(size=(3, 3, 6) if is_depthwise else (3, 3, 4)).astype(np.float32)  # what one output sees

    def convolve(weights: np.ndarray) -> np.ndarray:
        return (x * weights[..., 0]).sum((0, 1)) if is_depthwise else np.einsum("ijk,ijko->o", x, weights)

    usual = (convolve(kernel) - mean) / np.sqrt(variance + 1e-4) + beta
    folded, bias = yamnet._folded(kernel, beta, mean, variance, is_depthwise=is_depthwise)
    assert np.allclose(convolve(folded) + bias, usual, atol=1e-4)


def test_near_silence_stays_near_silence() -> None:
    hiss = np.random.default_rng(0).normal(0.0, 0.0005, 22_050).astype(np.float32)
    assert np.array_equal(yamnet.levelled(hiss), 8 * hiss)
    assert not yamnet.levelled(np.zeros(100, np.float32)).any()


@pytest.mark.slow
def test_a_song_longer_than_a_batch_is_heard_in_parts(yamnet_weights: Path) -> None:
    rng = np.random.default_rng(0)
    y = (0.1 * rng.standard_normal(45 * 22_050)).astype(np.float32)
    whole = yamnet.embed(y)
    assert len(whole) == 93
    assert np.allclose(whole[:60], yamnet.embed(y[: 31 * 22_050])[:60], atol=2e-2)  # resampled ends differ a little


@pytest.mark.parametrize(("seconds", "patches"), [(0.5, 1), (0.975, 1), (0.98, 2), (1.455, 2), (30.0, 62)])
def test_the_end_is_filled_up_to_a_whole_patch(seconds: float, patches: int) -> None:
    found = yamnet.front_end(np.zeros(round(seconds * 16_000), np.float32))
    assert found.shape == (patches, 96, 64)
    assert np.allclose(found, np.log(0.001))


def test_a_tone_sounds_in_its_band() -> None:
    t = np.arange(16_000) / 16_000
    bands = yamnet.front_end(np.sin(2 * np.pi * 1_000 * t).astype(np.float32))[0].mean(axis=0)
    edges = np.linspace(1127 * np.log1p(125 / 700), 1127 * np.log1p(7_500 / 700), 66)
    assert abs(edges[1 + bands.argmax()] - 1127 * np.log1p(1_000 / 700)) < edges[1] - edges[0]


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["cut", "other shape", "missing", "no HDF5"])
def test_another_file_is_no_yamnet(yamnet_weights: Path, tmp_path: Path, damage: str) -> None:
    import h5py

    path = tmp_path / "yamnet.h5"
    data = yamnet_weights.read_bytes()
    path.write_bytes({"cut": data[: len(data) // 2], "no HDF5": b"nonsense"}.get(damage, data))
    if damage in ("other shape", "missing"):
        with h5py.File(path, "r+") as file:
            del file["logits/logits/bias:0"]
            if damage == "other shape":
                file["logits/logits/bias:0"] = np.zeros(5, np.float32)
    with pytest.raises(ModelError, match="damaged or belongs to another network"):
        yamnet._network(str(path))


def test_a_process_that_ends_waits_for_what_is_at_work_and_not_for_the_song(root: Path, yamnet_file: Path) -> None:
    script = """
import json, time
import numpy as np
from mgc.features import yamnet
from mgc.features.spectrum import spectrum

yamnet.load()
song = spectrum(np.zeros(600 * 22_050, np.float32))
for _ in range(3):
    song.kept.clear()
    yamnet.begin(song)
time.sleep(0.5)
print(json.dumps("ended"))
"""
    assert python(script, root, MGC_YAMNET=str(yamnet_file)) == "ended"
