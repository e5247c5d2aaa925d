"""Choices that live in the URL, so that a pasted link shows the same view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["choose", "current", "flag", "set_flag"]


def current(name: str, words: Mapping[str, str], *, default: str | None = None) -> str | None:
    """Return what :func:`choose` of the same name is going to show, before it is drawn."""
    kept = f"kept_{name}"  # a widget's own state is dropped when its page is left
    if _is_history():  # Back: the URL is newer than what was chosen
        st.session_state.pop(name, None)
        st.session_state.pop(kept, None)
    if st.session_state.get(name, "") not in words and (name not in st.session_state or default is not None):
        wanted = st.query_params.get(name) or st.session_state.get(kept)
        st.session_state[name] = wanted if wanted in words else default
    value: str | None = st.session_state[name]
    return value


def flag(name: str) -> bool:
    """Return whether ``?name=1`` is set; once set it stays while the visitor changes pages, which empties the URL."""
    kept = f"kept_{name}"
    in_url = st.query_params.get(name) == "1"
    if _is_history() or in_url:
        st.session_state[kept] = in_url
    elif st.session_state.get(kept):
        st.query_params[name] = "1"
    return bool(st.session_state.get(kept))


def set_flag(name: str, value: bool) -> None:
    """Set or clear ``?name=1``; for callbacks."""
    st.session_state[f"kept_{name}"] = value
    if value:
        st.query_params[name] = "1"
    else:
        st.query_params.pop(name, None)


def _is_history() -> bool:
    """Tell whether the visitor went back or forward in the browser's history."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def choose(
    name: str,
    words: Mapping[str, str],
    *,
    label: str,
    default: str | None = None,
    pills: bool = False,
    **look: Any,
) -> str | None:
    """Show a choice, bound to ``?name=`` in the URL.

    Streamlit's own ``bind="query-params"`` writes the shown words into the URL; links should carry ids, which survive
    a change of words and of language.

    ``words`` maps each option to its label. ``default`` is chosen when the URL names none; with None the visitor may
    choose nothing. ``pills`` draws separate pills instead of one segmented control; ``look`` is passed to the widget.
    """
    # Set at every run, not only once: what stands in a menu that is opened later would else be drawn as not chosen.
    st.session_state[name] = current(name, words, default=default)
    widget = st.pills if pills else st.segmented_control
    value: str | None = widget(
        label, list(words), key=name, format_func=words.__getitem__, required=default is not None, **look
    )
    st.session_state[f"kept_{name}"] = value
    if value == default or value is None:
        if name in st.query_params:
            del st.query_params[name]
    elif st.query_params.get(name) != value:
        st.query_params[name] = value
    return value
