"""Open a file by the one library that is in charge of its kind; this runs in the decoder child only.

Conventions
-----------
Blocks are [shape=(n, channels), float32, nominally -1..1]. "Frames" are samples per channel at the rate of the file.
"""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    import numpy.typing as npt

    Block = npt.NDArray[np.float32]

__all__ = [
    "BLOCK",
    "FFMPEG_CODECS",
    "FFMPEG_DEMUXERS",
    "FFMPEG_FORMATS",
    "SNDFILE_CODECS",
    "SNDFILE_FORMATS",
    "RefusedError",
    "Source",
    "import_decoders",
    "open_ffmpeg",
    "open_sndfile",
    "open_source",
    "read_picture",
]

BLOCK: Final = 16_384  # frames decoded at a time: 0.5 MB at eight channels; what a damaged file loses at most

# What libsndfile may call a file of each kind, and the codecs that are let through (RELIABILITY 1.2: the others,
# IMA and MS ADPCM, GSM, G.72x, are where its memory faults lie).
SNDFILE_FORMATS: Final = {
    "WAV": ("WAV", "WAVEX", "RF64"),
    "AIFF": ("AIFF",),
    "AU": ("AU",),
    "FLAC": ("FLAC",),
    "OGG": ("OGG",),
    "MP3": ("MP3",),
}
SNDFILE_CODECS: Final = frozenset(
    ("PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW", "VORBIS", "OPUS")
) | {"MPEG_LAYER_III"}
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


def import_decoders(kind: str) -> None:
    """Load every library that ``kind`` needs while files can still be opened."""
    import numpy  # noqa: F401

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
    """Decode a PNG [shape=(height, width, 3), uint8, BGR].

    Raises
    ------
    RefusedError
        when OpenCV finds no picture in it
    """
    import cv2
    import numpy as np

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
    if file.format not in SNDFILE_FORMATS[kind]:
        raise RefusedError("codec", file.format)
    if file.subtype not in SNDFILE_CODECS:
        raise RefusedError("codec", file.subtype)
    codec = file.subtype if file.format != "OGG" or file.subtype in ("VORBIS", "OPUS") else "FLAC"

    class Stream(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
        # soundfile seeks after each read of a seekable file, which resets an MP3 decoder: measured, a gap of
        # 0.5 of full scale at every block. Nobody but the first line of ``read`` needs to seek.
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

    return av.open(
        io.BytesIO(data),
        format=FFMPEG_FORMATS[kind],
        io_open=refuse,
        options={
            "format_whitelist": FFMPEG_DEMUXERS,
            "codec_whitelist": ",".join(FFMPEG_CODECS),
            "protocol_whitelist": "",
        },
    )


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
    import numpy as np

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
