"""What the package offers, and what it costs to say ``import mgc``."""

from __future__ import annotations

import ast
import importlib
import json
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import mgc

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {"keras", "tensorflow", "librosa", "streamlit", "dask", "distributed", "sklearn", "pandas", "scipy", "cv2"}
IMPORT_SECONDS = 2.0  # usually 0.1 s; benchmarks/bench_start.py measures the promise (A8, D-3: 0.4 s)

PROBE = """
import json, sys, time
start = time.perf_counter()
for name in sys.argv[1:]:
    __import__(name)
print(json.dumps([time.perf_counter() - start, sorted({name.split(".")[0] for name in sys.modules})]))
"""


def fresh(root: Path, *names: str) -> tuple[float, set[str]]:
    """Import modules in an interpreter of their own; return the seconds and every package that was loaded."""
    done = subprocess.run([sys.executable, "-c", PROBE, *names], cwd=root, capture_output=True, text=True, check=True)
    seconds, loaded = json.loads(done.stdout)
    return seconds, set(loaded)


def every_module(root: Path) -> list[str]:
    return [
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted(root.glob("mgc/**/*.py"))
        if path.name != "__main__.py"
    ]


def test_the_public_names_are_there() -> None:
    assert sorted(mgc.__all__) == [
        "Clip",
        "GENRES",
        "MgcError",
        "Prediction",
        "__version__",
        "classify",
        "decode",
    ]
    for name in mgc.__all__:
        assert getattr(mgc, name) is not None


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = mgc.nonsense


def test_importing_the_package_is_cheap(root: Path) -> None:
    runs = [fresh(root, "mgc") for _ in range(3)]
    assert statistics.median(seconds for seconds, _ in runs) < IMPORT_SECONDS
    assert not runs[0][1] & HEAVY


def test_the_probe_would_notice_a_heavy_import(root: Path) -> None:
    assert fresh(root, "scipy")[1] & HEAVY == {"scipy"}


def test_what_a_first_paint_imports_loads_no_model_library_and_no_signal_library(root: Path) -> None:
    _, loaded = fresh(root, "mgc.inference", "mgc.models.catalog", "mgc.audio.decode", "mgc.genres", "mgc.settings")
    assert not loaded & {"keras", "tensorflow", "librosa", "streamlit", "sklearn", "scipy", "cv2"}


def test_no_module_below_the_pages_loads_keras_or_streamlit_on_import(root: Path) -> None:
    _, loaded = fresh(root, *(name for name in every_module(root) if not name.startswith("mgc.ui")))
    assert not loaded & {"keras", "tensorflow", "streamlit", "optuna"}


def test_every_module_lists_its_public_names(root: Path) -> None:
    unlisted = {}
    for name in every_module(root):
        path = root.joinpath(*name.split("."))
        source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        body = ast.parse(source.read_text()).body
        defined = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        public = {one for one in defined if not one.startswith("_") and name != "mgc.cli"}  # its names are commands
        if missing := public - set(getattr(importlib.import_module(name), "__all__", ())):
            unlisted[name] = missing
    assert unlisted == {}


def test_every_listed_name_exists(root: Path) -> None:
    for name in every_module(root):
        module = importlib.import_module(name)
        for public in getattr(module, "__all__", ()):
            assert hasattr(module, public), f"{name}.__all__ lists {public}"
