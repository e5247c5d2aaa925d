"""A decoder for many files of one data set: a limited process that forks once per file.

Run by its path as ``python -I -B forker.py REQUEST``, like ``child.py``, whose limits and answers it has. On stdin come
jobs: :data:`JOB_BYTES` of JSON (kind of the file, its size, the seconds wanted) and then the file, sound or picture.
Each is read by a process of its own that begins with every decoder loaded and ends after its answer, so that a file
costs a fork (2 ms) rather than an interpreter (90 ms), and what one file does to a decoder is over with it. A process
that does not end well ends this one too; the parent then starts another.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any, Final

__all__ = ["JOB_BYTES", "main"]

JOB_BYTES: Final = 256


def main() -> None:
    """Limit ourselves, load every decoder, and fork for each job until stdin ends."""
    request = json.loads(sys.argv[1])
    sys.path.append(str(Path(__file__).parents[2]))  # -I keeps every folder out; last, so that it shadows nothing
    from mgc.audio.child import limit
    from mgc.audio.readers import import_decoders

    limit(request["limits"])
    for kind in ("WAV", "MP4"):  # one of each library
        import_decoders(kind)
    if request.get("pictures"):
        import cv2  # noqa: F401

        from mgc.features import kaggle_png  # noqa: F401
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # from here on no file and no socket can be opened
    while job := _take(JOB_BYTES):
        child = os.fork()  # nothing here has threads
        if not child:
            _answer(request | json.loads(job))
        if os.waitpid(child, 0)[1]:
            break


def _answer(job: dict[str, Any]) -> None:
    """Read one file, say what it holds, and end; anything unforeseen is left to end the process badly."""
    from mgc.audio.child import HEADER_BYTES, listen
    from mgc.audio.readers import RefusedError, open_source

    data = _take(job["size"])
    samples: Any = None
    try:
        header, samples = _seen(data) if job["kind"] == "PNG" else listen(open_source(data, job["kind"]), job)
    except RefusedError as refusal:
        header = {"why": refusal.why, "value": refusal.value}
    _give(json.dumps(header).encode().ljust(HEADER_BYTES))
    if samples is not None:
        _give(samples.data.cast("B"))
    os._exit(0)


def _seen(data: bytes) -> tuple[dict[str, Any], Any]:
    """Read one of Kaggle's pictures."""
    from mgc.errors import DatasetError
    from mgc.features.kaggle_png import read_picture

    try:
        picture = read_picture(data)
    except DatasetError:
        return {"why": "picture"}, None
    return {"shape": picture.shape}, picture


def _take(size: int) -> bytes:
    """Return the next ``size`` bytes of stdin and not one more: what follows is for the next process."""
    parts = []
    while size:
        part = os.read(0, min(size, 1 << 20))
        if not part:
            return b""
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _give(data: bytes | memoryview) -> None:
    view = memoryview(data)
    while len(view):
        view = view[os.write(1, view) :]


if __name__ == "__main__":
    main()
