"""The table of all kinds of job: name -> "module:attribute" of a :class:`mgc.jobs.kinds.Kind`.

The only place that knows them all. :mod:`mgc.jobs` reads it by its name and imports a kind when it is asked for.
"""

from __future__ import annotations

from typing import Final

__all__ = ["KINDS"]

KINDS: Final = {
    "studio": "mgc.datasets.background:STUDIO",
    "add": "mgc.datasets.background:ADD",
    "check": "mgc.datasets.background:CHECK",
    "audit": "mgc.audit.background:KIND",
    "map": "mgc.extraction.maps:KIND",
    "extract": "mgc.extraction.job:KIND",
    "prepare": "mgc.runs.first:KIND",
    "train": "mgc.runs.background:KIND",
    "measure": "mgc.runs.measuring:KIND",
    "promote": "mgc.runs.promote:KIND",
    "tune": "mgc.runs.tuning:KIND",
    "weights": "mgc.downloads:KIND",
}
