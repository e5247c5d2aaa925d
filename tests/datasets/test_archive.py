"""A ZIP is judged before a byte of it is unpacked; nothing in it writes outside or fills the disk."""

from __future__ import annotations

import io
import shutil
import stat
import zipfile
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mgc.datasets import archive, registry
from mgc.datasets.folder import open_folder
from mgc.errors import BadArchive, DatasetError
from tests.datasets.making import clip, packed, songs, write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("empty_home")


def refused(data: bytes) -> str:
    """Return the sentence that an archive is refused with; the registry stays as empty as it was."""
    with pytest.raises(DatasetError) as caught:
        registry.add_zip("stranger.zip", io.BytesIO(data))
    assert registry.ids() == ("studio",)
    sentence = caught.value.user_message
    assert sentence.count("\n") == 0
    return sentence


def test_a_zip_of_genres_becomes_a_data_set_whose_names_never_touch_the_disk(empty_home: Path) -> None:
    odd = {"set/__MACOSX/rock/._one.wav": b"x", "set/read me.txt": b"x", "set/rock/bad.mp3": b"no music" * 99}
    name = registry.add_zip(
        "C:\\my\\N\u00e4me of it.zip", io.BytesIO(packed({f"set/{k}": v for k, v in songs().items()} | odd))
    )
    dataset = registry.open_dataset(name)
    assert (name, dataset.title, dataset.source) == ("name-of-it", "N\u00e4me of it", "upload")
    assert dataset.genres == ("rock", "noise core")
    assert {(fault.subject, fault.kind) for fault in dataset.faults} == {
        ("rock/bad.mp3", "broken"), ("read me.txt", "left-out"), ("system files", "left-out"),
    }  # fmt: skip
    files = {path.name for path in (empty_home / "datasets" / name / "files").iterdir()}
    assert len(files) == 4
    assert all(path.removesuffix(".wav").isdecimal() for path in files)
    assert {t.audio.read_bytes() for t in dataset.tracks if t.audio} == set(songs().values())


@pytest.mark.parametrize(
    "name", ["../up.wav", "rock/../../up.wav", "/etc/up.wav", "C:/up.wav", "..\\..\\up.wav", "rock\\..\\..\\up.wav"]
)
def test_a_path_that_leads_out_is_refused(empty_home: Path, name: str) -> None:
    assert "leads out of its folder" in refused(packed(songs() | {name: clip()}))
    assert not list(empty_home.rglob("*up.wav"))


def test_links_and_devices_are_refused() -> None:
    for kind in (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR):
        out = io.BytesIO(packed(songs()))
        with zipfile.ZipFile(out, "a") as file:
            link = zipfile.ZipInfo("rock/link.wav")
            link.external_attr = (kind | 0o777) << 16
            file.writestr(link, "/etc/passwd")
        assert "a link or a device" in refused(out.getvalue())


def test_a_locked_archive_is_refused() -> None:
    data = bytearray(packed(songs(), zipfile.ZIP_STORED))
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1  # the flag for "encrypted" of the last file
    assert "password" in refused(bytes(data))


def test_bombs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = {f"rock/{number}.wav": bytes(2**24) for number in range(5)}
    assert "would unpack to 81 MB; accepted: 64 MB" in refused(packed(songs() | zeros))
    monkeypatch.setattr(archive, "ALWAYS", 2**20)
    assert "would unpack to" in refused(
        packed({name: bytes(2**19) for name in ("rock/a.wav", "pop/b.wav", "pop/c.wav")})
    )
    monkeypatch.setattr(archive, "MAX_FILES", 3)
    assert "holds 4 files" in refused(packed(songs()))


def test_files_that_share_their_bytes_are_refused() -> None:
    data = packed(songs(), zipfile.ZIP_STORED)
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        first, second = (member.header_offset for member in file.infolist()[:2])
    at = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)  # the second file's entry of the directory
    assert int.from_bytes(data[at + 42 : at + 46], "little") == second
    assert "overlap" in refused(data[: at + 42] + first.to_bytes(4, "little") + data[at + 46 :])


def test_a_directory_that_is_too_long_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed(songs())
    monkeypatch.setattr(archive, "_DIRECTORY", 10)
    monkeypatch.setattr(archive, "MAX_FILES", 4)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert "too many files" in refused(data)


def test_the_long_form_of_the_directory_is_read_as_zipfile_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)  # as if four files were too many for the short form
    data = packed(songs())
    assert b"PK\x06\x06" in data
    assert registry.add_zip("long.zip", io.BytesIO(data)) == "long"
    registry.remove("long")
    monkeypatch.setattr(archive, "_DIRECTORY", 10)
    monkeypatch.setattr(archive, "MAX_FILES", 4)
    at = data.rindex(b"PK\x05\x06")
    assert "too many files" in refused(data[: at + 12] + bytes(4) + data[at + 16 :])  # the short form may lie


def long_form(data: bytes, monkeypatch: pytest.MonkeyPatch) -> int:
    """Let no directory be long; return where the ZIP64 record stands in ``data``."""
    monkeypatch.setattr(archive, "_DIRECTORY", 10)
    monkeypatch.setattr(archive, "MAX_FILES", 4)
    return data.rindex(b"PK\x06\x06")


def test_a_second_directory_end_that_zipfile_would_not_read_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)
    data = packed(songs())
    at = long_form(data, monkeypatch)
    harmless = data[at : at + 40] + bytes(8) + data[at + 48 : at + 56]  # a directory of no bytes
    for place in (0, 8):  # right at the start, and within the padding in front of the directory's end
        moved = bytearray(harmless + data[:at] + harmless[:place] + data[at:])
        locator = moved.rindex(b"PK\x06\x07")
        moved[locator + 8 : locator + 16] = (0).to_bytes(8, "little")
        assert "directory is damaged" in refused(bytes(moved))
    gone = bytearray(data)
    gone[at] ^= 1
    assert "directory is damaged" in refused(bytes(gone))


def test_a_directory_that_is_said_to_begin_before_the_files_end_is_refused() -> None:
    data = bytearray(packed(songs(), zipfile.ZIP_STORED))
    last = data.rfind(b"PK\x01\x02")
    size = int.from_bytes(data[last + 20 : last + 24], "little")
    data[last + 20 : last + 24] = (size + 999).to_bytes(4, "little")  # packed bytes that reach into the directory
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as file, pytest.raises(BadArchive, match="overlap"):
        archive.check(file, 2**40)


def test_other_methods_of_packing_are_refused() -> None:
    assert "unusual compression method" in refused(packed(songs(), zipfile.ZIP_BZIP2))


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive at all", bytes(99_999), b"\x1f\x8b" + bytes(99)])
def test_what_is_no_zip_is_said_so(data: bytes) -> None:
    assert "not a ZIP file" in refused(data)


def test_an_archive_without_two_genres_is_refused() -> None:
    assert "at least two genres" in refused(packed({}))
    assert "only 'rock' has any" in refused(packed({"rock/a.wav": clip(), "pop/b.mp3": b"junk" * 99}))


def test_a_file_that_is_too_large_or_damaged_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    files = songs() | {"pop/long.wav": bytes(21 * 2**20), "pop/short.wav": clip(0.9)}
    data = bytearray(packed(files, zipfile.ZIP_STORED))
    data[data.index(b"pop/short.wav") + 99] ^= 1  # its checksum no longer fits
    dataset = registry.open_dataset(registry.add_zip("a.zip", io.BytesIO(bytes(data))))
    assert len(dataset.tracks) == 4
    assert [(fault.subject, fault.kind) for fault in dataset.faults] == [
        ("pop/long.wav", "left-out"),
        ("pop/short.wav", "broken"),
    ]


def test_a_full_disk_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "SPARE", 2**60)
    assert "disk is too full" in refused(packed(songs()))


@pytest.mark.parametrize(("free", "is_enough"), [(1_400_000, True), (1_000_000, False)])
def test_the_disk_must_hold_what_is_unpacked_not_only_what_is_packed(
    free: int, is_enough: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = packed(songs() | {f"rock/quiet {number}.wav": clip(0.0) for number in range(3)})  # 1.2 MB unpacked
    assert len(data) < 1_000_000
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=archive.SPARE + free))
    if is_enough:
        registry.add_zip("a.zip", io.BytesIO(data))
    else:
        assert "disk is too full" in refused(data)
        with pytest.raises(DatasetError) as caught:
            registry.add_zip("a.zip", io.BytesIO(data))
        assert not isinstance(caught.value, BadArchive)  # the archive is fine


SMALL = packed({"rock/a.wav": clip(0.3, seconds=1.0), "pop/b.wav": clip(0.4, seconds=1.0)})


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 255)), min_size=1, max_size=6))
def test_an_archive_with_flipped_bytes_is_read_or_refused(flips: list[tuple[int, int]]) -> None:
    data = bytearray(SMALL)
    for from_the_end, value in flips:  # the directory lies there
        data[-from_the_end] = value
    try:
        name = registry.add_zip("flipped.zip", io.BytesIO(bytes(data)))
    except DatasetError:
        return
    assert len(registry.open_dataset(name).genres) >= 2
    registry.remove(name)


@pytest.mark.parametrize("genres", [201, 2_000])
def test_thousands_of_genres_are_refused_before_anything_is_unpacked(tmp_path: Path, genres: int) -> None:
    files = {f"genre {number}/one.wav": b"RIFF" for number in range(genres)}
    with pytest.raises(BadArchive, match=f"{genres:,} folders of genres; accepted: up to 200"):
        archive.unpack(io.BytesIO(packed(files)), tmp_path / "new", "many")
    assert not (tmp_path / "new").exists()
    with pytest.raises(DatasetError, match="accepted: up to 200"):
        open_folder(write(tmp_path / "folder", files))


def test_an_archive_of_20000_genres_is_refused_by_its_directory(tmp_path: Path) -> None:
    data = packed({f"genre {number}/one.wav": b"RIFF" for number in range(20_000)})
    with pytest.raises(BadArchive, match="20,000 folders of genres; accepted: up to 200"):
        archive.unpack(io.BytesIO(data), tmp_path / "new", "many")
    assert not (tmp_path / "new").exists()
