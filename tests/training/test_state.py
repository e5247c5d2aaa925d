"""What is saved after an epoch can be read again, whole, or is passed over."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mgc import files
from mgc.errors import RecipeError
from mgc.training.state import Progress, State, load, save

if TYPE_CHECKING:
    from pathlib import Path


def state(epoch: int) -> State:
    arrays = tuple(np.full((3, i + 1), epoch, dtype=np.float32) for i in range(12))
    progress = Progress(epoch=epoch, best_loss=0.5, best_epoch=1, history=[{"number": n} for n in range(epoch)])
    return State(progress, arrays, (np.array(epoch), *arrays), arrays[:2])


def same(one: State, other: State) -> bool:
    return one.progress == other.progress and all(
        len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
        for a, b in zip(
            (one.weights, one.optimizer, one.best), (other.weights, other.optimizer, other.best), strict=True
        )
    )


def test_nothing_saved_is_a_fresh_start(tmp_path: Path) -> None:
    assert load(tmp_path) == (None, "")


def test_the_newest_state_is_read_and_only_two_are_kept(tmp_path: Path) -> None:
    for epoch in range(1, 12):
        save(tmp_path, state(epoch))
    found, sentence = load(tmp_path)
    assert found is not None
    assert same(found, state(11))
    assert sentence == ""
    assert len(list(tmp_path.iterdir())) == 2


def damage_by_cutting(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def damage_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def damage_the_record(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"epoch"', b'"epuch"'))


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [damage_by_cutting, damage_a_bit, damage_the_record, empty])
def test_a_damaged_state_is_passed_over_for_the_one_before_and_that_is_said(tmp_path: Path, damage) -> None:
    save(tmp_path, state(4))
    save(tmp_path, state(5))
    damage(tmp_path / "state-0-000005")
    found, sentence = load(tmp_path)
    assert found is not None
    assert same(found, state(4))
    assert "continued from epoch 4" in sentence


def test_states_of_which_none_is_whole_are_an_error_and_never_a_fresh_start(tmp_path: Path) -> None:
    save(tmp_path, state(5))
    empty(tmp_path / "state-0-000005")
    with pytest.raises(RecipeError, match="No saved state"):
        load(tmp_path)


@pytest.mark.parametrize("step", ["mkstemp", "fsync", "replace"])
def test_a_full_disk_at_any_step_leaves_the_state_before_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    save(tmp_path, state(1))

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.tempfile if step == "mkstemp" else files.os, step, full)
    with pytest.raises(OSError, match="No space"):
        save(tmp_path, state(2))
    monkeypatch.undo()
    found, _ = load(tmp_path)
    assert found is not None
    assert same(found, state(1))


def test_a_later_stage_is_newer_than_any_epoch_of_the_first(tmp_path: Path) -> None:
    save(tmp_path, State(Progress(stage=0, epoch=60)))
    save(tmp_path, State(Progress(stage=1, first=60, epoch=61)))
    found, _ = load(tmp_path)
    assert found is not None
    assert found.progress.stage == 1
