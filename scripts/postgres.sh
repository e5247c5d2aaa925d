#!/usr/bin/env bash
# Make sure that there is a PostgreSQL server for the tests of the job store; they skip, with a reason, where there is none.
set -euo pipefail

compgen -G "/usr/lib/postgresql/*/bin/postgres" >/dev/null && exit 0
command -v postgres >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends postgresql >/dev/null
else
    echo "No PostgreSQL server here: the tests of the job store on PostgreSQL will be skipped." >&2
    echo "Run: sudo apt-get install postgresql" >&2
fi
