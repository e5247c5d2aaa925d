from __future__ import annotations

import hashlib

import streamlit as st
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from mgc.ui import classify
from mgc.ui.classify import listening


def test_a_file_is_hashed_when_it_comes_and_not_again(monkeypatch):
    monkeypatch.setattr(st, "session_state", {})
    hashed, sha256 = [], hashlib.sha256
    monkeypatch.setattr(listening.hashlib, "sha256", lambda data: hashed.append(data) or sha256(data))
    one, two = (
        UploadedFile(UploadedFileRec(name, f"{name}.wav", "audio/wav", name.encode()), FileURLs())
        for name in ("one", "two")
    )
    first = classify._with_earlier(classify._wrapped([("a", one)]), is_new=True)
    again = classify._wrapped([("a", one), ("b", two)])
    assert hashed == [b"one", b"two"]
    assert first == again[:1]
    classify._with_earlier([], is_new=False)
    assert st.session_state[classify._KEPT] == []
