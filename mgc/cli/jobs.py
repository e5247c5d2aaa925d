"""``jobs``, ``job``, ``cancel`` and ``resume``: background jobs, whichever program started them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from mgc import jobs as work
from mgc.cli.frame import JsonOption, answer, app, one_sentence, print_first, print_json, printable, seconds_left

__all__ = ["cancel", "job", "jobs", "resume", "scheduler", "worker"]

NumberArgument = Annotated[int, typer.Argument(metavar="ID", help="number of a job, see `mgc jobs`")]


@app.command()
def jobs(
    every: Annotated[bool, typer.Option("--all", help="list all jobs, not only the last 20")] = False,
    as_json: JsonOption = False,
) -> None:
    """List background jobs, newest first."""
    with one_sentence(as_json=as_json):
        work.reconcile()
        listed = work.jobs(1000 if every else 20)
    if as_json:
        print_json([asdict(one) for one in listed])
        return
    for one in listed:
        typer.echo(f"{one.id:>5} {one.state:10} {_progress(one):24} {printable(one.title)}")
        if one.why:
            typer.echo(f"{'':17}{printable(one.why)}")
    if not listed:
        typer.echo("No jobs yet.")


@app.command()
def job(number: NumberArgument, as_json: JsonOption = False) -> None:
    """Show one job: its progress, tasks, failures and events."""
    with one_sentence(as_json=as_json):
        work.reconcile()
        one, tasks, events = work.job(number), work.tasks(number), work.events(number)
        failed = work.items(number, "failed")
    if as_json:
        lists: dict[str, Sequence[Any]] = {"tasks": tasks, "failed": failed, "events": events}
        print_json(asdict(one) | {name: [asdict(each) for each in found] for name, found in lists.items()})
        return
    typer.echo(f"job {one.id}: {printable(one.title)}")
    typer.echo(", ".join(part for part in (one.state, _progress(one), printable(one.step)) if part))
    if one.why:
        typer.echo(printable(one.why))
    for state in dict.fromkeys(task.state for task in tasks):
        typer.echo(f"    {sum(task.state == state for task in tasks):,} of {len(tasks):,} tasks {state}")
    print_first([f"{item.name}: {item.why}" for item in failed], "failed     ")
    for event in events:
        if event.task is None:
            when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(event.time))
            typer.echo(f"    {when} {event.state}{f' ({printable(event.why)})' * bool(event.why)}")


@app.command()
def cancel(number: NumberArgument, as_json: JsonOption = False) -> None:
    """Cancel a job; `mgc resume ID` resumes it later."""
    with one_sentence(as_json=as_json):
        was_active = work.job(number).is_active
        one = work.cancel(number)
    ended = "been cancelled" if one.state == "cancelled" else one.state
    sentence = f"Job {number} was cancelled." if was_active else f"Job {number} had already {ended}."
    answer(asdict(one), sentence, as_json=as_json)


@app.command()
def resume(number: NumberArgument, as_json: JsonOption = False) -> None:
    """Resume a job that failed or was cancelled."""
    with one_sentence(as_json=as_json):
        one = work.resume(number)
    answer(asdict(one), f"Job {number} is {one.state}.", as_json=as_json)


def _progress(one: work.Job) -> str:
    """Return how far a job is, e.g. "7 of 1,000, about 40 s left"."""
    return (f"{one.done:,} of {one.total:,}" if one.total else "") + seconds_left(one.seconds_left)


@app.command()
def scheduler() -> None:
    """Run the scheduler that MGC_SCHEDULER names, for workers on several machines, until Ctrl-C."""
    from mgc.jobs import nodes

    with one_sentence():
        nodes.serve_scheduler(typer.echo)


@app.command()
def worker() -> None:
    """Run workers on this machine for the scheduler that MGC_SCHEDULER names, until Ctrl-C."""
    from mgc.jobs import nodes

    with one_sentence():
        nodes.serve_workers(typer.echo)
