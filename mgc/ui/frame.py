"""The frame of every page: navigation, heading, presentation mode, limits, and the fence that keeps a failure friendly.

Each page file is ``with frame.page("Title"): ...`` and nothing before it: on a fresh server a deep link runs the page
without ``app.py`` (DESIGN, decision 7), so whatever every page needs is here.

Presentation mode (``?present=1``) is for a projector: larger type, no controls. Streamlit's theme is one for all
visitors of a server, so the larger type is a stylesheet of ours, ``present.css``, which ``st.html`` puts into the page
of that visitor only. Both stylesheets are files of this folder and hold no text of a visitor's.
"""

from __future__ import annotations

import logging
import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import streamlit as st

import mgc
from mgc.audio.clip import span
from mgc.charts.theme import enlarged
from mgc.errors import MgcError, ServiceBusy
from mgc.settings import settings
from mgc.ui import background, quota, resources, state
from mgc.ui.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    import plotly.graph_objects as go
    from streamlit.delta_generator import DeltaGenerator
    from streamlit.elements.lib.grid_container import GridContainer

    from mgc.charts.theme import Chart

__all__ = ["cards", "controls", "fence", "figure", "page", "presenting"]

Kept = Literal["", "data sets", "runs"]
NAME: Final = "mgc, the music-genre lab"
CONVICTION: Final = "A number without its protocol is not a result."

_PAGES: Final = (
    ("pages/classify.py", "Classify", ":material/graphic_eq:"),
    ("pages/explore.py", "Explore", ":material/library_music:"),
    ("pages/train.py", "Train", ":material/model_training:"),
    ("pages/compare.py", "Compare", ":material/compare_arrows:"),
    ("pages/about.py", "About", ":material/info:"),
)
# Our own file: a Material icon would be fetched from Google by every visitor's browser.
_ICON: Final = (Path(__file__).parent / "icon.svg").read_text(encoding="utf-8").strip()
_STYLE: Final = Path(__file__).parent / "frame.css"
_PRESENT_STYLE: Final = Path(__file__).parent / "present.css"
_PRESENT: Final = "present"
_log: Final = logging.getLogger("mgc.ui")


@contextmanager
def page(title: str, *, heading: str, lead: str = "", keeps: Kept = "") -> Iterator[None]:
    """Draw what every page has: configuration, navigation, heading, error fence, limits.

    ``heading`` is the question that the page answers, ``lead`` the line below it: what one looks at, what to do.
    ``keeps`` says what a visitor makes on this page that is stored.
    """
    st.set_page_config(page_title=f"{title} - mgc", page_icon=_ICON, layout="wide")
    st.html(_STYLE)
    is_presented = presenting()
    if is_presented:
        st.html(_PRESENT_STYLE)
    else:
        _sidebar()
    with st.container():  # one element with or without a lead: Streamlit replaces what is below it place by place
        _head(heading, is_presented=is_presented)
        if lead and not is_presented:
            st.markdown(lead)
        else:
            st.empty()  # a lead that was there before goes at once, not when the page is whole
    with fence():
        yield
    with fence():
        if not is_presented:
            _limits(keeps=keeps)
        resources.start_warm_up()  # last, so that the first page is painted before the models take a core


@contextmanager
def fence() -> Iterator[None]:
    """Turn a failure into one friendly box; ``st.stop`` and ``st.rerun`` pass (they are no ``Exception``).

    An :class:`MgcError` says its own sentence. Anything else is a mistake of ours: the browser gets a short number and
    the log the stack under that number, never the other way round.
    """
    try:
        yield
    except ServiceBusy as busy:
        st.warning(plain(busy.user_message), icon=":material/hourglass_top:")
        st.button("Try again", key="frame_retry", icon=":material/refresh:")
    except MgcError as error:
        _log.warning("%s: %s (%s)", type(error).__name__, error.user_message, error.details)
        st.error(plain(error.user_message), icon=":material/error:")
    except Exception:  # noqa: BLE001 - the one place that catches everything (STYLE 3.6)
        number = secrets.token_hex(4)
        _log.exception("Unexpected failure %s", number)
        st.error(
            f"The rest of the app still works. If you report this error, quote `{number}`.",
            icon=":material/error:",
            title="Unexpected error",
        )


def presenting() -> bool:
    """Tell whether the page is shown in presentation mode: ``?present=1``, kept when the visitor changes the page."""
    return state.flag(_PRESENT)


def figure(chart: Chart) -> go.Figure:
    """Return the figure of a chart, with larger type in presentation mode: our stylesheet does not reach into it."""
    return enlarged(chart.figure) if presenting() else chart.figure


def controls(name: str) -> DeltaGenerator:
    """Return a container for inputs and menus, drawn in one line and hidden in presentation mode.

    No two on a page have one ``name``.
    """
    return st.container(key=f"mgc_controls_{name}", horizontal=True, vertical_alignment="center", gap="xsmall")


def cards(most: int, *, key: str | None = None) -> GridContainer:
    """Return a grid of bordered cells, at most ``most`` side by side, fewer where they would be narrow."""
    return st.grid(most, min_column_width=400 if presenting() else 230, border=True, key=key)


def _sidebar() -> None:
    with st.sidebar:
        st.markdown(f"#### {NAME}", anchors=False)
        st.caption(CONVICTION)
        st.space("small")
        for path, label, icon in _PAGES:
            st.page_link(path, label=label, icon=icon, width="stretch")
        st.space("medium")
        st.caption(f"Version {mgc.__version__}")


def _head(heading: str, *, is_presented: bool) -> None:
    """Draw the heading with what every page offers at its right: background work, presentation mode."""
    with st.container(key="mgc_head", horizontal=True, vertical_alignment="center", gap="small"):
        st.title(heading, anchor=False)
        if is_presented:
            for path, label, icon in _PAGES:
                st.page_link(path, label=label, icon=icon, query_params={_PRESENT: "1"})
        else:
            with st.container(width="content"):
                background.popover()
        st.button(
            "Exit" if is_presented else "Present",
            key="frame_present",
            icon=":material/fullscreen_exit:" if is_presented else ":material/present_to_all:",
            type="tertiary",
            help="Exit presentation mode: show the menus and inputs again"
            if is_presented
            else "Presentation mode: large type without menus, on every page until you exit",
            on_click=state.set_flag,
            args=(_PRESENT, not is_presented),
        )


def _limits(*, keeps: Kept) -> None:
    st.space("large")
    if keeps == "runs":
        st.caption("Runs are stored on this server, for all visitors, until they are deleted.")
        return
    stored = (
        "Visitors cannot add data sets on this server."
        if keeps and settings().registry == "fixed"
        else "Data sets that you add are stored on this server, for all visitors, until they are removed."
        if keeps
        else "Your uploads are not stored: they stay in the server's memory only while the tab is open."
    )
    st.caption(
        f"Files up to {quota.upload_mb()} MB each. Only the middle {span(settings().max_seconds)} of long files are "
        f"analysed. {stored}"
    )
