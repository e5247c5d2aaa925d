"""Retrain and rewrite the shipped models: ``python -m mgc.shipping TREE [--work FOLDER] [--out FOLDER]``.

Twelve networks are trained (five folds by track, five by artist, the fault-filtered split, and the one that ships),
some six minutes of one core each; a stopped run goes on after the last whole fold. Remove the work folder when the
data or the code of features, networks or augmentation has changed: finished folds are known by recipe, seed and split.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer

from mgc.evaluation import one_table as records
from mgc.recipes import RECIPES, DescriptorRecipe, PictureRecipe
from mgc.shipping import cards, folds, one_table, scores
from mgc.shipping.material import gather
from mgc.splits import Protocol, make_split

SEED = 20261121
FOLDS: Final[dict[Protocol, int]] = {"artists": 5, "filtered": 1, "tracks": 5}


def main(
    tree: Annotated[Path, typer.Argument(help="Kaggle-shaped tree of GTZAN with pictures and tables")],
    work: Annotated[Path, typer.Option(help="where finished folds are kept")] = Path("build/shipping"),
    out: Annotated[Path, typer.Option(help="folder of the shipped models")] = Path("models"),
) -> None:
    """Train, judge, and write models and cards."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    pictures, descriptors = RECIPES["pictures"], RECIPES["descriptors"]
    assert isinstance(pictures, PictureRecipe)  # noqa: S101 - tells mypy which of the two kinds it is
    assert isinstance(descriptors, DescriptorRecipe)  # noqa: S101
    material = gather(tree)
    splits = {name: make_split(material.tracks, name, k=k, seed=SEED) for name, k in FOLDS.items()}
    unseen = {
        name: folds.out_of_fold(material, split, pictures, descriptors, seed=SEED, work=work)
        for name, split in splits.items()
    }
    everything = np.arange(len(material.ids))
    reference = unseen["artists"]
    judged = {
        name: scores.score(one, reference, material.labels, together=name == "filtered") for name, one in unseen.items()
    }
    for protocol, by_model in judged.items():
        shown = {name: {key: one[key] for key in ("accuracy", "ece", "coverage")} for name, one in by_model.items()}
        logging.info("%s %s", protocol, json.dumps(shown))
    clip, window = folds.fit_descriptors(material, everything, descriptors, seed=SEED)
    net, pictures = folds.on_everything(material, pictures, seed=SEED, work=work)
    calibration = scores.fit_calibration(reference, material.labels, np.ones(len(reference.positions), dtype=bool))
    cards.write(
        cards.Shipment(net, pictures, clip, window, descriptors, SEED, len(everything), splits, judged, calibration),
        out,
    )
    records.write(one_table.measure(material, splits, seed=SEED), out)
    logging.info("wrote %s", ", ".join(str(path) for path in sorted(out.glob("*/card.json"))))


if __name__ == "__main__":
    typer.run(main)
