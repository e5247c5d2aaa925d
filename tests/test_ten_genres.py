"""Only GTZAN and the studio know that there are ten genres; everything else reads a model's or a data set's own."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TEN = {"GENRES", "COLOURS"}
OWNERS = ("mgc/genres.py", "mgc/datasets/gtzan.py", "mgc/studio/")
REASONS = {
    "mgc/__init__.py": "a public name",
    "mgc/datasets/base.py": "a data set's genres stand in the usual order where they are known",
    "mgc/datasets/folder.py": "folders called Hip-Hop or HipHop are one genre",
    "mgc/datasets/archive.py": "knows where the files of GTZAN belong",
    "mgc/ui/classify/__init__.py": "our own clips, which the studio plays",
}


def knowing(root: Path) -> set[str]:
    """Return the files that take the ten genres or their colours from :mod:`mgc.genres`."""
    found = set()
    for path in sorted(root.glob("mgc/**/*.py")) + sorted(root.glob("pages/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            taken = isinstance(node, ast.ImportFrom) and node.module == "mgc.genres" and {a.name for a in node.names}
            asked = isinstance(node, ast.Attribute) and ast.unparse(node.value).split(".")[-1] == "genres"
            if (taken and taken & TEN) or (asked and node.attr in TEN):
                found.add(path.relative_to(root).as_posix())
    return found


def test_nothing_else_knows_the_ten_genres(root: Path) -> None:
    assert {name for name in knowing(root) if not name.startswith(OWNERS)} == set(REASONS)


def test_the_rule_notices_both_ways_to_know_them(tmp_path: Path) -> None:
    (tmp_path / "mgc").mkdir()
    for name, text in (
        ("a", "from mgc.genres import GENRES"),
        ("b", "from mgc import genres\ngenres.COLOURS"),
        ("c", "from mgc.genres import palette"),
    ):
        (tmp_path / "mgc" / f"{name}.py").write_text(text)
    assert knowing(tmp_path) == {"mgc/a.py", "mgc/b.py"}
