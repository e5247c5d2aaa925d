"""What a browser is given to play."""

from __future__ import annotations

import io
import wave
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from mgc.settings import settings
from mgc.ui.explore import hearing

if TYPE_CHECKING:
    from pathlib import Path

    from mgc.ui.explore.selection import Known

HEARD = "blues.00000"


@pytest.mark.parametrize(("ending", "mime"), [("wav", "audio/wav"), ("flac", "audio/flac"), ("ogg", "audio/ogg")])
def test_what_browsers_know_is_given_as_it_is(known: Known, tmp_path: Path, ending: str, mime: str) -> None:
    file = tmp_path / f"one.{ending}"
    soundfile.write(file, 0.3 * np.sin(np.arange(44_100) / 9), 22_050)
    sound = hearing.at_once(replace(known.dataset.track(HEARD), audio=file))
    assert sound == hearing.Sound(file.read_bytes(), mime)


def test_what_they_may_not_know_becomes_a_wav(known: Known, tmp_path: Path) -> None:
    file = tmp_path / "one.au"
    soundfile.write(file, 0.3 * np.sin(np.arange(44_100) / 9), 22_050)
    sound = hearing.at_once(replace(known.dataset.track(HEARD), audio=file))
    assert sound is not None
    assert sound.mime == "audio/wav"
    with wave.open(io.BytesIO(sound.data)) as heard:
        assert heard.getnframes() == 44_100


def test_no_more_is_read_than_is_accepted(known: Known, tmp_path: Path) -> None:
    file = tmp_path / "one.wav"
    with file.open("wb") as handle:
        handle.write(b"RIFF\0\0\0\0WAVE")
        handle.truncate((settings().max_upload_mb + 1) * 2**20)
    track = replace(known.dataset.track(HEARD), audio=file)
    assert hearing.at_once(track) is None
    looked = hearing.look(track)
    assert isinstance(looked, hearing.Unheard)
    assert "is larger than" in looked.sentence


def test_either_part_can_be_heard_by_itself(known: Known) -> None:
    track = known.dataset.track(HEARD)
    looked = hearing.look(track)
    assert isinstance(looked, hearing.Looked)
    lengths = set()
    for part in ("harmonic", "percussive"):
        sound = hearing.parts(track, looked, part)
        assert sound is not None
        with wave.open(io.BytesIO(sound.data)) as heard:
            lengths.add(heard.getnframes())
    assert len(lengths) == 1
    assert hearing.parts(track, looked, "harmonic") != hearing.parts(track, looked, "percussive")
