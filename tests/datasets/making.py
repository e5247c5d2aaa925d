"""Small data sets for the tests: tones as files, folders and ZIP archives, honest and hostile."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from tests.audio.making import sndfile, tone

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def clip(level: float = 0.5, **how: object) -> bytes:
    """Return a WAV file of four seconds; another level is another song."""
    seconds = how.pop("seconds", 4.0)
    rate = how.pop("rate", 22_050)
    return sndfile(tone(seconds, rate, level=level), rate, **how)


def songs() -> dict[str, bytes]:
    """Return two genres of two songs, by their paths."""
    names = ("rock/one.wav", "rock/two.wav", "noise core/Someone - A song.wav", "noise core/four.wav")
    return {name: clip(0.2 + 0.1 * number) for number, name in enumerate(names)}


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below ``folder``."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def packed(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP archive of files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()
