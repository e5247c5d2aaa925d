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

from mgc.audio.answer import Answer
from mgc.audio.clip import SR, Clip
from mgc.audio.decode import child, converse, request
from mgc.audio.probe import look, unreadable
from mgc.errors import AudioError, RefusedAudio
from mgc.settings import settings

if TYPE_CHECKING:
    import subprocess
    from types import TracebackType
    from typing import Self

__all__ = ["MAX_FILE_MB", "Series"]

FORKER: Final = Path(__file__).with_name("forker.py")
JOB_BYTES: Final = 256  # as in forker.py, which is no part of this process and never imported by it
MAX_FILE_MB: Final = 200  # of a data set's file: an hour of 16-bit mono at 22,050 Hz is 159 MB


class Series:
    """A decoder to be asked again and again; use it in a ``with`` statement.

    Parameters
    ----------
    max_seconds : float > 0
        of a longer file the middle part of this length is heard
    """

    def __init__(self, max_seconds: float, *, _script: Path = FORKER) -> None:
        self._seconds = max_seconds
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
        payload = memoryview(data)[probe.start :]
        job = json.dumps({"kind": probe.kind, "size": len(payload), "max_seconds": self._seconds}).encode()
        answer = Answer(probe, most=int(self._seconds * SR) + SR)
        process = self._started()
        try:
            sent = memoryview(job.ljust(JOB_BYTES) + payload)
            last_words = converse(process, sent, answer, settings().decode_timeout, hang_up=False)
            if not answer.is_complete:
                raise unreadable(f"the decoder ended with {process.poll()} and no whole answer: {last_words!r}")
        except AudioError:  # it may still be at it, or the rest of an answer may lie in the pipe: a new one next time
            self._stop()
            raise
        return Clip(y=answer.samples(), sha256=hashlib.sha256(data).hexdigest(), heard=answer.heard())

    def _started(self) -> subprocess.Popen[bytes]:
        """Return the running parent of decoders; start one when there is none, or it ended."""
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._process = self._running.enter_context(child(self._script, request("", settings())))
        return self._process

    def _stop(self) -> None:
        self._process = None
        self._running.close()
