"""How far the answer moves when the same clip comes in another format: ``python -m scripts.formats FILES...``.

Every clip (22,050 Hz mono, any format that is read) is written again as WAV, FLAC, MP3 and Ogg Vorbis, once as it is
and once as 44.1 kHz stereo, and classified by what ships. Printed for each: the share of clips with the same top genre
as the original's, and the largest change of a probability (median, 95 %, all), beside RELIABILITY's bound of 0.05.
"""

from __future__ import annotations

import io
from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import Annotated, Any, Final

import numpy as np
import typer

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


def main(files: Annotated[list[Path], typer.Argument(help="clips of 22,050 Hz mono")]) -> None:
    """Measure and print."""
    from mgc.audio.decode import decode

    clips = [decode(path.read_bytes()) for path in files]
    before = np.stack([_answer(path.read_bytes()) for path in files])
    print(f"{'written as':30} {'kbit/s':>7} {'same genre':>11} {'median':>7} {'95 %':>6} {'most':>6} {'<= 0.05':>9}")
    for sr, channels in ((SR, 1), (2 * SR, 2)):
        for name, how in WRITTEN.items():
            copies = [_write(clip.y, sr, channels, *how) for clip in clips]
            rate = np.mean(
                [8e-3 * len(data) / (len(clip.y) / 22_050) for data, clip in zip(copies, clips, strict=True)]
            )
            after = np.stack([_answer(data) for data in copies])
            moved = np.abs(after - before).max(axis=1)
            same = (after.argmax(axis=1) == before.argmax(axis=1)).sum()
            shown = f"{np.median(moved):7.3f} {np.quantile(moved, 0.95):6.3f} {moved.max():6.3f}"
            print(
                f"{f'{name}, {sr} Hz x{channels}':30} {rate:7.0f} {same:4d} of {len(files):3d} {shown} "
                f"{(moved <= BOUND).sum():3d} of {len(files)}",
                flush=True,
            )


def _write(y: Any, sr: int, channels: int, container: str, codec: str, level: float | None) -> bytes:
    import soundfile
    from scipy.signal import resample_poly

    sound = resample_poly(y, sr // SR, 1) if sr != SR else y
    sound = np.repeat(np.clip(sound, -1.0, 1.0)[:, None], channels, axis=1)
    out = io.BytesIO()
    with soundfile.SoundFile(
        out, "w", sr, channels, subtype=codec, format=container, compression_level=level
    ) as written:
        for at in range(0, len(sound), 65_536):  # libsndfile 1.2.2 crashes on minutes of Vorbis in one call
            written.write(sound[at : at + 65_536])
    return out.getvalue()


def _answer(data: bytes) -> Any:
    from mgc import inference
    from mgc.audio.decode import decode

    return np.array(list(inference.classify(decode(data)).probabilities.values()))


if __name__ == "__main__":
    typer.run(main)
