"""The ladder: one recipe under protocols from lenient to strict, which shows what each leak is worth."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from mgc import runs
from mgc.errors import DatasetError, RecipeError
from mgc.recipes import RECIPES
from mgc.settings import settings
from mgc.splits import PROTOCOLS, SEED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mgc.recipes import Value
    from mgc.runs import Listed, Plan, Run
    from mgc.splits import Protocol

__all__ = ["FOLDS", "LENIENT_FIRST", "Ladder", "found", "plans", "start", "to_json"]

LENIENT_FIRST: Final[tuple[Protocol, ...]] = tuple(reversed(PROTOCOLS))
FOLDS: Final = 5


@dataclass(frozen=True, slots=True)
class Ladder:
    """Runs of one recipe with the same options on one data set.

    Attributes
    ----------
    title, dataset, recipe : str
    source : str
        "gallery" or "own"
    rungs : dict of protocol to str
        id of the newest finished run under each
    same_size : str or None
        a run under "tracks" that was trained on the same smaller share of all genres: what fewer clips cost by
        themselves
    """

    title: str
    dataset: str
    recipe: str
    source: str
    rungs: dict[str, str] = field(default_factory=dict)
    same_size: str | None = None


def found(listed: Iterable[Listed]) -> tuple[Ladder, ...]:
    """Return the ladders with two rungs or more among finished runs, in the order of the list."""
    ladders: dict[str, Ladder] = {}
    controls: dict[str, str] = {}
    for one in listed:
        config = one.config
        if one.state != "finished":
            continue
        key = json.dumps([one.source, config.dataset, config.recipe, config.options], sort_keys=True)
        if config.thin:
            if config.protocol == "tracks" and len(set(config.thin.values())) == 1 and _is_all(config):
                controls.setdefault(key, one.id)
            continue
        title = (one.title if one.source == "gallery" else "") or RECIPES[config.recipe].title
        ladder = ladders.setdefault(key, Ladder(title, config.dataset, config.recipe, one.source))
        ladder.rungs.setdefault(config.protocol, one.id)
    return tuple(
        Ladder(one.title, one.dataset, one.recipe, one.source, _in_order(one.rungs), controls.get(key))
        for key, one in ladders.items()
        if len(one.rungs) >= 2
    )


def _is_all(config: runs.Config) -> bool:
    return set(config.thin) == set(config.classes)


def _in_order(rungs: dict[str, str]) -> dict[str, str]:
    return {name: rungs[name] for name in LENIENT_FIRST if name in rungs}


def plans(dataset: str, recipe: str, *, seed: int = SEED, options: dict[str, Value] | None = None) -> tuple[Plan, ...]:
    """Return a plan under each protocol by which the data set can be split for the recipe, lenient first.

    DatasetError or RecipeError when there is none.
    """
    planned: list[Plan] = []
    refused: DatasetError | RecipeError | None = None
    for protocol in LENIENT_FIRST:
        try:
            planned.append(runs.make_plan(dataset, recipe, protocol, folds=FOLDS, seed=seed, options=options))
        except (DatasetError, RecipeError) as error:
            refused = error
    if not planned and refused is not None:
        raise refused
    return tuple(planned)


def start(planned: Iterable[Plan]) -> tuple[Run, ...]:
    """Return a run for each plan: one that has the same configuration and has not failed, else a new one.

    RecipeError where MGC_TRAINING does not allow several runs at a time.
    """
    if settings().training != "on":
        raise RecipeError("A ladder takes several runs, which this server does not allow (MGC_TRAINING).")
    known = runs.runs()
    begun = []
    for plan in planned:
        same = (one for one in known if runs.same(one.config, plan.config))
        there = next((one for one in same if one.job.state not in ("failed", "cancelled")), None)
        begun.append(there or runs.start(plan))
    return tuple(begun)


def to_json(ids: Iterable[int | str]) -> list[dict[str, Any]]:
    """Return what a ladder comes to, as ``mgc ladder --json`` prints it: a record of each rung."""
    records = [runs.to_json(id, with_folds=False) for id in ids]
    return [
        {
            "protocol": one["protocol"],
            "run": one["id"],
            "state": one["state"],
            "accuracy": one["scores"].get("accuracy"),
            "accuracy_by_artist": one["scores"].get("accuracy_by_artist"),
            "macro_f1": one["scores"].get("macro_f1"),
        }
        for one in records
    ]
