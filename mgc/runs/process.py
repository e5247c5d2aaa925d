"""The own process of a fold or a trial: ``python -m mgc.runs.process``, started by a worker, which it does not outlive.

It reads one line of JSON, what to do, from its standard input, and writes lines of JSON to its standard output, what
came of it: one process has its own threads and its own device, gives its memory back at its end, and can crash alone.
When the input ends, the worker is gone, and so is this process. SIGTERM ends it after the present batch. As long as it
uses processor time it reports that it is alive: a slow epoch does, a process that hangs does not. What libraries print
goes to the log, which is its standard error.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from mgc.errors import MgcError
from mgc.jobs.worker import sentence
from mgc.settings import quiet_tensorflow

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["beat", "main"]

BEAT: Final = 1.0  # s between two looks whether processor time was used
WORK: Final = 0.05  # s of it that count as a sign of life; the looks themselves take 0.1 ms each


def main() -> None:
    """Do what the first line of the input says."""
    say, task = _prepare()
    try:
        say(event="done", **_do(task, say))
    except KeyboardInterrupt:
        say(event="interrupted")
    except (MgcError, OSError) as error:
        say(event="failed", why=sentence(error), details=getattr(error, "details", repr(error)))


def _prepare() -> tuple[Any, dict[str, Any]]:
    """Keep the output for events, end with the worker, and return what to do."""
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a library that prints does not disturb the events
    lock = threading.Lock()

    def say(**what: Any) -> None:
        with lock:
            events.write(json.dumps(what) + "\n")
            events.flush()

    task = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with, args=(sys.stdin,), daemon=True).start()
    threading.Thread(target=beat, args=(lambda: say(event="alive"),), daemon=True).start()
    return say, task


def beat(say: Callable[[], None]) -> None:
    """Call ``say`` each time that :data:`WORK` seconds of processor time were used, until the worker is gone."""
    used = time.process_time()
    with contextlib.suppress(OSError):
        while True:
            time.sleep(BEAT)
            if (now := time.process_time()) - used >= WORK:
                used = now
                say()


def _end_with(worker: TextIO) -> None:
    worker.read()
    os._exit(1)


def _do(task: dict[str, Any], say: Any) -> dict[str, Any]:
    quiet_tensorflow()
    from mgc.runs.one_fold import train, try_out
    from mgc.training.gradual import Interrupted, Report

    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    report = Report(
        begin=lambda done: say(event="begin", epoch=done),
        epoch=lambda epoch: say(event="epoch", **asdict(epoch)),
        note=lambda sentence: say(event="note", sentence=sentence),
        is_wanted=lambda: not stopped.is_set(),
    )
    place = Path(task["folder"])
    try:
        if "trial" in task:
            return try_out(place, int(task["trial"]), task["values"], int(task["begin"]), report, say)
        return train(place, int(task["fold"]), task["epochs"] or (), report, say)
    except Interrupted as error:
        raise KeyboardInterrupt from error


if __name__ == "__main__":
    main()
