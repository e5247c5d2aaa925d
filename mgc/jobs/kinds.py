"""Kinds of job: what a kind of work is called, how it is cut into tasks, and what runs in a worker.

A table above this package (:data:`TABLE`) names the kinds by dotted strings, and a kind is imported when it is asked
for. From the kinds the engine reads what to preload, which code it runs and which slots it needs.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from mgc.errors import JobError

if TYPE_CHECKING:
    from mgc.jobs.worker import Context

__all__ = ["TABLE", "Kind", "TaskSpec", "every", "kind"]

TABLE: Final = "mgc.background"  # its KINDS: name -> "package.module:NAME" of a Kind
Config = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """One task to be done: its own part of the configuration as JSON, and how much it is."""

    name: str = "all"  # for logs and `mgc job ID`
    config: Config = field(default_factory=dict)
    stage: int = 0  # it runs when every task of a lower stage has finished
    total: int = 1  # how much it adds to the job's progress; 0 for a task that is not counted
    work: float | None = None  # how much of the job's time it takes, relative to the others; None: ``total``
    cpu: int = 1  # slots that it takes while it runs; where there are fewer it gets all there are. 0: it only waits for
    # other jobs, in a thread of the engine
    gpu: int = 0  # the same of devices; it runs without a GPU where the machine has none


def _one_task(config: Config) -> Iterable[TaskSpec]:
    return (TaskSpec(total=0),)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job."""

    name: str  # as in the table
    title: Callable[[Config], str]  # what such a job does, in plain words, for the list of jobs
    run: Callable[[Context], Any]  # does one task; what the last one returns (JSON or None) is the job's result
    tasks: Callable[[Config], Iterable[TaskSpec]] = _one_task  # by default one with the job's configuration
    preload: tuple[str, ...] = ()  # modules that a worker imports as it starts
    packages: tuple[str, ...] = ()  # parts of ``mgc`` that make up its code: when one changes, a new engine is started
    patience: float = 1800.0  # seconds without a report or an item after which a worker counts as stuck and is ended
    # held while such a job is written down or resumed; raises an MgcError where that is not allowed
    guard: Callable[[], AbstractContextManager[None]] = nullcontext


def kind(name: str, table: str | None = None) -> Kind:
    """Return a kind by its name; a JobError says that the table has none of that name."""
    table = table or TABLE
    try:
        where = _table(table)[name]
    except KeyError as error:
        known = ", ".join(_table(table))
        raise JobError(f"There is no kind of job called {name!r}; known: {known}.") from error
    module, _, attribute = where.partition(":")
    return cast("Kind", getattr(importlib.import_module(module), attribute))


def every(table: str | None = None) -> tuple[Kind, ...]:
    """Return all kinds of a table."""
    return tuple(kind(name, table) for name in _table(table or TABLE))


@cache
def _table(name: str) -> dict[str, str]:
    return dict(importlib.import_module(name).KINDS)
