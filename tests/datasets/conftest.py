"""A registry of its own for every test that asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a fresh MGC_HOME."""
    home = tmp_path / "its home"
    monkeypatch.setenv("MGC_HOME", str(home))
    settings.cache_clear()
    yield home
    monkeypatch.undo()
    settings.cache_clear()
