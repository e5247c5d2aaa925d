"""A list of findings with one of them opened below it; shared by the lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mgc.ui.explore import export

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mgc.ui.explore.selection import Selection

__all__ = ["concerns", "one_of"]

TALLEST: Final = 318  # px: eight rows, so that what is opened below stays in sight
_ROW: Final = 35


def concerns(selection: Selection, *ids: str) -> bool:
    """Tell whether a finding is about a track that the filters leave."""
    return any(id in _chosen(selection) for id in ids)


def one_of(head: Sequence[str], rows: Sequence[Sequence[Any]], *, key: str, name: str, **more: Any) -> int:
    """Draw a table and return which row is opened: the one that was clicked, at first the first."""
    state = export.table(
        (head, rows),
        key=key,
        name=name,
        on_select="rerun",
        selection_mode="single-row",
        height=min(_ROW * (len(rows) + 1) + 3, TALLEST),
        **more,
    )
    picked: Iterable[int] = state.selection.rows
    return next((row for row in picked if row < len(rows)), 0)


def _chosen(selection: Selection) -> frozenset[str]:
    return frozenset(track.id for track in selection.chosen)
