"""Measure how sparse listening changes predictions: ``python -m scripts.measure_sparse FILES``.

Of a long song YAMNet computes every second patch (:func:`mgc.features.yamnet.listen`). Clips of one folder are joined,
eight by eight, to songs of four minutes, and each file is repeated until it lasts for two; then the files themselves
are heard as if they were long. What ships classifies each sparsely and densely, in turn. Printed are the same outcomes
(the same genre, or the same kind of no answer), the largest change of a probability (median, 95 %, all), those within
RELIABILITY's bound of 0.05, and the time as a ratio.
"""

from __future__ import annotations

import time
from itertools import groupby
from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import TYPE_CHECKING, Annotated, Final

import numpy as np
import typer

from scripts.formats import BOUND, compare

if TYPE_CHECKING:
    from mgc.audio.clip import Clip
    from mgc.prediction import Prediction

JOINED: Final = 8  # clips
REPEATED: Final = 120.0  # s
DENSE: Final = 10**6  # patches


def main(files: Annotated[list[Path], typer.Argument(help="sounds, in a folder for each genre")]) -> None:
    """Measure and print."""
    from mgc.audio.clip import Clip
    from mgc.audio.decode import decode
    from mgc.features import yamnet

    usual = yamnet.LONG
    sounds = [(path.parent, decode(path.read_bytes())) for path in sorted(files)]
    songs, repeated = [], []
    for _, held in groupby(sounds, key=lambda one: one[0]):
        of_folder = [clip.y for _, clip in held]
        for start in range(0, len(of_folder) - JOINED + 1, JOINED):
            songs.append(Clip.from_samples(np.concatenate(of_folder[start : start + JOINED])))
    for _, clip in sounds:
        repeated.append(Clip.from_samples(np.tile(clip.y, int(np.ceil(REPEATED / clip.seconds)))))
    _compare(f"{JOINED} of one folder, joined", songs, usual)
    _compare("repeated for two minutes", repeated, usual)
    _compare("as they are", [clip for _, clip in sounds], 1)


def _compare(name: str, clips: list[Clip], long: int) -> None:
    if not clips:
        return
    answers: dict[int, list[Prediction]] = {DENSE: [], long: []}
    seconds = dict.fromkeys(answers, 0.0)
    _answer(clips[0], DENSE)
    for clip in clips:
        for limit, said in answers.items():
            began = time.perf_counter()
            said.append(_answer(clip, limit))
            seconds[limit] += time.perf_counter() - began
    same, moved = compare(answers[DENSE], answers[long])
    print(
        f"{name}: same outcome {same} of {len(clips)}, change {np.median(moved):.3f} {np.quantile(moved, 0.95):.3f} "
        f"{moved.max():.3f}, <= {BOUND} {(moved <= BOUND).sum()} of {len(clips)}, "
        f"time {seconds[long] / seconds[DENSE]:.2f}",
        flush=True,
    )


def _answer(clip: Clip, long: int) -> Prediction:
    from mgc.features import yamnet
    from mgc.inference import classify

    yamnet.LONG = long  # type: ignore[misc]
    return classify(clip)


if __name__ == "__main__":
    typer.run(main)
