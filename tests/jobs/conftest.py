"""Stores to test on, and a table of kinds for tests."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from mgc.jobs import kinds
from mgc.jobs.store import Store
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Return an empty store."""
    made = Store(f"sqlite:///{tmp_path / 'jobs.sqlite'}", tmp_path)
    yield made
    made.close()


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a test a home folder, and so a list of jobs, of its own."""
    monkeypatch.setenv("MGC_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def add_kind(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., kinds.Kind]:
    """Return ``add_kind(name, run, **fields)``, which puts a kind into the table for the length of a test."""
    module = types.ModuleType("kinds_of_a_test")
    module.KINDS = {}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(kinds, "TABLE", module.__name__)
    kinds._table.cache_clear()

    def add(name: str, run: Callable[[Any], Any], **fields: Any) -> kinds.Kind:
        made = kinds.Kind(name, **{"title": lambda config: f"A {name}", **fields, "run": run})
        setattr(module, name, made)
        module.KINDS[name] = f"{module.__name__}:{name}"
        kinds._table.cache_clear()
        return made

    return add
