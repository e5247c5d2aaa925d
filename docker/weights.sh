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
if [ -d "$scratch/weights" ]; then cp "$scratch"/weights/*.h5 cache/weights/; fi
chmod -R a+rX cache/weights
