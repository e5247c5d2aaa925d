"""What the faults of the server share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import start_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Server


@pytest.fixture(scope="module")
def bare_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for a test file: no models, so that no warm-up moves its memory, and sessions that end after 2 s."""
    folder = tmp_path_factory.mktemp("bare")
    running = start_server(folder, MGC_MODELS_DIR=str(folder), STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL="2")
    yield running
    running.stop()
