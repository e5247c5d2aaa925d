"""From bytes to an answer, beside the naive way: notebook features and ``model.predict`` window by window.

30 s and four minutes of stereo MP3 at 44.1 kHz, then eight listeners at once with clips of their own, whose answers
must equal those given one after the other. Warm: the models are loaded, nothing else is remembered. A song that comes
now and then, as from one visitor, finds a decoder that waits for it.

``python -m benchmarks.bench_classify --against OTHER`` compares this checkout with another one instead: bytes to
prediction of 30 s and of four minutes, and the server's time for the page from the upload of 30 s to the last element.
One process for each checkout; they take turns, song by song, so that a busy machine slows both alike.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import soundfile
import soxr

from benchmarks.material import report
from mgc import inference
from mgc.audio import decode as decoder
from mgc.audio.decode import decode
from mgc.features.pictures import columns, picture_windows
from mgc.features.spectrum import spectrum
from mgc.genres import GENRES
from mgc.models.catalog import catalog
from mgc.settings import quiet_tensorflow
from mgc.studio import render

SR = 22_050
AT_ONCE = 8
LIMITS = {  # s, on two cores
    "30 s, p50": 0.4,
    "30 s now and then, p50": 0.4,
    "4 minutes, p50": 2.0,
    "eight at once, p95": 10.0,
}
REST = 4.0  # s between songs that come now and then: longer than it takes until the next decoder is ready


def mp3(y: np.ndarray) -> bytes:
    """Return stereo MP3 at 44.1 kHz."""
    high = soxr.resample(y, SR, 44_100)
    out = io.BytesIO()
    soundfile.write(out, np.stack([high, 0.8 * high], axis=1), 44_100, format="MP3")
    return out.getvalue()


def four_minutes_of_music() -> bytes:
    return mp3(np.concatenate([render(genre) for genre in GENRES[:AT_ONCE]]))


def answer(data: bytes) -> inference.Prediction:
    return inference.classify(decode(data))


def rested(data: bytes) -> tuple[float, inference.Prediction]:
    """Answer a song that comes after a while."""
    time.sleep(REST)
    return timed(data)


def timed(data: bytes) -> tuple[float, inference.Prediction]:
    began = time.perf_counter()
    found = answer(data)
    return time.perf_counter() - began, found


def same(one: inference.Prediction, other: inference.Prediction) -> bool:
    """Tell whether two answers agree: the verdict, and every probability of song and windows to 1e-5."""
    rows = [
        [list(a.probabilities.values()), *(list(w.probabilities.values()) for w in a.timeline)] for a in (one, other)
    ]
    return one.verdict == other.verdict and np.allclose(rows[0], rows[1], atol=1e-5)


def naive(data: bytes) -> np.ndarray:
    """Return a song's probabilities as a first program would find them: every window by itself, nothing shared."""
    import librosa

    from benchmarks.bench_features import notebook
    from mgc.nets import ARCHITECTURES

    y, _ = librosa.load(io.BytesIO(data), sr=SR)
    if not _KEPT:
        for kind in ("descriptors", "pictures"):
            card = catalog().card(kind)
            net = ARCHITECTURES[card.net.name]
            _KEPT[kind] = net.load(card.net.config, len(card.classes), catalog().weights(kind))
    said = []
    for start in inference.window_starts(len(y)):
        part = y[round(start * SR) :][: 3 * SR]
        seen = picture_windows(columns(spectrum(part).mel), np.zeros(1))[..., None] / 255.0
        logits = _KEPT["pictures"].predict(seen, verbose=0)[0]
        odds = np.exp(logits - logits.max())
        said.append((odds / odds.sum() + _KEPT["descriptors"].window.probabilities(notebook(part)[None])[0]) / 2)
    return np.mean(said, axis=0)


def serve() -> None:
    """Answer each line on standard input: the seconds of two predictions and of one page, as JSON."""
    from streamlit.testing.v1 import AppTest

    from mgc.ui import quota

    inference.warm_up()
    getattr(decoder, "keep_ready", bool)()  # another checkout may not have it
    quota.admit = lambda: None
    song, long = mp3(render("jazz")), four_minutes_of_music()
    for number, _ in enumerate(sys.stdin):
        data = song + number.to_bytes(4, "big")  # other bytes with the same sound: no cache knows them
        prediction, _ = rested(data)
        of_long, _ = rested(long + number.to_bytes(4, "big"))
        page = AppTest.from_file(str(Path.cwd() / "app.py"), default_timeout=120).run()
        page.file_uploader[0].upload("song.mp3", data, "audio/mpeg")
        time.sleep(REST)
        began = time.perf_counter()
        page.run()
        seconds = time.perf_counter() - began
        if page.exception or page.error or not page.get("audio"):
            raise SystemExit("the page shows no answer")
        found = {"bytes to prediction, 30 s": prediction, "bytes to prediction, 4 minutes": of_long}
        print(json.dumps(found | {"page, upload of 30 s to last element": seconds}), flush=True)


def against(other: Path, rounds: int) -> int:
    """Print the median times of another checkout and of this one, and their ratio."""
    here = Path(__file__).resolve()
    trees = {"other": other.resolve(), "this": here.parents[1]}
    servers = {
        name: subprocess.Popen(
            [sys.executable, str(here), "--serve"],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for name, tree in trees.items()
    }
    times: dict[str, dict[str, list[float]]] = {name: {} for name in servers}
    for turn in range(-2, rounds):  # the first two are for imports and compilers
        for name in sorted(servers, reverse=turn % 2 == 0):
            server = servers[name]
            server.stdin.write("\n")
            server.stdin.flush()
            for what, seconds in json.loads(server.stdout.readline()).items():
                if turn >= 0:
                    times[name].setdefault(what, []).append(seconds)
    for server in servers.values():
        server.stdin.close()
        server.wait()
    print(f"one MP3, warm, {rounds} times each in turn, p50")
    for what in times["this"]:
        before, after = (statistics.median(times[name][what]) for name in ("other", "this"))
        print(f"  {what:38s}{1000 * before:8.0f} ms other{1000 * after:8.0f} ms this   ratio {after / before:.2f}")
    return 0


_KEPT: dict = {}  # even a first program loads its models once


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, help="another checkout to compare with")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    quiet_tensorflow()
    if options.serve:
        serve()
        return 0
    if options.against:
        return against(options.against, options.rounds)
    if not catalog().cards():
        print("no models to measure (make models)")
        return 1
    inference.warm_up()
    songs = [mp3(render(genre)) for genre in GENRES[:AT_ONCE]]
    long = four_minutes_of_music()
    first = [answer(data) for data in songs]  # warm, and the answers to compare with
    one = [timed(data)[0] for _ in range(2) for data in songs]
    four_minutes = [timed(long)[0] for _ in range(5)]
    with ThreadPoolExecutor(AT_ONCE) as listeners:
        rounds = [list(listeners.map(timed, songs)) for _ in range(4)]
    decoder.keep_ready()
    now_and_then = [rested(data)[0] for data in songs]
    decoder.keep_ready(False)
    together = sorted(seconds for one_round in rounds for seconds, _ in one_round)
    wrong = sum(not same(a, b) for one_round in rounds for (_, a), b in zip(one_round, first, strict=True))
    figures = {
        "30 s, p50": statistics.median(one),
        "30 s now and then, p50": statistics.median(now_and_then),
        "4 minutes, p50": statistics.median(four_minutes),
        "eight at once, p95": together[int(0.95 * (len(together) - 1))],
    }
    print("from MP3 bytes to a prediction (44.1 kHz stereo, warm)")
    kept = wrong == 0
    for name, seconds in figures.items():
        is_kept = seconds <= LIMITS[name]
        kept &= is_kept
        print(f"  {name:22s}{seconds:7.2f} s   (at most {LIMITS[name]:g} s: {'kept' if is_kept else 'NOT KEPT'})")
    print(f"  answers that differ from those given one by one: {wrong} of {len(rounds) * AT_ONCE}")
    naive(songs[0])
    began = time.perf_counter()
    naive(songs[0])
    times = {"mgc": figures["30 s, p50"], "notebook + predict, by window": time.perf_counter() - began}
    report("one 30 s MP3, all windows", times, ours="mgc")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
