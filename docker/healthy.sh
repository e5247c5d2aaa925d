#!/usr/bin/env bash
# Succeeds when the app answers; the slim image has no curl.
exec "${MGC_VENV:-.venv}/bin/python" -c '
import os, sys, urllib.request
url = f"http://127.0.0.1:{os.environ.get(\"PORT\", 8501)}/_stcore/health"
sys.exit(urllib.request.urlopen(url, timeout=4).read() != b"ok")
'
