"""Run every benchmark, each in a process of its own: ``python -m benchmarks.run [NAME ...]``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main(names: list[str]) -> int:
    """Run ``bench_<name>.py`` for each name, or all; return 1 when one of them did not keep its promise."""
    folder = Path(__file__).parent
    chosen = names or sorted(path.stem.removeprefix("bench_") for path in folder.glob("bench_*.py"))
    failed = []
    for name in chosen:
        print(f"=== {name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.bench_{name}"], cwd=folder.parent).returncode:
            failed.append(name)
    if failed:
        print(f"not kept: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
