"""A web server is asked over HTTP alone, and never less safely than it was asked first."""

from __future__ import annotations

import http.client
import urllib.request
from email.message import Message

import pytest

from mgc.datasets import offer


@pytest.mark.parametrize(
    ("start", "end", "is_fine"),
    [("https", "https", True), ("http", "http", True), ("http", "https", True), ("https", "http", False)],
)
def test_no_redirection_leads_away_from_https(start: str, end: str, is_fine: bool) -> None:
    asked, headers = urllib.request.Request(f"{start}://a.org/x"), Message()
    redirects = offer._Redirects()
    if is_fine:
        assert redirects.redirect_request(asked, None, 302, "", headers, f"{end}://b.org/x") is not None
    else:
        with pytest.raises(http.client.HTTPException):
            redirects.redirect_request(asked, None, 302, "", headers, f"{end}://b.org/x")
