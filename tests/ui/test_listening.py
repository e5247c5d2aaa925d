"""A song is heard once per sha256, and no two songs share a key (U-8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import streamlit as st

from mgc.audio.clip import SR, Clip, Heard
from mgc.errors import DecoderTimeout, ModelError, RefusedAudio, ServiceBusy
from mgc.features.pictures import columns_of
from mgc.features.spectrum import spectrum
from mgc.inference import Analysed, Analysis
from mgc.ui import quota, resources
from mgc.ui.classify import listening
from mgc.ui.classify.listening import Busy, Held, Listened, Outcome, Refused, Song, playable
from tests.app import fakes

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.setattr(quota, "admit", lambda: None)


def hear(song: Song, members: tuple[str, ...], on_step: Callable[[str], None] = lambda step: None) -> Outcome:
    """What a song comes to where no answer is wanted sooner."""
    (outcome,) = listening.hear(song, members, on_step)
    return outcome


def worked(song: Song, members: tuple[str, ...], on_step: object) -> tuple[Listened, Held]:
    return fakes.listened(members=members), fakes.held()


def test_two_clips_that_differ_by_one_sample_have_different_keys_200_times_of_200():
    y = np.random.default_rng(0).normal(0.0, 0.1, 30 * SR).astype(np.float32)
    data = bytearray(resources.wav(y))
    keys = {Song.of("a", bytes(data), id="0").sha256}
    for position in np.random.default_rng(1).integers(44, len(data), 200):
        changed = data.copy()
        changed[position] ^= 1
        keys.add(Song.of("a", bytes(changed), id="0").sha256)
    assert len(keys) >= 200  # a position may be drawn twice


def test_the_key_of_a_song_is_its_bytes_and_not_its_name():
    assert Song.of("a.wav", b"x", id="1").sha256 == Song.of("b.mp3", b"x", id="2").sha256


BOTH = ("descriptors", "pictures")


def test_a_song_is_worked_out_once_for_each_set_of_models(monkeypatch):
    calls = []
    monkeypatch.setattr(listening, "_work", lambda *given: calls.append(given[1]) or worked(*given))
    song = Song.of("a", b"x", id="1")
    first = hear(song, ("a",))
    assert isinstance(first, Listened)
    assert hear(song, ("a",)) is first
    hear(song, ("a", "b"))
    assert calls == [("a",), ("a", "b")]


def test_a_refusal_is_remembered_whatever_is_asked_first_and_a_busy_service_is_not(monkeypatch):
    song = Song.of("a", b"x", id="1")
    failures = [ServiceBusy("later", retry_after=1.0), RefusedAudio("too short")]

    def work(*_: object) -> tuple[Listened, Held]:
        raise failures.pop(0)

    monkeypatch.setattr(listening, "_work", work)
    assert hear(song, BOTH) == Busy("later")
    assert hear(song, BOTH) == Refused("too short")
    assert hear(song, BOTH) == Refused("too short")
    for name in BOTH:
        assert list(listening.hear(song, BOTH, pytest.fail, first=(name,))) == [Refused("too short")]


def test_the_models_that_an_answer_needs_come_first_and_the_others_are_asked_about_the_same_samples(monkeypatch):
    held, asked = fakes.held(), []

    def ask_more(clip: Clip, so_far: Analysis, members: tuple[str, ...], *, heard: object) -> Analysis:
        asked.append((clip, set(so_far.members), members))
        return fakes.listened(members=members).analysis

    monkeypatch.setattr(listening, "_work", lambda song, members, tell: (fakes.listened(members=members), held))
    monkeypatch.setattr("mgc.inference.ask_more", ask_more)
    song = Song.of("a", b"x", id="1")
    some, whole = listening.hear(song, BOTH, lambda step: None, first=("pictures",))
    assert isinstance(some, Listened)
    assert isinstance(whole, Listened)
    assert set(some.analysis.members) == {"pictures"}
    assert set(whole.analysis.members) == set(BOTH)
    assert asked == [(held.clip, {"pictures"}, BOTH)]
    for first in ((), ("descriptors",), BOTH):
        assert list(listening.hear(song, BOTH, pytest.fail, first=first)) == [whole]


def test_no_samples_are_held_where_nobody_is_to_be_asked_later(monkeypatch):
    monkeypatch.setattr(listening, "_work", worked)
    hearing = listening.hear(Song.of("a", b"x", id="1"), BOTH, lambda step: None)
    next(hearing)
    assert hearing.gi_frame.f_locals["held"] is None
    waiting = listening.hear(Song.of("b", b"y", id="2"), BOTH, lambda step: None, first=("pictures",))
    next(waiting)
    assert isinstance(waiting.gi_frame.f_locals["held"], Held)


def test_who_leaves_before_the_others_were_asked_gets_the_first_answer_at_once_on_return(monkeypatch):
    decoded: list[bytes] = []
    admitted: list[None] = []
    monkeypatch.setattr(quota, "admit", lambda: admitted.append(None))
    monkeypatch.setattr(listening, "_work", worked)
    monkeypatch.setattr("mgc.audio.decode.decode", lambda data: decoded.append(data) or fakes.held().clip)
    monkeypatch.setattr(
        "mgc.inference.ask_more", lambda clip, so_far, members, *, heard: fakes.listened(members=members).analysis
    )
    song = Song.of("a", b"x", id="1")
    some = next(listening.hear(song, BOTH, lambda step: None, first=("pictures",)))
    again, whole = listening.hear(song, BOTH, pytest.fail, first=("pictures",))
    assert again is some
    assert decoded == [b"x"]  # of the first time nothing is left but the answer
    assert len(admitted) == 2
    assert isinstance(whole, Listened)
    assert set(whole.analysis.members) == set(BOTH)


def failing(error: Exception) -> Callable[..., Analysis]:
    def ask_more(clip: Clip, so_far: Analysis, members: tuple[str, ...], *, heard: object) -> Analysis:
        raise error

    return ask_more


def test_where_a_model_cannot_be_asked_later_its_place_says_why_and_it_is_not_asked_again(monkeypatch):
    monkeypatch.setattr(listening, "_work", worked)
    monkeypatch.setattr("mgc.inference.ask_more", failing(ModelError("gone")))
    song = Song.of("a", b"x", id="1")
    _, lacking = listening.hear(song, BOTH, lambda step: None, first=("pictures",))
    assert isinstance(lacking, Listened)
    assert lacking.analysis.missing == {"descriptors": "gone"}
    assert set(lacking.analysis.members) == {"pictures"}
    assert list(listening.hear(song, BOTH, pytest.fail, first=("pictures",))) == [lacking]


def test_a_service_that_is_busy_when_the_others_are_asked_is_asked_again(monkeypatch):
    monkeypatch.setattr(listening, "_work", worked)
    monkeypatch.setattr("mgc.audio.decode.decode", lambda data: fakes.held().clip)
    monkeypatch.setattr("mgc.inference.ask_more", failing(ServiceBusy("later", retry_after=1.0)))
    song = Song.of("a", b"x", id="1")
    for _ in range(2):
        some, busy = listening.hear(song, BOTH, lambda step: None, first=("pictures",))
        assert isinstance(some, Listened)
        assert busy == Busy("later")


def test_where_none_of_the_first_models_can_be_used_all_are_asked_at_once(monkeypatch):
    asked = []

    def work(song: Song, members: tuple[str, ...], on_step: object) -> tuple[Listened, Held]:
        asked.append(members)
        if members == ("pictures",):
            raise ModelError("No model can be used.")
        return fakes.listened(members=members, missing={"pictures": "gone"}), fakes.held()

    monkeypatch.setattr(listening, "_work", work)
    (outcome,) = listening.hear(Song.of("a", b"x", id="1"), BOTH, lambda step: None, first=("pictures",))
    assert asked == [("pictures",), BOTH]
    assert isinstance(outcome, Listened)
    assert set(outcome.analysis.members) == {"descriptors"}


def test_an_answer_is_kept_under_the_models_that_gave_it_though_one_is_replaced_meanwhile(monkeypatch):
    models = ["old"]
    monkeypatch.setattr(resources, "fingerprints", lambda members: (*members, *models))

    def work(song: Song, members: tuple[str, ...], on_step: object) -> tuple[Listened, Held]:
        models[:] = ["new"]
        return worked(song, members, on_step)

    monkeypatch.setattr(listening, "_work", work)
    song = Song.of("a", b"x", id="1")
    outcome = hear(song, BOTH)
    assert resources.results().get((song.sha256, *BOTH, "old")) is outcome
    assert resources.results().get((song.sha256, *BOTH, "new")) is None


def test_an_answer_that_lacks_a_model_is_kept_and_costs_no_second_analysis(monkeypatch):
    lacking = fakes.listened(missing={"pictures": "Its file is gone."})
    monkeypatch.setattr(listening, "_work", lambda *_: (lacking, fakes.held()))
    song = Song.of("a", b"x", id="1")
    assert hear(song, BOTH) is lacking
    assert resources.results().get((song.sha256, *resources.fingerprints(BOTH))) is lacking


def test_a_decoder_that_ran_out_of_time_is_asked_again(monkeypatch):
    failures = [DecoderTimeout("too slow"), RefusedAudio("too short")]

    def work(*_: object) -> tuple[Listened, Held]:
        raise failures.pop(0)

    monkeypatch.setattr(listening, "_work", work)
    song = Song.of("a", b"x", id="1")
    assert hear(song, BOTH) == Refused("too slow")
    assert hear(song, BOTH) == Refused("too short")


@pytest.mark.parametrize(
    ("fmt", "data", "mime"),
    [
        ("MP3", b"ID3", "audio/mpeg"),
        ("FLAC", b"fLaC", "audio/flac"),
        ("Ogg Vorbis", b"OggS", "audio/ogg"),
        ("WebM", b"\x1aE", "audio/webm"),
        ("M4A/AAC", b"\0\0\0\x20ftypM4A ", "audio/mp4"),
        ("M4A/AAC", b"\xff\xf1\0\0\0\0\0\0", "audio/aac"),
    ],
)
def test_a_browser_gets_the_original_bytes_where_it_can_play_them(fmt, data, mime):
    heard = Heard(fmt, 44_100, 2, 700.0, 600.0, used_start=50.0)
    assert playable(Song.of("a", data, id="1"), heard) == (data, mime, 50.0)


@pytest.mark.parametrize("fmt", ["AIFF", "AU"])
def test_what_no_browser_plays_becomes_a_wav_of_the_used_stretch(fmt, monkeypatch):
    monkeypatch.setattr(listening, "_as_wav", lambda sha256, data: b"RIFF")
    heard = Heard(fmt, 44_100, 2, 700.0, 600.0, used_start=50.0)
    assert playable(Song.of("a", b"FORM", id="1"), heard) == (b"RIFF", "audio/wav", 0.0)


def test_real_bytes_are_decoded_analysed_and_drawn(monkeypatch):
    def analyse(clip: Clip, *, members: tuple[str, ...]) -> Analysed:
        transform = spectrum(clip.y)
        return Analysed(fakes.listened(members=members).analysis, transform, columns_of(transform))

    monkeypatch.setattr("mgc.inference.analyse", analyse)
    t = np.arange(3 * SR) / SR
    data = resources.wav((0.5 * np.sin(2 * np.pi * 440 * t)).astype(np.float32))
    steps: list[str] = []
    outcome = hear(Song.of("a.wav", data, id="1"), ("pictures",), steps.append)
    assert isinstance(outcome, Listened)
    assert steps == ["decoding", "classifying", "drawing"]
    assert outcome.heard.format == "WAV"
    assert outcome.pictures.mel.png.startswith(b"\x89PNG")
    assert outcome.seen.picture.png.startswith(b"\x89PNG")
