#!/usr/bin/env bash
# Make sure that there is a Chromium for the browser tests; they skip, with a reason, where there is none.
set -euo pipefail

chromium=${MGC_TEST_CHROMIUM:-/usr/bin/chromium}
[ -x "$chromium" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
else
    echo "No Chromium at $chromium: the browser tests will be skipped." >&2
    echo "Run: sudo apt-get install chromium, or set MGC_TEST_CHROMIUM to yours." >&2
fi
