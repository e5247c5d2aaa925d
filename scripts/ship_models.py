"""Retrain and rewrite the shipped models: ``python -m scripts.ship_models TREE`` (or ``make models TREE=...``).

Twelve networks are trained (five folds by track, five by artist, the fault-filtered split, and the one that ships),
some six minutes of one core each; a stopped run continues after the last whole fold. Remove the work folder when the
code of features, networks or augmentation has changed: finished folds are known by recipe, seed, split and data.

``python -m scripts.ship_models --cards`` trains nothing: it writes the cards again, with the facts of this file.
"""

from __future__ import annotations

import importlib.metadata
import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
import typer

from mgc.audio.decode import Series
from mgc.datasets import gtzan
from mgc.datasets.tables import CLIPS, SEGMENTS, Table, read_table
from mgc.errors import DatasetError
from mgc.evaluation import one_table, scores
from mgc.evaluation.scores import VOTE
from mgc.features.pictures import read_picture
from mgc.genres import GENRES
from mgc.models.catalog import FEATURES, PINS
from mgc.models.storage import classes_of, write_card, write_model, write_pins
from mgc.nets.descriptor_kernel import prepare
from mgc.recipes import RECIPES, DescriptorRecipe, PictureRecipe
from mgc.splits import Protocol, Split, artist_groups, make_split
from mgc.training import out_of_fold
from mgc.training.out_of_fold import Material

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from mgc.datasets.base import Track

SEED: Final = 20261121
FOLDS: Final[dict[Protocol, int]] = {"artists": 5, "filtered": 1, "tracks": 5}
TITLES: Final = {
    "vote": ("Vote", "The weighted average of the picture network and the descriptor model, each calibrated first."),
    "pictures": (
        "Picture network",
        "A small convolutional network that looks at 3 s and at 11.5 s of mel spectrogram at a time.",
    ),
    "descriptors": ("Descriptors", "Kernel logistic regression on Kaggle's descriptors of 3 s windows and of 30 s."),
}
DATA: Final = {
    "name": "GTZAN (Tzanetakis and Cook 2002), Kaggle's pictures and tables",
    "clips": 999,
    "known_faults": "14 exact duplicates, repeated artists, mislabellings (Sturm 2013)",
}
LICENCE: Final = (
    "Weights: as this project. The audio they were learned from (GTZAN) carries no licence and its rights holders were "
    "never asked; the weights hold no audio."
)


def main(
    tree: Annotated[Path | None, typer.Argument(help="Kaggle-shaped tree of GTZAN with pictures and tables")] = None,
    work: Annotated[Path, typer.Option(help="where finished folds are kept")] = Path("build/shipping"),
    out: Annotated[Path, typer.Option(help="folder of the shipped models")] = Path("models"),
    pins: Annotated[Path, typer.Option(help="where the hashes of the cards are kept")] = PINS,
    cards: Annotated[bool, typer.Option("--cards", help="train nothing, write the cards again")] = False,
) -> None:
    """Train, judge, and write models and cards."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if cards:
        write_cards_again(out)
    elif tree is not None:
        train(tree, work, out)
    else:
        raise typer.BadParameter("Say where the tree is, or --cards.")
    write_pins(out, pins)
    logging.info("wrote %s", ", ".join(str(path) for path in sorted(out.glob("*/card.json"))))


def write_cards_again(root: Path) -> None:
    """Write the shipped cards with the facts of this file; weights, scores and calibration stay as they are."""
    for name in TITLES:
        old = json.loads((root / name / "card.json").read_bytes())
        old["calibration"]["distance_by"] = "descriptors"
        write_card(root, {**old, **common(name, DATA["clips"])})


def train(tree: Path, work: Path, out: Path) -> None:
    """Train all folds and what ships, score, and write the three models and the table of leaks."""
    pictures, descriptors = RECIPES["pictures"], RECIPES["descriptors"]
    assert isinstance(pictures, PictureRecipe)  # noqa: S101 - tells a reader which of the two kinds it is
    assert isinstance(descriptors, DescriptorRecipe)  # noqa: S101
    material = gather(tree)
    splits = {name: make_split(material.tracks, name, k=k, seed=SEED) for name, k in FOLDS.items()}
    unseen = {
        name: out_of_fold.out_of_fold(material, split, pictures, descriptors, seed=SEED, work=work)
        for name, split in splits.items()
    }
    reference = unseen["artists"]
    artists = artist_groups(material.tracks)
    judged = {
        name: scores.score(one, reference, material.labels, together=name == "filtered", artists=artists)
        for name, one in unseen.items()
    }
    for protocol, by_model in judged.items():
        shown = {name: {key: one[key] for key in ("accuracy", "ece", "coverage")} for name, one in by_model.items()}
        logging.info("%s %s", protocol, json.dumps(shown))
    kernel = out_of_fold.fit_descriptors(material, np.arange(len(material.ids)), descriptors, seed=SEED)
    network, pictures = out_of_fold.on_everything(material, pictures, seed=SEED, work=work)
    fitted = scores.fit_calibration(reference, material.labels, np.ones(len(reference.positions), dtype=bool))

    def facts(name: str, net: dict[str, Any], recipe: dict[str, Any]) -> dict[str, Any]:
        return {
            **common(name, len(material.ids)),
            "net": net,
            "recipe": recipe,
            "seed": SEED,
            "splits": {
                protocol: {"k": split.k, "hash": split.hash, "n": judged[protocol][name]["accuracy"]["n"]}
                for protocol, split in splits.items()
            },
            "scores": {protocol: by_model[name] for protocol, by_model in judged.items()},
            "calibration": {
                "temperature": round(fitted.temperatures[name], 5),
                "unsure_below": round(fitted.unsure_below[name], 4),
                "unfamiliar_above": round(fitted.unfamiliar_above, 4),
                "pauses_above": round(fitted.pauses_above, 4),
                "distance_by": "descriptors",
            },
            "created": datetime.now(UTC).date().isoformat(),
            "versions": {one: importlib.metadata.version(one) for one in ("keras", "numpy", "scikit-learn")},
        }

    landmarks = {"clip_landmarks": len(kernel.clip.landmarks), "window_landmarks": len(kernel.window.landmarks)}
    written = [
        write_model(out, facts(name, {"name": architecture, "config": config}, recipe), net)
        for name, architecture, config, recipe, net in (
            ("descriptors", "descriptor_kernel", landmarks, descriptors.to_json(), kernel),
            ("pictures", "picture_cnn", pictures.net.to_json(), pictures.to_json(), network),
        )
    ]
    shares = {name: round(share, 4) for name, share in fitted.shares.items()}
    average = {"rule": "mean", "average_of": list(reference.members), "shares": "smallest log loss on unseen artists"}
    vote = facts(VOTE, {"name": "average", "config": {"shares": shares}}, average)
    members = {"members": list(reference.members), "parameters": sum(card.parameters for card in written)}
    write_model(out, vote | members)
    labels = material.labels[material.owners]
    parts = {name: _rows(material, splits[name]) for name in ("tracks", "artists", "filtered")}
    table = one_table.measure(prepare(material.segments), labels, material.owners, parts, seed=SEED)
    one_table.write(table, out)


def common(name: str, clips: object) -> dict[str, Any]:
    """Return what stands in a shipped card whatever was trained."""
    title, summary = TITLES[name]
    return {
        "id": name,
        "title": title,
        "kind": name,
        "summary": summary,
        "classes": classes_of(GENRES),
        "features": dict(FEATURES),
        "data": DATA | {"clips": clips},
        "licence": LICENCE,
    }


def gather(tree: Path) -> Material:
    """Read pictures and both tables of a Kaggle-shaped tree.

    Raises
    ------
    DatasetError
        when the tree lacks pictures or tables, or holds fewer than ten clips of a genre
    """
    dataset = gtzan.open_tree(tree)
    clips, segments = (_read(dataset.tables, name) for name in (CLIPS, SEGMENTS))
    tabled = clips.rows.keys() & segments.rows.keys()
    tracks = tuple(track for track in dataset.tracks if track.picture and track.id in tabled)
    counts = {genre: sum(track.genre == genre for track in tracks) for genre in GENRES}
    if poor := [genre for genre, n in counts.items() if n < 10]:
        raise DatasetError(
            f"At least 10 clips of each genre with a picture and table rows are needed; too few of {', '.join(poor)}."
        )
    where = {track.id: position for position, track in enumerate(tracks)}
    mine = np.flatnonzero([name in where for name in segments.tracks])
    return Material(
        classes=GENRES,
        tracks=tracks,
        labels=np.array([GENRES.index(track.genre) for track in tracks]),
        pictures=_pictures(tracks),
        clips=np.concatenate([clips.of(track.id)[:1] for track in tracks]),
        segments=segments.numbers[mine],
        owners=np.array([where[segments.tracks[row]] for row in mine]),
    )


def _rows(material: Material, split: Split) -> one_table.Parts:
    """Return the segments of each fold's training and test clips."""
    return [
        tuple(
            np.flatnonzero(np.isin(material.owners, material.places(names)))
            for names in ((*fold.train, *fold.validation), fold.test)
        )
        for fold in split.folds
    ]


def _pictures(tracks: tuple[Track, ...]) -> npt.NDArray[np.uint8]:
    with Series(31.0) as decoder:
        pictures = [read_picture(track.picture, decode=decoder.decode_picture) for track in tracks if track.picture]
    return np.stack(pictures)


def _read(tables: Mapping[str, Path | str], name: str) -> Table:
    if name not in tables:
        raise DatasetError(f"The tree has no {name}; Kaggle's download holds it beside the folders of clips.")
    return read_table(tables[name])


if __name__ == "__main__":
    typer.run(main)
