"""Many files of one data set -> clips and pictures, each by a limited process as in :mod:`decode`.

The files of a data set were chosen by the owner of the machine, so their decoders may be forks of one limited process
(:mod:`mgc.audio.child`); no file is decoded in the process that asks. Use one :class:`Series` per data set: the worst
that a file could do is to falsify the sound of other files of its own set.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import TYPE_CHECKING, Final

from mgc.audio.answer import PictureAnswer, SoundAnswer
from mgc.audio.clip import SR, Clip
from mgc.audio.decode import CHILD, child, converse, request
from mgc.audio.probe import check_picture, look, unreadable_picture
from mgc.errors import AudioError, RefusedAudio
from mgc.settings import settings

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    import numpy as np
    import numpy.typing as npt

    from mgc.audio.answer import Answer

__all__ = ["MAX_FILE_MB", "Series"]

JOB_BYTES: Final = 256  # as in child.py, which this process never imports
MAX_FILE_MB: Final = 200  # of a data set's file: an hour of 16-bit mono at 22,050 Hz is 159 MB


class Series:
    """A decoder to be asked again and again; use it in a ``with`` statement.

    Parameters
    ----------
    max_seconds : float > 0
        of a longer file the middle part of this length is heard
    pictures : bool
        also read Kaggle's pictures; the decoder takes a third longer to start
    """

    def __init__(self, max_seconds: float, *, pictures: bool = False, _script: Path = CHILD) -> None:
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
        answer = SoundAnswer(probe, most=int(self._seconds * SR) + SR)
        self._ask({"kind": probe.kind, "max_seconds": self._seconds}, memoryview(data)[probe.start :], answer)
        return Clip(y=answer.samples(), sha256=hashlib.sha256(data).hexdigest(), heard=answer.heard())

    def decode_picture(self, data: bytes) -> npt.NDArray[np.uint8]:
        """Read one of Kaggle's pictures; see :func:`mgc.audio.decode.decode_picture`.

        Returns
        -------
        np.ndarray [shape=(288, 432, 3), uint8]
            BGR as OpenCV orders it

        Raises
        ------
        UnreadablePicture
            when the file is none, or the decoder crashed or was stopped
        """
        if not self._pictures:
            raise unreadable_picture("this series reads no pictures")
        check_picture(data)
        answer = PictureAnswer()
        self._ask({"kind": "PNG"}, memoryview(data), answer)
        return answer.pixels()

    def _ask(self, job: dict[str, str | float], payload: memoryview, answer: Answer) -> None:
        """Have one file read; after any trouble the next file gets a new parent."""
        head = json.dumps({**job, "size": len(payload)}).encode().ljust(JOB_BYTES)
        try:
            sent = memoryview(head + payload)
            converse(self._started(), sent, answer, settings().decode_timeout, hang_up=False)
        except AudioError:  # the fork may still be at work, or the rest of an answer may lie in the pipe
            self._stop()
            raise

    def _started(self) -> subprocess.Popen[bytes]:
        """Return the running parent of decoders; start one when there is none, or it ended."""
        if self._process is None or self._process.poll() is not None:
            self._stop()
            kinds = ["WAV", "MP4", *["PNG"][: self._pictures]]  # one of each library
            self._process = self._running.enter_context(child(self._script, request(settings(), kinds=kinds)))
        return self._process

    def _stop(self) -> None:
        self._process = None
        self._running.close()
