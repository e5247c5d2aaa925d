"""The downloads: one song's answer as JSON and as CSV, and a CSV of all songs."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Final

import mgc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mgc.inference import Prediction
    from mgc.models.card import Card
    from mgc.ui.classify.listening import Song

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet calculate a cell

__all__ = ["all_as_csv", "as_csv", "as_json", "file_name"]


def as_json(prediction: Prediction, card: Card, *, name: str, sha256: str) -> str:
    """Return the answer as the command line prints it, with the model's facts and scores beside it."""
    scores = {
        protocol: {
            "accuracy": _estimate(result.accuracy),
            "macro_f1": _estimate(result.macro_f1),
            "ece": result.ece,
            "split": card.splits[protocol].hash if protocol in card.splits else None,
        }
        for protocol, result in card.scores.items()
    }
    report = {
        "file": name,
        "sha256": sha256,
        **prediction.to_json(),
        "rule": prediction.rule,
        "reason": prediction.reason,
        "warnings": list(prediction.heard.warnings),
        "model_card": {
            "id": card.id,
            "title": card.title,
            "summary": card.summary,
            "created": card.created,
            "licence": card.licence,
            "parameters": card.parameters,
            "weights_sha256": card.weights.sha256 if card.weights else None,
            "members": list(card.members),
            "classes": list(card.genres),
            "scores": scores,
        },
        "made_with": f"mgc {mgc.__version__}",
    }
    return json.dumps(report, indent=1, ensure_ascii=False) + "\n"


def as_csv(prediction: Prediction) -> str:
    """Return the timeline: one row a window, one column a genre of the model."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["start", "end", *map(_cell, prediction.probabilities)])
    for window in prediction.timeline:
        row = [f"{share:.6f}" for share in window.probabilities.values()]
        table.writerow([f"{window.start:.3f}", f"{window.end:.3f}", *row])
    return out.getvalue()


def all_as_csv(answers: Iterable[tuple[str, Prediction | None, str]]) -> str:
    """Return one row a song: name, verdict, shares; a song without an answer has the sentence why.

    Parameters
    ----------
    answers : iterable of (name, prediction or None, sentence why there is none)
        A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    answers = list(answers)
    genres = list(next((said.probabilities for _, said, _ in answers if said), ()))
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(
        ["file", "verdict", "genre", "confidence", "seconds", "model", "rule", *map(_cell, genres), "remark"]
    )
    for name, said, why in answers:
        shown = _cell(name)
        if said is None:
            table.writerow([shown, *[""] * (6 + len(genres)), why])
            continue
        shares = [f"{said.probabilities[genre]:.6f}" for genre in genres]
        about = [_cell(said.verdict), _cell(said.genre), f"{said.confidence:.6f}", f"{said.heard.seconds:.3f}"]
        table.writerow([shown, *about, said.model, said.rule, *shares, said.reason])
    return out.getvalue()


def file_name(song: Song, ending: str) -> str:
    """Return a name for the download: letters and digits of the song's own name, and its digest.

    Nothing else of a stranger's file name is used: no dots, no slashes, no control characters.
    """
    stem = re.sub(r"[^A-Za-z0-9]+", "-", song.name.rsplit(".", 1)[0])[:40].strip("-").lower()
    return "-".join(part for part in ("mgc", stem, song.sha256[:8]) if part) + f".{ending}"


def _cell(text: str) -> str:
    return f"'{text}" if text[:1] in _FORMULA else text


def _estimate(estimate: object) -> dict[str, object]:
    return {field: getattr(estimate, field) for field in ("value", "low", "high", "n")}
