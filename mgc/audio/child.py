"""The decoder: a limited process that reads unknown files, sound or pictures.

Run by its path as ``python -I -B child.py REQUEST``; the app imports nothing of it but constants. ``REQUEST`` is JSON:
the limits, what is wanted, and either the ``kind`` of the one file that stdin holds, or the ``kinds`` of files of a
series. An answer is a block of :data:`HEADER_BYTES` (JSON padded with spaces), then ``n`` samples (mono float32) or the
pixels of a picture. A refusal is a header with ``why`` and nothing behind it. Anything unforeseen may crash: for the
parent a crash is one more unreadable file.

For a series stdin holds jobs: :data:`JOB_BYTES` of JSON (the kind and size of a file, the seconds wanted), then the
file. Each is read by a fork of this process that begins with every decoder loaded and ends after its answer. So a file
costs a fork (2 ms) instead of an interpreter (90 ms), and a file that breaks a decoder breaks it for no other. A fork
that does not end well ends this process too; the parent then starts another. A series may also be of one file: that is
how a decoder can start before its file comes.

Conventions
-----------
Blocks are [shape=(n, channels), float32, nominally -1..1]. "Frames" are samples per channel at the rate of the file.
The decoders are imported inside functions: limits come first, and each kind of file has the one library in charge.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "HEADER_BYTES", "JOB_BYTES", "SILENCE", "TOO_LOUD", "Mix", "RefusedError", "Source",
    "import_decoders", "limit", "listen", "main", "open_ffmpeg", "open_sndfile", "open_source", "read_picture",
]  # fmt: skip

Block = npt.NDArray[np.float32]

HEADER_BYTES: Final = 4096  # one page: the samples behind it stay aligned, and no header is ever longer
JOB_BYTES: Final = 256
FULL_SCALE: Final = 0.9999  # 16-bit samples of +-32767 and +-32768 lie above, +-32764 below
SILENCE: Final = 1e-4  # peak; -80 dB of full scale, where Kaggle's pictures end as well
TOO_LOUD: Final = 8.0  # +18 dB: no decoder overshoots that far, so these are integers stored as floats

BLOCK: Final = 16_384  # frames decoded at a time: 0.5 MB at eight channels; what a damaged file loses at most

# What libsndfile may call a file of each kind, and the codecs that are let through (RELIABILITY 1.2: the others,
# IMA and MS ADPCM, GSM, G.72x, are where its memory faults lie).
SNDFILE_FORMATS: Final = {"WAV": ("WAV", "WAVEX", "RF64")}  # the other kinds by their own names
SNDFILE_CODECS: Final = (
    "PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW", "VORBIS", "OPUS",
    "MPEG_LAYER_III",
)  # fmt: skip
# The only demuxer that FFmpeg may use for each kind, hence no playlist; and the only decoders.
FFMPEG_FORMATS: Final = {"MP4": "mp4", "AAC": "aac", "WEBM": "matroska"}
FFMPEG_DEMUXERS: Final = "mov,mp4,m4a,3gp,3g2,mj2,aac,matroska,webm"
FFMPEG_CODECS: Final = {"aac": "AAC", "alac": "ALAC", "opus": "OPUS", "vorbis": "VORBIS"}


class RefusedError(Exception):
    """The file is readable but outside a limit: ``why`` is a word that the parent knows, ``value`` what was found."""

    def __init__(self, why: str, value: float | str = 0) -> None:
        super().__init__(why, value)
        self.why = why
        self.value = value


@dataclass(frozen=True)
class Source:
    """An opened file: what its header says, and a way to read it from (about) a frame on."""

    codec: str
    sample_rate: int
    channels: int
    frames: int  # as the header says; may be wrong
    read: Callable[[int], Iterator[tuple[int, Block]]]  # start frame -> (frame, block), in order


def main() -> None:
    """Limit this process, load the decoders, and answer for one file or for a series of files."""
    request = json.loads(sys.argv[1])
    limit(request["limits"])
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
            whole = request | json.loads(job)
            _answer(whole, _take(whole["size"]))
            os._exit(0)
        if status := os.waitpid(child, 0)[1]:
            sys.exit(f"the fork ended with {os.waitstatus_to_exitcode(status)}")


def _answer(request: dict[str, Any], data: bytes) -> None:
    """Read one file and write what it holds."""
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


def import_decoders(kind: str) -> None:
    """Load every library that ``kind`` needs while files can still be opened."""
    if kind == "PNG":
        import cv2  # noqa: F401

        return
    import soxr  # noqa: F401

    if kind in FFMPEG_FORMATS:
        import av
        import av.logging
        import av.subtitles.codeccontext  # a film has such streams; PyAV would import these when it meets one
        import av.subtitles.stream
        import av.video.codeccontext
        import av.video.stream

        av.logging.set_level(None)  # it would format messages with a stranger's bytes
    else:
        import soundfile  # noqa: F401


def read_picture(data: bytes) -> npt.NDArray[np.uint8]:
    """Decode a PNG [shape=(height, width, 3), uint8, BGR]; raise :class:`RefusedError` when it is none."""
    import cv2

    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        image = None
    if image is None:
        raise RefusedError("picture")
    return np.ascontiguousarray(image, np.uint8)


def open_source(data: bytes, kind: str) -> Source:
    """Read the header of ``data`` by the library that is in charge of ``kind``."""
    return open_ffmpeg(data, kind) if kind in FFMPEG_FORMATS else open_sndfile(data, kind)


def open_sndfile(data: bytes, kind: str) -> Source:
    """Open WAV, AIFF, AU, FLAC, Ogg and MP3."""
    import soundfile

    file = soundfile.SoundFile(io.BytesIO(data))
    if file.format not in SNDFILE_FORMATS.get(kind, (kind,)):
        raise RefusedError("codec", file.format)
    if file.subtype not in SNDFILE_CODECS:
        raise RefusedError("codec", file.subtype)
    codec = file.subtype if file.format != "OGG" or file.subtype in ("VORBIS", "OPUS") else "FLAC"

    class Stream(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
        # soundfile seeks after each read of a seekable file, which resets an MP3 decoder: measured, a gap of
        # 0.5 of full scale at every block. Only the first line of ``read`` needs to seek.
        def seekable(self) -> bool:
            return False

    def read(start: int) -> Iterator[tuple[int, Block]]:
        # Damaged from some point on: what came before is worth hearing, and is said to be cut.
        with contextlib.suppress(soundfile.LibsndfileError), Stream(io.BytesIO(data)) as stream:
            if start:
                stream.seek(start)
            at = start
            while len(block := stream.read(BLOCK, dtype="float32", always_2d=True)):
                yield at, block
                at += len(block)

    return Source(codec, file.samplerate, file.channels, max(file.frames, 0), read)


def open_ffmpeg(data: bytes, kind: str) -> Source:
    """Open M4A/AAC and WebM."""
    container = _container(data, kind)
    if not container.streams.audio:
        raise RefusedError("no_sound")
    stream = container.streams.audio[0]
    context = stream.codec_context
    if context is None or context.codec.canonical_name not in FFMPEG_CODECS:
        raise RefusedError("codec", "unknown" if context is None else context.codec.canonical_name)
    rate, channels = context.sample_rate, context.channels
    seconds = (container.duration or 0) / 1_000_000  # AV_TIME_BASE
    if kind == "AAC" or seconds <= 0:  # raw AAC only has a guess, a browser's recording has none: count the packets
        seconds = _packets_end(data, kind)

    def read(start: int) -> Iterator[tuple[int, Block]]:
        return _ffmpeg_blocks(_container(data, kind), start, rate, channels)

    return Source(FFMPEG_CODECS[context.codec.canonical_name], rate, channels, round(seconds * rate), read)


def _container(data: bytes, kind: str) -> Any:
    import av

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no other file is ever opened")

    allowed = {
        "format_whitelist": FFMPEG_DEMUXERS,
        "codec_whitelist": ",".join(FFMPEG_CODECS),
        "protocol_whitelist": "",
    }
    return av.open(io.BytesIO(data), format=FFMPEG_FORMATS[kind], io_open=refuse, options=allowed)


def _packets_end(data: bytes, kind: str) -> float:
    import av

    end = 0.0
    container = _container(data, kind)
    with contextlib.suppress(av.FFmpegError):
        for packet in container.demux(audio=0):
            if packet.pts is not None and packet.time_base is not None:
                end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    return end


def _ffmpeg_blocks(container: Any, start: int, rate: int, channels: int) -> Iterator[tuple[int, Block]]:
    import av

    if start:
        container.seek(start * 1_000_000 // rate)
    to_float = av.AudioResampler(format="fltp")
    at, waiting, held = -1, [], 0
    with contextlib.suppress(av.FFmpegError):  # damaged from here on: as in open_sndfile
        for frame in container.decode(audio=0):
            if frame.sample_rate != rate or frame.layout.nb_channels != channels:
                break  # a stream may change its mind; what is promised is one rate and one layout
            if at < 0:
                at = max(round(frame.time * rate), 0) if start and frame.time is not None else start
            for part in to_float.resample(frame):
                waiting.append(part.to_ndarray().T)
                held += part.samples
            if held >= BLOCK:
                yield at, np.concatenate(waiting)
                at, waiting, held = at + held, [], 0
    if waiting:
        yield at, np.concatenate(waiting)


def listen(source: Source, request: dict[str, Any]) -> tuple[dict[str, Any], Block]:
    """Check the header, read the middle part, mix down, resample; return the answer's header and samples."""
    if not request["min_rate"] <= source.sample_rate <= request["max_rate"]:
        raise RefusedError("rate", source.sample_rate)
    if not 1 <= source.channels <= request["max_channels"]:
        raise RefusedError("channels", source.channels)
    shortest = request["min_seconds"] * source.sample_rate
    most = min(int(request["max_seconds"] * source.sample_rate), request["max_samples"] // source.channels)
    mix = Mix(source, request["sr"])
    start = max((source.frames - most) // 2, 0)
    mix.take(source.read(start), most)
    if start and mix.frames < shortest:  # the header promised more than there is: from the start then
        mix = Mix(source, request["sr"])
        mix.take(source.read(0), most)
    cancels = mix.is_silent and float(mix.peaks.max(initial=0.0)) >= SILENCE
    if cancels:  # the channels are opposites, so their mean is nothing
        one, start = int(mix.peaks.argmax()), mix.start
        mix = Mix(source, request["sr"], channel=one)
        mix.take(source.read(start), most)
    if mix.frames < shortest:
        raise RefusedError("cut" if source.frames >= shortest else "short", mix.frames / source.sample_rate)
    end = mix.start + mix.frames
    y, peak = _cleaned(mix.samples())
    tenth = request["sr"] // 10  # of a second, in samples
    tenths = y[: len(y) // tenth * tenth].reshape(-1, tenth)
    header = {
        "codec": source.codec,
        "sample_rate": source.sample_rate,
        "channels": source.channels,
        "seconds": (max(source.frames, end) if mix.frames >= most else end) / source.sample_rate,
        "promised": source.frames / source.sample_rate,
        "used_start": mix.start / source.sample_rate,
        "used_seconds": mix.frames / source.sample_rate,
        "n": len(y),
        "peak": peak,
        "clipped": mix.clipped / max(mix.frames * source.channels, 1),
        "cancels": cancels,
        "silent": float(np.mean(np.abs(tenths).max(axis=1) < SILENCE)),
    }
    return header, y


def _cleaned(y: Block) -> tuple[Block, float]:
    """Return samples that are finite, in scale and without denormals, and the peak that they had."""
    peak = float(np.abs(y).max(initial=0.0))
    if not np.isfinite(peak):
        raise RefusedError("finite")
    if peak > TOO_LOUD:
        y /= peak
    y[np.abs(y) < np.finfo(np.float32).tiny] = 0  # denormals slow every later transform down
    return y, peak


class Mix:
    """The mono samples gathered so far: the mean of all channels, or one of them."""

    def __init__(self, source: Source, sr: int, *, channel: int | None = None) -> None:
        import soxr

        self.start = 0
        self.frames = 0
        self.clipped = 0
        self.peaks = np.zeros(source.channels, dtype=np.float32)  # of each channel
        self.is_silent = True  # the mean, so far
        self._weights = np.full(source.channels, 1 / source.channels, dtype=np.float32)
        if channel is not None:
            self._weights = np.eye(source.channels, dtype=np.float32)[channel]
        self._parts: list[Block] = []
        self._stream = None
        if source.sample_rate != sr:  # "HQ" is what librosa calls soxr_hq, the default of librosa.load
            self._stream = soxr.ResampleStream(source.sample_rate, sr, 1, dtype="float32", quality="HQ")

    def take(self, blocks: Iterator[tuple[int, Block]], most: int) -> None:
        """Read at most ``most`` frames."""
        for at, block in blocks:
            if not self.frames:
                self.start = at
            block = block[: most - self.frames]
            mono = block[:, 0].copy() if block.shape[1] == 1 else block @ self._weights
            if not np.isfinite(mono).all():
                raise RefusedError("finite")
            if self.is_silent:
                self.is_silent = float(np.abs(mono).max(initial=0.0)) < SILENCE
                self.peaks = np.maximum(self.peaks, np.abs(block).max(axis=0, initial=0.0))
            self.clipped += int(np.count_nonzero(np.abs(block) >= FULL_SCALE))
            self.frames += len(block)
            self._parts.append(mono if self._stream is None else self._stream.resample_chunk(mono))
            if self.frames >= most:
                break

    def samples(self) -> Block:
        """Return everything gathered, at the rate wanted."""
        if self._stream is not None:
            self._parts.append(self._stream.resample_chunk(np.zeros(0, np.float32), last=True))
        y = np.concatenate(self._parts)
        self._parts.clear()
        return y


if __name__ == "__main__":
    main()
