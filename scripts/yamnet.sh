#!/usr/bin/env bash
# Try once to fetch YAMNet's weights (15 MB), by which the app tells music from speech and names what is heard.
# Without a network, or with one that hangs, the app runs without them and says what they add.
#
#     scripts/yamnet.sh VENV
set -euo pipefail

venv=$1
asked="$venv/.asked-yamnet"  # at most one try in each environment: nobody without a network waits at every start
if [ -e "$asked" ]; then exit 0; fi
touch "$asked" 2>/dev/null || exit 0
trap 'rm -f "$asked"; exit 130' INT TERM  # stopped by hand: the next start tries again
# Interrupted as by Ctrl-C, which cancels the job, too: a download that hangs does not go on in the background.
if ! timeout -s INT -k 10 120 "$venv/bin/python" -m mgc weights get yamnet >/dev/null 2>"$asked"; then
    echo "YAMNet's weights were not downloaded; the app runs without them. To try again: python -m mgc weights get yamnet"
fi
