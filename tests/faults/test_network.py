"""No connection leaves the machine unless the user asks for one."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.datasets.making import songs, write
from tests.faults.test_crowd import PAGES

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.faults

ALONE = ("unshare", "--net", "--")


@pytest.fixture(scope="module")
def alone() -> tuple[str, ...]:
    """Return the command that runs another one in a network namespace of its own, or skip."""
    try:
        subprocess.run([*ALONE, "ip", "link", "add", "x", "type", "veth"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no network namespace can be made here: {error}")
    return ALONE


def test_no_packet_leaves_the_machine_while_the_program_is_used(
    alone: tuple[str, ...], tmp_path: Path, root: Path
) -> None:
    write(tmp_path / "songs", songs())
    command = [*alone, sys.executable, "-m", "tests.faults.offline", str(tmp_path / "songs"), str(tmp_path)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"sent": 0, "with_one_more": 1, "pages": len(PAGES)}
