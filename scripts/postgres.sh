#!/usr/bin/env bash
# Make sure that the tests of the job store have PostgreSQL, and those of several hosts iproute2; without them they skip,
# with a reason.
set -euo pipefail

missing=()
command -v postgres >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/postgres" >/dev/null || missing+=(postgresql)
command -v ip >/dev/null || [ -x /usr/sbin/ip ] || missing+=(iproute2)
[ ${#missing[@]} = 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
    echo "Not here: ${missing[*]}. Tests that need them will be skipped. Run: sudo apt-get install ${missing[*]}" >&2
fi
