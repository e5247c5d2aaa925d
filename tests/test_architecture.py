"""The shape that DESIGN promises, read off the syntax trees; each rule is also shown a tree that breaks it."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OURS = {"mgc", "app", "pages"}

# Which packages each package may import: one line each, nothing else is allowed. A module path in a string (a worker's
# preload, an argument of ``python -m``) counts as an import.
GROUND = "errors files genres records settings"  # small modules without a dependency beyond this list
MAY_IMPORT = {
    "errors": "",
    "genres": "",
    "settings": "errors",
    "files": "errors",
    "records": "files",
    "audio": "errors settings",
    "weights": "errors files settings",
    "networks": "errors settings",
    "features": f"{GROUND} audio networks weights",
    "studio": f"{GROUND} audio",
    "datasets": f"{GROUND} audio features jobs studio",
    "splits": f"{GROUND} datasets",
    "nets": f"{GROUND} evaluation features networks",
    "recipes": "errors nets weights",
    "downloads": f"{GROUND} datasets jobs weights",
    "evaluation": GROUND,
    "training": f"{GROUND} evaluation extraction features nets recipes splits",
    "models": f"{GROUND} audio features nets splits",
    "prediction": f"{GROUND} audio evaluation features models",
    "inference": f"{GROUND} audio evaluation features models nets networks prediction",
    "charts": f"{GROUND} audio features models",
    "jobs": GROUND,
    "background": "audit datasets downloads extraction jobs runs",
    "runs": f"{GROUND} datasets evaluation extraction jobs models nets recipes splits training",
    "extraction": f"{GROUND} audio datasets evaluation features jobs weights",
    "audit": f"{GROUND} datasets evaluation extraction features jobs nets splits",
    "doctor": f"{GROUND} audio features inference jobs models networks weights",
    "cli": f"{GROUND} audio audit datasets doctor downloads evaluation extraction features inference jobs models "
    "recipes runs splits studio weights",
    "__main__": "cli",
    "ui": f"{GROUND} audio audit charts datasets downloads evaluation extraction features inference jobs models "
    "recipes runs splits studio training weights",
    "pages": "ui",
    "app": "ui",
}
# (module, package that it imports all the same): why
EXCEPTIONS = {
    ("mgc.datasets.background", "extraction"): "what is added is extracted, and what is removed no longer",
    ("mgc.jobs.kinds", "background"): "the table of kinds, named and not imported",
    ("mgc.studio.making", "datasets"): "the tracks that it makes, until they are records of its own",
}
CIRCLES = [  # import circles between modules that are still there; none may be added
]

# Who alone may import a library (STYLE 4.3), as prefixes of dotted module names.
KERAS = ("mgc.nets", "mgc.networks", "mgc.training", "mgc.features.photo", "mgc.features.yamnet")
OWNERS = {
    "starlette": ("mgc.ui.server", "mgc.ui.quota"),
    "streamlit": ("app", "pages", "mgc.ui"),
    "keras": KERAS,
    "openvino": ("mgc.networks",),
    "tensorflow": KERAS,
    "soundfile": ("mgc.audio.child",),  # what runs in the limited child
    "av": ("mgc.audio.child",),
    "audioread": (),  # starts ffmpeg by itself
    "PIL": (),  # a decoder of pictures
    "imageio": (),
    "sqlalchemy": ("mgc.jobs",),
    "sqlite3": (),  # SQLAlchemy's business
    "psycopg": (),
    "distributed": ("mgc.jobs",),
    "optuna": ("mgc.training.search",),
    "dask": ("mgc.jobs", "mgc.settings"),  # which counts cores by it
    "subprocess": ("mgc.audio.decode", "mgc.studio.making", "mgc.jobs.cluster", "mgc.runs.background"),
    "multiprocessing": (),  # a fork after TensorFlow hangs
    "pickle": (),
    "joblib": (),  # its files are pickles
    "dill": (),
    "cloudpickle": (),
    "shelve": (),
    "marshal": (),
}
PICTURE_DECODERS = {
    "FileStorage", "VideoCapture", "imcount", "imdecode", "imdecodeanimation", "imdecodemulti", "imread",
    "imreadanimation", "imreadmulti",
}  # fmt: skip
PICTURE_OWNERS = ("mgc.audio.child",)
INSIDE_FUNCTIONS_ONLY = {"keras", "openvino", "tensorflow"}  # seconds and hundreds of MB, paid by who uses them
ENVIRONMENT = {"environ", "environb", "getenv", "putenv", "unsetenv"}
PROCESSES = {"fork", "forkpty", "kill", "killpg", "popen", "system", "posix_spawn", "posix_spawnp"}


def modules(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the dotted name and the path of everything that ships."""
    for path in [root / "app.py", *sorted(root.glob("pages/*.py")), *sorted(root.glob("mgc/**/*.py"))]:
        if path.exists():
            yield ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"), path


@cache
def parsed(text: str) -> ast.Module:
    return ast.parse(text)


def part(name: str) -> str:
    """Return the package of ours that a dotted name belongs to."""
    pieces = name.split(".")
    return pieces[1] if pieces[0] == "mgc" and len(pieces) > 1 else pieces[0]


def imports(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield each imported dotted name (``from mgc import genres`` is ``mgc.genres``)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}" if node.module else alias.name, node) for alias in node.names)


def in_strings(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield each module path in a string that is no docstring: ``"mgc.jobs.worker"``, ``"from mgc.jobs import x"``."""
    docs = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docs:
            whole = re.fullmatch(r"mgc(\.\w+)+(:\w+)?", node.value)
            found = (
                [node.value.partition(":")[0]] if whole else re.findall(r"(?:from|import) (mgc(?:\.\w+)+)", node.value)
            )
            yield from ((name, node) for name in found)


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
        if name == "mgc":  # the public names, imported when they are asked for
            continue
        mine = part(name)
        if mine not in MAY_IMPORT:
            wrong.append(f"{name}: give {mine} a line in MAY_IMPORT")
            continue
        tree = parsed(path.read_text())
        targets = {target for target, _ in (*imports(tree), *in_strings(tree)) if target.split(".")[0] in OURS}
        for target in sorted({part(target) for target in targets} - {mine, *MAY_IMPORT[mine].split()}):
            if target in MAY_IMPORT and not any(belongs(name, (one,)) and target == to for one, to in EXCEPTIONS):
                wrong.append(f"{name} imports {target}, which is not in the line of {mine}")
    return wrong


def circles(root: Path) -> list[str]:
    """Name the groups of modules that import each other, in a circle, when they run."""
    found = dict(modules(root))
    edges: dict[str, set[str]] = {}
    for name, path in found.items():
        tree = parsed(path.read_text())
        typing_only = for_types(tree)
        edges[name] = set()
        for target, node in (*imports(tree), *in_strings(tree)):
            while target and target not in found:
                target = target.rpartition(".")[0]
            if (name, target) == ("mgc.jobs.kinds", "mgc.background"):
                continue  # the table of kinds is named, and read when a kind is asked for
            if target not in ("", name) and node not in typing_only:
                edges[name].add(target)
    reach = {name: reachable(name, edges) for name in edges}
    groups = {frozenset(other for other in reach[name] if name in reach[other]) for name in edges}
    return sorted(" <-> ".join(sorted(group)) for group in groups if group and group not in CIRCLES)


def reachable(start: str, edges: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        fresh = edges[waiting.pop()] - seen
        seen |= fresh
        waiting += fresh
    return seen


def owners(root: Path) -> list[str]:
    wrong = []
    for name, path in modules(root):
        tree = parsed(path.read_text())
        typing_only = for_types(tree)
        for target, node in imports(tree):
            if node not in typing_only and not belongs(name, OWNERS.get(target.split(".")[0], (name,))):
                wrong.append(f"{name} imports {target}")
    return wrong


def heavy_at_import(root: Path) -> list[str]:
    wrong = []
    for name, path in modules(root):
        tree = parsed(path.read_text())
        late = for_types(tree) | in_functions(tree)
        for target, node in imports(tree):
            if target.split(".")[0] in INSIDE_FUNCTIONS_ONLY and node not in late:
                wrong.append(f"{name} imports {target} when it is imported itself")
    return wrong


def attributes_of_os(root: Path, names: set[str], allowed: tuple[str, ...]) -> list[str]:
    wrong = []
    for name, path in modules(root):
        for node in ast.walk(parsed(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
                used = {node.attr}
            elif isinstance(node, ast.ImportFrom) and node.module == "os":
                used = {alias.name for alias in node.names}
            else:
                continue
            if used & names and not belongs(name, allowed):
                wrong.append(f"{name} uses os.{(used & names).pop()}")
    return wrong


def picture_decoders(root: Path) -> list[str]:
    wrong = []
    for name, path in modules(root):
        if belongs(name, PICTURE_OWNERS):
            continue
        for node in ast.walk(parsed(path.read_text())):
            used = {node.attr} if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "cv2" else set()
            if isinstance(node, ast.ImportFrom) and node.module == "cv2":
                used = {alias.name for alias in node.names}
            wrong += [f"{name} uses cv2.{one}" for one in used & PICTURE_DECODERS]
    return wrong


def environment(root: Path) -> list[str]:
    return attributes_of_os(root, ENVIRONMENT, ("mgc.settings",))


def processes(root: Path) -> list[str]:
    return attributes_of_os(root, PROCESSES, ("mgc.audio.decode", "mgc.audio.child", "mgc.runs.background"))


def pickles(root: Path) -> list[str]:
    wrong = [str(path) for path in (root / "models").rglob("*") if path.suffix in {".pkl", ".pickle", ".joblib"}]
    for name, path in modules(root):
        for node in ast.walk(parsed(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle" and ast.unparse(node.value) != "False":
                wrong.append(f"{name} allows pickles in an array file")
    return wrong


def names(root: Path) -> list[str]:
    return [name for name, _ in modules(root) if name.split(".")[-1] in {"utils", "util", "helpers", "manager", "misc"}]


# rule -> (file, text) that breaks it, and the same file where it does not
RULES: dict[Callable[[Path], list[str]], tuple[tuple[str, str], tuple[str, str]]] = {
    # rules that need more than one file have tests of their own below
    direction: (("mgc/studio/x.py", "from mgc.datasets import base"), ("mgc/cli.py", "import mgc.inference")),
    owners: (("mgc/charts/x.py", "import streamlit as st"), ("mgc/ui/x.py", "import streamlit as st")),
    heavy_at_import: (
        ("mgc/nets/x.py", "try:\n    from keras import ops\nfinally:\n    pass"),
        ("mgc/nets/x.py", "def build():\n    import keras"),
    ),
    picture_decoders: (
        ("mgc/ui/x.py", "import cv2\ncv2.imdecode(b'', 1)"),
        ("mgc/ui/x.py", "import cv2\ncv2.imencode('.png', 1)"),
    ),
    environment: (("mgc/cli.py", "import os\nos.environ['A'] = 'b'"), ("mgc/settings.py", "from os import environ")),
    processes: (("mgc/jobs/x.py", "from os import killpg"), ("mgc/audio/decode.py", "import os\nos.killpg(1, 9)")),
    pickles: (
        ("mgc/features/x.py", "import numpy\nnumpy.load('a', allow_pickle=True)"),
        ("mgc/features/x.py", "import numpy\nnumpy.load('a', allow_pickle=False)"),
    ),
    names: (("mgc/audio/utils.py", ""), ("mgc/audio/units.py", "")),
}


@pytest.mark.parametrize("rule", [*RULES, circles], ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule: Callable[[Path], list[str]], root: Path) -> None:
    assert rule(root) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_notices_who_breaks_it(rule: Callable[[Path], list[str]], tmp_path: Path) -> None:
    for place, (file, text), expected in zip(("bad", "good"), RULES[rule], (1, 0), strict=True):
        path = tmp_path / place / file
        path.parent.mkdir(parents=True)
        path.write_text(text)
        assert len(rule(tmp_path / place)) == expected


@pytest.mark.parametrize(
    "text",
    [
        'PRELOAD = ["mgc.extraction.work"]',
        'command = ["python", "-m", "mgc.extraction.work"]',
        'TASK = "mgc.extraction.work:run"',
        'code = f"from mgc.extraction import work; work.run({1})"',
    ],
)
def test_a_module_path_in_a_string_is_an_import(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mgc" / "jobs" / "x.py"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert direction(tmp_path) == ["mgc.jobs.x imports extraction, which is not in the line of jobs"]
    path.write_text(f'"""See mgc.extraction.work, or: from mgc.extraction import work."""\nlog = "{tmp_path}"')
    assert direction(tmp_path) == []


def test_a_circle_of_imports_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "mgc" / "audio"
    folder.mkdir(parents=True)
    texts = {
        "a": "def late():\n    from mgc.audio.b import x",  # inside a function is still a circle
        "b": "from mgc.audio import c",
        "c": "import mgc.audio.a",
        "d": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from mgc.audio import e",  # never runs
        "e": "import mgc.audio.d",
    }
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    assert circles(tmp_path) == ["mgc.audio.a <-> mgc.audio.b <-> mgc.audio.c"]


def test_every_exception_is_needed(root: Path) -> None:
    broken = set()
    for name, path in modules(root):
        tree = parsed(path.read_text())
        broken |= {
            (name, part(target)) for target, _ in (*imports(tree), *in_strings(tree)) if target.startswith("mgc.")
        }
    assert set(EXCEPTIONS) <= broken
