"""Rewrite ``shipped.json`` after new models were shipped on purpose: ``python -m tests.golden.write_shipped``.

Four made sounds are always among the golden ones; the first exact clip of each genre of GTZAN, and the answers of the
models that hear through YAMNet, only where the shared material is there (``MGC_TEST_SHARED``, or ``../shared``).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from mgc import inference
from mgc.audio.clip import SR, Clip
from mgc.audio.decode import decode
from mgc.genres import GENRES
from mgc.models.catalog import SHIPPED, Catalog, shipped_pins
from mgc.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN: Final = Path(__file__).with_name("shipped.json")
SHARED: Final = Path(os.environ.get("MGC_TEST_SHARED", Path(__file__).resolve().parents[2].parent / "shared"))
SECONDS: Final = 12.0  # ten windows, and less than a stretch of 30 s


def made_clips() -> Iterator[tuple[str, Clip]]:
    """Make four sounds out of nothing: golden answers where no material is, whatever the studio plays."""
    t = np.arange(int(SECONDS * SR)) / SR
    for seed in range(4):
        rng = np.random.default_rng(seed)
        beat = np.exp(-((t * (1.5 + 0.4 * seed)) % 1.0) * 6.0)
        chord = sum(np.sin(2 * np.pi * 110.0 * 2.0 ** (step / 12.0) * t) for step in (0, 4, 7, 12 + seed))
        y = 0.1 * beat * chord + 0.02 * (1 + seed) * beat * rng.standard_normal(len(t))
        yield f"made/{seed}", Clip.from_samples(y)


def gtzan_clips(shared: Path) -> Iterator[tuple[str, Clip]]:
    for genre in GENRES:
        path = min((shared / "gtzan" / "audio_exact" / genre).glob("*.flac"))
        yield f"gtzan/{path.stem}", decode(path.read_bytes())


def answers(clip: Clip) -> dict[str, list[float]]:
    """Return the calibrated probabilities of every shipped model, rounded to what the test compares."""
    analysis = inference.analyse(clip).analysis
    asked = {card.id: inference.predict(analysis, model=card.id) for card in shipped().cards()}
    return {name: [round(p, 6) for p in answer.probabilities.values()] for name, answer in asked.items()}


def shipped() -> Catalog:
    return Catalog(SHIPPED, pins=shipped_pins())


def main() -> None:
    if (weights := SHARED / "weights" / "yamnet.h5").is_file():
        os.environ["MGC_YAMNET"] = str(weights)
        settings.cache_clear()
    stored = {name: answers(clip) for name, clip in made_clips()}
    if (SHARED / "gtzan").is_dir():
        stored |= {name: answers(clip) for name, clip in gtzan_clips(SHARED)}
    lines = (f" {json.dumps(name)}: {json.dumps(by_model)}" for name, by_model in stored.items())
    GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
