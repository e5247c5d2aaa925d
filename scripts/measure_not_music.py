"""What becomes of sound that is no music, or of no known genre: ``python -m scripts.measure_not_music [FOLDER ...]``.

Tones, noises, hums and loops are made here, speech in five languages by espeak-ng where it is installed; FOLDERs hold
further recordings, each listed with its answer. Needs YAMNet's weights.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from collections import Counter
from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import TYPE_CHECKING, Annotated, Final

import numpy as np
import numpy.typing as npt
import typer

from mgc import inference
from mgc.audio.clip import SR, Clip
from mgc.audio.decode import decode
from mgc.errors import AudioError
from scripts.outside_music import loops

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS: Final = 15.0
SPEEDS, PITCHES = (130, 160, 200), (35, 60)  # words a minute; espeak-ng's scale of 0..99
SPOKEN: Final = {
    "en": "Today we talk about the weather, the price of bread and what happened in the city yesterday. Many people "
    "came to the square to listen, and they stayed until the evening.",
    "de": "Heute sprechen wir über das Wetter, den Brotpreis und was gestern in der Stadt geschah. Viele Menschen "
    "kamen auf den Platz, um zuzuhören, und blieben bis zum Abend.",
    "fr": "Aujourd'hui nous parlons du temps, du prix du pain et de ce qui s'est passé hier en ville. Beaucoup de "
    "gens sont venus sur la place pour écouter et sont restés jusqu'au soir.",
    "es": "Hoy hablamos del tiempo, del precio del pan y de lo que pasó ayer en la ciudad. Mucha gente vino a la "
    "plaza para escuchar y se quedó hasta la noche.",
    "it": "Oggi parliamo del tempo, del prezzo del pane e di quello che è successo ieri in città. Molta gente è "
    "venuta in piazza ad ascoltare ed è rimasta fino alla sera.",
}


def main(folders: Annotated[list[Path] | None, typer.Argument(help="folders of recordings")] = None) -> None:
    """Print the answers."""
    counts: Counter[str] = Counter()
    for name, y in made():
        answer = inference.classify(Clip.from_samples(y))
        counts[f"made: {answer.outcome}"] += 1
        print(f"{name:24} {said(answer)}")
    for name, y in loops():
        answer = inference.classify(Clip.from_samples(y))
        counts[f"loops outside the ten: {answer.outcome}"] += 1
        print(f"{name:24} {said(answer)}")
    for name, data in spoken():
        answer = inference.classify(decode(data))
        first = answer.tags.names[0] if answer.tags and answer.tags.names else "?"
        counts[f"spoken: {answer.outcome}, heard as {first}"] += 1
        if answer.outcome != "not music":
            print(f"{name:24} {said(answer)}")
    for folder in folders or ():
        for path in sorted(path for path in folder.iterdir() if path.suffix in (".ogg", ".wav", ".flac", ".mp3")):
            try:
                print(f"{path.stem[:40]:40} {said(inference.classify(decode(path.read_bytes())))}")
            except AudioError as error:
                print(f"{path.stem[:40]:40} {error.user_message}")
    for what, count in sorted(counts.items()):
        print(f"{what}: {count}")


def said(answer: inference.Prediction) -> str:
    """Return an answer as a line."""
    ranked = sorted(answer.probabilities.items(), key=lambda one: -one[1])[:2]
    guess = ", ".join(f"{genre} {100 * p:.0f} %" for genre, p in ranked)
    return f"{answer.outcome:10} {answer.reason or guess}"


def made() -> Iterator[tuple[str, npt.NDArray[np.float64]]]:
    """Yield sounds that a machine makes."""
    rng = np.random.default_rng(0)
    t = np.arange(int(SECONDS * SR)) / SR
    for hertz in (60, 220, 440, 1000, 4000):
        yield f"tone of {hertz} Hz", 0.3 * np.sin(2 * np.pi * hertz * t)
    for name, power in (("white", 0.0), ("pink", 0.5), ("brown", 1.0)):
        spectrum = np.fft.rfft(rng.normal(size=len(t)))
        y = np.fft.irfft(spectrum / np.maximum(np.fft.rfftfreq(len(t), 1 / SR), 20.0) ** power, len(t))
        yield f"{name} noise", 0.4 * y / np.abs(y).max()
    for hertz, hiss in ((50, 0.0), (60, 0.01)):
        hum = sum(np.sin(2 * np.pi * hertz * k * t) / k for k in range(1, 9))
        yield f"hum of {hertz} Hz, hiss {hiss}", 0.2 * hum + hiss * rng.normal(size=len(t))
    yield "siren", 0.3 * np.sin(2 * np.pi * (700 * t + 60 * np.sin(2 * np.pi * 0.5 * t)))
    yield "sweep", 0.3 * np.sin(2 * np.pi * (200 * t + 100 * t * t))
    yield "clicks", (np.arange(len(t)) % (SR // 2) == 0).astype(float)
    yield "square wave of 220 Hz", 0.2 * np.sign(np.sin(2 * np.pi * 220 * t))
    yield "hiss, very quiet", 0.0005 * rng.normal(size=len(t))


def spoken() -> Iterator[tuple[str, bytes]]:
    """Yield speech as WAV; nothing where espeak-ng is not installed."""
    if shutil.which("espeak-ng") is None:
        print("espeak-ng is not installed: no speech is made.")
        return
    for language, text in SPOKEN.items():
        for speed in SPEEDS:
            for pitch in PITCHES:
                order = ["espeak-ng", "-v", language, "-s", str(speed), "-p", str(pitch), "--stdout", text]
                wav = subprocess.run(order, capture_output=True, check=True).stdout
                yield f"speech {language} {speed} {pitch}", _whole(wav)


def _whole(wav: bytes) -> bytes:
    """Return a WAV whose header says how long it is: espeak-ng writes to a pipe and cannot know."""
    import wave

    samples = np.frombuffer(wav[44:], dtype="<i2")
    with wave.open(held := io.BytesIO(), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22050)
        file.writeframes(samples.tobytes())
    return held.getvalue()


if __name__ == "__main__":
    typer.run(main)
