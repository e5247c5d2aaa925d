"""The shape that DESIGN promises, read off the syntax trees; each rule is also shown a tree that breaks it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# What may import what: a part imports parts of its own row and of the rows below it, never of a row above.
LAYERS = (
    {"errors", "files", "genres", "settings", "strict"},
    {"audio", "features", "studio", "datasets", "splits", "recipes", "nets", "training"},
    {"audit", "charts", "evaluation", "extraction", "inference", "jobs", "models"},
    {"cli", "doctor", "shipping", "ui", "__main__"},
    {"app", "pages"},
)
ROW = {part: number for number, row in enumerate(LAYERS) for part in row}

# Who alone may import a library (STYLE 4.3), as prefixes of dotted module names.
OWNERS = {
    "streamlit": ("app", "pages", "mgc.ui"),
    "keras": ("mgc.nets", "mgc.training", "mgc.inference", "mgc.features.yamnet"),
    "tensorflow": ("mgc.nets", "mgc.training", "mgc.inference", "mgc.features.yamnet"),
    "soundfile": ("mgc.audio",),
    "av": ("mgc.audio",),
    "audioread": (),  # starts ffmpeg by itself
    "subprocess": ("mgc.audio.decode", "mgc.studio.making", "mgc.jobs.cluster"),
    "multiprocessing": (),  # a fork after TensorFlow hangs
    "pickle": (),
    "joblib": (),  # its files are pickles
    "dill": (),
    "cloudpickle": (),
    "shelve": (),
    "marshal": (),
}
INSIDE_FUNCTIONS_ONLY = {"keras", "tensorflow"}  # seconds and hundreds of MB, paid by who uses them
ENVIRONMENT = {"environ", "environb", "getenv", "putenv", "unsetenv"}
PROCESSES = {"fork", "forkpty", "kill", "killpg", "popen", "system", "posix_spawn", "posix_spawnp"}


def modules(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the dotted name and the path of everything that ships."""
    for path in [root / "app.py", *sorted(root.glob("pages/*.py")), *sorted(root.glob("mgc/**/*.py"))]:
        if path.exists():
            yield ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"), path


def part(name: str) -> str:
    """Return which part of LAYERS a dotted name belongs to."""
    pieces = name.split(".")
    return pieces[1] if pieces[0] == "mgc" and len(pieces) > 1 else pieces[0]


def imports(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Yield each imported dotted name (``from mgc import genres`` is ``mgc.genres``)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}" if node.module else alias.name, node) for alias in node.names)


def for_types(tree: ast.Module) -> set[ast.AST]:
    """Return what stands under ``if TYPE_CHECKING``: it never runs, so it costs nothing."""
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)]
    return {inner for block in blocks for inner in ast.walk(block)}


def in_functions(tree: ast.Module) -> set[ast.AST]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {inner for function in functions for inner in ast.walk(function)}


def belongs(name: str, owners: tuple[str, ...]) -> bool:
    return any(name == owner or name.startswith(owner + ".") for owner in owners)


def direction(root: Path) -> list[str]:
    wrong = []
    for name, path in modules(root):
        if name == "mgc":  # the front door names everything, lazily
            continue
        if part(name) not in ROW:
            wrong.append(f"{name} has no place in LAYERS")
            continue
        for target, _ in imports(ast.parse(path.read_text())):
            if target.split(".")[0] not in {"mgc", "app", "pages"} or part(target) not in ROW:
                continue
            if ROW[part(target)] > ROW[part(name)]:
                wrong.append(f"{name} imports {target}, which stands above it")
    return wrong


def owners(root: Path) -> list[str]:
    wrong = []
    for name, path in modules(root):
        tree = ast.parse(path.read_text())
        typing_only = for_types(tree)
        for target, node in imports(tree):
            if node not in typing_only and not belongs(name, OWNERS.get(target.split(".")[0], (name,))):
                wrong.append(f"{name} imports {target}")
    return wrong


def heavy_at_import(root: Path) -> list[str]:
    wrong = []
    for name, path in modules(root):
        tree = ast.parse(path.read_text())
        late = for_types(tree) | in_functions(tree)
        for target, node in imports(tree):
            if target.split(".")[0] in INSIDE_FUNCTIONS_ONLY and node not in late:
                wrong.append(f"{name} imports {target} when it is imported itself")
    return wrong


def attributes_of_os(root: Path, names: set[str], allowed: tuple[str, ...]) -> list[str]:
    wrong = []
    for name, path in modules(root):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
                used = {node.attr}
            elif isinstance(node, ast.ImportFrom) and node.module == "os":
                used = {alias.name for alias in node.names}
            else:
                continue
            if used & names and not belongs(name, allowed):
                wrong.append(f"{name} uses os.{(used & names).pop()}")
    return wrong


def environment(root: Path) -> list[str]:
    return attributes_of_os(root, ENVIRONMENT, ("mgc.settings",))


def processes(root: Path) -> list[str]:
    return attributes_of_os(root, PROCESSES, ("mgc.audio.decode", "mgc.audio.forker"))


def pickles(root: Path) -> list[str]:
    wrong = [str(path) for path in (root / "models").rglob("*") if path.suffix in {".pkl", ".pickle", ".joblib"}]
    for name, path in modules(root):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle" and ast.unparse(node.value) != "False":
                wrong.append(f"{name} allows pickles in an array file")
    return wrong


def names(root: Path) -> list[str]:
    return [name for name, _ in modules(root) if name.split(".")[-1] in {"utils", "util", "helpers", "manager", "misc"}]


# rule -> (file, text) that breaks it, and the same file where it does not
RULES: dict[Callable[[Path], list[str]], tuple[tuple[str, str], tuple[str, str]]] = {
    direction: (("mgc/audio/x.py", "from mgc.inference import classify"), ("mgc/cli.py", "import mgc.inference")),
    owners: (("mgc/charts/x.py", "import streamlit as st"), ("mgc/ui/x.py", "import streamlit as st")),
    heavy_at_import: (
        ("mgc/nets/x.py", "try:\n    from keras import ops\nfinally:\n    pass"),
        ("mgc/nets/x.py", "def build():\n    import keras"),
    ),
    environment: (("mgc/cli.py", "import os\nos.environ['A'] = 'b'"), ("mgc/settings.py", "from os import environ")),
    processes: (("mgc/jobs/x.py", "from os import killpg"), ("mgc/audio/decode.py", "import os\nos.killpg(1, 9)")),
    pickles: (
        ("mgc/features/x.py", "import numpy\nnumpy.load('a', allow_pickle=True)"),
        ("mgc/features/x.py", "import numpy\nnumpy.load('a', allow_pickle=False)"),
    ),
    names: (("mgc/audio/utils.py", ""), ("mgc/audio/units.py", "")),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule: Callable[[Path], list[str]], root: Path) -> None:
    assert rule(root) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_notices_who_breaks_it(rule: Callable[[Path], list[str]], tmp_path: Path) -> None:
    for place, (file, text), expected in zip(("bad", "good"), RULES[rule], (1, 0), strict=True):
        path = tmp_path / place / file
        path.parent.mkdir(parents=True)
        path.write_text(text)
        assert len(rule(tmp_path / place)) == expected
