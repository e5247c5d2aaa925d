"""Fetch GTZAN from Kaggle or Hugging Face: with progress, checksum, resume, and one sentence when that fails.

Both give the archive to anybody who asks, without an account. What came so far is kept beside a note of what it is part
of, so a download that broke off goes on where it was, also after a restart. The checksum is the one that the source
itself announces (Hugging Face: sha256 as ``X-Linked-ETag``; Kaggle: md5 as ``X-Goog-Hash``); beyond that, every clip
has its published md5 in our index, which validation compares.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import http.client
import re
import shutil
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from mgc import files, records
from mgc.datasets.base import os_errors
from mgc.datasets.entry import write_json
from mgc.datasets.gtzan import SOURCES
from mgc.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import Message
    from io import FileIO
    from pathlib import Path

__all__ = ["MAX_BYTES", "URLS", "Offer", "fetch", "fetch_file", "offered", "request"]

URLS: Final = {
    "kaggle": f"https://www.kaggle.com/api/v1/datasets/download/{SOURCES['kaggle']}",
    "huggingface": f"https://huggingface.co/datasets/{SOURCES['huggingface']}/resolve/main/data/genres.tar.gz",
}
TIMEOUT: Final = 30.0  # seconds without a byte
MAX_BYTES: Final = 4 * 2**30  # packed or unpacked; Kaggle's archive has 1.3 GB, Hugging Face's 1.2 GB
SPARE: Final = 2**30  # bytes of disk that are left to everybody else
UNPACKED: Final = 1.25  # times the packed size; Kaggle's and Hugging Face's archives unpack to 1.1 times theirs
CHUNK: Final = 2**20
ATTEMPTS: Final = 5  # connections in a row that bring nothing new
PAUSE: Final = 1.0  # seconds before another attempt, longer each time
OFTEN: Final = 0.2  # seconds after which a slow download says again how far it is
_UNWRITTEN: Final = "The download could not be written; is the disk full?"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a source says about the archive: ``mark`` changes with its content, ``digest`` is ``"sha256:..."``."""

    url: str
    total: int
    mark: str
    digest: str


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow redirections, and keep the headers that each came with: the checksum may stand on the first."""

    def __init__(self) -> None:
        self.passed: list[Message] = []

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if urlsplit(req.full_url).scheme == "https" != urlsplit(newurl).scheme:
            raise http.client.HTTPException("a redirection away from https")
        self.passed.append(headers)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def request(url: str, headers: dict[str, str]) -> tuple[http.client.HTTPResponse, list[Message]]:
    """Open a URL; return the answer, and the headers of the redirections that led to it."""
    redirects = _Redirects()
    opener = urllib.request.OpenerDirector()  # not build_opener, which would read file:// and ftp:// as well
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
        redirects,
    ):
        opener.add_handler(handler)
    answer = opener.open(urllib.request.Request(url, headers=headers), timeout=TIMEOUT)  # noqa: S310 - http(s) only
    return answer, redirects.passed


def offered(url: str, answer: http.client.HTTPResponse, passed: list[Message]) -> Offer:
    """Read off an answer's headers, and those of the redirections, what is offered."""
    total = answer.headers.get("Content-Length", "0")
    mark = answer.headers.get("ETag", "")
    digest = ""
    for headers in (*passed, answer.headers):
        linked = headers.get("X-Linked-ETag", "").strip('"')
        if re.fullmatch(r"[0-9a-f]{64}", linked):
            digest = f"sha256:{linked}"
        for found in re.findall(r"md5=([A-Za-z0-9+/]{22}==)", " ".join(headers.get_all("X-Goog-Hash", []))):
            digest = digest or f"md5:{base64.b64decode(found).hex()}"
    return Offer(url, int(total) if total.isdecimal() else 0, mark, digest)


class _BrokenOff(Exception):
    """The connection could not be made, or did not last: no route, no name, too slow, cut."""


def fetch(source: str, folder: Path, progress: Callable[[int, int], None] | None = None) -> Path:
    """Download the archive of a source, a key of :data:`URLS`, into ``folder``; return the file.

    What came before of it is kept there and not asked for again. ``progress`` is called with (bytes so far, bytes in
    all or 0); raising in it stops the download, to be resumed.

    Raises
    ------
    DatasetError
        when there is no network, the source refuses, the disk is full, or what came is not what was announced
    """
    if source not in URLS:
        raise DatasetError(f"Invalid source. Received: {source!r}. Expected: {' or '.join(URLS)}.")
    return fetch_file(URLS[source], folder / f"{source}.archive", progress, unpacked=UNPACKED)


def fetch_file(
    url: str,
    whole: Path,
    progress: Callable[[int, int], None] | None = None,
    *,
    digest: str = "",
    unpacked: float = 0.0,
    otherwise: str = "download the data set yourself and add it by its path",
) -> Path:
    """Download one file, which appears whole; the rest is as in :func:`fetch`, which also says what is raised.

    Parameters
    ----------
    url : str
    whole : Path
        where it shall be; what came so far is kept beside it
    progress : callable, optional
    digest : str
        ``"sha256:..."`` or ``"md5:..."`` that it must have; without it, the one that the server announces
    unpacked : float
        times its size that the disk needs as well
    otherwise : str
        what a person can do where the network cannot
    """
    part = whole.with_suffix(".part")
    with os_errors("The folder for downloads cannot be written."):
        whole.parent.mkdir(parents=True, exist_ok=True)
        lock = whole.with_suffix(".lock").open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DatasetError("This download is already running.") from error
        if not whole.exists():
            _download(url, part, progress, digest, unpacked, otherwise)
            part.replace(whole)
            _note(part).unlink(missing_ok=True)
    return whole


def _download(
    url: str,
    part: Path,
    progress: Callable[[int, int], None] | None,
    digest: str,
    unpacked: float,
    otherwise: str,
) -> None:
    host = urlsplit(url).hostname
    fruitless, has_come = 0, False
    while True:
        before = _size(part)
        try:
            offer = _continue(url, part, progress, unpacked)
            break
        except urllib.error.HTTPError as error:
            error.close()
            _refuse(error, str(host), otherwise)
        except _BrokenOff as error:
            fruitless = 0 if _size(part) > before else fruitless + 1
            has_come = has_come or bool(before) or not fruitless
            if fruitless >= ATTEMPTS or not has_come:
                raise DatasetError(
                    f"{host} cannot be reached: check the network and try again (the partial file is kept), or "
                    f"{otherwise}.",
                    details=repr(error.__cause__ or error),
                ) from error
            time.sleep(PAUSE * fruitless)
    expected = digest or offer.digest
    if expected and files.digest(part, expected.partition(":")[0]) != expected:
        part.unlink()
        _note(part).unlink(missing_ok=True)
        which = "expected" if digest else "announced"
        raise DatasetError(f"The file from {host} does not have the {which} checksum; please try again.")


def _continue(url: str, part: Path, progress: Callable[[int, int], None] | None, unpacked: float) -> Offer:
    """Ask for what is missing and append it."""
    known, have = _known(part, url), _size(part)
    headers = {"User-Agent": "mgc", "Accept-Encoding": "identity"}
    if known and have:
        headers |= {"Range": f"bytes={have}-", "If-Range": known.mark}
    try:
        with _network():
            answer, passed = request(url, headers)
    except urllib.error.HTTPError as error:
        if error.code == 416 and known and have == known.total:
            error.close()
            return known
        if error.code == 416:
            part.unlink(missing_ok=True)  # longer than the whole: begin again
        raise
    with answer:
        goes_on = answer.status == 206 and known is not None
        offer = known if goes_on and known else offered(url, answer, passed)
        start = have if goes_on else 0
        if goes_on and not answer.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            part.unlink()
            raise _BrokenOff("another range than asked for")
        _check_room(offer, start, part, unpacked)
        write_json(_note(part), offer)
        with os_errors(_UNWRITTEN):
            # unbuffered: else the end of what came would be written, and could fail, at closing
            out = part.open("ab" if goes_on else "wb", buffering=0)
        with out:
            start = _take(answer, out, start, offer.total, progress)
        if start < offer.total:
            raise _BrokenOff(f"{offer.total - start} bytes are missing")
    return offer


def _take(
    answer: http.client.HTTPResponse, out: FileIO, done: int, total: int, progress: Callable[[int, int], None] | None
) -> int:
    """Append each piece as it comes, so that a server that stalls costs none of them; return how much is there."""
    told, due = done, 0.0
    for chunk in _chunks(answer, total - done if total else MAX_BYTES):
        _write(out, chunk)
        done += len(chunk)
        if progress is not None and (done - told >= CHUNK or time.monotonic() >= due):
            progress(done, total)
            told, due = done, time.monotonic() + OFTEN
    if progress is not None and told < done:
        progress(done, total)
    return done


def _chunks(answer: http.client.HTTPResponse, most: int) -> Iterator[bytes]:
    while True:
        with _network():
            chunk = answer.read1(min(CHUNK, most + 1))
        if not chunk:
            return
        most -= len(chunk)
        if most < 0:
            raise DatasetError("The file is larger than announced; the download was stopped.")
        yield chunk


def _write(out: FileIO, chunk: bytes) -> None:
    left = memoryview(chunk)
    with os_errors(_UNWRITTEN):
        while left:
            left = left[out.write(left) :]


@contextlib.contextmanager
def _network() -> Iterator[None]:
    """Tell the network's errors from those of the disk and of ``progress``."""
    try:
        yield
    except urllib.error.HTTPError:
        raise
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenOff(repr(error)) from error


def _check_room(offer: Offer, have: int, part: Path, unpacked: float) -> None:
    if offer.total > MAX_BYTES:
        raise DatasetError(f"The archive is {offer.total / 2**30:.1f} GB; GTZAN is less than 2 GB.")
    needed = offer.total - have + int(unpacked * offer.total) + SPARE  # the file, and what is unpacked from it
    if shutil.disk_usage(part.parent).free < needed:
        what = "download and unpack" if unpacked else "download"
        raise DatasetError(f"The disk is too full: {needed / 2**30:.1f} GB are needed to {what}.")


def _known(part: Path, url: str) -> Offer | None:
    """Return what the bytes that are there are part of; None when that cannot be told."""
    try:
        offer = records.read(Offer, _note(part).read_bytes(), "offer")
    except (OSError, ValueError):
        return None
    is_strong = bool(offer.mark) and not offer.mark.startswith("W/")  # If-Range needs a strong one
    return offer if offer.url == url and offer.total and is_strong else None


def _note(part: Path) -> Path:
    return part.with_suffix(".json")


def _size(part: Path) -> int:
    with contextlib.suppress(OSError):
        return part.stat().st_size
    return 0


def _refuse(error: urllib.error.HTTPError, host: str, otherwise: str) -> None:
    if error.code in (401, 403):
        why = f"requires a login: {otherwise}"
    elif error.code in (404, 410):
        why = f"no longer has the file: {otherwise}"
    elif error.code == 416:
        why = "could not resume the download; please try again"
    else:
        why = "cannot provide it right now; please try again later"
    raise DatasetError(f"{host} {why} (HTTP {error.code}).", details=repr(error)) from error
