#!/usr/bin/env bash
# Put locked packages into a virtual environment, byte code included; does nothing when they are there already.
#
#     scripts/install.sh VENV requirements.txt [more.txt ...]
#
# Used by the Makefile and by the image, so that both hold the same packages put there the same way.
set -euo pipefail

UV="uv==0.13.8"  # installs in parallel and compiles byte code; pinned like everything else

venv=$1
shift
stamp="$venv/.installed-$(basename "${!#}")"  # a copy of what was installed, named after the last list

if cat "$@" | cmp -s - "$stamp"; then
    exit 0
fi

find_python() {
    local candidate
    for candidate in "${PYTHON:-python3.11}" python3 python; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    echo "No Python 3.11, 3.12 or 3.13 was found; install one, or name it: make PYTHON=/path/to/python3.11" >&2
    exit 1
}

if ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then  # Debian keeps these in a package of their own
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            export DEBIAN_FRONTEND=noninteractive
            apt-get update -qq
            apt-get install -y -qq --no-install-recommends python3-venv python3-pip
        else
            echo "$python cannot make virtual environments; run first: sudo apt-get install python3-venv" >&2
            exit 1
        fi
    fi
    "$python" -m venv "$venv"
fi

# Whoever runs this may have switched byte code off; then importing TensorFlow would cost 12 s each time, not 4.5.
unset PYTHONDONTWRITEBYTECODE
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$UV"
lists=()
for list in "$@"; do lists+=(-r "$list"); done
"$venv/bin/uv" pip install --python "$venv/bin/python" --compile-bytecode "${lists[@]}"
cat "$@" > "$stamp"
