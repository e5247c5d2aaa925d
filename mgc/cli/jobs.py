"""``jobs``, ``job``, ``cancel`` and ``resume``: work in the background, whoever started it."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Annotated

import typer

from mgc import jobs as work
from mgc.cli.frame import JsonOption, app, one_sentence, print_json, printable

__all__ = ["cancel", "job", "jobs", "resume"]

NumberArgument = Annotated[int, typer.Argument(metavar="ID", help="number of a job, see `jobs`")]
_SHOWN = 10  # tracks that failed


@app.command()
def jobs(
    every: Annotated[bool, typer.Option("--all", help="all jobs, not only the last 20")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the work in the background, newest first."""
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
    """Show one job: how far it is, its tasks, what failed and what happened."""
    with one_sentence(as_json=as_json):
        work.reconcile()
        one, tasks, events = work.job(number), work.tasks(number), work.events(number)
        failed = work.items(number, "failed")
    if as_json:
        print_json(asdict(one) | {"tasks": [asdict(task) for task in tasks],
                                      "failed": [asdict(item) for item in failed],
                                      "events": [asdict(event) for event in events]})  # fmt: skip
        return
    typer.echo(f"job {one.id}: {printable(one.title)}")
    typer.echo(f"{one.state}, {_progress(one)}{', ' * bool(one.step)}{printable(one.step)}")
    if one.why:
        typer.echo(printable(one.why))
    for state in dict.fromkeys(task.state for task in tasks):
        typer.echo(f"    {sum(task.state == state for task in tasks):,} of {len(tasks):,} tasks {state}")
    for item in failed[:_SHOWN]:
        typer.echo(f"    failed     {printable(item.name)}: {printable(item.why)}")
    if len(failed) > _SHOWN:
        typer.echo(f"    failed     ... and {len(failed) - _SHOWN:,} more (--json has all)")
    for event in events:
        if event.task is None:
            when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(event.time))
            typer.echo(f"    {when} {event.state}{f' ({printable(event.why)})' * bool(event.why)}")


@app.command()
def cancel(number: NumberArgument, as_json: JsonOption = False) -> None:
    """Stop a job; what it has done is kept where its kind keeps it."""
    with one_sentence(as_json=as_json):
        was_active = work.job(number).is_active
        one = work.cancel(number)
    if as_json:
        print_json(asdict(one))
    else:
        typer.echo(f"Job {number} was cancelled." if was_active else f"Job {number} had ended: {one.state}.")


@app.command()
def resume(number: NumberArgument, as_json: JsonOption = False) -> None:
    """Go on with a job that failed or was cancelled."""
    with one_sentence(as_json=as_json):
        one = work.resume(number)
    if as_json:
        print_json(asdict(one))
    else:
        typer.echo(f"Job {number} is {one.state}.")


def _progress(one: work.Job) -> str:
    """Say how far a job is, e.g. "7 of 1,000, 40 s left"."""
    done = f"{one.done:,} of {one.total:,}" if one.total else ""
    if one.seconds_left is None:
        return done
    return f"{done}, {max(1, round(one.seconds_left)):,} s left"
