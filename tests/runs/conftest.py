"""A data set that every recipe trains on in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.jobs.conftest import new_database  # noqa: F401 - a fixture
from tests.three_genres import data_set

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the id of a data set of three genres, extracted, in a home of its own where jobs run inline."""
    patching = pytest.MonkeyPatch()
    with data_set(tmp_path_factory.mktemp("three"), patching) as name:
        yield name
    patching.undo()
