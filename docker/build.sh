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
chmod -R a+rX,a-w app.py pages mgc models docker .streamlit
