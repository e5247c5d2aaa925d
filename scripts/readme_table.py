"""Write the table of accuracies into README.md from the models' cards: ``python -m scripts.readme_table``.

``tests/test_readme.py`` fails while the two differ.
"""

from __future__ import annotations

import re
from pathlib import Path

from mgc.models.card import Card, Estimate

ROOT = Path(__file__).resolve().parents[1]
PROTOCOLS = ("tracks", "artists", "filtered")
ORDER = ("vote", "pictures", "descriptors")
PLACE = re.compile(r"(<!-- models: [^>]*-->\n).*?(<!-- /models -->)", re.DOTALL)


def percent(card: Card, protocol: str, score: str = "accuracy") -> str:
    """Return a score with its intervals and the number of clips, in percent; a dash where it was not measured."""
    if protocol not in card.scores:
        return "-"
    it: Estimate = getattr(card.scores[protocol], score)
    over = card.scores[protocol].accuracy_by_artist if score == "accuracy" else None
    also = f"; {100 * over.low:.1f} to {100 * over.high:.1f} over {over.n_artists} artists" if over else ""
    return f"**{100 * it.value:.1f}** ({100 * it.low:.1f} to {100 * it.high:.1f}, n = {it.n}{also})"


def table(models: Path) -> str:
    """Return the table of all cards in a folder, as Markdown."""
    cards = [Card.from_bytes(path.read_bytes()) for path in models.glob("*/card.json")]
    cards.sort(key=lambda card: (ORDER.index(card.id) if card.id in ORDER else len(ORDER), card.id))
    if not cards:
        return ""
    lines = [
        f"| model | {' | '.join(PROTOCOLS)} | macro-F1, {PROTOCOLS[-1]} | calibration error |",
        "|---|---|---|---|---|---|",
    ]
    for card in cards:
        scores = [percent(card, name) for name in PROTOCOLS]
        cells = [f"`{card.id}`", *scores, percent(card, PROTOCOLS[-1], "macro_f1"), f"{card.headline.ece:.3f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def written(readme: str, models: Path) -> str:
    """Return the README with the table of these models in its place."""
    text, count = PLACE.subn(lambda found: f"{found[1]}{table(models)}{found[2]}", readme)
    if count != 1:
        raise ValueError("README.md has no place for the table of models.")
    return text


if __name__ == "__main__":
    path = ROOT / "README.md"
    path.write_text(written(path.read_text(encoding="utf-8"), ROOT / "models"), encoding="utf-8")
