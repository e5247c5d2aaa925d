"""The Train page: prepare a run, watch all runs, and tune a recipe."""

from __future__ import annotations

from mgc import runs
from mgc.ui import links
from mgc.ui.train import prepare, tuning, watching

__all__ = ["show"]


def show() -> None:
    """Draw the page."""
    links.follow("train")
    try:
        n_active = len(runs.runs(active=True))
        views = {
            "new": ":material/add: New run",
            "runs": f":material/list: Runs{f' ({n_active} active)' if n_active else ''}",
            "tuning": ":material/tune: Tuning",
        }
        view = links.one("view", views, label="View", default="new", label_visibility="collapsed", width="stretch")
        if view == "new":
            prepare.show()
        elif view == "runs":
            watching.show()
        else:
            tuning.show()
    finally:
        links.publish()  # also when the page is run again before its end
