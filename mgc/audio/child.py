"""The decoder: a limited process that reads unknown files, sound or pictures.

Run by its path as ``python -I -B child.py REQUEST``; the app never imports it. ``REQUEST`` is JSON: the limits, what is
wanted, and either the ``kind`` of the one file that stdin holds, or the ``kinds`` of files of a series. An answer is a
block of :data:`HEADER_BYTES` (JSON padded with spaces), then ``n`` samples (mono float32) or the pixels of a picture. A
refusal is a header with ``why`` and nothing behind it. Anything unforeseen may crash: for the parent a crash is one
more unreadable file.

For a series stdin holds jobs: :data:`JOB_BYTES` of JSON (the kind and size of a file, the seconds wanted), then the
file. Each is read by a fork of this process that begins with every decoder loaded and ends after its answer. So a file
costs a fork (2 ms) instead of an interpreter (90 ms), and a file that breaks a decoder breaks it for no other. A fork
that does not end well ends this process too; the parent then starts another.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt

    from mgc.audio.readers import Block, Source

__all__ = ["FULL_SCALE", "HEADER_BYTES", "JOB_BYTES", "SILENCE", "TOO_LOUD", "Heard", "limit", "listen", "main"]

HEADER_BYTES: Final = 4096  # one page: the samples behind it stay aligned, and no header is ever longer
JOB_BYTES: Final = 256
FULL_SCALE: Final = 0.9999  # 16-bit samples of +-32767 and +-32768 lie above, +-32764 below
SILENCE: Final = 1e-4  # -80 dB of full scale; Kaggle's pictures end there as well
TOO_LOUD: Final = 8.0  # +18 dB: no decoder overshoots that far, so these are integers stored as floats


def main() -> None:
    """Limit this process, load the decoders, and answer for one file or for a series of files."""
    request = json.loads(sys.argv[1])
    limit(request["limits"])
    sys.path.append(str(Path(__file__).parents[2]))  # -I keeps every folder out; last, so that it shadows nothing
    from mgc.audio.readers import import_decoders

    for kind in request.get("kinds") or [request["kind"]]:
        import_decoders(kind)
    # From here on no file and no socket can be opened: the three that are open are all there may be.
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    if "kinds" in request:
        _serve(request)
    else:
        _answer(request, sys.stdin.buffer.read())


def _serve(request: dict[str, Any]) -> None:
    """Fork for each job until stdin ends or a fork does not end well."""
    while job := _take(JOB_BYTES):
        child = os.fork()  # nothing here has threads
        if not child:
            told = request | json.loads(job)
            _answer(told, _take(told["size"]))
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            break


def _answer(request: dict[str, Any], data: bytes) -> None:
    """Read one file and write what it holds."""
    from mgc.audio.readers import RefusedError, open_source, read_picture

    content: Block | npt.NDArray[np.uint8] | None = None
    try:
        if request["kind"] == "PNG":
            content = read_picture(data)
            header: dict[str, Any] = {"shape": content.shape}
        else:
            header, content = listen(open_source(data, request["kind"]), request)
    except RefusedError as refusal:
        header = {"why": refusal.why, "value": refusal.value}
    sys.stdout.buffer.write(json.dumps(header).encode().ljust(HEADER_BYTES))
    if content is not None:
        sys.stdout.buffer.write(content.data.cast("B"))
    sys.stdout.buffer.flush()


def _take(size: int) -> bytes:
    """Return the next ``size`` bytes of stdin and not one more: what follows is for the next fork."""
    parts = []
    while size:
        part = os.read(0, min(size, 1 << 20))
        if not part:
            return b""
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def limit(limits: dict[str, int]) -> None:
    """Set resource limits by name, e.g. ``{"RLIMIT_AS": 2**30}``, never above what is in force."""
    for name, value in limits.items():
        number = getattr(resource, name)
        hard = resource.getrlimit(number)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with contextlib.suppress(ValueError, OSError):  # macOS knows RLIMIT_AS but refuses to set it
            resource.setrlimit(number, (value, value))


def listen(source: Source, request: dict[str, Any]) -> tuple[dict[str, Any], Block]:
    """Check the header, read the middle part, mix down, resample; return the answer's header and samples."""
    from mgc.audio.readers import RefusedError

    if not request["min_rate"] <= source.sample_rate <= request["max_rate"]:
        raise RefusedError("rate", source.sample_rate)
    if not 1 <= source.channels <= request["max_channels"]:
        raise RefusedError("channels", source.channels)
    shortest = request["min_seconds"] * source.sample_rate
    most = min(int(request["max_seconds"] * source.sample_rate), request["max_samples"] // source.channels)
    heard = Heard(source, request["sr"])
    start = max((source.frames - most) // 2, 0)
    heard.take(source.read(start), most)
    if start and heard.frames < shortest:  # the header promised more than there is: from the start then
        heard = Heard(source, request["sr"])
        heard.take(source.read(0), most)
    if heard.frames < shortest:
        raise RefusedError("cut" if source.frames >= shortest else "short", heard.frames / source.sample_rate)
    end = heard.start + heard.frames
    y, peak = _cleaned(heard.samples())
    header = {
        "codec": source.codec,
        "sample_rate": source.sample_rate,
        "channels": source.channels,
        "seconds": (max(source.frames, end) if heard.frames >= most else end) / source.sample_rate,
        "promised": source.frames / source.sample_rate,
        "used_start": heard.start / source.sample_rate,
        "used_seconds": heard.frames / source.sample_rate,
        "n": len(y),
        "peak": peak,
        "clipped": heard.clipped / max(heard.frames * source.channels, 1),
        "silent": _silent_share(y, request["sr"]),
    }
    return header, y


def _cleaned(y: Block) -> tuple[Block, float]:
    """Return samples that no later step stumbles over, and the peak that they had."""
    import numpy as np

    from mgc.audio.readers import RefusedError

    peak = float(np.abs(y).max(initial=0.0))
    if not np.isfinite(peak):
        raise RefusedError("finite")
    if peak > TOO_LOUD:
        y /= peak
    y[np.abs(y) < np.finfo(np.float32).tiny] = 0  # denormals slow every later transform down
    return y, peak


class Heard:
    """The mono samples gathered so far."""

    def __init__(self, source: Source, sr: int) -> None:
        import numpy as np
        import soxr

        self.start = 0
        self.frames = 0
        self.clipped = 0
        self._rate, self._sr = source.sample_rate, sr
        self._weights = np.full(source.channels, 1 / source.channels, dtype=np.float32)
        self._parts: list[Block] = []
        self._stream = None
        if self._rate != sr:  # "HQ" is what librosa calls soxr_hq, the default of librosa.load
            self._stream = soxr.ResampleStream(self._rate, sr, 1, dtype="float32", quality="HQ")

    def take(self, blocks: Iterator[tuple[int, Block]], most: int) -> None:
        """Read at most ``most`` frames."""
        import numpy as np

        from mgc.audio.readers import RefusedError

        for at, block in blocks:
            if not self.frames:
                self.start = at
            block = block[: most - self.frames]
            mono = block[:, 0].copy() if block.shape[1] == 1 else block @ self._weights
            if not np.isfinite(mono).all():
                raise RefusedError("finite")
            self.clipped += int(np.count_nonzero(np.abs(block) >= FULL_SCALE))
            self.frames += len(block)
            self._parts.append(mono if self._stream is None else self._stream.resample_chunk(mono))
            if self.frames >= most:
                break

    def samples(self) -> Block:
        """Return everything gathered, at the rate wanted."""
        import numpy as np

        if self._stream is not None:
            self._parts.append(self._stream.resample_chunk(np.zeros(0, np.float32), last=True))
        y = np.concatenate(self._parts)
        self._parts.clear()
        return y


def _silent_share(y: Block, sr: int) -> float:
    import numpy as np

    tenth = sr // 10
    whole = len(y) // tenth
    loudest = np.abs(y[: whole * tenth]).reshape(whole, tenth).max(axis=1)
    return float(np.mean(loudest < SILENCE))


if __name__ == "__main__":
    main()
