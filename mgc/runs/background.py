"""The kind of job that trains: a task for each fold, which a worker hands to a process of its own.

The worker reads what that process reports and writes it down as rows of the job: kind ``epoch``, named
``<fold>/<epoch>``, kind ``prediction``, named by the clip, and kind ``done``, named by the fold: what it came to. A
write of an attempt that is no longer current is refused, as any other.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from mgc import jobs, runs
from mgc.errors import RecipeError
from mgc.jobs import Kind, Lost, TaskSpec
from mgc.recipes import recipe
from mgc.runs.plan import EVERYTHING, folder, read_config
from mgc.settings import THREADS, environment, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mgc.jobs import Context
    from mgc.runs.plan import Config

__all__ = ["KIND", "fold_task", "in_process", "task_name", "train_in_process"]

LIMITED_MINUTES: Final = 10  # that a fold may take where MGC_TRAINING is "limited"
LOOK: Final = 0.2  # s between two looks whether the task is still wanted, and between two writes of short epochs
SILENCE: Final = 60.0  # s without a sign of life after which a fold's process counts as hung
_NOTICE: Final = "oneDNN custom operations are on"  # TensorFlow says so at every start
TAIL: Final = 4000  # bytes of a log that are searched for the cause of an end
FAREWELL: Final = 1.0  # s that a process has to end after SIGTERM; the worker itself is ended 2 s after a cancel

# What Python, NumPy, C++, TensorFlow, JAX, PyTorch and the loader of libraries say when memory is short.
_MEMORY: Final = re.compile(
    "MemoryError|bad_alloc|OOM when allocating|[Oo]ut of memory|[Cc]an.?t allocate memory|failed to map segment"
)


def task_name(fold: int) -> str:
    """Return what a fold is called in the list of tasks."""
    return "all tracks" if fold == EVERYTHING else f"fold {fold + 1}"


def _tasks(config: Mapping[str, Any]) -> Iterable[TaskSpec]:
    run = read_config(config)
    return [fold_task(run, number) for number in range(run.folds)]


def fold_task(run: Config, number: int, epochs: Sequence[int] = ()) -> TaskSpec:
    """Return the task that trains a fold, or on all tracks for ``epochs`` of each stage, with its recipe's slots."""
    chosen = recipe(run.recipe)
    most = int(run.options.get("epochs", 1)) + int(run.options.get("tune_epochs", 0))
    return TaskSpec(
        task_name(number),
        {"fold": number, "epochs": list(epochs), "threads": chosen.cores},
        total=sum(epochs) or most,
        cpu=chosen.cores,
        gpu=1 if chosen.is_gradual else 0,
    )


def _run(context: Context) -> dict[str, Any]:
    """Train one fold in a process of its own; return what it came to."""
    return train_in_process(context, folder(read_config(context.job.config).name))


def train_in_process(context: Context, place: Path) -> dict[str, Any]:
    """Do a :func:`fold_task` of the run in ``place``; write down what its process reports.

    What the fold goes on from is removed after all that came of it is written down: one whose worker ends in between
    is not trained again.
    """
    number = int(context.config["fold"])

    def note(kind: str, events: Sequence[dict[str, Any]]) -> None:
        _note(context, number, kind, events)

    done: dict[str, Any] | None = jobs.rows(context.job.id, "done").get(str(number))
    if done is None:
        task = {"fold": number, "epochs": context.config["epochs"]}
        done = in_process(context, place, task, note, name=task_name(number), log=f"fold-{number}.log")
        context.put("done", {str(number): done})
    shutil.rmtree(place / f"fold-{number}", ignore_errors=True)
    return done


def in_process(
    context: Context,
    place: Path,
    task: dict[str, Any],
    note: Callable[[str, Sequence[dict[str, Any]]], None],
    *,
    name: str,
    log: str,
) -> dict[str, Any]:
    """Do a task of :mod:`mgc.runs.process` in ``place``; return what it came to.

    Parameters
    ----------
    context : Context
        with ``threads`` in its configuration
    place : Path
        of the run, where the file ``log`` is written
    task : dict
        what the process is told
    note : callable
        takes the kind and the contents of reports of one kind that came together; what it raises ends the process
    name, log : str
        of the task, for sentences, and of the file

    Raises
    ------
    Lost
        when a signal has ended the process, or it hung
    RecipeError
        when it failed
    """
    written = place / log
    begin = written.stat().st_size if written.exists() else 0
    process = _start(context, place, task, log)
    done: dict[str, Any] | None = None
    try:
        for kind, events in _events(process, context, name):
            event = events[-1]
            if kind == "note":
                for one in events:
                    context.note(one["sentence"])
            elif kind == "interrupted":  # a SIGTERM that did not come from here
                raise Lost(f"The process of {name} received a signal to end.")
            elif kind == "failed":
                raise RecipeError(event["why"], details=event["details"])
            elif kind == "done":
                done = event
            else:
                note(kind, events)
    finally:
        _end(process)
    if done is None:
        raise _ended(name, process.returncode, written, begin)
    context.progress(context.task.total, context.task.total, "")
    return done


def _ended(name: str, status: int, log: Path, begin: int) -> Exception:
    """Return the error for a process that ended without a word: by its status, and its log from ``begin`` on."""
    with contextlib.suppress(OSError), log.open("rb") as file:
        file.seek(max(begin, log.stat().st_size - TAIL))
        said = file.read().decode(errors="replace")
        if _MEMORY.search(said):
            return RecipeError("There is not enough memory for this recipe; try smaller batches.", details=said)
        told = (line.strip() for line in reversed(said.splitlines()) if _NOTICE not in line)
        last = next(filter(None, told), "")
        if status > 0 and last:
            return RecipeError(f"The process of {name} ended with status {status}: {last[:200]}", details=said)
    if status < 0:  # by a signal: the system's, when memory is short, or somebody's kill
        return Lost(f"The process of {name} was ended by signal {-status}; is there enough memory?")
    return RecipeError(f"The process of {name} ended with status {status}; its log gives no reason.")


def _start(context: Context, place: Path, task: dict[str, Any], log: str) -> subprocess.Popen[str]:
    """Start the process, with threads and devices of its own, and tell it what to do."""
    place.mkdir(parents=True, exist_ok=True)
    threads = str(context.config["threads"])
    devices = ",".join(map(str, context.gpus)) if context.gpus else "-1"
    with (place / log).open("ab") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "mgc.runs.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=written,
            # Elsewhere oneDNN is off, as it prints a line at every start; with it convolutions learn 2.7 times as fast.
            env=environment(**dict.fromkeys(THREADS, threads), CUDA_VISIBLE_DEVICES=devices, TF_ENABLE_ONEDNN_OPTS="1"),
            text=True,
            start_new_session=True,
        )
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    with contextlib.suppress(BrokenPipeError):  # it has ended already, which is noticed below
        process.stdin.write(json.dumps({"folder": str(place), **task}) + "\n")
        process.stdin.flush()
    return process


def _events(process: subprocess.Popen[str], context: Context, name: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield what the process reports until it ends; leave by ``Stopped`` when the task is not wanted any more.

    A report is a kind and its content. Those that follow each other within :data:`LOOK` and are of one kind come
    together: each write costs more than 10 ms of a core, and a small network has ten epochs a second.
    """
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def read() -> None:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        with process.stdout as given:
            for line in given:
                if line.endswith("\n"):  # the last line of a process that was killed may be torn
                    lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    limit = time.monotonic() + 60.0 * LIMITED_MINUTES if settings().training == "limited" else math.inf
    silence = 0.0  # in looks of this worker: one that was stopped itself, e.g. by Ctrl-Z, has missed nothing
    written = -math.inf
    given: list[str | None] = []
    while None not in given:
        context.check()
        if time.monotonic() > limit:
            raise RecipeError(f"A fold may train for {LIMITED_MINUTES} minutes on this server; choose fewer epochs.")
        try:
            given = [lines.get(timeout=LOOK)]
        except queue.Empty:
            silence += LOOK
            if silence > SILENCE:
                raise Lost(f"The process of {name} hung: it did nothing for {SILENCE:.0f} s.") from None
            continue
        silence = 0.0
        time.sleep(max(0.0, written + LOOK - time.monotonic()))
        while not lines.empty():
            given.append(lines.get())
        written = time.monotonic()
        events = (json.loads(line) for line in given if line is not None)
        for kind, together in itertools.groupby(events, key=lambda event: str(event.pop("event"))):
            if kind != "alive":
                yield kind, list(together)


def _note(context: Context, number: int, kind: str, events: Sequence[dict[str, Any]]) -> None:
    """Write down reports of a fold."""
    last = events[-1]
    if kind == "begin":
        context.forget("epoch", f"{number}/", after=_named(number, last["epoch"]))
        context.progress(last["epoch"], context.task.total, "starting")
    elif kind == "epoch":
        context.put("epoch", {_named(number, event["number"]): {"fold": number, **event} for event in events})
        context.progress(last["number"], context.task.total, f"{task_name(number)}, epoch {last['number']}")
    elif kind == "tested":
        named = {"label": "labels", "p": "probabilities"} | {
            name: name for name in ("windows", "windows_right", "distance", "pauses")
        }
        rows = {}
        for event in events:
            columns = {name: event[many] or [None] * len(event["units"]) for name, many in named.items()}
            for unit, *one in zip(event["units"], *columns.values(), strict=True):
                rows[unit] = {"fold": number, **dict(zip(columns, one, strict=True))}
        context.put("prediction", rows)


def _named(number: int, epoch: int) -> str:
    return f"{number}/{epoch:06d}"


def _end(process: subprocess.Popen[str]) -> None:
    """End the process and what it started: after the present batch if it can, else at once."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(FAREWELL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()


KIND: Final = Kind(
    "train",
    lambda config: read_config(config).title,
    _run,
    tasks=_tasks,
    packages=("runs", "training", "nets", "splits", "extraction", "features", "evaluation"),
    patience=3600.0,
    guard=runs.allowed,
)
