"""The command line: the very functions that the pages call, on files.

Of songs: ``classify FILE...``, ``features FILE...``. Of the program: ``models``, ``doctor``. Of data sets:
``datasets``, ``dataset add | validate | remove``, ``extract``, ``splits``, ``audit``, ``map``. Of the work in the
background: ``jobs``, ``job | cancel | resume ID``. Each has ``--json``: then stdout holds that JSON and nothing else. A
file that cannot be answered for costs one sentence on stderr and, in the end, exit status 1; the others are answered
all the same. A data set that cannot be used costs one sentence on stderr, too, and as JSON
``{"error": {"type", "message"}}``.
"""

from __future__ import annotations

from mgc.cli import jobs, listening, sets, studies
from mgc.cli.frame import app
from mgc.cli.listening import BADGES, Rule

__all__ = ["BADGES", "Rule", "app", "jobs", "listening", "sets", "studies"]
