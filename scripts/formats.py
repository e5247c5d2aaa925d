"""How far the answer moves when the same clip is written or played otherwise: ``python -m scripts.formats FILES...``.

Every clip (22,050 Hz mono, any format that is read) is written again as WAV, FLAC, MP3 and Ogg Vorbis, once as it is
and once as 44.1 kHz stereo; then made quieter, begun later, played faster and slower, and low-passed. What ships
classifies them all. Printed for each: the clips with the original's outcome (the same genre, or the same kind of no
answer), those without a genre, and the largest change of a probability (median, 95 %, all), beside RELIABILITY's bound
of 0.05.
"""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
import numpy.typing as npt
import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mgc.prediction import Prediction

SR: Final = 22_050
BOUND: Final = 0.05
#            name -> container, codec, and libsndfile's compression level (0 is the best quality, 1 the smallest file)
WRITTEN: Final[dict[str, tuple[str, str, float | None]]] = {
    "WAV": ("WAV", "PCM_16", None),
    "FLAC": ("FLAC", "PCM_16", None),
    "MP3, best": ("MP3", "MPEG_LAYER_III", 0.0),
    "MP3, default": ("MP3", "MPEG_LAYER_III", None),
    "Vorbis, best": ("OGG", "VORBIS", 0.0),
    "Vorbis, default": ("OGG", "VORBIS", None),
}

Samples = npt.NDArray[np.float32]


def main(files: Annotated[list[Path], typer.Argument(help="clips of 22,050 Hz mono")]) -> None:
    """Measure and print."""
    from mgc.audio.decode import decode

    clips = [decode(path.read_bytes()).y for path in files]
    before = [_answer(path.read_bytes()) for path in files]
    print(f"{'':30}  kbit/s   same outcome  no genre  median   95 %   most   <= 0.05")
    _line("as it is", before, before, None)
    for sr, channels in ((SR, 1), (2 * SR, 2)):
        for name, how in WRITTEN.items():
            copies = [_write(y, sr, channels, *how) for y in clips]
            rate = np.mean([8e-3 * len(data) / (len(y) / SR) for data, y in zip(copies, clips, strict=True)])
            _line(f"{name}, {sr} Hz x{channels}", before, [_answer(data) for data in copies], float(rate))
    for name, change in CHANGED.items():
        _line(name, before, [_answer(_write(change(y), SR, 1, "WAV", "FLOAT", None)) for y in clips], None)


def _line(name: str, before: list[Prediction], after: list[Prediction], rate: float | None) -> None:
    same, moved = compare(before, after)
    no_genre = sum(a.outcome != "genre" for a in after)
    print(
        f"{name:30} {'' if rate is None else f'{rate:.0f}':>7} {same:7d} of {len(after):3d} {no_genre:9d} "
        f"{np.median(moved):7.3f} {np.quantile(moved, 0.95):6.3f} {moved.max():6.3f} "
        f"{(moved <= BOUND).sum():3d} of {len(after)}",
        flush=True,
    )


def compare(before: Sequence[Prediction], after: Sequence[Prediction]) -> tuple[int, npt.NDArray[np.float64]]:
    """Return how many have the same outcome, and the largest change of a probability of each [shape=(n,), 0..1]."""
    pairs = list(zip(before, after, strict=True))
    same = sum((a.outcome, a.verdict) == (b.outcome, b.verdict) for b, a in pairs)
    return same, np.array([max(abs(a.probabilities[g] - p) for g, p in b.probabilities.items()) for b, a in pairs])


def _played(y: Samples, speed: float) -> Samples:
    """Return a clip played so much faster, its pitch with it."""
    from scipy.signal import resample_poly

    return np.asarray(resample_poly(y, 100, round(100 * speed)), dtype=np.float32)


def _low_passed(y: Samples, hertz: float) -> Samples:
    from scipy.signal import butter, sosfiltfilt

    return np.asarray(sosfiltfilt(butter(10, hertz, fs=SR, output="sos"), y), dtype=np.float32)


CHANGED: Final[dict[str, Callable[[Samples], Samples]]] = {
    "6 dB quieter": lambda y: y / 2.0,
    "begun 0.5 s later": lambda y: y[SR // 2 :],
    "3 % faster": partial(_played, speed=1.03),
    "3 % slower": partial(_played, speed=0.97),
    "low-passed at 8 kHz": partial(_low_passed, hertz=8_000),
    "low-passed at 5.5 kHz": partial(_low_passed, hertz=5_500),
    "low-passed at 4 kHz": partial(_low_passed, hertz=4_000),
}


def _write(y: Samples, sr: int, channels: int, container: str, codec: str, level: float | None) -> bytes:
    import soundfile
    from scipy.signal import resample_poly

    sound: Any = resample_poly(y, sr // SR, 1) if sr != SR else y
    sound = np.repeat(np.clip(sound, -1.0, 1.0)[:, None], channels, axis=1)
    out = io.BytesIO()
    with soundfile.SoundFile(
        out, "w", sr, channels, subtype=codec, format=container, compression_level=level
    ) as written:
        for at in range(0, len(sound), 65_536):  # libsndfile 1.2.2 crashes on minutes of Vorbis in one call
            written.write(sound[at : at + 65_536])
    return out.getvalue()


def _answer(data: bytes) -> Prediction:
    from mgc import inference
    from mgc.audio.decode import decode

    return inference.classify(decode(data))


if __name__ == "__main__":
    typer.run(main)
