"""How long a data set's sound takes, what a kill costs, and how much memory: python -m benchmarks.bench_extract.

``--tree PATH`` measures a Kaggle-shaped tree instead of the shared clips; ``--large`` measures 100 and 1,000 songs of
the studio instead: 120 songs, each under several dithers, so that no two files are alike. Wall-clock figures belong to
a quiet machine of two cores, so the seconds of processor are given beside them.

``--against OTHER`` adds, checks and extracts the shared clips by the commands of this checkout and of another one, in
turn. A checkout whose ``mgc dataset add`` does not check the files is asked to do so (``--other-validates``).
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import psutil
import soundfile

from mgc.datasets.base import Dataset, Track
from mgc.extraction import job
from mgc.extraction.collected import read_record
from mgc.jobs import cluster
from mgc.settings import settings

SHARED = Path(__file__).resolve().parents[2] / "shared/gtzan"
LIMITS = {"seconds for 419 clips": 180.0, "MB of memory": 2048.0, "a clip of 1,000 / of 100": 1.15, "loading, s": 0.3}


@dataclass
class Watch:
    """Memory and processor time of the engine and everything below it, looked at four times a second."""

    peak: float = 0.0  # MB, proportional set size
    spent: float = 0.0  # s of processor
    killed: float = 0.0  # s after the beginning

    def look(self) -> None:
        running = cluster.running()
        if running is None:
            return
        memory = spent = 0.0
        try:
            engine = psutil.Process(running.pid)
            for one in [engine, *engine.children(recursive=True)]:
                memory += one.memory_full_info().pss / 2**20
                times = one.cpu_times()
                spent += times.user + times.system
                if one.pid != running.pid:
                    spent += times.children_user + times.children_system  # decoders that have ended
        except psutil.Error:
            return
        self.peak, self.spent = max(self.peak, memory), max(self.spent, spent)


def shared_clips() -> Dataset:
    """Return the 419 real clips, 60 of them exact and the others lossy, or songs of the studio where there are none."""
    files = sorted(SHARED.glob("audio_*/*/*.*"))
    return Dataset("real", "Real clips", "", tuple(Track(path.stem, path.parent.name, audio=path) for path in files))


def tree_clips(path: str) -> Dataset:
    from mgc.datasets.gtzan import open_tree

    whole = open_tree(path)
    return replace(whole, tracks=tuple(track for track in whole.tracks if track.audio))


def end_engine(how: signal.Signals) -> None:
    while (found := cluster.running()) is not None:
        os.kill(found.pid, how)
        time.sleep(0.1)


def run(folder: Path, dataset: Dataset, *, kill_at: int | None = None) -> tuple[float, Watch, job.Status]:
    """Extract until the end, or kill the engine after ``kill_at`` tracks; return seconds, memory and status."""
    watch, over = Watch(), threading.Event()

    def look() -> None:
        while not over.wait(0.25):
            watch.look()

    watcher = threading.Thread(target=look)
    watcher.start()
    began = time.perf_counter()
    status = job.begin(folder, dataset, ("descriptors", "mel"))
    while status.is_active:
        time.sleep(0.1)
        if kill_at is not None and status.done >= kill_at:
            end_engine(signal.SIGKILL)  # whoever looks next starts another
            kill_at, watch.killed = None, time.perf_counter() - began
        status = job.look(folder)
    seconds = time.perf_counter() - began
    watch.look()
    over.set()
    watcher.join()
    return seconds, watch, status


def told(name: str, value: float) -> bool:
    kept = value <= LIMITS[name]
    print(f"  {name:26s}{value:8.2f}   (at most {LIMITS[name]:g}: {'kept' if kept else 'NOT KEPT'})")
    return kept


def ordinary(home: Path, dataset: Dataset) -> bool:
    n = len(dataset.tracks)
    seconds, watch, status = run(home / "whole", dataset)
    assert (status.state, status.done) == ("finished", n), status
    print(f"{n} clips, descriptors (whole and ten segments) and mels, on {settings().workers} workers")
    print(
        f"  load average {os.getloadavg()[0]:.1f}; {watch.spent / n:.3f} s of processor a clip, engine's start included"
    )
    kept = told("seconds for 419 clips", seconds * 419 / n)
    kept &= told("MB of memory", watch.peak)
    whole, watch, status = run(home / "killed", dataset, kill_at=n // 2)
    assert (status.state, status.done) == ("finished", n), status
    print(f"  killed at {n // 2} of {n} after {watch.killed:.0f} s; finished in {whole - watch.killed:.0f} s more")
    return kept


def dithered(folder: Path, n: int) -> tuple[Track, ...]:
    """Return n songs of the studio, no two files the same: noise of the last bit is added to each."""
    from mgc.studio import render_all

    rng = np.random.default_rng(0)
    songs = render_all(folder)
    tracks = []
    for i in range(n):
        song = songs[i % len(songs)]
        assert song.audio is not None
        y, rate = soundfile.read(song.audio, dtype="int16")
        path = folder / f"{i:04d}.wav"
        soundfile.write(path, y // 2 + rng.integers(-1, 2, len(y), dtype=np.int16), rate)
        tracks.append(replace(song, id=f"{song.id}-{i:04d}", audio=path))
    return tuple(tracks)


def large(home: Path) -> bool:
    tracks = dithered(home / "songs", 1_000)
    cost = {}
    watch = Watch()
    for n in (100, 1_000):
        end_engine(signal.SIGTERM)
        part = tracks[:: len(tracks) // n]
        seconds, watch, status = run(home / f"studio-{n}", Dataset("studio", "Studio", "", part))
        assert (status.state, status.done) == ("finished", n), status
        cost[n] = watch.spent / n
        print(f"{n} songs of the studio: {seconds:.0f} s, {cost[n]:.3f} s of processor a song, {watch.peak:.0f} MB")
    kept = told("MB of memory", watch.peak)
    kept &= told("a clip of 1,000 / of 100", cost[1_000] / cost[100])
    began = time.perf_counter()
    found = read_record(home / "studio-1000")
    assert found is not None
    assert found.has_descriptors.all()
    assert found.thumbnails.mean() > 0
    return told("loading, s", time.perf_counter() - began) and kept


def as_folder(folder: Path) -> Path:
    """Link the shared clips into a folder of genres, so that they are added as a user's own."""
    for track in shared_clips().tracks:
        assert track.audio is not None
        (folder / track.genre).mkdir(parents=True, exist_ok=True)
        (
            folder / track.genre / f"{track.genre}-{len(list((folder / track.genre).iterdir()))}{track.audio.suffix}"
        ).symlink_to(track.audio)
    return folder


def added(tree: Path, clips: Path, home: Path, *, validates: bool) -> float:
    """Return the seconds that a checkout takes from nothing to a data set that is added, checked and extracted."""
    commands = (
        ["dataset", "add", str(clips)],
        *[["dataset", "validate", clips.name]] * validates,
        ["extract", clips.name],
    )
    environment = os.environ | {"MGC_HOME": str(home), "MGC_WORKERS": "2", "MGC_ENGINE_IDLE": "5"}
    began = time.perf_counter()
    for command in commands:
        subprocess.run(
            [sys.executable, "-m", "mgc", *command], cwd=tree, env=environment, check=True, capture_output=True
        )
    return time.perf_counter() - began


def against(other: Path, home: Path, *, validates: bool, rounds: int = 2) -> bool:
    """Compare this checkout with another one; tell whether it takes at most three quarters of the time."""
    clips = as_folder(home / "clips")
    seconds: dict[Path, list[float]] = {Path.cwd(): [], other: []}
    for round_ in range(rounds):
        for tree, found in seconds.items():
            where = home / f"{tree.name}-{round_}"
            found.append(added(tree, clips, where, validates=validates and tree == other))
            print(f"  {tree.name:20s}{found[-1]:8.1f} s")
    ours, theirs = (statistics.median(found) for found in seconds.values())
    n = len(shared_clips().tracks)
    print(f"add, check and extract {n} clips: {ours:.1f} s, other {theirs:.1f} s, ratio {ours / theirs:.2f}")
    return ours <= 0.75 * theirs


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--tree")
    asked.add_argument("--large", action="store_true")
    asked.add_argument("--against", type=Path, metavar="OTHER")
    asked.add_argument("--other-validates", action="store_true")
    wanted = asked.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        os.environ |= {"MGC_HOME": str(home / "home"), "MGC_WORKERS": "2"}
        settings.cache_clear()
        if wanted.against:
            return 0 if against(wanted.against.resolve(), home, validates=wanted.other_validates) else 1
        try:
            dataset = tree_clips(wanted.tree) if wanted.tree else shared_clips()
            if not dataset.tracks and not wanted.large:
                print("no real clips here; --large measures on the studio")
                return 0
            kept = large(home) if wanted.large else ordinary(home, dataset)
        finally:
            end_engine(signal.SIGTERM)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
