"""The studio: how long its music takes to record, how even it is, and what its bands are worth to a measure.

``python -m benchmarks.bench_studio [songs a genre, default 12]``; with the shipped models it also asks the default
model about the ten samples and all sixty bands. Scores are means over ten shuffles of five folds.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
import wave
from pathlib import Path

import numpy as np

from mgc.audio.clip import SR, Clip, Heard
from mgc.errors import ModelError
from mgc.features.descriptors import describe
from mgc.genres import GENRES
from mgc.studio import bands, render, render_all
from mgc.studio.desk import PEAK

SHUFFLES = 10
MOST_SECONDS = 40.0  # for 120 clips on two cores
MOST_SPREAD = 2.0  # dB
LEAST_GAP = 0.10  # of accuracy, by tracks over by bands


def samples(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32_767.0


def scores(table: np.ndarray, genres: list[str], artists: list[str]) -> tuple[list[float], list[float]]:
    """Return accuracies of an SVM by tracks and by bands, one a shuffle."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    machine = make_pipeline(StandardScaler(), SVC(C=10.0))
    by_track, by_band = [], []
    for seed in range(SHUFFLES):
        folds = StratifiedKFold(5, shuffle=True, random_state=seed)
        by_track.append(float(cross_val_score(machine, table, genres, cv=folds).mean()))
        folds = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
        by_band.append(float(cross_val_score(machine, table, genres, groups=artists, cv=folds).mean()))
    return by_track, by_band


def named() -> None:
    """Print how many bands the default model names right; a small joke, no measure of either."""
    from mgc.inference import classify

    heard = Heard("WAV", SR, 1, 30.0, 30.0)
    right = {"ten samples": 0, "sixty bands": 0}
    said = 0
    for genre in GENRES:
        for number, band in enumerate(bands(genre)):
            y = render(genre, band=band.name)
            answer = classify(Clip(y=y, sha256=band.name, heard=heard))
            right["sixty bands"] += answer.genre == genre
            right["ten samples"] += number == 0 and answer.genre == genre
            said += number == 0 and answer.verdict == genre
    print(f"most probable genre right: {right['ten samples']} of 10 samples, {right['sixty bands']} of 60 bands")
    print(f"said outright: {said} of 10 samples")


def main(per_genre: int) -> int:
    """Record, measure, say; return 1 when a promise is not kept."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        tracks = render_all(Path(folder), per_genre=per_genre)
        took = time.perf_counter() - began
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        clips = [samples(track.audio) for track in tracks if track.audio is not None]
    levels = [20.0 * float(np.log10(y.std())) for y in clips]
    spread, peak = max(levels) - min(levels), max(float(np.abs(y).max()) for y in clips)
    cpu = children.ru_utime + children.ru_stime
    print(
        f"{len(tracks)} clips in {took:.1f} s ({cpu:.1f} s of CPU); levels within {spread:.2f} dB; loudest {peak:.3f}"
    )
    table = np.stack([describe(y) for y in clips])
    by_track, by_band = scores(table, [track.genre for track in tracks], [track.artist for track in tracks])
    gap = float(np.mean(by_track) - np.mean(by_band))
    for name, values in (("tracks", by_track), ("bands", by_band)):
        print(f"SVM on 57 descriptors by {name}: {np.mean(values):.3f} +- {np.std(values):.3f}")
    print(f"what knowing the band is worth: {100 * gap:.1f} points")
    try:
        named()
    except ModelError as error:
        print(f"no model was asked: {error}")
    kept = (
        took <= MOST_SECONDS * len(tracks) / 120
        and spread <= MOST_SPREAD
        and peak <= PEAK + 1 / 32_767
        and gap >= LEAST_GAP
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 12))
