from __future__ import annotations

import pytest
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException, StopException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from mgc.ui import frame


@pytest.mark.parametrize("control", [StopException(), RerunException(RerunData())])
def test_stop_and_rerun_pass_the_fence(control):
    with pytest.raises(type(control)), frame.fence():
        raise control


def test_every_page_of_the_navigation_exists(root):
    for path, _, _ in frame._PAGES:
        assert (root / path).is_file()


def test_the_pages_icon_is_our_own_file_and_asks_no_other_server():
    assert frame._ICON.startswith("<svg")
    assert frame._ICON.count("http") == 1  # the namespace, which nobody fetches


@pytest.mark.parametrize("name", ["_STYLE", "_PRESENT_STYLE"])
def test_our_stylesheets_are_files_that_reach_for_nothing_outside(name):
    text = getattr(frame, name).read_text(encoding="utf-8")
    for reach in ("http", "url(", "@import", "</style"):
        assert reach not in text
