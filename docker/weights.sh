#!/usr/bin/env bash
# Put YAMNet's weights into the image, where the network lets it: in cache/weights, which docker/start.sh names.
#
#     docker/weights.sh VENV
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p cache/weights
scratch=$(mktemp -d)  # the download is a job, whose list and keys are none of the image's
trap 'rm -rf "$scratch"' EXIT
env -u MGC_WEIGHTS MGC_HOME="$scratch" scripts/yamnet.sh "$1"
for file in "$scratch"/weights/*.h5; do
    if [ -e "$file" ]; then cp "$file" cache/weights/; fi  # without a network there is none, or half of one
done
chmod -R a+rX cache/weights
