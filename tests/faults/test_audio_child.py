"""A decoder that has gone wrong (A-7), what a decoder may do at all, and what it costs (A-11)."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from mgc.audio import decode as module
from mgc.audio.decode import CHILD, decode
from mgc.errors import UnreadableAudio
from mgc.settings import Settings
from tests.audio.making import at_most, sndfile, tone

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.faults

WAV = sndfile(tone())
ROOT = Path(__file__).resolve().parents[2]
HEADER = (
    'import json, os, sys; head = {"codec": "PCM_16", "sample_rate": 22050, "channels": 1, "seconds": 3, "promised": 3,'
    ' "used_start": 0, "used_seconds": 3, "n": N, "peak": 0.5, "clipped": 0, "silent": 0, "cancels": False}\n'
    "os.write(1, json.dumps(head).encode().ljust(4096))\n"
)

GONE_WRONG = {
    "segfaults": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "is killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "raises": "raise RuntimeError('boom')",
    "exits without a word": "",
    "sleeps": "import time; time.sleep(60)",
    "loops": "while True: pass",
    "ignores SIGTERM": "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
    "closes its mouth and stays": "import os, time; os.close(1); time.sleep(60)",
    "reads nothing and stays": "import os, time; os.close(0); time.sleep(60)",
    "floods stdout": "import os\nwhile True: os.write(1, b'x' * 65536)",
    "floods stderr": "import os\nwhile True: os.write(2, b'x' * 65536)",
    "announces too much": HEADER.replace("N,", "10**12,") + "while True: os.write(1, b'x' * 65536)",
    "announces and stops": HEADER.replace("N,", "66150,") + "os.write(1, bytes(1000))",
}


@pytest.fixture
def stub(tmp_path: Path) -> Callable[[str], Path]:
    def write(source: str) -> Path:
        path = tmp_path / "stub.py"
        path.write_text(source)
        return path

    return write


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait 2 s instead of 15: what is tested is that it ends, by the clock of the settings."""
    monkeypatch.setattr(module, "settings", lambda: Settings(decode_timeout=2))


def children() -> set[psutil.Process]:
    """Return this process's children but for those of a database that other tests have started."""
    found = set()
    for one in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if one.name() != "postgres":
                found.add(one)
    return found


@pytest.mark.parametrize("name", GONE_WRONG)
def test_a7_a_decoder_that_goes_wrong_is_one_more_unreadable_file(
    name: str, stub: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = children()
    descriptors = psutil.Process().num_fds()
    begun = time.monotonic()
    with pytest.raises(UnreadableAudio, match=r"^This file cannot be read as audio; accepted: WAV") as caught:
        decode(WAV, _script=stub(GONE_WRONG[name]))
    assert time.monotonic() - begun < 20  # usually 2 s
    assert children() <= before
    assert psutil.Process().num_fds() <= descriptors
    assert len(caught.value.details) < 30_000
    monkeypatch.setattr(module, "settings", Settings)
    assert decode(WAV, _script=CHILD).seconds == 3  # the next upload works


def test_a7_a_decoder_that_eats_memory_is_stopped_at_the_limit(stub: Callable[[str], Path]) -> None:
    eater = stub(
        "import mmap, sys\nsys.stdin.buffer.read()\nheld = []\n"
        "try:\n    while True: held.append(mmap.mmap(-1, 10_000_000))\n"
        "except OSError:\n    n = len(held); held.clear(); sys.exit(f'held {n}0 MB')\n"
    )
    with pytest.raises(UnreadableAudio) as caught:
        decode(WAV, _script=eater)
    held = re.search(r"held (\d+) MB", caught.value.details)
    assert held is not None
    assert 500 < int(held[1]) <= 1_074  # 1 GiB


def test_a7_a_loop_ends_by_its_own_limit_of_processor_time(
    stub: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CPU_SECONDS", 1)
    monkeypatch.setattr(module, "settings", lambda: Settings(decode_timeout=60))
    begun = time.monotonic()
    with pytest.raises(UnreadableAudio) as caught:
        decode(WAV, _script=stub("while True: pass"))
    assert time.monotonic() - begun < 30  # 1 s of processor time
    assert re.search("ended with -(9|24)", caught.value.details)  # SIGKILL or SIGXCPU


def test_a7_the_grandchildren_die_as_well(stub: Callable[[str], Path]) -> None:
    with pytest.raises(UnreadableAudio) as caught:
        decode(
            WAV,
            _script=stub(
                "import os, signal, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\npid = os.fork()\n"
                "if pid: os.write(2, b'grandchild %d.' % pid)\ntime.sleep(60)"
            ),
        )
    found = re.search(r"grandchild (\d+)\.", caught.value.details)
    assert found is not None
    for _ in range(100):  # an orphan is reaped by init, if there is one that reaps
        if not psutil.pid_exists(int(found[1])) or psutil.Process(int(found[1])).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.02)
    pytest.fail("the grandchild lives")


def test_a_decoder_has_no_environment_an_empty_folder_and_its_limits(
    stub: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MGC_SECRET", "hunter2")
    with pytest.raises(UnreadableAudio) as caught:
        decode(
            WAV,
            _script=stub(
                "import os, resource as r, sys\nsys.stdin.buffer.read()\n"
                "limits = [r.getrlimit(x)[1] for x in (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_FSIZE, r.RLIMIT_NOFILE)]\n"
                "sys.exit(f'{sorted(os.environ)} {os.listdir()} {limits} {os.getsid(0) == os.getpid()}')"
            ),
        )
    for said in ("OPENBLAS_NUM_THREADS", " [] ", f"[{2**30}, 10, 0, 32]", "True"):
        assert said in caught.value.details
    for unsaid in ("MGC_SECRET", "PATH", "HOME"):
        assert unsaid not in caught.value.details


@pytest.mark.parametrize(
    "deed", ["open(__file__)", "open('/etc/hostname')", "__import__('socket').socket()", "open('x', 'w')"]
)
def test_once_it_sees_the_bytes_the_decoder_can_open_nothing(deed: str, stub: Callable[[str], Path]) -> None:
    taken_over = stub(
        f"import sys, socket; sys.path.append({str(ROOT)!r})\n"
        "from mgc.audio import child\n"
        f"child.open_source = lambda *_: {deed}\n"
        "child.main()"
    )
    with pytest.raises(UnreadableAudio) as caught:
        decode(WAV, _script=taken_over)
    assert "Too many open files" in caught.value.details


def test_a11_decoding_half_a_minute_takes_a_fraction_of_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "settings", Settings)
    data = sndfile(tone(30, 44_100, 2), 44_100)
    for _ in range(5):
        with at_most(0.5):  # 0.14 s seen
            decode(data)
