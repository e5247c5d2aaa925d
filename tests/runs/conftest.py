"""What the tests of runs ask for."""

from __future__ import annotations

from tests.jobs.conftest import new_database  # noqa: F401 - a fixture
