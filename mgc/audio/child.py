"""The decoder: a process of its own that reads a stranger's bytes on stdin and writes mono float32 on stdout.

Run by its path as ``python -I -B child.py REQUEST``; the app never imports it. ``REQUEST`` is JSON: the kind of file,
the limits, the rate wanted. What comes back is a block of :data:`HEADER_BYTES` (JSON padded with spaces) and then ``n``
samples. A refusal is a header with ``why`` and no samples. Anything unforeseen is left to crash: for the parent a crash
is one more unreadable file.
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mgc.audio.readers import Block, Source

__all__ = ["FULL_SCALE", "HEADER_BYTES", "SILENCE", "TOO_LOUD", "Heard", "limit", "listen", "main"]

HEADER_BYTES: Final = 4096  # one page: the samples behind it stay aligned, and no header is ever longer
FULL_SCALE: Final = 0.9999  # 16-bit samples of +-32767 and +-32768 lie above, +-32764 below
SILENCE: Final = 1e-4  # -80 dB of full scale; Kaggle's pictures end there as well
TOO_LOUD: Final = 8.0  # +18 dB: no decoder overshoots that far, so these are integers stored as floats


def main() -> None:
    """Limit ourselves, read everything, answer."""
    request = json.loads(sys.argv[1])
    limit(request["limits"])
    sys.path.append(str(Path(__file__).parents[2]))  # -I keeps every folder out; last, so that it shadows nothing
    from mgc.audio.readers import RefusedError, import_decoders, open_source

    import_decoders(request["kind"])
    # From here on no file and no socket can be opened: the three that are open are all there may be.
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    data = sys.stdin.buffer.read()
    samples: Block | None = None
    try:
        header, samples = listen(open_source(data, request["kind"]), request)
    except RefusedError as refusal:
        header = {"why": refusal.why, "value": refusal.value}
    sys.stdout.buffer.write(json.dumps(header).encode().ljust(HEADER_BYTES))
    if samples is not None:
        sys.stdout.buffer.write(samples.data)
    sys.stdout.buffer.flush()


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
