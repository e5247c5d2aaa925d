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
from mgc.inference import Analysed
from mgc.ui import quota, resources
from mgc.ui.classify import listening
from mgc.ui.classify.listening import Busy, Listened, Outcome, Refused, Song, playable
from tests.app import fakes

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.setattr(quota, "admit", lambda: None)


def hear(song: Song, members: tuple[str, ...], on_step: Callable[[str], None]) -> Outcome:
    """What a song comes to where no answer is wanted sooner."""
    (outcome,) = listening.hear(song, members, on_step)
    return outcome


def worked(heard: Listened) -> tuple[Listened, Analysed]:
    return heard, fakes.analysed(heard)


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


def test_a_song_is_worked_out_once_for_each_set_of_models(monkeypatch):
    calls = []
    monkeypatch.setattr(
        listening, "_work", lambda song, members, tell: calls.append(members) or worked(fakes.listened())
    )
    song = Song.of("a", b"x", id="1")
    first = hear(song, ("a",), lambda step: None)
    assert isinstance(first, Listened)
    assert hear(song, ("a",), lambda step: None) is first
    hear(song, ("a", "b"), lambda step: None)
    assert calls == [("a",), ("a", "b")]


def test_a_refusal_is_remembered_and_a_busy_service_is_not(monkeypatch):
    song = Song.of("a", b"x", id="1")
    failures = [ServiceBusy("later", retry_after=1.0), RefusedAudio("too short")]

    def work(*_: object) -> tuple[Listened, Analysed]:
        raise failures.pop(0)

    monkeypatch.setattr(listening, "_work", work)
    assert hear(song, (), lambda step: None) == Busy("later")
    assert hear(song, (), lambda step: None) == Refused("too short")
    assert hear(song, (), lambda step: None) == Refused("too short")


def test_the_models_that_an_answer_needs_come_first_and_the_others_are_asked_about_the_same_samples(monkeypatch):
    asked: list[tuple[str, ...]] = []

    def work(song: Song, members: tuple[str, ...], tell: object) -> tuple[Listened, Analysed]:
        asked.append(members)
        return worked(fakes.listened(members=members))

    def ask_more(analysed: Analysed, members: tuple[str, ...]) -> Analysed:
        asked.append(members)
        return fakes.analysed(fakes.listened(members=members))

    monkeypatch.setattr(listening, "_work", work)
    monkeypatch.setattr("mgc.inference.ask_more", ask_more)
    song, both = Song.of("a", b"x", id="1"), ("descriptors", "pictures")
    some, whole = listening.hear(song, both, lambda step: None, first=("pictures",))
    assert isinstance(some, Listened)
    assert isinstance(whole, Listened)
    assert set(some.analysis.members) == {"pictures"}
    assert set(whole.analysis.members) == set(both)
    assert asked == [("pictures",), both]
    assert list(listening.hear(song, both, lambda step: None, first=("descriptors",))) == [whole]
    assert len(asked) == 2


def test_who_leaves_before_the_others_were_asked_gets_the_first_answer_at_once_when_he_returns(monkeypatch):
    monkeypatch.setattr(listening, "_work", lambda song, members, tell: worked(fakes.listened(members=members)))
    decoded: list[bytes] = []
    monkeypatch.setattr("mgc.audio.decode.decode", lambda data: decoded.append(data) or fakes.heard())
    monkeypatch.setattr("mgc.inference.analyse", lambda clip, members: fakes.analysed(fakes.listened(members=members)))
    song, both = Song.of("a", b"x", id="1"), ("descriptors", "pictures")
    some = next(listening.hear(song, both, lambda step: None, first=("pictures",)))
    again, whole = listening.hear(song, both, pytest.fail, first=("pictures",))
    assert again is some
    assert decoded == [b"x"]  # of the first time nothing is left but the answer
    assert isinstance(whole, Listened)
    assert set(whole.analysis.members) == set(both)


@pytest.mark.parametrize(
    "failure", [ServiceBusy("later", retry_after=1.0), ModelError("gone")], ids=["busy", "a model is gone"]
)
def test_where_the_others_cannot_be_asked_the_first_answer_stays_and_they_are_asked_the_next_time(monkeypatch, failure):
    def ask_more(analysed: Analysed, members: tuple[str, ...]) -> Analysed:
        raise failure

    monkeypatch.setattr(listening, "_work", lambda song, members, tell: worked(fakes.listened(members=members)))
    monkeypatch.setattr("mgc.audio.decode.decode", lambda data: fakes.heard())
    monkeypatch.setattr("mgc.inference.analyse", lambda clip, members: fakes.analysed(fakes.listened(members=members)))
    monkeypatch.setattr("mgc.inference.ask_more", ask_more)
    song, both = Song.of("a", b"x", id="1"), ("descriptors", "pictures")
    some, lacking = listening.hear(song, both, lambda step: None, first=("pictures",))
    assert isinstance(lacking, Listened)
    assert lacking.analysis.missing == {"descriptors": failure.user_message}
    again, whole = listening.hear(song, both, pytest.fail, first=("pictures",))
    assert again is some
    assert isinstance(whole, Listened)
    assert set(whole.analysis.members) == set(both)


def test_an_answer_that_lacks_a_model_is_kept_and_costs_no_second_analysis(monkeypatch):
    lacking = fakes.listened()
    lacking.analysis.missing["pictures"] = "Its file is gone."
    monkeypatch.setattr(listening, "_work", lambda *_: worked(lacking))
    song = Song.of("a", b"x", id="1")
    hear(song, (), lambda step: None)
    assert resources.results().get((song.sha256,)) is lacking


def test_a_decoder_that_ran_out_of_time_is_asked_again(monkeypatch):
    failures = [DecoderTimeout("too slow"), RefusedAudio("too short")]

    def work(*_: object) -> tuple[Listened, Analysed]:
        raise failures.pop(0)

    monkeypatch.setattr(listening, "_work", work)
    song = Song.of("a", b"x", id="1")
    assert hear(song, (), lambda step: None) == Refused("too slow")
    assert hear(song, (), lambda step: None) == Refused("too short")


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


def analysed(clip: Clip) -> Analysed:
    transform = spectrum(clip.y)
    return Analysed(fakes.listened().analysis, transform, columns_of(transform))


def test_real_bytes_are_decoded_analysed_and_drawn(monkeypatch):
    monkeypatch.setattr("mgc.inference.analyse", lambda clip, members: analysed(clip))
    t = np.arange(3 * SR) / SR
    data = resources.wav((0.5 * np.sin(2 * np.pi * 440 * t)).astype(np.float32))
    steps: list[str] = []
    outcome = hear(Song.of("a.wav", data, id="1"), ("pictures",), steps.append)
    assert isinstance(outcome, Listened)
    assert steps == ["decoding", "classifying", "drawing"]
    assert outcome.heard.format == "WAV"
    assert outcome.pictures.mel.png.startswith(b"\x89PNG")
    assert outcome.seen.picture.png.startswith(b"\x89PNG")
