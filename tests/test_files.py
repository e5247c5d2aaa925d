"""Files appear whole, or not at all."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from mgc import files

if TYPE_CHECKING:
    from pathlib import Path


def test_parts_are_written_one_after_the_other_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    files.write(path, b"one ", memoryview(b"two"))
    assert path.read_bytes() == b"one two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_all_is_written_before_the_file_is_synced_and_its_name_is_synced_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, synced = tmp_path / "file", []

    def note(descriptor: int) -> None:
        found = os.fstat(descriptor)
        synced.append((stat.S_ISDIR(found.st_mode), stat.S_ISDIR(found.st_mode) or found.st_size, path.exists()))

    monkeypatch.setattr(os, "fsync", note)
    files.write(path, b"one ", b"two")
    assert synced == [(False, 7, False), (True, True, True)]


def test_a_folder_that_cannot_be_synced_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "fsync", refuses)
    files.write(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_files_that_were_not_waited_for_are_synced_together_with_their_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.readlink(f"/proc/self/fd/{descriptor}")))
    paths = [tmp_path / "one", tmp_path / "two"]
    for path in paths:
        files.write(path, b"new", durable=False)
    assert not synced
    files.sync_all(paths)
    assert sorted(synced) == sorted(map(str, [*paths, tmp_path]))
