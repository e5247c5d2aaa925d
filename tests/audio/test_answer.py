"""answer: nothing that a child says is believed without a check."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mgc.audio.child import HEADER_BYTES
from mgc.audio.decode import SoundAnswer
from mgc.audio.probe import Probe
from mgc.errors import AudioError, RefusedAudio, UnreadableAudio

GOOD = {
    "codec": "VORBIS",
    "sample_rate": 44_100,
    "channels": 2,
    "seconds": 3.0,
    "promised": 3.0,
    "used_start": 0.0,
    "used_seconds": 3.0,
    "n": 66_150,
    "peak": 0.5,
    "clipped": 0.0,
    "silent": 0.0,
    "cancels": False,
}


def feed(header: Any, samples: bytes = b"", *, probe: Probe | None = None) -> SoundAnswer:
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    answer = SoundAnswer(probe or Probe("OGG"), most=100_000)
    left = head.ljust(HEADER_BYTES) + samples
    while left and len(answer.room()):
        count = min(len(answer.room()), len(left), 1_000)  # as a pipe delivers: in pieces
        answer.room()[:count] = left[:count]
        answer.take(count)
        left = left[count:]
    return answer


def test_a_whole_answer_gives_samples_and_what_was_heard() -> None:
    y = np.linspace(-1, 1, 66_150, dtype=np.float32)
    answer = feed(GOOD, y.tobytes())
    assert answer.is_complete
    np.testing.assert_array_equal(answer.samples(), y)
    assert answer.heard().sentence() == "Ogg Vorbis, 44.1 kHz stereo, 0:03"
    assert answer.heard().warnings == ()


def test_half_an_answer_is_not_complete() -> None:
    assert not feed(GOOD, bytes(1_000)).is_complete
    with pytest.raises(UnreadableAudio):
        SoundAnswer(Probe("OGG"), most=10).heard()


@pytest.mark.parametrize(
    "change",
    [
        {"n": 0},
        {"n": -1},
        {"n": 100_001},
        {"n": "many"},
        {"n": None},
        {"seconds": float("nan")},
        {"peak": float("inf")},
        {"peak": -1},
        {"used_start": []},
        {"sample_rate": 1e400},
        {"codec": 1, "n": {}},
    ],
)
def test_absurd_numbers_are_unreadable(change: dict[str, Any]) -> None:
    with pytest.raises(UnreadableAudio):
        feed(GOOD | change)


@pytest.mark.parametrize("change", [{"sample_rate": 1}, {"channels": 99}, {"seconds": 0}, {"seconds": 0.5}])
def test_the_limits_hold_for_the_child_as_well(change: dict[str, Any]) -> None:
    with pytest.raises(RefusedAudio):
        feed(GOOD | change)


@pytest.mark.parametrize(
    "header", [b"", b"[]", b"7", b"null", b'"why"', b"[" * 4_000, b"\xff\xfe", b"{}", b'{"why": 1}']
)
def test_nonsense_is_unreadable(header: bytes) -> None:
    with pytest.raises(UnreadableAudio):
        feed(header)


def test_samples_that_are_not_finite_are_refused_even_if_the_child_did_not() -> None:
    y = np.zeros(66_150, np.float32)
    y[7] = np.nan
    with pytest.raises(RefusedAudio, match="not finite"):
        feed(GOOD, y.tobytes()).samples()


@pytest.mark.parametrize(
    ("why", "value", "kind", "sentence"),
    [
        ("rate", 1, RefusedAudio, "sample rate of 1 Hz; accepted: 8,000 to 192,000 Hz"),
        ("channels", 1_000, RefusedAudio, "1,000 channels; accepted: 1 to 8"),
        ("short", 0.2, RefusedAudio, "is only 0.2 seconds long; at least 1 second"),
        ("cut", 0.2, UnreadableAudio, "cut off: less than 1 second"),
        ("finite", 0, RefusedAudio, "not finite"),
        ("codec", "<b>GSM610</b>", RefusedAudio, "(bGSM610b)"),
        ("no_sound", 0, UnreadableAudio, "no audio track"),
        ("rate", "fast", UnreadableAudio, "cannot be read"),
        ("rate", 44_100, UnreadableAudio, "cannot be read"),
        ("weather", 0, UnreadableAudio, "cannot be read"),
    ],
)
def test_a_refusal_becomes_a_sentence_of_ours(why: str, value: Any, kind: type, sentence: str) -> None:
    with pytest.raises(kind) as caught:
        feed({"why": why, "value": value})
    assert sentence in caught.value.user_message


VALUES = st.none() | st.floats() | st.integers() | st.text("abc019.-", max_size=9)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
@given(st.dictionaries(st.sampled_from([*GOOD, "why", "value"]), VALUES))
def test_no_header_raises_anything_but_audio_errors(change: dict[str, Any]) -> None:
    head = json.dumps(GOOD | change).encode()[:HEADER_BYTES]
    with contextlib.suppress(AudioError):
        feed(head)
