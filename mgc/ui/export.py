"""Exports: any table as CSV or LaTeX, any figure as HTML that works without a network, or as PNG.

The PNG is made by the visitor's own browser (the camera in the chart's corner): a server would need a browser for it.
"""

from __future__ import annotations

import html
import re
import zlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st

from mgc.charts.theme import CONFIG, GREY, INK, Rows
from mgc.ui import frame
from mgc.ui.text import csv_text, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mgc.charts.theme import Chart

__all__ = ["Rows", "as_csv", "as_html", "as_latex", "draw", "file_name", "table"]

CAMERA: Final = 34  # px
DIGITS: Final = 6  # of a number in a table: more than was measured, and short enough to read
_TITLE_END: Final = re.compile(r"[.:;](?=\s|$)")  # of a chart's words, which begin with what it is
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title></head>
<body style="margin: 1.5rem; font-family: sans-serif; line-height: 1.4">
<h1 style="font-size: 1.3rem">{title}</h1>
{figure}
<p>{caption}</p>
</body>
</html>
"""


def draw(
    chart: Chart,
    *,
    key: str,
    name: str,
    rows: Rows | None = None,
    buttons: Sequence[str] = ("toImage",),
    hint: str = "Click a point to hear it.",
    **more: Any,
) -> Any:
    """Draw a figure under its caption; all ways to keep it stand in its top right corner.

    Parameters
    ----------
    chart : Chart
    key, name : str
        of the element, and of the files, without ending; ours, not a stranger's
    rows : Rows or None
        the numbers behind it, offered as CSV
    buttons : sequence of str
        of plotly.js, in the corner of the figure; the camera makes a PNG
    hint : str
        what a click does, where a click selects; not in what is saved
    **more
        passed to ``st.plotly_chart``
    """
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="small"):
        hint = f"{hint} " if "on_select" in more else ""
        st.caption(hint + plain(chart.caption), help=plain(chart.help) or None, width="stretch")
        with st.container(horizontal=True, width="content", gap="xsmall"):
            _save("html", lambda: as_html(chart), name, key)
            if rows is not None:
                _save("csv", lambda: as_csv(rows), name, key)
    # Room for the camera above the drawing, and a colour of it that reads on both pages.
    chart.figure.update_layout(modebar={"bgcolor": "rgba(0,0,0,0)", "color": GREY, "activecolor": INK})
    chart.figure.update_layout(margin_t=max(chart.figure.layout.margin.t or 0, CAMERA))
    camera = {"format": "png", "filename": file_name(name, "png").removesuffix(".png"), "scale": 2}
    config = CONFIG | {"displayModeBar": True, "displaylogo": False, "modeBarButtons": [list(buttons)]}
    return st.plotly_chart(
        frame.figure(chart), key=key, alt=chart.alt, config=config | {"toImageButtonOptions": camera}, **more
    )


def table(rows: Rows, *, key: str, name: str, latex: bool = False, **more: Any) -> Any:
    """Draw a table with a way to keep it; ``more`` is passed to ``st.dataframe``, whose state is returned.

    With ``latex`` it can be kept as a LaTeX table, too.

    What is selected there is the number of a row: with other rows the table is another one, and nothing is selected.
    """
    head, body = rows
    head = [title if title not in head[:i] else f"{title} ({i})" for i, title in enumerate(head)]  # no column is lost
    columns = {title: [row[i] for row in body] for i, title in enumerate(head)}
    these = f"{key}_{zlib.crc32(repr(body).encode()):08x}"
    picked = st.dataframe(columns, key=these, hide_index=True, **more)
    with st.container(horizontal=True, gap="xsmall"):
        _save("csv", lambda: as_csv(rows), name, key)
        if latex:
            _save("tex", lambda: as_latex(rows), name, key)
    return picked


def as_csv(rows: Rows) -> str:
    """Return a table as CSV, numbers to six digits, what is not a number as an empty cell.

    A stranger's word that a spreadsheet would take for a formula gets an apostrophe.
    """
    head, body = rows
    return csv_text([head, *(map(_cell, row) for row in body)])


def as_latex(rows: Rows) -> str:
    """Return a table as LaTeX (booktabs), numbers to four digits, strangers' words escaped."""
    import pandas as pd

    head, body = rows
    frame = pd.DataFrame([[_cell(cell) for cell in row] for row in body], columns=list(head))
    numbers = frame.columns[[pd.api.types.is_numeric_dtype(frame[name]) for name in frame.columns]]
    styled = frame.style.hide(axis="index").format(escape="latex", na_rep="").format_index(escape="latex", axis=1)
    styled = styled.format("{:.4g}", subset=list(numbers), na_rep="")
    return str(styled.to_latex(hrules=True))


def as_html(chart: Chart) -> str:
    """Return a figure with title and caption as a page that works without a network (4.5 MB, most of it Plotly)."""
    figure: str = chart.figure.to_html(include_plotlyjs=True, full_html=False, config={"displaylogo": False})
    title = html.escape(_TITLE_END.split(chart.alt, maxsplit=1)[0])
    return _PAGE.format(title=title, figure=figure, caption=html.escape(f"{chart.caption} {chart.help}".strip()))


def file_name(name: str, ending: str) -> str:
    """Return a name for a download: lower-case letters, digits and hyphens."""
    safe = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:60] or "table"
    return f"mgc-{safe}.{ending}"


def _cell(cell: Any) -> Any:
    if not isinstance(cell, float | np.floating):
        return cell
    return float(f"{cell:.{DIGITS}g}") if np.isfinite(cell) else "" if np.isnan(cell) else cell


def _save(ending: str, make: Callable[[], str], name: str, key: str) -> None:
    """Offer a download that is made when it is asked for."""
    st.download_button(
        ending.upper(),
        make,
        file_name=file_name(name, ending),
        mime=f"text/{ending}",
        key=f"{key}_{ending}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )
