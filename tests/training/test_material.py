"""Examples and units: what a net reads, and what a split names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mgc.errors import RecipeError
from mgc.recipes import RECIPES
from mgc.training.material import Examples, examples
from tests.training.making import material

READING = {"descriptors": "ann-table", "pictures": "picture-cnn", "embeddings": "yamnet"}


@pytest.mark.parametrize("reads", READING)
def test_every_track_is_a_unit_with_its_own_examples(reads: str) -> None:
    held = material()
    found = examples(held, RECIPES[READING[reads]])
    assert found.units == held.ids
    np.testing.assert_array_equal(found.labels, held.labels)
    assert len(found.x) == len(found.unit)
    for unit in range(len(found.units)):
        rows = found.of(np.array([unit]))
        assert (found.unit[rows] == unit).all()
        assert len(rows) == {"descriptors": 10, "pictures": 1, "embeddings": 6}[reads]


@pytest.mark.parametrize("reads", READING)
def test_segments_are_named_after_their_track_and_place(reads: str) -> None:
    held = material(6)
    found = examples(held, RECIPES[READING[reads]], segments=True)
    assert set(found.units) <= {f"{id}.{k}" for id in held.ids for k in range(10)}
    assert all(
        held.labels[held.ids.index(unit[:3])] == label for unit, label in zip(found.units, found.labels, strict=True)
    )
    if reads == "descriptors":
        assert found.units[13] == "t01.3"
        np.testing.assert_array_equal(found.x[found.of(np.array([13]))][0], held.segments[13])


def test_a_track_without_what_is_read_is_left_out() -> None:
    held = material(6)
    clips = held.clips.copy()
    clips[2] = np.nan
    held = replace(held, clips=clips, widths=np.array([334, 0, 334, 334, 334, 334]))
    assert examples(held, RECIPES["ann-table"]).units == ("t00", "t01", "t03", "t04", "t05")
    assert examples(held, RECIPES["cnn-rgb224"]).units == ("t00", "t02", "t03", "t04", "t05")


def test_a_segment_behind_the_end_of_a_short_track_does_not_exist() -> None:
    held = replace(material(2), widths=np.array([334, 95]))
    found = examples(held, RECIPES["picture-cnn"], segments=True)
    assert [unit for unit in found.units if unit.startswith("t01")] == ["t01.0", "t01.1"]


def test_a_recipe_that_judges_whole_clips_refuses_segments_in_a_sentence() -> None:
    with pytest.raises(RecipeError, match="whole clips"):
        examples(material(4), RECIPES["cnn-grey350"], segments=True)


def test_nothing_to_read_is_said_in_a_sentence() -> None:
    held = replace(material(4), patches=np.empty((0, 1024)), patch_owners=np.empty(0, dtype=np.intp))
    with pytest.raises(RecipeError, match="embeddings"):
        examples(held, RECIPES["yamnet"])


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.lists(st.integers(0, 5), max_size=6, unique=True))
@settings(max_examples=50)
def test_the_examples_of_units_are_all_of_theirs_in_the_units_order(unit: list[int], wanted: list[int]) -> None:
    held = Examples(np.zeros((len(unit), 2)), tuple("abcdef"), np.array(unit), np.zeros(6, dtype=np.intp), np.arange(6))
    rows = held.of(np.array(wanted, dtype=np.intp))
    assert [unit[row] for row in rows] == [one for w in wanted for one in unit if one == w]
