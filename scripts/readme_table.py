"""Write the tables of README.md from the models' cards and the gallery: ``python -m scripts.readme_table``.

``tests/test_readme.py`` fails while the two differ.
"""

from __future__ import annotations

import re
from pathlib import Path

from mgc import runs
from mgc.models.card import Card, Estimate
from mgc.runs import gallery
from mgc.runs.ladder import LENIENT_FIRST

ROOT = Path(__file__).resolve().parents[1]
PROTOCOLS = ("tracks", "artists", "filtered")
ORDER = ("vote", "pictures", "descriptors", "vote-yamnet", "listener")
GALLERY = re.compile(r"(<!-- gallery: [^>]*-->\n).*?(<!-- /gallery -->)", re.DOTALL)
PLACE = re.compile(r"(<!-- models: [^>]*-->\n).*?(<!-- /models -->)", re.DOTALL)


def percent(card: Card, protocol: str, score: str = "accuracy") -> str:
    """Return a score with its intervals and the number of clips, in percent; a dash where it was not measured."""
    if protocol not in card.scores:
        return "-"
    it: Estimate = getattr(card.scores[protocol], score)
    over = card.scores[protocol].accuracy_by_artist if score == "accuracy" else None
    also = f"; {digits(over.low)} to {digits(over.high)} over {over.n_artists} artists" if over else ""
    by_seed = card.scores[protocol].accuracy_by_seed if score == "accuracy" else None
    if by_seed:
        each = ", ".join(map(digits, by_seed))
        also += f"; mean of {len(by_seed)} seeds {digits(sum(by_seed) / len(by_seed))}: {each}"
    return f"**{digits(it.value)}** ({digits(it.low)} to {digits(it.high)}, n = {it.n}{also})"


def digits(share: float) -> str:
    """Return a share in percent: 348 of 419 is 83.05 %, kept as 0.8305, which as a binary number is a little less."""
    return f"{100 * share + 1e-9:.1f}"


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


def gallery_table() -> str:
    """Return the finished runs of the gallery as Markdown: a row for each recipe, a column for each protocol."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for id in gallery.ids():
        one = gallery.listed(id)
        if one.state == "finished":
            found = runs.to_json(id, with_folds=False)["scores"]["accuracy"]
            low, high = 100 * found["low"], 100 * found["high"]
            said = f"**{100 * found['value']:.1f}** ({low:.1f} to {high:.1f}, n = {found['n']:,})"
            variant = id.removesuffix(f"-{one.config.protocol}")
            rows.setdefault((variant, one.title), {})[one.config.protocol] = said
    lines = [f"| recipe | {' | '.join(LENIENT_FIRST)} |", "|---|---|---|---|---|"]
    for (variant, _), cells in rows.items():
        lines.append(f"| `{variant}` | {' | '.join(cells.get(name, '-') for name in LENIENT_FIRST)} |")
    return "\n".join(lines) + "\n" if rows else ""


def written(readme: str, models: Path) -> str:
    """Return the README with the tables of these models, and of the gallery, in their places."""
    for place, made in ((PLACE, table(models)), (GALLERY, gallery_table())):
        readme, count = place.subn(lambda found, made=made: f"{found[1]}{made}{found[2]}", readme)  # type: ignore[misc]
        if count != 1:
            raise ValueError("README.md has no place for a table.")
    return readme


if __name__ == "__main__":
    path = ROOT / "README.md"
    path.write_text(written(path.read_text(encoding="utf-8"), ROOT / "models"), encoding="utf-8")
