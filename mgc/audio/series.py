"""Many files of one data set -> :class:`Clip` after :class:`Clip`, each by a limited process as in :mod:`decode`.

The files of a data set were chosen by whoever owns the machine, so they may share a decoder's *parent*
(:mod:`mgc.audio.forker`); they still never meet the process that asks. Use one :class:`Series` per data set: all that a
file could do to the parent is to lie about the sound of files of its own set.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mgc.audio import painted
from mgc.audio.answer import Answer
from mgc.audio.clip import SR, Clip
from mgc.audio.decode import child, converse, request
from mgc.audio.painted import Painted
from mgc.audio.probe import look, unreadable
from mgc.errors import AudioError, RefusedAudio
from mgc.settings import settings

if TYPE_CHECKING:
    import subprocess
    from types import TracebackType
    from typing import Self

    import numpy as np
    import numpy.typing as npt

__all__ = ["MAX_FILE_MB", "Series"]

FORKER: Final = Path(__file__).with_name("forker.py")
JOB_BYTES: Final = 256  # as in forker.py, which is no part of this process and never imported by it
MAX_FILE_MB: Final = 200  # of a data set's file: an hour of 16-bit mono at 22,050 Hz is 159 MB
MAX_PICTURE_MB: Final = 4  # Kaggle's have 0.1
PNG: Final = b"\x89PNG\r\n\x1a\n"


class Series:
    """A decoder to be asked again and again; use it in a ``with`` statement.

    Parameters
    ----------
    max_seconds : float > 0
        of a longer file the middle part of this length is heard
    pictures : bool
        also read Kaggle's pictures; the decoder takes a third longer to start
    """

    def __init__(self, max_seconds: float, *, pictures: bool = False, _script: Path = FORKER) -> None:
        self._seconds = max_seconds
        self._pictures = pictures
        self._script = _script
        self._running = contextlib.ExitStack()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def decode(self, data: bytes) -> Clip:
        """Listen to a file; see :func:`mgc.audio.decode.decode`, whose errors these are.

        Raises
        ------
        UnreadableAudio
            when it is no audio of an accepted format, or the decoder crashed or was stopped
        RefusedAudio
            when it lies outside a limit
        """
        if len(data) > MAX_FILE_MB * 2**20:
            raise RefusedAudio(
                f"The file has {len(data) / 2**20:.0f} MB; accepted are files of up to {MAX_FILE_MB} MB."
            )
        probe = look(data)
        answer = Answer(probe, most=int(self._seconds * SR) + SR)
        self._ask({"kind": probe.kind, "max_seconds": self._seconds}, memoryview(data)[probe.start :], answer)
        return Clip(y=answer.samples(), sha256=hashlib.sha256(data).hexdigest(), heard=answer.heard())

    def read_picture(self, data: bytes) -> npt.NDArray[np.uint8]:
        """Read one of Kaggle's mel pictures; see :func:`mgc.features.kaggle_png.read_picture`.

        Returns
        -------
        np.ndarray [shape=(128, 334), uint8, range 0..255]
            palette indices, the lowest band first

        Raises
        ------
        UnreadablePicture
            when the file is none, or the decoder crashed or was stopped
        """
        if not self._pictures or not data.startswith(PNG) or len(data) > MAX_PICTURE_MB * 2**20:
            raise painted.unreadable(f"{len(data)} bytes that begin with {data[:8]!r}")
        answer = Painted()
        self._ask({"kind": "PNG"}, memoryview(data), answer)
        return answer.picture()

    def _ask(self, job: dict[str, str | float], payload: memoryview, answer: Answer | Painted) -> None:
        """Have one file read; after any trouble the next file gets a new parent."""
        head = json.dumps({**job, "size": len(payload)}).encode().ljust(JOB_BYTES)
        process = self._started()
        try:
            sent = memoryview(head + payload)
            last_words = converse(process, sent, answer, settings().decode_timeout, hang_up=False)
            if not answer.is_complete:
                details = f"the decoder ended with {process.poll()} and no whole answer: {last_words!r}"
                raise unreadable(details) if isinstance(answer, Answer) else painted.unreadable(details)
        except AudioError:  # it may still be at it, or the rest of an answer may lie in the pipe
            self._stop()
            raise

    def _started(self) -> subprocess.Popen[bytes]:
        """Return the running parent of decoders; start one when there is none, or it ended."""
        if self._process is None or self._process.poll() is not None:
            self._stop()
            told = request("", settings()) | {"pictures": self._pictures}
            self._process = self._running.enter_context(child(self._script, told))
        return self._process

    def _stop(self) -> None:
        self._process = None
        self._running.close()
