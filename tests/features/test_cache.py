from __future__ import annotations

import multiprocessing
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from mgc.features.cache import Cache

ENTRY = {"starts": np.arange(5.0), "table": np.ones((5, 57))}


def must_not_be_made() -> dict[str, np.ndarray]:
    raise AssertionError("the entry was there")


def assert_same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    assert one.keys() == other.keys()
    for name, array in one.items():
        assert array.dtype == other[name].dtype
        np.testing.assert_array_equal(array, other[name])


@given(
    key=st.text(),
    entry=st.dictionaries(
        st.from_regex(r"[a-z_]{1,12}", fullmatch=True) | st.sampled_from(["file", "self", "args"]),
        arrays(
            st.sampled_from([np.float32, np.float64, np.uint8, np.int64, np.bool_]),
            array_shapes(min_dims=0, min_side=0),
        ),
        max_size=3,
    ),
)
def test_what_was_made_is_found_again(key: str, entry: dict[str, np.ndarray]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cache = Cache(Path(folder))
        assert_same(cache.fetch(key, lambda: entry), entry)
        assert_same(cache.fetch(key, must_not_be_made), entry)


def test_different_keys_have_different_entries(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.fetch("a", lambda: {"x": np.zeros(1)})
    cache.fetch("b", lambda: {"x": np.ones(1)})
    assert cache.fetch("a", must_not_be_made)["x"] == 0
    assert cache.fetch("b", must_not_be_made)["x"] == 1


@pytest.mark.parametrize("key", ["../../outside", "/etc/passwd", "a\0b", "x" * 10_000, "", "\N{SNOWMAN}"])
def test_no_key_names_a_path(key: str, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    cache.fetch(key, lambda: ENTRY)
    assert_same(cache.fetch(key, must_not_be_made), ENTRY)
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.7, 0.99])
def test_a_truncated_entry_is_made_anew(share: float, tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.fetch("key", lambda: ENTRY)
    path = cache.path("key")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    assert_same(cache.fetch("key", lambda: ENTRY), ENTRY)
    assert_same(cache.fetch("key", must_not_be_made), ENTRY)


@given(position=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_flipped_byte_never_gives_other_numbers(position: float, flip: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cache = Cache(Path(folder))
        cache.fetch("key", lambda: ENTRY)
        damaged = bytearray(cache.path("key").read_bytes())
        damaged[int(position * len(damaged))] ^= flip
        cache.path("key").write_bytes(damaged)
        assert_same(cache.fetch("key", lambda: ENTRY), ENTRY)


def test_objects_are_never_pickled(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        Cache(tmp_path).fetch("key", lambda: {"x": np.array([{}], dtype=object)})
    assert not list(tmp_path.rglob("*.*"))


def test_a_maker_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fails() -> dict[str, np.ndarray]:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        Cache(tmp_path).fetch("key", fails)
    assert not list(tmp_path.rglob("*"))


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert_same(Cache(blocked).fetch("key", lambda: ENTRY), ENTRY)


def test_a_folder_that_was_removed_meanwhile_is_not_made_again(tmp_path: Path) -> None:
    gone = tmp_path / "mine" / "extraction"
    assert_same(Cache(gone / "cache").fetch("key", lambda: ENTRY), ENTRY)
    assert not list(tmp_path.iterdir())
    gone.mkdir(parents=True)
    Cache(gone / "cache").fetch("key", lambda: ENTRY)
    assert_same(Cache(gone / "cache").fetch("key", must_not_be_made), ENTRY)


def _fetch_many(folder: Path, number: int) -> bool:
    cache = Cache(folder)
    made = {"x": np.full(50_000, 7.0), "y": np.arange(10)}
    return all((cache.fetch(f"key {k % 5}", lambda: made)["x"] == 7.0).all() for k in range(number, number + 40))


def test_processes_that_write_the_same_entries_read_whole_ones(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert all(pool.starmap(_fetch_many, [(tmp_path, k) for k in range(3)]))
    assert len(list(tmp_path.rglob("*.entry"))) == 5
    assert not list(tmp_path.rglob("*.tmp"))
