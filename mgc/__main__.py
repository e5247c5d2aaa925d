"""``python -m mgc``: the command line."""

from __future__ import annotations

from mgc.cli import app

if __name__ == "__main__":
    app(prog_name="python -m mgc")
