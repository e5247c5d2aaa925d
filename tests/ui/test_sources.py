from __future__ import annotations

import hashlib
from types import SimpleNamespace

import streamlit as st

from mgc.ui import classify
from mgc.ui.classify import listening


def test_a_file_is_hashed_when_it_comes_and_not_again(monkeypatch):
    monkeypatch.setattr(st, "session_state", {})
    hashed = []
    monkeypatch.setattr(
        listening, "hashlib", SimpleNamespace(sha256=lambda data: hashed.append(data) or hashlib.sha256(data))
    )
    one, two = (SimpleNamespace(file_id=name, getvalue=name.encode) for name in ("one", "two"))
    first = classify._with_earlier(classify._wrapped([("a", one)]), is_new=True)
    again = classify._wrapped([("a", one), ("b", two)])
    assert hashed == [b"one", b"two"]
    assert first == again[:1]
    classify._with_earlier([], is_new=False)
    assert st.session_state[classify._KEPT] == []
