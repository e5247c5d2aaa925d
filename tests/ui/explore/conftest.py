from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.app import exploring
from tests.app.conftest import quick_app_tests as quick_app_tests
from tests.app.conftest import threads as threads  # jobs in threads of this process

if TYPE_CHECKING:
    from pathlib import Path

    from mgc.ui.explore.selection import Known


@pytest.fixture
def known(exact_clips: list[Path]) -> Known:
    """A small data set in which every other track is one real clip, all of it measured."""
    return replace(exploring.known(audio=exact_clips[0]), id="one-clip")  # caches are kept: a change needs a revision
