#!/usr/bin/env bash
# Run the image's steps without a Docker engine: build in a bare folder, then, as user 1000 and in a network namespace
# that has nothing but its own loopback, start the app, ask for its health, and classify a song. Needs root.
#
#     docker/prove.sh [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "docker/prove.sh changes user and network: run it as root." >&2; exit 1; }
bare=${1:-$(mktemp -d /var/tmp/mgc-image.XXXXXX)}

step() { echo "== $*"; }

step "copy what the image would copy into $bare"
mkdir -p "$bare/app" "$bare/home"
git archive HEAD | tar -x -C "$bare/app" --exclude=tests --exclude=docs --exclude=benchmarks
chmod 755 "$bare"
chown 1000:1000 "$bare/home"

step "build"
# User 1000 must be able to reach the interpreter, which one in root's home does not allow.
if [ -x /usr/bin/python3.11 ]; then export PYTHON=${PYTHON:-/usr/bin/python3.11}; fi
time "$bare/app/docker/build.sh" "$bare/venv"

step "start as user 1000 without a network, and use it"
cat > "$bare/use.sh" <<'USE'
set -euo pipefail
cd "$1/app"
docker/start.sh > "$1/home/log" 2>&1 &
server=$!
trap 'kill $server' EXIT
start=$SECONDS
until docker/healthy.sh 2>/dev/null; do
    kill -0 $server 2>/dev/null || { cat "$1/home/log"; exit 1; }
    [ $((SECONDS - start)) -lt 60 ] || { echo "not healthy within 60 s"; exit 1; }
    sleep 0.2
done
echo "healthy after $((SECONDS - start)) s as $(id -un 2>/dev/null || id -u), home $MGC_HOME"
[ -n "$(ls -A "$MGC_HOME/cache/numba")" ] || { echo "the code that librosa has compiled is not there"; exit 1; }
if touch mgc/x 2>/dev/null || touch app.py 2>/dev/null; then echo "the code can be written to"; exit 1; fi
"$MGC_VENV/bin/python" - <<'PYTHON'
import wave
from mgc import studio
import numpy as np
with wave.open(f"{__import__('os').environ['MGC_HOME']}/song.wav", "wb") as file:
    file.setparams((1, 2, 22050, 0, "NONE", ""))
    y = studio.render("classical", seconds=10.0)
    file.writeframes((np.clip(y, -1, 1) * 32767).astype("<i2").tobytes())
PYTHON
"$MGC_VENV/bin/python" -m mgc classify "$MGC_HOME/song.wav"
USE
env -i PATH="$PATH" HOME="$bare/home" MGC_HOME="$bare/home/.mgc" MGC_VENV="$bare/venv" NUMBA_CACHE_DIR="$bare/home/numba" \
    unshare --net -- bash -c 'ip link set lo up 2>/dev/null || true
        exec setpriv --reuid=1000 --regid=1000 --clear-groups bash "$1/use.sh" "$1"' prove "$bare"
step "done; remove $bare when you have looked at it"
