"""Decide from the first bytes what a file is, without a decoder: an allow-list of magic numbers and header limits.

Only arithmetic on bytes happens here, so the app's process never runs a decoder on an unknown file. The child
(``child.py``) checks the same limits once more on what its libraries make of the file.

Conventions
-----------
The name of a file is never looked at. Offsets are bytes from the start of the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from mgc.errors import RefusedAudio, UnreadableAudio, UnreadablePicture

__all__ = [
    "ACCEPTED", "MAX_CHANNELS", "MAX_PICTURE_MB", "MAX_RATE", "MIN_RATE", "MIN_SECONDS", "PICTURE_SIZE", "Probe",
    "check_layout", "check_length", "check_picture", "look", "unreadable", "unreadable_picture",
]  # fmt: skip

ACCEPTED: Final = "WAV, AIFF, AU, FLAC, Ogg Vorbis or Opus, MP3, M4A/AAC or WebM"

MIN_RATE: Final = 8_000  # Hz; telephone speech
MAX_RATE: Final = 192_000  # Hz; the highest rate that studios deliver
MAX_CHANNELS: Final = 8  # 7.1 sound
MIN_SECONDS: Final = 1.0  # a third of the models' 3 s window; less says nothing about a genre
PICTURE_SIZE: Final = (432, 288)  # pixels, width x height, of Kaggle's mel spectrograms: no other picture is decoded
MAX_PICTURE_MB: Final = 4  # Kaggle's have 0.1

_MP3_SEARCH = 65_536  # bytes after an ID3 tag in which the first frame must begin
_MAX_TAGS = 8  # ID3 tags in a row
_MPEG1_KBPS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)  # ISO 11172-3, 2.4.2.3, layer III
_MPEG2_KBPS = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)  # ISO 13818-3, 2.4.2.3, layer III
_MPEG1_RATES = (44_100, 48_000, 32_000)  # Hz; MPEG-2 has half of each, MPEG-2.5 a quarter


@dataclass(frozen=True, slots=True)
class Probe:
    """What the first bytes say."""

    kind: str  # "WAV", "AIFF", "AU", "FLAC", "OGG", "MP3", "AAC" (raw ADTS), "MP4" or "WEBM"
    start: int = 0  # where the audio file proper begins (behind ID3 tags)
    sample_rate: int | None = None  # Hz, where the header is simple enough to be read here
    channels: int | None = None
    is_cut: bool = False  # the header announces more bytes than there are


def unreadable(details: str) -> UnreadableAudio:
    """Return the one sentence for everything that is no audio of ours; the reason goes to the log."""
    return UnreadableAudio(f"This file cannot be read as audio; accepted: {ACCEPTED}.", details=details)


def unreadable_picture(details: str) -> UnreadablePicture:
    """Return the one sentence for every file that is not one of Kaggle's pictures; the reason goes to the log."""
    width, height = PICTURE_SIZE
    return UnreadablePicture(
        f"The picture is not one of Kaggle's: a PNG of {width} x {height} pixels is expected.", details=details
    )


def check_picture(data: bytes) -> None:
    """Raise UnreadablePicture unless signature, size and first chunk are those of a PNG of :data:`PICTURE_SIZE`."""
    size = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    is_png = data.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    if not is_png or size != PICTURE_SIZE or len(data) > MAX_PICTURE_MB * 2**20:
        raise unreadable_picture(f"{len(data)} bytes that begin with {data[:24]!r}")


def look(data: bytes) -> Probe:
    """Recognise a file.

    Raises UnreadableAudio when the bytes begin like no accepted format, RefusedAudio when the header names a rate or a
    number of channels outside the limits.
    """
    if not data:
        raise UnreadableAudio(f"The file is empty; accepted: {ACCEPTED}.")
    start = _behind_tags(data)
    probe = _recognise(data, start, tagged=start > 0)
    if probe is None:
        raise unreadable(f"no accepted magic number: {data[start : start + 16]!r}")
    if probe.sample_rate is not None and probe.channels is not None:
        check_layout(probe.sample_rate, probe.channels)
    return probe


def check_layout(sample_rate: int, channels: int) -> None:
    """Raise RefusedAudio for a sample rate [Hz] or a number of channels outside the limits, and name the limit."""
    if not MIN_RATE <= sample_rate <= MAX_RATE:
        accepted = f"{MIN_RATE:,} to {MAX_RATE:,} Hz"
        raise RefusedAudio(f"The file has a sample rate of {sample_rate:,} Hz; accepted: {accepted}.")
    if not 1 <= channels <= MAX_CHANNELS:
        raise RefusedAudio(f"The file has {channels:,} channels; accepted: 1 to {MAX_CHANNELS}.")


def check_length(seconds: float) -> None:
    """Raise RefusedAudio for a file that is too short to be judged."""
    if seconds <= 0:
        raise RefusedAudio(f"The file contains no sound; at least {MIN_SECONDS:g} second is needed.")
    if seconds < MIN_SECONDS:
        raise RefusedAudio(f"The file is only {seconds:.2g} seconds long; at least {MIN_SECONDS:g} second is needed.")


def _behind_tags(data: bytes) -> int:
    """Skip ID3v2 tags (id3.org, ID3v2.4 section 3.1: sizes of 4 x 7 bits) and return what follows them."""
    start = 0
    for _ in range(_MAX_TAGS):
        head = data[start : start + 10]
        if len(head) < 10 or head[:3] != b"ID3" or max(head[6:10]) > 0x7F:
            break
        size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        start += 10 + size + (10 if head[5] & 0x10 else 0)  # flag 0x10: a footer of ten bytes
    return start


def _recognise(data: bytes, start: int, *, tagged: bool) -> Probe | None:
    head = data[start : start + 64]
    magic = head[:4]
    if magic in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        rate, channels = _wav_layout(data, start)
        return Probe("WAV", start, rate, channels, _is_cut(data, start, "little"))
    if magic == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return Probe("AIFF", start, is_cut=_is_cut(data, start, "big"))
    if magic == b".snd":
        rate, channels = (int.from_bytes(head[at : at + 4], "big") for at in (16, 20))
        return Probe("AU", start, rate, channels) if len(head) >= 24 else None
    if magic == b"fLaC":
        return Probe("FLAC", start, *_flac_layout(head))
    if magic == b"OggS":
        return Probe("OGG", start)
    if head[4:8] == b"ftyp":
        return Probe("MP4", start)
    if magic == b"\x1a\x45\xdf\xa3" and b"webm" in head:  # EBML; the DocType stands within the first 64 bytes
        return Probe("WEBM", start)
    if len(head) >= 7 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:  # ADTS: twelve bits of sync, layer 0
        return Probe("AAC", start)
    first = _first_mp3_frame(data, start, _MP3_SEARCH if tagged else 1)
    return None if first is None else Probe("MP3", first)


def _is_cut(data: bytes, start: int, order: Literal["little", "big"]) -> bool:
    """Return whether a RIFF or FORM is shorter than it says; 2**31 and more is how streams say "unknown"."""
    size = int.from_bytes(data[start + 4 : start + 8], order)
    return len(data) - start < size + 8 and size < 2**31 - 2**16


def _wav_layout(data: bytes, start: int) -> tuple[int, int] | tuple[None, None]:
    """Return (sample rate, channels) of the ``fmt`` chunk, or (None, None) when none is near the start."""
    at = start + 12
    for _ in range(64):  # chunks; a well-made file has "fmt " first or behind a few of metadata
        if data[at : at + 4] == b"fmt " and len(data) >= at + 16:
            return int.from_bytes(data[at + 12 : at + 16], "little"), int.from_bytes(data[at + 10 : at + 12], "little")
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
        if at >= len(data):
            break
    return None, None


def _flac_layout(head: bytes) -> tuple[int, int] | tuple[None, None]:
    """Return (sample rate, channels) of STREAMINFO (RFC 9639, section 8.2): 20 and 3 bits from byte 18."""
    if len(head) < 22 or head[4] & 0x7F != 0:
        return None, None
    bits = int.from_bytes(head[18:22], "big")
    return bits >> 12, (bits >> 9 & 0x7) + 1


def _first_mp3_frame(data: bytes, start: int, search: int) -> int | None:
    """Return the offset of the first layer III frame that begins within ``search`` bytes of ``start``.

    A frame counts when another one, or the end of the data, follows it: text in UTF-16 begins with FF FE as well.
    """
    at = data.find(b"\xff", start, start + search)
    while at >= 0:
        length = _mp3_frame_length(data[at : at + 4])
        after = at + length
        if length and (after >= len(data) or _mp3_frame_length(data[after : after + 4])):
            return at
        at = data.find(b"\xff", at + 1, start + search)
    return None


def _mp3_frame_length(head: bytes) -> int:
    """Return the bytes of the layer III frame with this header, 0 when it is none (ISO 11172-3, 2.4.1.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:  # eleven bits of sync, layer III
        return 0
    version, rate_index, kbps_index = head[1] >> 3 & 3, head[2] >> 2 & 3, head[2] >> 4
    if version == 1 or rate_index == 3 or kbps_index in (0, 15):  # reserved values; 0 is the rare "free format"
        return 0
    is_mpeg1 = version == 3
    rate = _MPEG1_RATES[rate_index] >> (0 if is_mpeg1 else 1 if version == 2 else 2)
    kbps = (_MPEG1_KBPS if is_mpeg1 else _MPEG2_KBPS)[kbps_index]
    return (144_000 if is_mpeg1 else 72_000) * kbps // rate + (head[2] >> 1 & 1)
