"""Splits of GTZAN beside the same splits by scikit-learn's own ``StratifiedGroupKFold``, in turn, medians, one run."""

from __future__ import annotations

import sys
from unittest.mock import patch

from sklearn.model_selection import StratifiedGroupKFold

from benchmarks.material import alternate, report
from mgc import splits
from mgc.datasets import gtzan

TRACKS = gtzan.tracks()


def main() -> int:
    """Compare the hashes, then time both; return 1 where a promise was not kept."""
    kept = True
    for protocol, k in (("tracks", 10), ("artists", 5)):

        def ours(protocol: splits.Protocol = protocol, k: int = k) -> splits.Split:
            return splits.make_split(TRACKS, protocol, k=k, seed=0)

        def theirs(make=ours) -> splits.Split:
            with patch.object(splits, "_grouping", lambda: StratifiedGroupKFold):
                return make()

        same = ours().hash == theirs().hash
        print(f"{protocol}, {k} folds: {'the same split' if same else 'ANOTHER SPLIT'}")
        times = alternate({"mgc": ours, "scikit-learn": theirs}, 3)
        kept &= same & report(f"{k} folds of 1,000 tracks by {protocol}", times, ours="mgc", at_least=4)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
