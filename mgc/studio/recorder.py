"""A child that records songs: ``python -m mgc.studio.recorder FOLDER``, one order per line on its input.

An order is a JSON list ``[genre, band, seed, path within FOLDER]``; the answer is a line, ``done`` or what went wrong.
It ends with its input, so it never outlives whoever gives the orders.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import wave
from pathlib import Path
from typing import Final

import numpy as np

from mgc.audio.clip import SR
from mgc.studio.bands import render

__all__ = ["main", "record"]

NICENESS: Final = 15  # a page that is drawn meanwhile goes first


def record(folder: Path, genre: str, band: str, seed: int, name: str) -> None:
    """Write one song as a 16-bit WAV of 30 s: whole, or not at all."""
    y = render(genre, seed, band=band)
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with wave.open(str(part), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SR)
        file.writeframes(np.rint(y * 32_767.0).astype("<i2").tobytes())
    os.replace(part, path)


def main() -> None:
    """Take orders until the input ends; whoever looks at a page meanwhile goes first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever gives the orders, and ends the input
    with contextlib.suppress(OSError, AttributeError):  # Windows has no such thing
        os.nice(NICENESS)
    folder = Path(sys.argv[1])
    for line in sys.stdin:
        genre, band, seed, name = json.loads(line)
        try:
            record(folder, str(genre), str(band), int(seed), str(name))
            answer = "done"
        except OSError as error:
            answer = error.strerror or "the file could not be written"
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
