"""The command line: the functions that the pages call, on files.

Songs: ``classify FILE...``, ``features FILE...``. The program: ``models``, ``doctor``. Data sets: ``datasets``,
``dataset add | validate | remove``, ``extract``, ``splits``, ``audit``, ``map``. Training: ``train``, ``tune``,
``trials ID``, ``recipes``, ``runs``, ``run ID``, ``promote ID``, ``weights``. Evaluation: ``compare ID ID...``,
``card ID``, ``confusion ID``, ``ladder``. Background jobs: ``jobs``,
``job | cancel | resume ID``; on several machines ``scheduler`` and ``worker``. Each but these two has ``--json``: then
stdout holds that JSON and nothing else, an error as ``{"error": {"type", "message"}}``. An error is one sentence on
stderr and exit status 1; of several files, the others are answered all the same.
"""

from __future__ import annotations

from mgc.cli import comparing, datasets, jobs, listening, training
from mgc.cli.frame import app
from mgc.cli.listening import BADGES, Rule

__all__ = ["BADGES", "Rule", "app", "comparing", "datasets", "jobs", "listening", "training"]
