"""What a run will do, before and after it is started: its configuration, its split, and what leaks in it.

A run's folder ``MGC_HOME/runs/<name>/`` holds ``run.json`` (the configuration), ``split.json`` (the folds, and whose
tracks they are), a folder ``fold-<number>`` of saved states for each fold, and ``fold-<number>.log``. Everything that
is shown of a run is computed from these and from the rows of its job.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mgc import records
from mgc.datasets import registry, validation
from mgc.errors import DatasetError, RecipeError
from mgc.extraction.collected import collected
from mgc.recipes import Value, recipe
from mgc.settings import settings
from mgc.splits import Fold, Protocol, artist_groups, find_leaks, known_duplicates, make_split
from mgc.training.material import material_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mgc.datasets.base import Track
    from mgc.extraction.collected import Collected
    from mgc.recipes import Recipe
    from mgc.splits import Leak
    from mgc.training.material import Material

__all__ = [
    "EVERYTHING", "Config", "Parts", "Plan", "folder", "make_plan", "material", "read_config", "read_parts",
]  # fmt: skip

LIMITED_EPOCHS: Final = 5  # of MGC_TRAINING=limited
MAX_CLASSES: Final = 100
EVERYTHING: Final = -1  # number of the "fold" that trains on all tracks


@dataclass(frozen=True, slots=True)
class Config:
    """What makes a run: with the same configuration and data, the same numbers on a CPU.

    ``name`` is that of its folder, drawn when it is started: a plan can be started any number of times.
    ``options`` are all options of the recipe, those that were set and the defaults.
    """

    name: str
    dataset: str
    recipe: str
    protocol: Protocol
    folds: int
    seed: int
    options: dict[str, Value]
    classes: tuple[str, ...]
    tracks: int
    split: str  # sha256 of the folds

    @property
    def title(self) -> str:
        """What the list of jobs calls it."""
        return f"Training of {self.recipe} on {self.dataset}, {self.protocol}"


@dataclass(frozen=True, slots=True)
class Parts:
    """The folds, with the artist (a number) of each track."""

    folds: tuple[Fold, ...]
    artists: dict[str, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """A run that can be started."""

    config: Config
    parts: Parts
    leaks: tuple[Leak, ...]
    description: str

    @property
    def n_tested(self) -> int:
        """How many clips (or segments) are tested in all."""
        return sum(len(fold.test) for fold in self.parts.folds)


def make_plan(
    dataset: str,
    recipe_name: str,
    protocol: Protocol,
    *,
    folds: int = 5,
    seed: int = 2002,
    options: Mapping[str, object] | None = None,
) -> Plan:
    """Split a data set for a recipe, and say what leaks.

    Raises
    ------
    DatasetError
        when there is no such data set, it was not extracted, or it cannot be split that way
    RecipeError
        when the recipe or an option is unknown, or no track has what it reads
    """
    chosen = recipe(recipe_name)
    values = chosen.values(options)
    if settings().training == "limited" and "epochs" in values:
        values["epochs"] = min(int(values["epochs"]), LIMITED_EPOCHS)
    opened, measured = registry.open_dataset(dataset), _measured(dataset)
    tracks = _usable(opened.tracks, measured, chosen)
    if protocol == "segments" and chosen.sees_whole_clips:
        raise RecipeError(f"{chosen.title} judges whole clips; the protocol segments cuts them. Choose another one.")
    same = known_duplicates(validation.kept(dataset, opened), measured)
    split = make_split(tracks, protocol, k=folds, seed=seed, together=same)
    groups = artist_groups(tracks)
    config = Config(
        name="",
        dataset=dataset,
        recipe=chosen.name,
        protocol=protocol,
        folds=len(split.folds),
        seed=seed,
        options=values,
        classes=tuple(sorted({track.genre for track in tracks})),
        tracks=len(tracks),
        split=split.hash,
    )
    parts = Parts(split.folds, {track.id: int(group) for track, group in zip(tracks, groups, strict=True)})
    return Plan(config, parts, find_leaks(split, tracks, exact=same), split.description)


def _measured(dataset: str) -> Collected:
    """Return what was measured on a data set; DatasetError when that was not done yet."""
    found = collected(dataset)
    if found is None:
        raise DatasetError(f"The features of {dataset} were not extracted yet: `mgc extract {dataset}`, or Explore.")
    return found


def _usable(tracks: Sequence[Track], measured: Collected, chosen: Recipe) -> list[Track]:
    """Return the tracks that have what a recipe reads."""
    known = material_of(measured).known(chosen.reads)
    ids = {name for name, is_known in zip(measured.ids, known.tolist(), strict=True) if is_known}
    usable = [track for track in tracks if track.id in ids]
    if not usable:
        missing = {
            "embeddings": "YAMNet's embeddings: `mgc extract NAME --kinds embeddings` computes them, from audio",
            "pictures": "pictures or audio",
        }.get(chosen.reads, "descriptors: audio, or Kaggle's table")
        raise RecipeError(f"No track of this data set has what {chosen.title} needs ({missing}).")
    genres = {track.genre for track in usable}
    if not 2 <= len(genres) <= MAX_CLASSES:
        raise RecipeError(f"A model tells 2 to {MAX_CLASSES} genres apart; these tracks have {len(genres)}.")
    return usable


def folder(name: str) -> Path:
    """Return a run's folder, by the name in its configuration."""
    return settings().home_dir / "runs" / name


def read_config(data: Mapping[str, Any]) -> Config:
    """Read the configuration that a job carries."""
    return records.read(Config, json.dumps(dict(data)).encode(), "run")


def read_parts(place: Path) -> Parts:
    """Read a run's folds; RecipeError when they are gone."""
    try:
        return records.read(Parts, (place / "split.json").read_bytes(), "split.json")
    except (OSError, ValueError) as error:
        raise RecipeError("The folds of this run (split.json) are gone or damaged.", details=repr(error)) from error


def material(config: Config, parts: Parts) -> Material:
    """Return what the run learns from; DatasetError when the data set is not what it was."""
    measured = _measured(config.dataset)
    found = material_of(measured, sorted(parts.artists))
    if len(found.ids) != config.tracks or found.classes != config.classes:
        raise DatasetError(f"The data set {config.dataset} is not the one that this run was started on.")
    return found
