#!/usr/bin/env bash
# Prepare the code in an image: packages, byte code, and nothing that the app's user could change.
#
#     docker/build.sh VENV
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1

scripts/install.sh "$venv" requirements.txt  # a moment where the layer before it has done this
unset PYTHONDONTWRITEBYTECODE
"$venv/bin/python" -m compileall -q app.py pages mgc
# librosa compiles its inner loops at their first use (27 s of processor time, 4 MB): once, here, into a folder of the
# image that docker/start.sh copies to where the app's user may write.
mkdir -p cache/numba
NUMBA_CACHE_DIR=$PWD/cache/numba "$venv/bin/python" -B -c 'from mgc.charts import spectrum_views; spectrum_views.warm_up()'
docker/weights.sh "$venv"
chmod -R a+rX,a-w app.py pages mgc models docker .streamlit
