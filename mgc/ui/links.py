"""Choices of a page, kept in the URL: a pasted link shows a class the same view.

A widget's own state is dropped when its view is left, so every choice is also kept in the session. The widgets' keys
begin with the page's name: several pages have a ``view``. All choices of one run reach the URL in one step
(:func:`publish`): each step is an entry in the browser's history, and Back should lead to the view before.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Literal

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Mapping, Sequence

__all__ = [
    "chosen",
    "follow",
    "go",
    "in_url",
    "key",
    "many",
    "number",
    "one",
    "publish",
    "reread",
    "slide",
    "switch",
    "unlink",
    "words",
]

Look = Literal["segments", "pills", "select"]
MOST_PILLS: Final = 12  # options; more are a list
_PAGE: Final = "links_page"  # in the session: which page is drawn
_PENDING: Final = "pending_links"  # choices of this run that are not in the URL yet
_FORMER: Final = {("view", "doubt"): "audit"}  # old links still open what they opened


def key(name: str) -> str:
    """Return the key of the widget that is bound to ``?name=``."""
    return f"{st.session_state.get(_PAGE, 'explore')}_{name}"


def _kept(name: str) -> str:
    return f"kept_{key(name)}"


def one(
    name: str,
    options: Mapping[str, str],
    *,
    label: str,
    default: str | None = None,
    look: Look = "segments",
    **more: Any,
) -> str:
    """Show a choice of one, bound to ``?name=`` in the URL, and return it; ``""`` when nothing is chosen.

    Parameters
    ----------
    name : str
        of the URL's parameter
    options : mapping of option to what is shown for it
        links carry the options, which survive a change of words
    default : str or None
        chosen when neither URL nor session names one; with None nothing may be chosen
    look : "segments", "pills" or "select"
    **more
        passed to the widget
    """
    here = key(name)
    options = _distinct(options)
    known = here in st.session_state
    if st.session_state.get(here) not in options and (not known or default or st.session_state[here]):
        st.session_state[here] = next((wish for wish in _wishes(name) if wish in options), default)
    choices = list(options)
    if look == "select":
        if default is None:
            more = {"index": None, **more}
        _say_anew(here, options)
        value: str | None = st.selectbox(label, choices, key=here, format_func=options.__getitem__, **more)
    else:
        widget = st.pills if look == "pills" else st.segmented_control
        value = widget(label, choices, key=here, format_func=options.__getitem__, required=default is not None, **more)
    _keep(name, [value] if value else [], [default] if default else [])
    return value or default or ""


def many(
    name: str,
    options: Mapping[str, str],
    *,
    label: str,
    default: Sequence[str] = (),
    as_list: bool = False,
    **more: Any,
) -> tuple[str, ...]:
    """Show a choice of any number, bound to a repeated ``?name=``; ``default`` is chosen when nothing else is.

    Up to :data:`MOST_PILLS` options are pills; more of them, or any number ``as_list``, are a list to search in, and
    come back in the order in which they were chosen.
    """
    here = key(name)
    options = _distinct(options)
    wishes = st.session_state.get(here, in_url(name, options) or st.session_state.get(_kept(name), ()))
    known = list(dict.fromkeys(wish for wish in wishes if wish in options)) or list(default)
    st.session_state[here] = known[: more.get("max_selections")]
    show = options.__getitem__
    if len(options) <= MOST_PILLS and not as_list:
        value = st.pills(label, list(options), key=here, selection_mode="multi", format_func=show, wrap=True, **more)
    else:
        more = {"placeholder": "All", **more}
        value = st.multiselect(label, list(options), key=here, format_func=show, **more)
    chosen = list(value or ()) if as_list else [option for option in options if option in (value or ())]
    _keep(name, chosen, list(default))
    return tuple(chosen)


def in_url(name: str, options: Container[str]) -> list[str]:
    """Return what the URL asks for: ``?name=A&name=B``, or by hand ``?name=A,B``."""
    return [
        part
        for wish in st.query_params.get_all(name)
        for part in ([wish] if wish in options else filter(None, wish.split(",")))
    ]


def chosen(name: str) -> str | None:
    """Return what is chosen where no widget is drawn for it, None when nothing is."""
    value = st.session_state.get(key(name)) or next(iter(_wishes(name)), None)
    return value if isinstance(value, str) else None


def words(name: str, *, label: str, **more: Any) -> str:
    """Show a line to type in, bound to ``?name=``."""
    here = key(name)
    if here not in st.session_state:
        st.session_state[here] = next(iter(_wishes(name)), "")
    value = st.text_input(label, key=here, max_chars=80, **more) or ""
    _keep(name, [value] if value else [], [])
    return value


def go(**choices: str | list[str] | None) -> None:
    """Choose from code, as if the visitor had clicked; for callbacks: ``on_click=go, kwargs={"view": "listen"}``."""
    for name, value in choices.items():
        st.session_state[key(name)] = value
        _keep(name, [value] if isinstance(value, str) else value or [], [])


def number(name: str, *, label: str, default: int | float, low: float, high: float, **more: Any) -> int | float:
    """Show a number to set, bound to ``?name=``; whole where ``default`` is."""
    here, kind = key(name), type(default)
    if not isinstance(st.session_state.get(here), int | float):
        found = (_number(wish, kind, low, high) for wish in _wishes(name))
        st.session_state[here] = next((one for one in found if one is not None), default)
    step: dict[str, Any] = {} if kind is int else {"format": "%g", "step": float(default) / 10 or 0.05}
    value = st.number_input(label, kind(low), kind(high), key=here, **(step | more))
    value = default if value is None else value
    _keep(name, [f"{value:g}" if kind is float else str(value)], [f"{default:g}" if kind is float else str(default)])
    return value


def slide(name: str, *, label: str, default: float, low: float, high: float, step: float, **more: Any) -> float:
    """Show a slider, bound to ``?name=``."""
    here = key(name)
    if not isinstance(st.session_state.get(here), float):
        found = (_number(wish, float, low, high) for wish in _wishes(name))
        st.session_state[here] = next((float(one) for one in found if one is not None), default)
    value = float(st.slider(label, low, high, key=here, step=step, **more))
    _keep(name, [f"{value:g}"], [f"{default:g}"])
    return value


def switch(name: str, *, label: str, default: bool, **more: Any) -> bool:
    """Show a switch, bound to ``?name=on`` or ``off``."""
    here = key(name)
    if here not in st.session_state:
        st.session_state[here] = next((wish == "on" for wish in _wishes(name) if wish in ("on", "off")), default)
    value = st.toggle(label, key=here, **more)
    _keep(name, ["on" if value else "off"], ["on" if default else "off"])
    return value


def _number(wish: str, kind: type, low: float, high: float) -> int | float | None:
    try:
        found: int | float = kind(float(wish))
    except (ValueError, OverflowError):
        return None
    return found if low <= found <= high else None


def follow(page: str) -> None:
    """Choose what the URL says when the visitor went back or forward in the browser's history.

    To be called by a page before any choice is drawn. At any other time the widgets are newer than the URL.
    """
    st.session_state[_PAGE] = page
    context = get_script_run_ctx()
    if context is not None and context.is_history_navigation:
        for kept in [name for name in st.session_state if str(name).startswith(f"kept_{page}_")]:
            del st.session_state[kept]
            st.session_state.pop(str(kept).removeprefix("kept_"), None)
        st.session_state.pop(_PENDING, None)


def unlink(starts: Collection[str]) -> None:
    """Take the choices whose names begin so out of the URL; the session keeps them for when they are drawn again."""
    pending = st.session_state.setdefault(_PENDING, {})
    pending.update({name: [] for name in st.query_params if name.startswith(tuple(starts))})


def publish() -> None:
    """Write the choices of this run into the URL; to be called when all are drawn."""
    pending: dict[str, list[str]] = st.session_state.pop(_PENDING, {})
    before = {name: st.query_params.get_all(name) for name in st.query_params}
    after = {name: chosen for name, chosen in (before | pending).items() if chosen}
    if after != before:
        st.query_params.from_dict(after)


def _say_anew(here: str, options: Mapping[str, str]) -> None:
    """Have a list show new words for what is chosen: the browser keeps those that it was chosen by."""
    chosen, known = st.session_state.get(here), st.session_state.get(f"words_{here}")
    now = chosen, options.get(chosen or "", "")
    if known is not None and known[0] == chosen and known[1] != now[1]:
        st.session_state[here] = chosen
    st.session_state[f"words_{here}"] = now


def reread(name: str, options: Mapping[str, str]) -> None:
    """Take words of a list that have changed for the option that they begin with, up to a colon: ``"3: finished"``.

    To be called before such a list is drawn: one that is open in the browser has the words it was opened with.
    """
    said = st.session_state.get(key(name))
    if isinstance(said, str) and said not in options and (option := said.partition(":")[0]) in options:
        st.session_state[key(name)] = option


def _distinct(options: Mapping[str, str]) -> Mapping[str, str]:
    """Return options whose words differ: a list gives back the words, and of two that are equal always the first."""
    counts = Counter(options.values())
    if len(counts) == len(options):
        return options
    return {option: f"{words} [{option}]" if counts[words] > 1 else words for option, words in options.items()}


def _wishes(name: str) -> Iterable[str]:
    """Return what the URL asks for, then what was chosen before."""
    asked = [*st.query_params.get_all(name), *st.session_state.get(_kept(name), ())]
    return [_FORMER.get((name, wish), wish) for wish in asked]


def _keep(name: str, chosen: list[str], default: list[str]) -> None:
    st.session_state[_kept(name)] = chosen
    st.session_state.setdefault(_PENDING, {})[name] = [] if chosen == default else chosen
