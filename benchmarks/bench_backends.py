"""Three recipes on each backend of Keras that is installed: python -m benchmarks.bench_backends [TRACKS].

The same recipe code, on the same made-up pictures; random weights. TensorFlow is what ships, JAX and PyTorch are what a
machine with a GPU may have instead. The first epoch compiles, so the second one is measured: by the clock, and by the
processor time of all threads, which a busy machine does not change.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RECIPES = ("cnn-grey350", "mobilenetv2", "crnn-mel")
BACKENDS = ("tensorflow", "jax", "torch")
TRACKS = 96


def trained(name: str, n: int, mixed: bool) -> dict[str, Any]:
    """Train a fold of n tracks for two epochs, nearly every layer of it; return what the second one took."""
    import numpy as np

    from mgc.recipes import recipe
    from mgc.settings import quiet_tensorflow
    from mgc.training.fold import fit_fold
    from mgc.training.gradual import Epoch, Report
    from tests.training.making import fold, material

    quiet_tensorflow()
    held, chosen, told, used = material(n), recipe(name), list[Epoch](), list[float]()
    # A backbone's head on embeddings says little of a backend: two epochs of fine-tuning beside it.
    options = {"epochs": 1, "tune_epochs": 2, "tune_layers": 200} if name == "mobilenetv2" else {"epochs": 2}
    values = chosen.values({**options, "patience": 0, "mixed": mixed})
    with tempfile.TemporaryDirectory() as folder:

        def tell(epoch: Epoch) -> None:
            told.append(epoch)
            used.append(time.process_time())

        report = Report(epoch=tell)
        given: dict[str, Any] = {"segments": False, "seed": 3, "folder": Path(folder), "report": report}
        _, tested = fit_fold(chosen, values, held, fold(held), **given)
    assert np.isfinite(tested.probabilities).all()
    assert all(np.isfinite(one.loss) for one in told)
    pictures = 3 * n // 4  # the validation part trains as well, for there is no patience
    return {"seconds": told[-1].seconds, "used": used[-1] - used[-2], "per_second": pictures / told[-1].seconds}


def main() -> None:
    found = [one for one in BACKENDS if importlib.util.find_spec(one) is not None]
    missing = ", ".join(one for one in BACKENDS if one not in found) or "none"
    given = sys.argv[1:] or [str(TRACKS)]
    print(f"{given[0]} tracks, {len(os.sched_getaffinity(0))} cores; not installed: {missing}")
    for name in RECIPES:
        first = None
        for backend in found:
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.bench_backends", name, *given],
                env=os.environ | {"KERAS_BACKEND": backend},
                check=True, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            seen = json.loads(done.stdout.splitlines()[-1])
            first = first or seen["used"]
            print(
                f"  {name:14s} {backend:12s}{seen['seconds']:8.2f} s an epoch, {seen['per_second']:7.1f} pictures a "
                f"second; {seen['used']:7.2f} s of processor time, {seen['used'] / first:5.2f} times {found[0]}'s",
                flush=True,
            )


if __name__ == "__main__":
    if set(sys.argv) & set(RECIPES):
        print(json.dumps(trained(sys.argv[1], int(sys.argv[2]), "--mixed" in sys.argv)))
    else:
        main()
