"""What the popover "Background work" costs with 500 finished jobs: python -m benchmarks.bench_background."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time

LIMIT = 100.0  # ms
SCRIPT = "from mgc.ui import background\nbackground.popover()\n"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MGC_HOME"] = folder
        from streamlit.testing.v1 import AppTest

        from mgc import jobs
        from mgc.jobs.store import opened as store
        from mgc.ui import background

        for number in range(500):
            job, _ = store().create("check", f"set {number // 20}", "Check", {}, [jobs.TaskSpec()])
            store().fail(job.id, "The file is not there any more.")
        app = AppTest.from_string(SCRIPT)
        app.session_state[background.POPOVER] = True
        took = []
        for _ in range(21):
            began = time.perf_counter()
            app.run()
            took.append((time.perf_counter() - began) * 1000)
        median = statistics.median(took[1:])
        print(f"popover with 500 finished jobs: {median:.0f} ms (at most {LIMIT:g}), load {os.getloadavg()[0]:.1f}")
        return 0 if median <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
