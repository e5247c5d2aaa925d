"""A script in a process of its own, which answers as the server and the command line do unless a backend is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from mgc.settings import THREADS

if TYPE_CHECKING:
    from pathlib import Path


def python(script: str, root: Path, *words: str, **changes: str) -> Any:
    """Run a script in a process of its own; return what it prints last. ``changes`` are of its environment."""
    inherited = {name: value for name, value in os.environ.items() if name not in (*THREADS, "KERAS_BACKEND")}
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=root,
        env=inherited | changes,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])
