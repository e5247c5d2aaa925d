"""What the faults of the server share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Server


@pytest.fixture
def bare_server(fresh_server: Callable[..., Server], tmp_path: Path) -> Server:
    """Start a server that finds no models, so that no warm-up moves its memory."""
    return fresh_server(MGC_MODELS_DIR=str(tmp_path))
