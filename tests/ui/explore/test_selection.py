"""What the views are given: read from the registry once, read again when something has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from mgc.datasets import registry, validation
from mgc.errors import DatasetError
from mgc.ui.explore import numbers, selection
from tests.app import exploring

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def id(tmp_path: Path) -> Iterator[str]:
    for i, genre in enumerate(("tango", "polka")):
        (tmp_path / "set" / genre).mkdir(parents=True)
        soundfile.write(tmp_path / "set" / genre / "one.wav", 0.2 * np.sin(np.arange(88_200) / (5 + i)), 22050)
    name = registry.add_path(tmp_path / "set")
    yield name
    registry.remove(name)


def entered(known: selection.Known, wanted: selection.Filters = selection.NO_FILTERS) -> selection.Selection:
    chosen = selection.apply_filters(known.dataset, known.report, wanted)
    return selection.Selection(known.id, known.revision, known.dataset, known.report, known.collected, chosen, wanted)


def test_a_data_set_is_read_once_until_something_about_it_changes(id: str) -> None:
    first = selection.known(id)
    assert selection.known(id) is first
    assert first.report is None
    assert first.collected is None
    validation.validate(first.dataset)
    again = selection.known(id)
    assert again.report is not None
    assert again.revision != first.revision
    assert set(again.dataset.genres) == {"tango", "polka"}


def test_a_data_set_that_is_gone_is_an_error_of_ours() -> None:
    with pytest.raises(DatasetError):
        selection.known("never-there")


def test_rows_are_those_of_the_chosen_tracks() -> None:
    here = entered(exploring.known(), selection.Filters(genres=("tango",)))
    assert here.collected is not None
    assert {here.collected.genres[row] for row in here.rows()} == {"tango"}
    assert len(here.rows()) == 12
    assert not len(entered(exploring.known(measured=False)).rows())


def test_numbers_leave_out_tracks_that_have_none() -> None:
    known = exploring.known()
    assert known.collected is not None
    known.collected.descriptors[3:5] = np.nan
    held = numbers.of(entered(known))
    assert len(held.ids) == 34
    assert held.missing == 2
    assert np.isfinite(held.table).all()
    np.testing.assert_array_equal(held.column("tempo"), held.table[:, held.columns.index("tempo")])


def test_the_typical_track_of_a_genre_carries_its_label_and_can_be_heard(tmp_path: Path) -> None:
    known = exploring.known("typical", audio=tmp_path / "x.wav")
    name = numbers.typical(entered(known), "jazz")
    assert name is not None
    track = known.dataset.track(name)
    assert track.genre == "jazz"
    assert track.audio is not None
    assert numbers.typical(entered(known), "polka") is None


def test_a_number_that_never_changes_correlates_with_nothing_not_even_at_zero() -> None:
    known = exploring.known("constant")
    assert known.collected is not None
    known.collected.descriptors[:, 3] = 7.0
    here = entered(known)
    matrix = numbers.correlations(here, numbers.of(here))
    assert np.isnan(matrix[3]).all()
    assert np.isnan(matrix[:, 3]).all()
    assert np.isfinite(np.delete(np.delete(matrix, 3, 0), 3, 1)).all()


def test_the_typical_track_of_a_genre_lies_nearest_to_its_middle(tmp_path: Path) -> None:
    known = exploring.known("nearest", audio=tmp_path / "x.wav")
    assert known.collected is not None
    table, genres = known.collected.descriptors, np.array(known.collected.genres)
    rows = np.flatnonzero(genres == "jazz")
    heard = [row for row in rows if known.dataset.track(known.collected.ids[row]).audio is not None]
    table[rows] += 5.0 * np.linspace(1, 2, len(rows))[:, None]  # apart, each in the same direction
    table[heard[2]] = np.median(table[rows], axis=0)
    name = numbers.typical(entered(known), "jazz")
    assert name == known.collected.ids[heard[2]]
