"""The shipped models with YAMNet's weights at hand, and with a file that only looks like them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mgc import inference, studio
from mgc.audio.clip import SR, Clip
from mgc.audio.decode import decode
from mgc.prediction import UNSURE
from mgc.settings import settings
from scripts.outside_music import loops

if TYPE_CHECKING:
    from pathlib import Path

# Keras 3.15 converts TensorFlow variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def test_where_yamnet_is_at_hand_it_answers_and_says_what_it_hears(
    yamnet_weights: Path, exact_clips: list[Path]
) -> None:
    clip = decode(next(path for path in exact_clips if path.stem == "classical.00003").read_bytes())
    answer = inference.classify(clip)
    assert (answer.model, answer.verdict, answer.outcome) == ("vote-yamnet", "classical", "genre")
    assert answer.tags is not None
    assert answer.tags.is_music
    assert inference.classify(clip, model="vote").model == "vote"


def test_a_reader_is_no_music_whichever_model_is_asked(yamnet_weights: Path, shared: Path) -> None:
    clip = decode((shared / "open_audio" / "198-209-0000.ogg").read_bytes())
    for model in ("vote-yamnet", "pictures"):
        answer = inference.classify(clip, model=model)
        assert answer.reason == "Speech is heard (99 %), but hardly any music."


def test_what_is_so_long_that_it_is_heard_sparsely_ends_in_the_same_outcome(
    yamnet_weights: Path, shared: Path, exact_clips: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    song = next(path for path in exact_clips if path.stem == "classical.00003")
    talk = shared / "open_audio" / "198-209-0000.ogg"
    for path, outcome, verdict in ((song, "genre", "classical"), (talk, "not music", UNSURE)):
        y = decode(path.read_bytes()).y
        clip = Clip.from_samples(np.tile(y, int(np.ceil(90 * SR / len(y)))))
        sparse = inference.classify(clip)
        with monkeypatch.context() as patch:
            patch.setattr(inference.yamnet, "LONG", 10**6)
            dense = inference.classify(clip)
        assert (sparse.outcome, sparse.verdict) == (dense.outcome, dense.verdict) == (outcome, verdict)
        assert sparse.probabilities != dense.probabilities
        assert sparse.probabilities == pytest.approx(dense.probabilities, abs=0.05)


@pytest.mark.parametrize("silence", [0.0, 2.0], ids=["sound", "silent ends"])
def test_yamnet_listens_once_though_its_model_is_asked_later(
    yamnet_weights: Path, monkeypatch: pytest.MonkeyPatch, silence: float
) -> None:
    heard: list[int] = []
    listen = inference.yamnet.listen
    monkeypatch.setattr(inference.yamnet, "listen", lambda y, **how: heard.append(len(y)) or listen(y, **how))
    ends = np.zeros(int(silence * SR))
    noise = np.random.default_rng(0).normal(0.0, 0.1, 5 * SR)
    clip = Clip.from_samples(np.concatenate([ends, noise, ends]))
    first = inference.analyse(clip, members=["pictures"])
    later = inference.ask_more(clip, first.analysis, ["listener", "pictures"], heard=first.heard)
    assert len(heard) == 1
    whole = inference.analyse(clip, members=["listener", "pictures"]).analysis
    assert inference.predict(later, model="listener") == inference.predict(whole, model="listener")


def test_a_damaged_file_of_weights_leaves_the_other_models(
    yamnet_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "yamnet.h5").write_bytes(b"not found")
    monkeypatch.setenv("MGC_YAMNET", str(tmp_path / "yamnet.h5"))
    settings.cache_clear()
    answer = inference.classify(Clip.from_samples(np.random.default_rng(0).normal(0.0, 0.1, 5 * SR)))
    assert answer.model == "vote"
    assert answer.tags is None


def test_weights_that_vanish_while_the_app_runs_leave_the_other_models(
    yamnet_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent = tmp_path / "yamnet.h5"
    shutil.copy(yamnet_weights, lent)
    monkeypatch.setenv("MGC_YAMNET", str(lent))
    settings.cache_clear()
    clips = [Clip.from_samples(np.random.default_rng(seed).normal(0.0, 0.1, 4 * SR)) for seed in (0, 1)]
    assert inference.classify(clips[0]).model == "vote-yamnet"
    lent.unlink()
    answer = inference.classify(clips[1])
    assert (answer.model, answer.tags) == ("vote", None)
    shutil.copy(yamnet_weights, lent)
    assert inference.classify(clips[0]).model == "vote-yamnet"


@pytest.mark.slow
def test_loops_outside_the_ten_get_no_genre_and_the_built_in_samples_get_theirs(yamnet_weights: Path) -> None:
    answers = {name: inference.classify(Clip.from_samples(y)) for name, y in loops()}
    assert {answer.outcome for answer in answers.values()} == {"none"}
    for one in studio.samples():
        answer = inference.classify(Clip.from_samples(studio.render(one.genre, band=one.name)))
        assert answer.verdict == one.genre, one.name


@pytest.mark.parametrize(
    ("model", "before", "gap", "after"),
    [
        *((model, *lengths) for model in ("vote-yamnet", "vote") for lengths in ((0, 0, 5), (20, 0, 0), (0, 0, 60))),
        ("vote-yamnet", 0, 10, 0),  # not `vote`: the descriptors' distance counts silence in the middle of a song
    ],
)
def test_silence_around_a_song_changes_nothing(
    yamnet_weights: Path, exact_clips: list[Path], model: str, before: int, gap: int, after: int
) -> None:
    y = decode(next(path for path in exact_clips if path.stem == "metal.00001").read_bytes()).y
    silence = [np.zeros(seconds * SR, np.float32) for seconds in (before, gap, after)]
    song = np.concatenate([silence[0], y, silence[1], y if gap else y[:0], silence[2]])
    answer = inference.classify(Clip.from_samples(song), model=model)
    assert (answer.verdict, answer.outcome) == ("metal", "genre")
    assert answer.confidence > 0.9
    assert answer.timeline[0].start == pytest.approx(before, abs=0.1)
    assert answer.timeline[-1].end == pytest.approx(len(song) / SR - after, abs=1.1)
    assert answer.tags is not None
    assert answer.tags.starts[0] == answer.timeline[0].start
