"""What can be taken home: one song's answer as JSON and as CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import mgc
from mgc.genres import GENRES

if TYPE_CHECKING:
    from mgc.card import Card
    from mgc.inference import Prediction

__all__ = ["as_csv", "as_json", "file_name"]


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
            "scores": scores,
        },
        "made_with": f"mgc {mgc.__version__}",
    }
    return json.dumps(report, indent=1, ensure_ascii=False) + "\n"


def as_csv(prediction: Prediction) -> str:
    """Return the timeline: one row a window, one column a genre. It holds no text of a stranger's."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["start", "end", *GENRES])
    for window in prediction.timeline:
        row = [f"{window.probabilities[genre]:.6f}" for genre in GENRES]
        table.writerow([f"{window.start:.3f}", f"{window.end:.3f}", *row])
    return out.getvalue()


def file_name(sha256: str, ending: str) -> str:
    """Return a name for the download, made of the song's digest: a stranger's file name is never used as one."""
    return f"mgc-{sha256[:8]}.{ending}"


def _estimate(estimate: object) -> dict[str, object]:
    return {field: getattr(estimate, field) for field in ("value", "low", "high", "n")}
