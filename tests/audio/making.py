"""Make files of every format for the tests: by libsndfile, by FFmpeg, and by hand."""

from __future__ import annotations

import contextlib
import io
import resource
import struct
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import soundfile
import soxr

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail when this process and its children take more processor time: the clock of a busy machine says little."""
    before = _processor_time()
    yield
    taken = _processor_time() - before
    assert taken <= seconds, f"took {taken:.2f} s of processor time"


def _processor_time() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def tone(seconds: float = 3.0, rate: int = 22_050, channels: int = 1, level: float = 0.5) -> np.ndarray:
    """Return a chirp of two partials [shape=(n, channels)], the same in every channel."""
    t = np.arange(round(seconds * rate)) / rate
    y = level * (0.7 * np.sin(2 * np.pi * (220 * t + 40 * t**2)) + 0.3 * np.sin(2 * np.pi * 1_234 * t))
    return np.repeat(y[:, None].astype(np.float32), channels, axis=1)


def at_rate(y: np.ndarray, rate: int) -> np.ndarray:
    """Resample samples at 22,050 Hz."""
    return y if rate == 22_050 else soxr.resample(y, 22_050, rate)


def sndfile(y: np.ndarray, rate: int = 22_050, format: str = "WAV", subtype: str = "PCM_16") -> bytes:
    out = io.BytesIO()
    with soundfile.SoundFile(out, "w", rate, y.shape[1], subtype, format=format) as file:
        for start in range(0, len(y), 65_536):  # libsndfile crashes when it gets minutes of Vorbis in one call
            file.write(y[start : start + 65_536])
    return out.getvalue()


def ffmpeg(y: np.ndarray, rate: int, codec: str, format: str, *, film: bool = False, **options: str) -> bytes:
    """Encode [shape=(n, channels)] samples; ``film`` adds a moving picture before the sound."""
    out = io.BytesIO()
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[y.shape[1]]
    with av.open(out, "w", format=format, options=options) as container:
        picture = container.add_stream("mpeg4", rate=10, width=64, height=64, pix_fmt="yuv420p") if film else None
        sound = container.add_stream(codec, rate=rate, layout=layout)
        if picture:
            _draw(container, picture, round(len(y) / rate * 10))
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(y.T, np.float32), format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        context = sound.codec_context
        if not context.is_open:
            context.open()
        cut = av.AudioResampler(
            format=context.format.name, layout=layout, rate=rate, frame_size=context.frame_size or 1024
        )
        for part in [*cut.resample(frame), *cut.resample(None), None]:
            container.mux(sound.encode(part))
    return out.getvalue()


def silent_film() -> bytes:
    """Return an MP4 without a sound track."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        picture = container.add_stream("mpeg4", rate=10, width=64, height=64, pix_fmt="yuv420p")
        _draw(container, picture, 30)
    return out.getvalue()


def _draw(container: av.container.OutputContainer, picture: av.VideoStream, frames: int) -> None:
    for number in range(frames):
        image = av.VideoFrame.from_ndarray(np.full((64, 64, 3), number % 255, np.uint8), format="rgb24")
        container.mux(picture.encode(image))
    container.mux(picture.encode(None))


def wav_header(*, rate: int = 22_050, channels: int = 1, bits: int = 16, size: int = 0, tag: int = 1) -> bytes:
    """Return 44 bytes of WAV, as absurd as asked; ``size`` is that of the data."""
    align = min(channels * bits // 8, 0xFFFF)
    form = struct.pack("<HHIIHH", tag, channels, rate, min(rate * align, 0xFFFFFFFF), align, bits)
    riff = struct.pack("<4sI4s4sI", b"RIFF", min(36 + size, 0xFFFFFFFF), b"WAVE", b"fmt ", 16)
    return riff + form + struct.pack("<4sI", b"data", size)


def flac_of_silence(seconds: int, rate: int = 48_000, channels: int = 8) -> bytes:
    """Return the densest FLAC there is (RFC 9639): frames of 16,384 samples in which every channel is constant."""
    count = seconds * rate // 16_384
    out = [b"fLaC\x80\x00\x00\x22" + struct.pack(">HH6x", 16_384, 16_384)]
    out.append((rate << 44 | (channels - 1) << 41 | 15 << 36 | count * 16_384).to_bytes(8, "big") + bytes(16))
    for number in range(count):
        # 16,384 samples, rate from STREAMINFO, 16 bits; the frame's number as UTF-8 has it; 3 bytes for each channel
        frame = bytes([0xFF, 0xF8, 0xE0, (channels - 1) << 4 | 0x8]) + chr(number).encode("utf-8", "surrogatepass")
        frame += bytes([_crc(frame, 0x07, 8)]) + bytes(3 * channels)
        out.append(frame + _crc(frame, 0x8005, 16).to_bytes(2, "big"))
    return b"".join(out)


def _crc(data: bytes, polynomial: int, bits: int) -> int:
    crc, top, mask = 0, 1 << (bits - 1), (1 << bits) - 1
    for byte in data:
        crc ^= byte << (bits - 8)
        for _ in range(8):
            crc = (crc << 1 ^ (polynomial if crc & top else 0)) & mask
    return crc


def id3(size: int) -> bytes:
    """Return an ID3v2.4 tag with ``size`` bytes of padding."""
    return b"ID3\x04\x00\x00" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) + bytes(size)


def correlation(a: np.ndarray, b: np.ndarray, shift: int = 0) -> float:
    """Return how alike 8,192 samples from the middle of two signals are, at the best of ``shift`` to either side."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)  # a sum in float32 is off by more than one asks here
    middle = min(len(a), len(b)) // 2
    piece = a[middle : middle + 8_192]
    around = np.lib.stride_tricks.sliding_window_view(b[middle - shift : middle + 8_192 + shift], 8_192)
    return float((around @ piece / np.maximum(np.linalg.norm(piece) * np.linalg.norm(around, axis=1), 1e-12)).max())
