"""What a run will do, before and after it is started: its configuration, its split, and what leaks in it.

A run's folder ``MGC_HOME/runs/<name>/`` holds ``run.json`` (the configuration), ``split.json`` (the folds, and whose
tracks they are), a folder ``fold-<number>`` of saved states for each fold, and ``fold-<number>.log``. Everything that
is shown of a run is computed from these and from the rows of its job.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from mgc import records
from mgc.datasets import registry, validation
from mgc.errors import DatasetError, RecipeError
from mgc.extraction.collected import collected
from mgc.recipes import Value, recipe
from mgc.settings import settings
from mgc.splits import N_SEGMENTS, Fold, Protocol, artist_groups, find_leaks, first_folds, known_duplicates, make_split
from mgc.training.material import examples, material_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from mgc.datasets.base import Track
    from mgc.extraction.collected import Collected
    from mgc.recipes import Recipe
    from mgc.splits import Form, Leak, Split
    from mgc.training.material import Material

__all__ = [
    "EVERYTHING", "Config", "Parts", "Plan", "check", "folder", "make_plan", "material", "read_config", "read_parts",
    "read_thin",
]  # fmt: skip

LIMITED: Final = {"epochs": 5, "tune_epochs": 1}  # at most, with MGC_TRAINING=limited
MAX_CLASSES: Final = 100
EVERYTHING: Final = -1  # number of the "fold" that trains on all tracks


@dataclass(frozen=True, slots=True)
class Config:
    """What makes a run: with the same configuration and data, the same numbers on a CPU.

    ``name`` is that of its folder, drawn when it is started: a plan can be started any number of times.
    ``options`` are all options of the recipe, those that were set and the defaults. ``thin`` names genres of which only
    a share of the training and validation part is kept, to see what imbalance does; test parts are never thinned.
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
    split: str  # sha256 of the folds, before they are thinned; segments that short tracks do not have are in it
    thin: dict[str, float] = field(default_factory=dict)
    form: Literal["", "written", "intended"] = ""  # sizes of the parts, where they are those of a source project

    @property
    def title(self) -> str:
        """What the list of jobs calls it."""
        return f"Train {recipe(self.recipe).title} on {self.dataset} ({self.protocol})"


@dataclass(frozen=True, slots=True)
class Parts:
    """The folds, with the artist (a number) of each track."""

    folds: tuple[Fold, ...]
    artists: dict[str, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """A run that can be started.

    ``thinned``: genre -> training units of the first fold that are kept, of how many. ``faulty``: tracks that are left
    out because the data set found a fault in their files, whatever the recipe reads: runs of different recipes are
    then tested on the same tracks. ``knows_artists``: whether any track names one; without, leaks cannot be told.
    """

    config: Config
    parts: Parts
    leaks: tuple[Leak, ...]
    description: str
    thinned: dict[str, tuple[int, int]] = field(default_factory=dict)
    faulty: tuple[str, ...] = ()
    knows_artists: bool = True

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
    tested: int | None = None,
    seed: int = 2002,
    options: Mapping[str, object] | None = None,
    thin: Mapping[str, float] | None = None,
    form: Form | None = None,
) -> Plan:
    """Split a data set for a recipe, and say what leaks.

    Parameters
    ----------
    dataset, recipe_name, protocol, folds, seed
        as in :class:`Config`
    tested : int, optional
        train and test the first so many folds only
    options : mapping, optional
        of the recipe, where they differ from its defaults
    thin : mapping of genre to share in (0, 1], optional
        as in :class:`Config`; :func:`read_thin` reads it from text
    form : "written" or "intended", optional
        sizes of the parts as in :data:`mgc.splits.FORMS`, which also give the number of folds

    Raises
    ------
    DatasetError
        when there is no such data set, it was not extracted, or it cannot be split that way
    RecipeError
        when the recipe, an option or a thinned genre is unknown, or no track has what the recipe reads
    """
    chosen = recipe(recipe_name)
    values = chosen.values(options)
    if settings().training == "limited":
        values |= {name: min(int(values[name]), most) for name, most in LIMITED.items() if name in values}
    opened, measured = registry.open_dataset(dataset), _measured(dataset)
    faulty = {fault.subject for fault in opened.faults}
    tracks = _usable([track for track in opened.tracks if track.id not in faulty], measured, chosen)
    _check_protocol(chosen, protocol)
    same = known_duplicates(validation.kept(dataset, opened), measured)
    split = make_split(tracks, protocol, k=folds, seed=seed, form=form, together=same)
    split = split if tested is None else first_folds(split, tested)
    if protocol == "segments":
        split = replace(split, folds=_existing(split.folds, material_of(measured, [one.id for one in tracks]), chosen))
    groups = artist_groups(tracks)
    genres = {track.id: track.genre for track in tracks}
    _check_thin(thin or {}, set(genres.values()))
    units = genres
    if protocol == "segments":
        units = {f"{id}.{number}": genre for id, genre in genres.items() for number in range(N_SEGMENTS)}
    whole, split = split, replace(split, folds=_thinned(split, units, thin or {}, seed))
    config = Config(
        name="",
        dataset=dataset,
        recipe=chosen.name,
        protocol=protocol,
        folds=len(split.folds),
        seed=seed,
        options=values,
        classes=tuple(sorted(set(genres.values()))),
        tracks=len(tracks),
        split=split.hash,
        thin=dict(thin or {}),
        form=form or "",
    )
    parts = Parts(split.folds, {track.id: int(group) for track, group in zip(tracks, groups, strict=True)})
    trained = [Counter(units[unit] for unit in one.folds[0].train) for one in (split, whole)]
    thinned = {genre: (trained[0][genre], trained[1][genre]) for genre in config.thin}
    leaks = find_leaks(split, tracks, exact=same)
    left_out = tuple(track.id for track in opened.tracks if track.id in faulty)
    named = any(track.artist for track in tracks)
    return Plan(config, parts, leaks, split.description, thinned, left_out, named)


def check(dataset: str, recipe_name: str, protocol: Protocol, *, folds: int, seed: int) -> None:
    """Refuse what :func:`make_plan` would refuse once all features are extracted, and the studio is made.

    Raises as that does. A track whose features cannot be extracted is found only then.
    """
    _check_protocol(recipe(recipe_name), protocol)
    make_split(registry.sound_tracks(dataset), protocol, k=folds, seed=seed)


def _check_protocol(chosen: Recipe, protocol: Protocol) -> None:
    if protocol == "segments" and chosen.sees_whole_clips:
        raise RecipeError(
            f"{chosen.title} classifies whole clips, so it cannot be tested on segments. Choose another protocol."
        )


def read_thin(text: str) -> dict[str, float]:
    """Read ``GENRE:SHARE,GENRE:SHARE``; RecipeError when it has another form."""
    found: dict[str, float] = {}
    try:
        for part in text.split(",") if text.strip() else ():
            genre, _, share = part.rpartition(":")
            found[genre.strip()] = float(share)
    except ValueError as error:
        raise RecipeError(
            f"Invalid value for thin. Received: {text[:40]!r}. Expected: GENRE:SHARE,GENRE:SHARE, as in rock:0.2."
        ) from error
    return found


def _check_thin(thin: Mapping[str, float], known: Collection[str]) -> None:
    for genre, share in thin.items():
        if genre not in known:
            raise RecipeError(
                f"Invalid genre to thin. Received: {genre[:40]!r}. Expected: {', '.join(sorted(known))[:400]}."
            )
        if not 0.0 < share <= 1.0:
            raise RecipeError(
                f"Invalid share of {genre} to keep. Received: {share:g}. Expected: above 0, and 1 at most."
            )


def _thinned(split: Split, genres: Mapping[str, str], thin: Mapping[str, float], seed: int) -> tuple[Fold, ...]:
    """Return the folds with a share of some genres' training and validation units, at least one of each.

    ``genres`` are those of the units. A unit that is kept at a share is kept at every larger one. Each genre is drawn
    for itself.
    """
    classes = sorted(set(genres.values()))

    def kept(units: tuple[str, ...], place: tuple[int, int]) -> tuple[str, ...]:
        left_out: set[str] = set()
        for genre, share in thin.items():
            mine = [unit for unit in units if genres[unit] == genre]
            order = np.random.default_rng((seed, *place, classes.index(genre))).permutation(len(mine))
            left_out.update(mine[at] for at in order[max(1, round(share * len(mine))) :])
        return tuple(unit for unit in units if unit not in left_out)

    return tuple(
        replace(fold, train=kept(fold.train, (number, 0)), validation=kept(fold.validation, (number, 1)))
        for number, fold in enumerate(split.folds)
    )


def _existing(folds: Sequence[Fold], held: Material, chosen: Recipe) -> tuple[Fold, ...]:
    """Return the folds without the segments that short tracks do not have."""
    known = set(examples(held, chosen, segments=True).units)

    def left(units: Sequence[str]) -> tuple[str, ...]:
        return tuple(unit for unit in units if unit in known)

    return tuple(Fold(left(one.train), left(one.validation), left(one.test)) for one in folds)


def _measured(dataset: str) -> Collected:
    """Return what was measured on a data set; DatasetError when that was not done yet."""
    found = collected(dataset)
    if found is None:
        registry.describe(dataset)  # raises where there is no such data set any more
        raise DatasetError(
            f"The features of {dataset} have not been extracted yet; use the Explore page or `mgc extract {dataset}`."
        )
    return found


def _usable(tracks: Sequence[Track], measured: Collected, chosen: Recipe) -> list[Track]:
    """Return the tracks that have what a recipe reads."""
    known = material_of(measured).known(chosen.reads)
    ids = {name for name, is_known in zip(measured.ids, known.tolist(), strict=True) if is_known}
    usable = [track for track in tracks if track.id in ids]
    if not usable:
        missing = {
            "embeddings": "YAMNet's embeddings, which `mgc extract ID --kinds embeddings` computes from audio",
            "pictures": "pictures or audio",
        }.get(chosen.reads, "descriptors, from audio or from Kaggle's table")
        raise RecipeError(f"No track of this data set has what {chosen.title} needs ({missing}).")
    genres = {track.genre for track in usable}
    if not 2 <= len(genres) <= MAX_CLASSES:
        raise RecipeError(f"A model needs 2 to {MAX_CLASSES} genres; these tracks have {len(genres)}.")
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
        raise DatasetError(f"The data set {config.dataset} has changed since this run was started.")
    return found
