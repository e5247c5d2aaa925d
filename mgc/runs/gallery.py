"""The gallery: recorded runs that ship with the program, and the plan of what it should hold.

A run is a folder ``models/gallery/<id>/``: ``run.json`` says what it is, and each fold that has finished is one file,
``fold-<number>.json.gz``, that is never changed. It holds what came of the fold and neither audio nor weights, so that
pages and commands open it as they open a run of one's own. ``scripts/make_gallery.py`` trains what is planned here.
"""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import numpy as np

from mgc import files, records
from mgc.errors import RecipeError
from mgc.evaluation.predictions import Predictions
from mgc.models.catalog import SHIPPED
from mgc.recipes import RECIPES, Value
from mgc.runs.plan import Config
from mgc.runs.recorded import Fold, Listed, Recorded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import numpy.typing as npt

    from mgc.splits import Protocol

__all__ = [
    "MISSING",
    "PLAN",
    "ROOT",
    "About",
    "FoldRecord",
    "Planned",
    "folds_in",
    "ids",
    "keep",
    "listed",
    "opened",
    "stamp",
]

ROOT: Final = SHIPPED / "gallery"
_FOLD: Final = re.compile(r"fold-(\d{1,4})\.json\.gz")
DIGITS: Final = 4  # significant digits of what is kept
_NEWEST: Final = 256  # runs that are kept in memory
Columns = dict[str, tuple[float | None, ...]]


@dataclass(frozen=True, slots=True)
class About:
    """What ``run.json`` holds; ``created`` is when the first run of it was started [s since 1970]."""

    config: Config
    title: str
    note: str
    created: float


@dataclass(frozen=True, slots=True)
class FoldRecord:
    """What came of a fold: as :class:`mgc.runs.recorded.Fold` and :class:`Predictions`, and its epochs by column."""

    number: int
    n_train: int
    best_epoch: int
    seconds: float
    clip_seconds: float | None
    parameters: int
    epochs: Columns
    units: tuple[str, ...]
    labels: tuple[int, ...]
    artists: tuple[int, ...]
    probabilities: tuple[tuple[float, ...], ...]
    measured: Columns  # what else is known of each unit: windows, windows_right, distance, pauses


@dataclass(frozen=True, slots=True)
class Planned:
    """A run that the gallery should hold; ``needs`` is "pictures and tables" or "audio" of the data set.

    ``note`` says what a reader of its scores should know, ``share`` on which share of each genre's clips it is trained.
    """

    id: str
    recipe: str
    protocol: Protocol
    folds: int
    title: str
    options: Mapping[str, Value] = field(default_factory=dict)
    form: Literal["written", "intended"] | None = None
    seed: int = 2002
    needs: Literal["tree", "audio"] = "tree"
    note: str = ""
    share: float = 1.0


def ids() -> tuple[str, ...]:
    """Return the ids of the runs that are there, in the order of the plan."""
    order = {one.id: number for number, one in enumerate(PLAN)}
    found = [path.parent.name for path in ROOT.glob("*/run.json")]
    return tuple(sorted(found, key=lambda id: (order.get(id, len(order)), id)))


def listed(id: str) -> Listed:
    """Return what a list shows of a run; RecipeError when there is none, or its files are damaged."""
    about = _about(ROOT / id, stamp(id))
    state = "finished" if len(folds_in(id)) == about.config.folds else "partial"
    return Listed(id, "gallery", state, about.title, about.note, about.created, about.config)


def folds_in(id: str) -> tuple[int, ...]:
    """Return the numbers of the folds that are there."""
    found = (_FOLD.fullmatch(path.name) for path in (ROOT / id).glob("fold-*"))
    return tuple(sorted(int(name[1]) for name in found if name))


def opened(id: str) -> Recorded:
    """Return a run with all of its folds; RecipeError when there is none, or its files are damaged."""
    return _opened(ROOT / id, stamp(id))


def keep(id: str, run: Recorded, *, title: str, note: str) -> tuple[int, ...]:
    """Write the finished folds of a run of one's own that the gallery does not have; return their numbers.

    RecipeError when the gallery holds folds of another configuration or split under this id.
    """
    place = ROOT / id
    config = cast("Config", _renamed(run.config, id))
    if (place / "run.json").exists():
        about = _about(place, stamp(id))
        if about.config != config:
            raise RecipeError(f"The gallery's {id} has another configuration; remove {place.name}/ to record it again.")
        about = About(config, title, note, about.created)
    else:
        about = About(config, title, note, run.listed.created)
    place.mkdir(parents=True, exist_ok=True)
    records.write(place / "run.json", about)
    known = folds_in(id)
    made = [fold for fold in run.folds if fold.state == "finished" and fold.number not in known]
    for fold in made:
        data = json.dumps(asdict(_record(run, fold)), separators=(",", ":"), allow_nan=False).encode()
        files.write(place / f"fold-{fold.number}.json.gz", gzip.compress(data, 9, mtime=0))
    return tuple(fold.number for fold in made)


def _renamed(config: Config, id: str) -> object:
    return records.read(Config, json.dumps(asdict(config) | {"name": id}).encode(), "run")


def _record(run: Recorded, fold: Fold) -> FoldRecord:
    said, mine = run.said, np.flatnonzero(run.said.fold == fold.number)
    epochs = [one for one in run.history if one["fold"] == fold.number]
    columns = {
        name: tuple(_short(one[name]) for one in epochs) for name in (epochs[0] if epochs else ()) if name != "fold"
    }
    measured = {
        name: tuple(_short(one) for one in column[mine].tolist())
        for name in ("windows", "windows_right", "distance", "pauses")
        if (column := getattr(said, name)) is not None
    }
    return FoldRecord(
        fold.number,
        fold.n_train or 0,
        fold.best_epoch or 0,
        fold.seconds or 0.0,
        fold.clip_seconds,
        fold.parameters or 0,
        columns,
        tuple(said.units[row] for row in mine),
        tuple(said.labels[mine].tolist()),
        tuple(said.artists[mine].tolist()),
        tuple(tuple(float(f"{p:.{DIGITS}g}") for p in row) for row in said.probabilities[mine].tolist()),
        measured,
    )


def _short(value: float | None) -> float | None:
    """Return a number with :data:`DIGITS` significant digits; whole numbers stay whole."""
    if value is None or float(value).is_integer():
        return value
    return float(f"{value:.{DIGITS}g}")


def stamp(id: str) -> tuple[float, ...]:
    """Return when the files of a run were last written, so that a changed run is read again."""
    place = ROOT / id
    try:
        paths = [place / f"fold-{number}.json.gz" for number in folds_in(id)]
        return tuple(path.stat().st_mtime for path in (place / "run.json", *paths))
    except OSError as error:
        raise RecipeError(f"There is no run called {id[:40]!r} in the gallery.", details=repr(error)) from error


@lru_cache(_NEWEST)
def _about(place: Path, _: tuple[float, ...]) -> About:
    about: About = _read(About, place / "run.json", zipped=False)
    return about


@lru_cache(_NEWEST)
def _opened(place: Path, now: tuple[float, ...]) -> Recorded:
    about = _about(place, now)
    parts = [_read(FoldRecord, place / f"fold-{number}.json.gz") for number in folds_in(place.name)]
    try:
        return _assembled(listed(place.name), parts, len(about.config.classes))
    except (ValueError, IndexError, KeyError) as error:  # each file is a record, but its columns do not fit
        raise RecipeError(f"The gallery's run {place.name} is damaged.", details=repr(error)) from error


def _assembled(about: Listed, parts: list[FoldRecord], n_classes: int) -> Recorded:
    """Return a run of its folds; ValueError, IndexError or KeyError when their columns do not fit."""
    rows = [(part.number, *epoch) for part in parts for epoch in zip(*part.epochs.values(), strict=True)]
    names = ("fold", *(parts[0].epochs if parts else ()))
    history = tuple(dict(zip(names, row, strict=True)) for row in rows)
    history = tuple({**epoch, "number": int(epoch["number"] or 0)} for epoch in history)
    said = _predictions(parts, n_classes)
    right = said.probabilities.argmax(axis=1) == said.labels
    folds = tuple(
        Fold(
            part.number,
            "finished",
            len(part.epochs.get("number", ())),
            part.best_epoch,
            float(right[said.fold == part.number].mean()) if part.units else None,
            len(part.units),
            part.seconds,
            part.clip_seconds,
            part.parameters,
            part.n_train,
        )
        for part in parts
    )
    return Recorded(about, folds, history, said)


def _predictions(parts: list[FoldRecord], n_classes: int) -> Predictions:
    """Return what all folds have said, in the order of the units' ids, as one's own runs have it."""
    units = [unit for part in parts for unit in part.units]
    order = sorted(range(len(units)), key=units.__getitem__)

    def rows(values: Iterable[Any], kind: type[Any]) -> npt.NDArray[Any]:
        return np.array(list(values), dtype=kind)[order]

    def measured(name: str) -> npt.NDArray[np.float64] | None:
        if not parts or any(name not in part.measured for part in parts):
            return None
        return rows((one for part in parts for one in part.measured[name]), np.float64)

    return Predictions(
        tuple(units[at] for at in order),
        rows((part.number for part in parts for _ in part.units), np.intp),
        rows((one for part in parts for one in part.labels), np.intp),
        rows((one for part in parts for one in part.probabilities), np.float64).reshape(-1, n_classes),
        rows((one for part in parts for one in part.artists), np.intp),
        *(measured(name) for name in ("distance", "pauses", "windows", "windows_right")),
    )


def _read(kind: type[Any], path: Path, *, zipped: bool = True) -> Any:
    try:
        data = path.read_bytes()
        return records.read(kind, gzip.decompress(data) if zipped else data, path.name)
    except (OSError, EOFError, ValueError) as error:
        raise RecipeError(
            f"The gallery's run {path.parent.name} is damaged ({path.name}).", details=repr(error)
        ) from error


_SHIPPED_NOTE: Final = (
    "The recipe of a shipped model. It was chosen on clips that these protocols test, so its scores may be a little "
    "high."
)
_LAYERS: Final = (
    "The layers were chosen on validation parts, after an earlier choice had been scored on these test parts."
)
_AUDIO: Final = (
    "Four genres only, those whose audio was at hand. The fault-filtered test part was looked at five times while the "
    "recipe was made."
)
_FIVE: Final = "Five folds: ten would take more than two hours on two cores."
_TUNED: Final = {"tune_epochs": 10}
_WRITTEN: Final[Mapping[str, Value]] = {"scaled": False, "frame": True}


def _under(
    recipe: str, folds: Mapping[Protocol, int], *, variant: str = "", words: str = "", **more: Any
) -> tuple[Planned, ...]:
    """Return a recipe's runs under some protocols: protocol -> folds."""
    name = f"{recipe}-{variant}" if variant else recipe
    title = RECIPES[recipe].title + (f", {words}" if words else "")
    return tuple(Planned(f"{name}-{one}", recipe, one, k, title, **more) for one, k in folds.items())


_EVERY: Final[Mapping[Protocol, int]] = {"segments": 10, "tracks": 10, "artists": 10, "filtered": 1}
_WHOLE: Final[Mapping[Protocol, int]] = {"tracks": 10, "artists": 10, "filtered": 1}
_SHIPPED: Final[Mapping[Protocol, int]] = {"tracks": 5, "artists": 5, "filtered": 1}
_BY_ARTIST: Final[Mapping[Protocol, int]] = {"artists": 5}  # what draws nothing needs no second seed on the partition
_HEAVY: Final[Mapping[Protocol, int]] = {"tracks": 5, "artists": 5}
# The fault-filtered partition trains on 442 clips and validates on 197, ten folds over all clips on 787 and 112. What a
# recipe would lose by fewer clips alone is seen under "tracks" with as few: of those fitted at once, which learn the
# validation part too, 639 of 899; of those with early stopping 442 of 787.
_SAME: Final = {"variant": "fewer", "words": "on fewer clips"}
_FEWER: Final = "The size control: trained on as few clips as the fault-filtered partition has."

# What is quick comes first, so that a gallery that is not finished yet has something to compare.
PLAN: Final[tuple[Planned, ...]] = (
    *_under("logreg-table", _EVERY),
    *_under("knn-table", _EVERY),
    *_under("ann-table", _EVERY),
    *_under("ann-table-deep", _EVERY),
    *_under("forest-table", _EVERY),
    *_under("svm-table", _EVERY),
    *_under("logreg-table", {"tracks": 10}, **_SAME, share=0.71, note=_FEWER),
    *_under("knn-table", {"tracks": 10}, **_SAME, share=0.71, note=_FEWER),
    *_under("ann-table", {"tracks": 10}, **_SAME, share=0.56, note=_FEWER),
    *_under("kernel-table", _SHIPPED, seed=20261121, note=_SHIPPED_NOTE),
    *_under("texture-svm", _SHIPPED, seed=20261121, note=_SHIPPED_NOTE),
    *_under("photo-svm", _SHIPPED, seed=20261121, note=_SHIPPED_NOTE),
    *_under("picture-cnn", _SHIPPED, seed=20261121, note=_SHIPPED_NOTE),
    *(
        planned
        for seed in (2002, 7)
        for recipe, folds in (("picture-cnn", _SHIPPED), ("texture-svm", _BY_ARTIST), ("photo-svm", _BY_ARTIST))
        for planned in _under(
            recipe, folds, variant=f"seed-{seed}", words=f"seed {seed}", seed=seed, note=_SHIPPED_NOTE
        )
    ),
    *_under("mobilenetv2", _WHOLE, note=_LAYERS),
    *_under("yamnet", {"tracks": 5, "artists": 5, "filtered": 1}, needs="audio", note=_AUDIO),
    *_under("crnn-mel", _HEAVY, note=_FIVE),
    *_under("mobilenetv2", _HEAVY, variant="tuned", words="fine-tuned", options=_TUNED, note=f"{_FIVE} {_LAYERS}"),
    *_under("cnn-rgb224", _HEAVY, note=_FIVE),
    *_under("cnn-grey350", _HEAVY, variant="intended", words="as intended", form="intended"),
    *_under("cnn-grey350", {"tracks": 10}, variant="written", words="as written", form="written", options=_WRITTEN),
    *_under("cnn-grey350", {"artists": 5}, variant="written", words="as written", options=_WRITTEN, note=_FIVE),
)

# What could not be trained: recipe -> why.
MISSING: Final[Mapping[str, str]] = {name: "weights not at hand" for name in ("vgg19", "efficientnetb0", "inceptionv3")}
