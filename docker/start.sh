#!/usr/bin/env bash
# Start the app in a container: listens on every interface, writes below MGC_HOME only.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${MGC_HOME:-}" ]; then
    MGC_HOME="${HOME:-/tmp}/.mgc"
    if [ -w /data ]; then MGC_HOME=/data/mgc; fi  # a Space's persistent storage
fi
export MGC_HOME
export NUMBA_CACHE_DIR="$MGC_HOME/cache/numba" MPLCONFIGDIR="$MGC_HOME/cache/matplotlib"  # beside the code is read-only
mkdir -p "$NUMBA_CACHE_DIR" "$MPLCONFIGDIR"
if [ -d cache/numba ]; then cp -Ru cache/numba/. "$NUMBA_CACHE_DIR"; fi  # what the image has compiled

export MGC_WEIGHTS="${MGC_WEIGHTS:-$PWD/cache/weights}"  # what the image has fetched; MGC_HOME/weights is looked at, too

options=(--server.address=0.0.0.0 --server.port="${PORT:-8501}" --server.headless=true)
if [ -n "${SPACE_ID:-}" ]; then
    # A Space is shown inside a frame of another site: only this cookie setting lets uploads through there.
    options+=(--server.xsrfCookieSameSite=none)
    export MGC_REGISTRY="${MGC_REGISTRY:-${MGC_SHELF:-fixed}}"  # a demo for everybody: visitors look at its data sets, and add none
fi
exec "${MGC_VENV:-.venv}/bin/streamlit" run app.py "${options[@]}"
