from __future__ import annotations

import pytest
import streamlit as st

from mgc.settings import Settings
from mgc.ui import quota


@pytest.mark.parametrize(("ours", "streamlits", "promised"), [(20, 20, 20), (50, 20, 20), (5, 20, 5)])
def test_no_more_is_promised_than_streamlit_lets_through(ours, streamlits, promised, monkeypatch):
    monkeypatch.setattr(quota, "settings", lambda: Settings(max_upload_mb=ours))
    monkeypatch.setattr(st, "get_option", {"server.maxUploadSize": streamlits}.__getitem__)
    assert quota.upload_mb() == promised
