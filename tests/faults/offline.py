"""Use the whole program where no packet can leave the machine, and count those that try.

``python -m tests.faults.offline SONGS FOLDER``, as root in a network namespace of its own (``unshare --net``). Its only
way out is a pair of virtual interfaces that lead nowhere and count packets. Prints a JSON object: the packets sent
while the program was used, that number after one was sent on purpose, and how many pages came whole.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.conftest import LITTLE_WORK, ROOT, start_server
from tests.faults.test_crowd import PAGES, everything

OUT = "out"
TEST_NET = "192.0.2"  # RFC 5737: no machine has these addresses
FAR = "198.51.100.9"


def main(songs: Path, folder: Path) -> None:
    """Add a data set, open every page and view, refuse another site's handshake, classify a song."""
    for command in (
        "ip link set lo up",
        f"ip link add {OUT} type veth peer name far",
        "sysctl -q net.ipv6.conf.all.disable_ipv6=1",  # else the system itself looks for routers
        f"ip address add {TEST_NET}.1/24 dev {OUT}",
        f"ip link set {OUT} up",
        "ip link set far up",
        f"ip neighbour add {TEST_NET}.254 lladdr 02:00:00:00:00:01 dev {OUT}",
        f"ip route add default via {TEST_NET}.254",
    ):
        subprocess.run(command.split(), check=True)
    environment = os.environ | {"MGC_HOME": str(folder / "home")} | LITTLE_WORK
    song = next(songs.rglob("*.wav"))
    for command in (["dataset", "add", str(songs)], ["classify", str(song)]):
        subprocess.run(
            [sys.executable, "-m", "mgc", *command], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
        )
    server = start_server(folder)
    try:
        pages = [everything(server.url, *page) for page in PAGES]
        with contextlib.suppress(InvalidStatus):
            connect(
                server.url.replace("http", "ws") + "/_stcore/stream",
                origin="https://elsewhere.example",
                subprotocols=["streamlit"],
            )
    finally:
        server.stop()
    used = sent()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.sendto(b"x", (FAR, 9))
    whole = sum(b"Files up to" in page for page in pages)
    print(json.dumps({"sent": used, "with_one_more": sent(), "pages": whole}))


def sent() -> int:
    """Return how many packets have left."""
    shown = subprocess.run(["ip", "-json", "-stats", "link", "show", OUT], check=True, capture_output=True)
    return int(json.loads(shown.stdout)[0]["stats64"]["tx"]["packets"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
