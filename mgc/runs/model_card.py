"""The card of a run as Markdown: what was trained on what, how it was tested, and what its scores do not say."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any, Final

from mgc import runs
from mgc.evaluation import metrics
from mgc.genres import display_name
from mgc.recipes import RECIPES, in_words

if TYPE_CHECKING:
    from mgc.runs import Recorded

__all__ = ["PROTOCOLS_IN_WORDS", "card"]

PROTOCOLS_IN_WORDS: Final = {
    "segments": "segments of 3 s; segments of one clip are in both training and test, so the score rewards memorising",
    "tracks": "clips it was not trained on; their artists may be in the training part",
    "artists": "clips of artists who are not in the training part, as far as artists are known",
    "filtered": "the published fault-filtered partition: no known artist in both parts, faulty clips left out",
}


def card(id: int | str) -> str:
    """Return the card of a run in Markdown; RecipeError or JobError when there is no such run."""
    one = runs.recorded(id)
    config, chosen = one.config, RECIPES[one.config.recipe]
    created = datetime.datetime.fromtimestamp(one.listed.created, datetime.UTC).date().isoformat()
    title = _plain(one.listed.title or f"{chosen.title} on {config.dataset}")
    options = ", ".join(f"{name} {in_words(value)}" for name, value in config.options.items()) or "none"
    parts = f"{config.folds} folds" if config.folds > 1 else "one split"
    form = {"written": ", parts of 72 / 18 / 10 %", "intended": ", parts of 64 / 16 / 20 %"}.get(config.form, "")
    lines = [
        f"# {title}",
        "",
        f"{chosen.sentence} Source: {chosen.source}.",
        "",
        f"- Run: {one.id} ({one.listed.source}), {one.listed.state}, {created}",
        f"- Recipe: `{config.recipe}`; options: {options}",
        f"- Data: {config.dataset}, {config.tracks:,} tracks, {len(config.classes)} genres: "
        + ", ".join(map(_genre, config.classes)),
        f"- Tested on: {PROTOCOLS_IN_WORDS[config.protocol]}",
        f"- Split: {parts}{form}, seed {config.seed} (one seed), sha256 `{config.split[:16]}`",
    ]
    if config.thin:
        lines.append("- Thinned: " + ", ".join(f"{genre} to {share:g}" for genre, share in config.thin.items()))
    if known := [fold.parameters for fold in one.folds if fold.parameters]:
        lines.append(f"- Parameters: {max(known):,}")
    if one.listed.note:
        lines += ["", _plain(one.listed.note)]
    lines += ["", *_scores(one), "", *_limits(one)]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Return a person's words on one line, without what Markdown or HTML would make of them."""
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", " ".join(text.split()))


def _genre(name: str) -> str:
    return _plain(display_name(name))


def _scores(one: Recorded) -> list[str]:
    found = runs.scores_of(one, one.said)
    if not found:
        return ["No fold has finished yet, so there are no scores."]
    value, over = found["accuracy"], found["accuracy_by_artist"]
    unit = "segments" if one.config.protocol == "segments" else "clips"
    each = metrics.per_genre(one.said.labels, one.said.probabilities.argmax(axis=1), len(one.config.classes))
    rows = [
        f"| {_genre(genre)} | {100 * each.recall[i]:.1f} | {100 * each.precision[i]:.1f} | "
        f"{100 * each.f1[i]:.1f} | {each.support[i]} |"
        for i, genre in enumerate(one.config.classes)
    ]
    return [
        "## Scores",
        "",
        f"**{100 * value['value']:.1f} % of {value['n']:,} {unit} correct** (95 % intervals: "
        f"{100 * value['low']:.1f} to {100 * value['high']:.1f} over {unit}, {100 * over['low']:.1f} to "
        f"{100 * over['high']:.1f} over {over['n_artists']:,} artists; {_of(one)}, one seed).",
        f"Macro-F1 {_interval(found['macro_f1'])}; log loss {found['log_loss']:.3f}; calibration error "
        f"{found['ece']:.3f} (10 bins, uncalibrated).",
        "",
        "| genre | recall, % | precision, % | F1, % | n |",
        "|---|---|---|---|---|",
        *rows,
    ]


def _of(one: Recorded) -> str:
    done = sum(fold.state == "finished" for fold in one.folds)
    return f"{done} of {one.config.folds} folds"


def _interval(found: dict[str, Any]) -> str:
    return f"{100 * found['value']:.1f} % ({100 * found['low']:.1f} to {100 * found['high']:.1f})"


def _limits(one: Recorded) -> list[str]:
    lines = ["## What the scores do not say", ""]
    if one.config.protocol == "segments":
        lines.append("- Nothing about new songs: the test part holds pieces of the training songs.")
    if one.config.protocol == "tracks":
        lines.append("- How well artists are classified that it has never heard: less well (see the protocol artists).")
    lines += [
        "- How another training run would have come out: a second seed moves the accuracy by some points.",
        "- Anything about music unlike this data set.",
    ]
    return lines
