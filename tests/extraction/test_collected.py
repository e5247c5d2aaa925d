from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mgc.datasets.measuring import Measure, Reading, pack
from mgc.datasets.tables import CLIPS, SEGMENTS
from mgc.extraction import Item, Outcome, work
from mgc.extraction.collected import POINTER, collected, read_record
from mgc.extraction.sound import key
from mgc.features.cache import Cache
from mgc.features.descriptors import COLUMNS

if TYPE_CHECKING:
    from pathlib import Path


N = 5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an extraction whose cache was filled with made-up numbers, and its record."""
    cache = Cache(tmp_path / "cache")
    lines = {item.id: Outcome(f"{i:064x}") for i, item in enumerate(ITEMS)}
    for i, line in enumerate(lines.values()):
        numbers = {"whole": np.full(57, i), "segments": np.full((i, 57), i)}
        for part, arrays in {
            "sound": pack(Reading(measure=Measure(30.0, 22_050, 1, -1.0, -12.0, f"c{i}"))),
            "descriptors": numbers,
            "picture": {"picture": np.full((128, 100 * i), 9 * i, np.uint8)},
            "embeddings": {"patches": np.full((3, 1024), i, np.float16)},
        }.items():
            cache.fetch(key(line.sha256, part), lambda arrays=arrays: arrays)
    make(tmp_path)
    return tmp_path


ITEMS = tuple(Item(f"t{i}", "rock" if i % 2 else "pop", f"/{i}.wav", "") for i in range(N))


def make(folder: Path) -> None:
    lines = {item.id: Outcome(f"{i:064x}") for i, item in enumerate(ITEMS)}
    work.record(folder, ITEMS, {}, lines, kinds=("descriptors", "mel", "embeddings"))


def test_rows_and_segments_belong_together(folder: Path) -> None:
    found = read_record(folder)
    assert found is not None
    assert found.owners.tolist() == [i for i in range(N) for _ in range(i)]
    assert np.array_equal(found.segments[:, 0], found.owners)
    assert found.descriptors[:, 0].tolist() == list(range(N))
    assert found.embeddings is not None
    assert found.embeddings[:, 7].tolist() == list(range(N))
    assert found.checksums == tuple(f"c{i}" for i in range(N))
    assert found.genres == ("pop", "rock", "pop", "rock", "pop")


def test_pictures_of_any_width_fit(folder: Path) -> None:
    found = read_record(folder)
    assert found is not None
    assert found.widths.tolist() == [0, 100, 200, 300, 334]  # what is longer is cut
    assert found.pictures[1, 0, 99] == 9
    assert found.pictures[1, 0, 100] == 0
    assert found.thumbnails[4].min() == found.thumbnails[4].max() == 36


def test_arrays_are_mapped_and_cannot_be_written(folder: Path) -> None:
    found = read_record(folder)
    assert found is not None
    with pytest.raises(ValueError, match="read-only"):
        found.pictures[0] = 1


def test_a_record_that_is_replaced_stays_with_who_has_it(folder: Path) -> None:
    found = read_record(folder)
    assert found is not None
    make(folder)
    assert len(list(folder.glob("record-*"))) == 1
    assert found.pictures[4].min() == 36


@pytest.mark.parametrize("name", ["descriptors", "owners", "pictures", "thumbnails", "embeddings"])
@pytest.mark.parametrize("damage", ["gone", "cut", "empty"])
def test_a_damaged_record_counts_as_none(folder: Path, name: str, damage: str) -> None:
    path = next(folder.glob(f"record-*/{name}.npy"))
    data = path.read_bytes()
    path.unlink()
    if damage != "gone":
        path.write_bytes(data[: len(data) // 2] if damage == "cut" else b"")
    assert read_record(folder) is None


@pytest.mark.parametrize(
    "change", [{"version": 0}, {"ids": ["a"]}, {"folder": "elsewhere"}, {"genres": None}, {"origins": []}]
)
def test_a_pointer_that_does_not_fit_counts_as_none(folder: Path, change: dict[str, object]) -> None:
    pointer = json.loads((folder / POINTER).read_bytes())
    (folder / POINTER).write_text(json.dumps(pointer | change))
    assert read_record(folder) is None


def test_pictures_are_written_and_not_mapped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.delattr(np.lib.format, "open_memmap")  # a full disk would end the process, not raise an error
        make(folder)
    found = read_record(folder)
    assert found is not None
    assert found.pictures.max(axis=(1, 2)).tolist() == [0, 9, 18, 27, 36]


@pytest.mark.parametrize("seed", range(20))
def test_a_flipped_bit_anywhere_is_noticed(folder: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    paths = [folder / POINTER, *sorted(folder.glob("record-*/*.npy"))]
    path = paths[seed % len(paths)]
    data = bytearray(path.read_bytes())
    data[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
    path.write_bytes(data)
    assert read_record(folder) is None


@pytest.mark.parametrize(
    "text", [b"[" * 100_000, b'{"version": ' * 5_000, b"null", b"\xff", b'{"version": 2, "version": 2}']
)
def test_a_pointer_that_is_no_record_counts_as_none(folder: Path, text: bytes) -> None:
    (folder / POINTER).write_bytes(text)
    assert read_record(folder) is None


def test_a_header_of_nonsense_is_not_parsed(folder: Path) -> None:
    path = next(folder.glob("record-*/owners.npy"))
    path.write_bytes(b"\x93NUMPY\x01\x00v\x00" + b"(" * 118)
    assert read_record(folder) is None


def test_the_published_row_wins_where_the_audio_is_altered(folder: Path, tmp_path: Path) -> None:
    for name, rows in ((CLIPS, ["t1.0.wav"]), (SEGMENTS, ["t1.0.0.wav", "t1.0.1.wav"])):
        lines = [f"filename,{','.join(COLUMNS)}", *(f"{row},{','.join(['7'] * 57)}" for row in rows)]
        (tmp_path / name).write_text("\n".join(lines))
    items = (Item("t1.0", "rock", "/1.wav", "", md5="published"), Item("t2.0", "pop", "/2.wav", "", md5="here"))
    cache = Cache(folder / "cache")
    for i, item in enumerate(items, 5):
        reading = Reading("here", measure=Measure(30.0, 22_050, 1, -1.0, -12.0, item.id))
        cache.fetch(key(f"{i:064x}", "sound"), lambda reading=reading: pack(reading))
        cache.fetch(key(f"{i:064x}", "descriptors"), lambda: {"whole": np.ones(57), "segments": np.ones((3, 57))})
    lines = {item.id: Outcome(f"{i:064x}") for i, item in enumerate(items, 5)}
    tables = {name: str(tmp_path / name) for name in (CLIPS, SEGMENTS)}
    work.record(folder, items, tables, lines, kinds=("descriptors", "mel"))
    found = read_record(folder)
    assert found is not None
    assert found.origins == ("published", "audio")
    assert found.descriptors[:, 0].tolist() == [7, 1]
    assert found.segments[:, 0].tolist() == [7, 7, 1, 1, 1]
    assert "1 from the published table because the audio is altered" in found.sources()


def test_a_data_set_that_was_never_measured_has_none() -> None:
    assert collected("studio") is None
