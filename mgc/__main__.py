"""``python -m mgc``: the command line."""

from __future__ import annotations

import sys

from mgc.cli.frame import run

if __name__ == "__main__":
    sys.exit(run("python -m mgc"))
