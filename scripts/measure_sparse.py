"""What it changes that YAMNet hears every second patch of a long song: ``python -m scripts.measure_sparse FILES``.

Clips of one folder (22,050 Hz mono) are joined, eight by eight, to songs of four minutes, and each song is classified
by what ships, once as it is and once asked about every patch; then every clip is, as if it were a long song. Printed
for both: those with the same outcome (the same genre, or the same kind of no answer), the largest change of a
probability (median, 95 %, all), beside RELIABILITY's bound of 0.05, and the time as a ratio.
"""

from __future__ import annotations

import time
from itertools import groupby
from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import TYPE_CHECKING, Annotated, Final

import numpy as np
import typer

if TYPE_CHECKING:
    from mgc.audio.clip import Clip
    from mgc.prediction import Prediction

TOGETHER: Final = 8
BOUND: Final = 0.05


def main(
    files: Annotated[list[Path], typer.Argument(help="clips of 22,050 Hz mono, in a folder for each genre")],
) -> None:
    """Measure and print."""
    from mgc.audio.clip import Clip
    from mgc.audio.decode import decode
    from mgc.features import yamnet

    usual = yamnet.LONG
    clips = [(path.parent.name, decode(path.read_bytes())) for path in sorted(files)]
    songs = []
    for _, held in groupby(clips, key=lambda one: one[0]):
        of_folder = [clip.y for _, clip in held]
        for start in range(0, len(of_folder) - TOGETHER + 1, TOGETHER):
            songs.append(Clip.from_samples(np.concatenate(of_folder[start : start + TOGETHER])))
    _compare("songs of four minutes", songs, usual)
    _compare("clips, as if they were long", [clip for _, clip in clips], 1)


def _compare(name: str, clips: list[Clip], long: int) -> None:
    from mgc.features import yamnet

    answers: dict[int, list[Prediction]] = {}
    seconds: dict[int, float] = {}
    for limit in (10**6, long):
        yamnet.LONG = limit  # type: ignore[misc]
        _answer(clips[0])
        began = time.perf_counter()
        answers[limit] = [_answer(clip) for clip in clips]
        seconds[limit] = time.perf_counter() - began
    pairs = list(zip(answers[10**6], answers[long], strict=True))
    same = sum((a.outcome, a.verdict) == (b.outcome, b.verdict) for b, a in pairs)
    moved = np.array([max(abs(a.probabilities[g] - p) for g, p in b.probabilities.items()) for b, a in pairs])
    print(
        f"{name}: same outcome {same} of {len(pairs)}, change {np.median(moved):.3f} {np.quantile(moved, 0.95):.3f} "
        f"{moved.max():.3f}, <= {BOUND} {(moved <= BOUND).sum()} of {len(pairs)}, "
        f"time {seconds[long] / seconds[10**6]:.2f}",
        flush=True,
    )


def _answer(clip: Clip) -> Prediction:
    from mgc.inference import classify

    return classify(clip)


if __name__ == "__main__":
    typer.run(main)
