"""What a new attempt is to do, from a data set and from what became of the attempt before."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from mgc.extraction.plan import Goods, Item, Plan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mgc.datasets.base import Dataset, Track
    from mgc.extraction.plan import Files

__all__ = ["KINDS", "planned"]

KINDS: Final = ("descriptors", "mel", "embeddings")


def planned(files: Files, dataset: Dataset, kinds: Sequence[str], engine: str) -> tuple[Plan, Goods]:
    """Return the next attempt at a data set; nothing is written.

    Parameters
    ----------
    files : Files
        of the data set's job
    dataset : Dataset
    kinds : sequence of str
        of :data:`KINDS`; those of the attempt before are added, so that what was known stays in the record
    engine : str
        the address of the scheduler that is asked
    """
    before = files.plan()
    kept = before.kinds if before is not None else ()
    deaths = {} if before is None else _deaths(files, before.attempt)
    items = tuple(_item(track, deaths) for track in dataset.tracks)
    plan = Plan(
        attempt=files.next_attempt(),
        kinds=tuple(kind for kind in KINDS if kind in kinds or kind in kept),
        started=time.time(),
        engine=engine,
        total=len(items),
        sounding=sum(bool(item.audio) for item in items),
    )
    return plan, Goods(items, {table: _name(path) for table, path in dataset.tables.items()})


def _item(track: Track, deaths: dict[tuple[str, str], int]) -> Item:
    stamp = " ".join(_stamp(path) for path in (track.audio, track.picture) if path is not None)
    return Item(
        track.id, track.genre, _name(track.audio), _name(track.picture), deaths.get((track.id, stamp), 0), stamp
    )


def _name(path: Path | None) -> str:
    return "" if path is None else str(path.absolute())


def _stamp(path: Path) -> str:
    with contextlib.suppress(OSError):
        about = path.stat()
        return f"{about.st_size}@{about.st_mtime_ns}"
    return "gone"


def _deaths(files: Files, number: int) -> dict[tuple[str, str], int]:
    """Return how often workers have died over a (track, stamp) in an attempt that was broken off, and before it.

    A death is a track that was begun once more than its end was told. Where a job was stopped, or ended by itself,
    workers were at a track, too, and live. One that finished has got by its deadly tracks: they get another chance.
    """
    goods, ended = files.goods(number), files.ended(number)
    if goods is None or (ended is not None and ended.state == "finished"):
        return {}
    was_stopped = ended is not None or files.is_cancelled(number)
    begun: Counter[str] = Counter()
    told: Counter[str] = Counter()
    for line in files.lines(number):
        (begun if line.event == "begun" else told)[line.track] += 1
    died = {name: max(0, begun[name] - max(told[name], was_stopped)) for name in begun}
    return {(item.id, item.stamp): item.deaths + died.get(item.id, 0) for item in goods.items}
