"""``jobs``, ``job``, ``cancel`` and ``resume``: background jobs, whichever program started them; what does them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from mgc import jobs as work
from mgc.cli.frame import Answer, app, command, first, one_sentence, printable, seconds_left

__all__ = ["cancel", "engine", "job", "jobs", "resume", "scheduler", "worker"]

NumberArgument = Annotated[int, typer.Argument(metavar="ID", help="number of a job, see `mgc jobs`")]


@command(app)
def jobs(every: Annotated[bool, typer.Option("--all", help="list all jobs, not only the last 20")] = False) -> Answer:
    """List background jobs, newest first."""
    work.reconcile()
    listed = work.jobs(1000 if every else 20)

    def lines() -> Iterator[str]:
        for one in listed:
            yield f"{one.id:>5} {one.state:10} {_progress(one):24} {printable(one.title)}"
            if one.why:
                yield f"{'':17}{printable(one.why)}"
        if not listed:
            yield "No jobs yet."

    return Answer([asdict(one) for one in listed], lines())


@command(app)
def job(number: NumberArgument) -> Answer:
    """Show one job: its progress, tasks, failures and events."""
    work.reconcile()
    one, tasks, events = work.job(number), work.tasks(number), work.events(number)
    failed = work.items(number, "failed")
    lists: dict[str, Sequence[Any]] = {"tasks": tasks, "failed": failed, "events": events}

    def lines() -> Iterator[str]:
        yield f"job {one.id}: {printable(one.title)}"
        yield ", ".join(part for part in (one.state, _progress(one), printable(one.step)) if part)
        if one.why:
            yield printable(one.why)
        for state in dict.fromkeys(task.state for task in tasks):
            yield f"    {sum(task.state == state for task in tasks):,} of {len(tasks):,} tasks {state}"
        yield from first([f"{item.name}: {item.why}" for item in failed], "failed     ")
        for event in events:
            if event.task is None:
                when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(event.time))
                yield f"    {when} {event.state}{f' ({printable(event.why)})' * bool(event.why)}"

    return Answer(asdict(one) | {name: [asdict(each) for each in found] for name, found in lists.items()}, lines())


@command(app)
def cancel(number: NumberArgument) -> Answer:
    """Cancel a job; `mgc resume ID` resumes it later."""
    was_active = work.job(number).is_active
    one = work.cancel(number)
    ended = "been cancelled" if one.state == "cancelled" else one.state
    return Answer(asdict(one), [f"Job {number} was cancelled." if was_active else f"Job {number} had already {ended}."])


@command(app)
def resume(number: NumberArgument) -> Answer:
    """Resume a job that failed or was cancelled."""
    one = work.resume(number)
    return Answer(asdict(one), [f"Job {number} is {one.state}."])


def _progress(one: work.Job) -> str:
    """Return how far a job is, e.g. "7 of 1,000, about 40 s left"."""
    return (f"{one.done:,} of {one.total:,}" if one.total else "") + seconds_left(one.seconds_left)


@app.command()
def engine() -> None:
    """Run the engine for background work in the foreground until Ctrl-C; otherwise one starts when there is work."""
    from mgc.jobs import cluster

    with one_sentence():
        cluster.serve(typer.echo)


@app.command()
def scheduler() -> None:
    """Run the scheduler at the address MGC_SCHEDULER, for workers on several machines, until Ctrl-C."""
    from mgc.jobs import nodes

    with one_sentence():
        asyncio.run(nodes.serve_scheduler(typer.echo))


@app.command()
def worker() -> None:
    """Run workers on this machine for the scheduler at MGC_SCHEDULER, until Ctrl-C."""
    from mgc.jobs import nodes

    with one_sentence():
        asyncio.run(nodes.serve_workers(typer.echo))
