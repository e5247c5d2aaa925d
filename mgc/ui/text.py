"""Strangers' words on our pages.

A file name is shown by ``st.text`` (which renders nothing), shortened by :func:`shorten`. A sentence that has to stand
in a Markdown element (an error box) goes through :func:`plain`.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["csv_text", "plain", "shorten"]

LONGEST: Final = 60  # characters of a name; the rest says nothing about the song and breaks the table

_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()<>#+!|~$&^=])")
_SHORTCODE: Final = re.compile(r":(?=[\w+-]+(:|\\?\[|/))")  # :smile:, :red[...], :material/home: survive a backslash
_FORMULA: Final = re.compile(r"^\s*[=+\-@\t\r]")  # what a spreadsheet would run
_LINK: Final = re.compile(r"(?i)(://|\bwww(?=\.)|@)")  # what makes a bare address a link
_LINE_START: Final = re.compile(r"(?m)^(\s*)([-.]|\d+[.)])(\s)")


def plain(text: str) -> str:
    """Return ``text`` so that Streamlit's Markdown shows it letter by letter, with no link, colour, icon or formula."""
    escaped = _MARKDOWN.sub(r"\\\1", text)
    escaped = _SHORTCODE.sub(":\u200b", escaped)  # a zero-width space breaks the code and cannot be seen
    escaped = _LINK.sub("\\1\u200b", escaped)
    return _LINE_START.sub(lambda m: f"{m[1]}\\{m[2]}{m[3]}" if not m[2][0].isdigit() else m[0], escaped)


def shorten(name: str, longest: int = LONGEST) -> str:
    """Return a file's name as one short line.

    Control and formatting characters (NUL, line ends, right-to-left overrides that fake an extension) become a visible
    mark; a name that is too long keeps its beginning and its end.
    """
    visible = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c)[0] == "C" else c for c in name).strip()
    if not visible:
        return "(no name)"
    if len(visible) <= longest:
        return visible
    tail = 12
    return f"{visible[: longest - tail - 1]}\N{HORIZONTAL ELLIPSIS}{visible[-tail:]}"


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """Return rows as CSV; a word that a spreadsheet would take for a formula gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows(
        [f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell for cell in row] for row in rows
    )
    return out.getvalue()
