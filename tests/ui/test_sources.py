from __future__ import annotations

import hashlib
from types import SimpleNamespace

import streamlit as st

from mgc.ui.classify import listening, sources


def test_a_file_is_hashed_when_it_comes_and_not_again(monkeypatch):
    monkeypatch.setattr(st, "session_state", {})
    hashed = []
    monkeypatch.setattr(
        listening, "hashlib", SimpleNamespace(sha256=lambda data: hashed.append(data) or hashlib.sha256(data))
    )
    one, two = (SimpleNamespace(file_id=name, getvalue=name.encode) for name in ("one", "two"))
    first = sources._hashed_once([("a", one)])
    again = sources._hashed_once([("a", one), ("b", two)])
    assert hashed == [b"one", b"two"]
    assert first == again[:1]
    sources._hashed_once([])
    assert st.session_state[sources._HASHES] == []
