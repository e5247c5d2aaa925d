"""Which attempts have lost their process: it was killed, or its machine was."""

from __future__ import annotations

import platform
import time
from typing import TYPE_CHECKING, Final

from mgc.jobs.process import is_gone, named
from mgc.settings import settings

if TYPE_CHECKING:
    from mgc.jobs.store import Store

__all__ = ["notice_lost", "place"]

SILENCE: Final = 30.0  # s without a heartbeat, six of which should have come

_heard: dict[tuple[int, int], tuple[float, float]] = {}  # attempt -> its last heartbeat, and when that was first seen


def place() -> str:
    """Return which home folder of which machine the present process belongs to: its engine does its jobs."""
    return f"{platform.node()}:{settings().home_dir.absolute()}"


def notice_lost(known: Store) -> None:
    """Write down which attempts have lost their process.

    On this machine that is known of a process, once it has been silent for :data:`SILENCE` seconds or its engine has
    gone, too. On another machine only silence tells, listened to here: its clock says nothing.
    """
    running = known.running()
    for one in running:
        engine_is_gone = is_gone(named(one.engine))
        where = one.process if one.state == "running" else named(one.engine)
        gone = is_gone(where)
        key = (one.task, one.number)
        heard = _heard.get(key)
        if heard is None or heard[0] != one.beat:
            heard = _heard[key] = (one.beat, time.monotonic())
        if gone is None:
            is_lost = engine_is_gone is not False and time.monotonic() - heard[1] > SILENCE
        else:
            is_lost = gone and (engine_is_gone is True or time.monotonic() - one.beat > SILENCE)
        if is_lost:
            why = "The engine was ended." if engine_is_gone else "The worker process ended."
            known.lose(*key, why, guilty=engine_is_gone is False)
    for key in set(_heard) - {(one.task, one.number) for one in running}:
        _heard.pop(key, None)
