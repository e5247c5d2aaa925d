"""Pictures of a data set: decoded in the limited child only, and every hostile file is one sentence."""

from __future__ import annotations

import contextlib
import json
import struct
import zlib
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from mgc.audio import child
from mgc.audio import decode as module
from mgc.audio.decode import Series, decode_picture
from mgc.errors import UnreadablePicture
from tests.kaggle_figures import draw, encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n"
SENTENCE = r"^The picture is not one of Kaggle's: a PNG of 432 x 288 pixels is expected\.$"
FIGURE = draw(np.random.default_rng(0).integers(0, 256, (128, 334), dtype=np.uint8))
GOOD = encode(FIGURE)


def chunk(kind: bytes, data: bytes = b"", *, crc: int | None = None) -> bytes:
    checksum = zlib.crc32(kind + data) if crc is None else crc
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def header(width: int = 432, height: int = 288, depth: int = 8, colour: int = 2) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


def png(*chunks: bytes) -> bytes:
    return SIGNATURE + b"".join(chunks) + chunk(b"IEND")


BLACK = zlib.compress(bytes(288 * (1 + 432 * 3)))
ZEROS = zlib.compress(bytes(300 << 20), 1)  # 300 MB in 1.3 MB
HOSTILE = {
    "empty": b"",
    "signature only": SIGNATURE,
    "another format": b"\xff\xd8\xff\xe0" + GOOD,
    "text": b"<svg>" * 100,
    "huge dimensions": png(header(60_000, 60_000), chunk(b"IDAT", BLACK)),
    "another size": encode(np.zeros((288, 433, 3), np.uint8)),
    "a first chunk that is no header": SIGNATURE + chunk(b"tEXt", b"a\0b") + GOOD[8:],
    "no pixels": png(header()),
    "cut": GOOD[: len(GOOD) // 3],
    "pixels that are no zlib": png(header(), chunk(b"IDAT", b"\x78\x9c" + b"\xff" * 5_000)),
    "a second header": png(header(), header(60_000, 60_000), chunk(b"IDAT", BLACK)),
    "a palette without entries": png(header(colour=3), chunk(b"IDAT", BLACK)),
    "an impossible depth": png(header(depth=7), chunk(b"IDAT", BLACK)),
    "an unknown colour type": png(header(colour=9), chunk(b"IDAT", BLACK)),
    "a wrong checksum": png(chunk(b"IHDR", header()[8:21], crc=1), chunk(b"IDAT", BLACK)),
    "a chunk longer than the file": SIGNATURE + header() + b"\x7f\xff\xff\xff" + b"IDAT" + BLACK,
    "more bytes than a picture has": GOOD + bytes(5 << 20),
}
# What a decoder may also make a picture of; it must cost neither memory nor time.
BOMBS = {
    "a text that unpacks to 300 MB": png(header(), chunk(b"zTXt", b"a\0\0" + ZEROS), chunk(b"IDAT", BLACK)),
    "a colour profile that unpacks to 300 MB": png(header(), chunk(b"iCCP", b"a\0\0" + ZEROS), chunk(b"IDAT", BLACK)),
    "pixels that unpack to 300 MB": png(header(), chunk(b"IDAT", ZEROS)),
    "20,000 chunks": png(header(), *[chunk(b"tEXt", b"a\0b")] * 20_000, chunk(b"IDAT", BLACK)),
}


def test_a_picture_is_what_opencv_makes_of_it() -> None:
    assert np.array_equal(decode_picture(GOOD), FIGURE[:, :, :3])


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_picture_is_one_sentence(name: str) -> None:
    with pytest.raises(UnreadablePicture, match=SENTENCE):
        decode_picture(HOSTILE[name])


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_or_shown_by_a_child_with_little_memory(name: str) -> None:
    with contextlib.suppress(UnreadablePicture):
        assert decode_picture(BOMBS[name]).shape == (288, 432, 3)


def test_a_series_goes_on_after_hostile_pictures() -> None:
    with Series(31.0) as decoder:
        for data in (*HOSTILE.values(), *BOMBS.values()):
            with contextlib.suppress(UnreadablePicture):
                assert decoder.decode_picture(data).shape == (288, 432, 3)
        assert np.array_equal(decoder.decode_picture(GOOD), FIGURE[:, :, :3])


def test_the_callers_process_never_decodes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("imread", "imdecode", "imreadmulti", "imdecodemulti"):
        monkeypatch.setattr(cv2, name, lambda *_, **__: pytest.fail("decoded in the caller's process"))
    assert decode_picture(GOOD).shape == (288, 432, 3)
    with Series(31.0) as decoder:
        assert decoder.decode_picture(GOOD).shape == (288, 432, 3)


@pytest.mark.parametrize("name", ["huge dimensions", "another size", "text", "more bytes than a picture has"])
def test_what_the_header_gives_away_starts_no_decoder(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "child", lambda *_: pytest.fail("a decoder was started"))
    with pytest.raises(UnreadablePicture):
        decode_picture(HOSTILE[name])


@pytest.mark.parametrize(
    "evil",
    [
        "import os; os.kill(os.getpid(), 11)",
        "import os\nos.write(1, b'x' * 9000)",
        "import os, json\nos.write(1, json.dumps({'shape': [288, 432, 3]}).encode().ljust(4096) + bytes(1000))",
        "import os, json\nos.write(1, json.dumps({'shape': [60000, 60000, 3]}).encode().ljust(4096) + bytes(10**6))",
    ],
    ids=["crashes", "writes nonsense", "stops in the middle", "another shape"],
)
def test_a_decoder_that_goes_wrong_is_one_more_unreadable_picture(evil: str, tmp_path: Path) -> None:
    script = tmp_path / "evil.py"
    script.write_text(evil)
    with pytest.raises(UnreadablePicture, match=SENTENCE):
        decode_picture(GOOD, _script=script)


def test_the_child_answers_with_pixels_or_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    answered: list[bytes] = []
    monkeypatch.setattr(child.sys, "stdout", type("Out", (), {"buffer": Pipe(answered.append)}))
    child.import_decoders("PNG")
    child._answer({"kind": "PNG"}, GOOD)
    said = b"".join(answered)
    assert json.loads(said[: child.HEADER_BYTES]) == {"shape": [288, 432, 3]}
    assert said[child.HEADER_BYTES :] == FIGURE[:, :, :3].tobytes()
    answered.clear()
    child._answer({"kind": "PNG"}, HOSTILE["no pixels"])
    assert json.loads(b"".join(answered)) == {"why": "picture", "value": 0}


class Pipe:
    """A binary stream that hands on what is written."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self.write = lambda data: write(bytes(data))

    def flush(self) -> None:
        pass
