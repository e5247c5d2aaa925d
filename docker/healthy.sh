#!/usr/bin/env bash
# Succeeds when the app answers; the slim image has no curl.
exec "${MGC_VENV:-.venv}/bin/python" -c '
import sys, urllib.request
with urllib.request.urlopen(sys.argv[1], timeout=4) as answer:
    sys.exit(answer.status != 200)
' "http://127.0.0.1:${PORT:-8501}/_stcore/health"
