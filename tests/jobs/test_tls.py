from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from mgc import files, records
from mgc.errors import EngineError
from mgc.jobs import process, tls

if TYPE_CHECKING:
    from pathlib import Path


def test_the_key_is_its_owners_alone_and_made_once(tmp_path: Path) -> None:
    path = tls.certificate(tmp_path / "engine")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    first = path.read_bytes()
    assert tls.certificate(tmp_path / "engine").read_bytes() == first


def test_a_certificate_near_its_end_is_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "_DAYS", 29)
    first = tls.certificate(tmp_path).read_bytes()
    monkeypatch.undo()
    assert tls.certificate(tmp_path).read_bytes() != first


def test_nonsense_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "tls.pem").write_text("no certificate")
    (tmp_path / "tls.pem").chmod(0o600)
    assert b"BEGIN CERTIFICATE" in tls.certificate(tmp_path).read_bytes()


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    tls.certificate(tmp_path).chmod(0o644)
    with pytest.raises(EngineError, match="can be read by other users"):
        tls.certificate(tmp_path)


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match="cannot be written"):
        tls.certificate(tmp_path / "file" / "engine")


def test_it_lasts_ten_years_and_signs_itself(tmp_path: Path) -> None:
    from cryptography import x509

    made = x509.load_pem_x509_certificate(tls.certificate(tmp_path).read_bytes())
    made.verify_directly_issued_by(made)
    left = made.not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    assert left.days in (3649, 3650)


def test_dask_must_encrypt(tmp_path: Path) -> None:
    tls.certificate(tmp_path)
    security = tls.security(tmp_path)
    assert security.require_encryption
    assert security.tls_ca_file == security.tls_worker_key == str(tmp_path / "tls.pem")


def test_an_operators_certificate_is_only_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "_DAYS", 29)  # ours would be renewed
    first = tls.certificate(tmp_path).read_bytes()
    assert tls.security(tmp_path).tls_client_cert == str(tmp_path / "tls.pem")
    assert (tmp_path / "tls.pem").read_bytes() == first


def test_no_certificate_is_made_in_an_operators_folder(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"There is no tls\.pem .* MGC_SCHEDULER_TLS names its folder"):
        tls.security(tmp_path / "operator")
    assert not (tmp_path / "operator").exists()


@pytest.mark.parametrize("what", ["nonsense", "no key", "another's key", "a locked key"])
def test_an_operators_file_that_cannot_be_used_stays_as_it_is(tmp_path: Path, what: str) -> None:
    mine, other = (tls.certificate(tmp_path / name).read_bytes() for name in ("mine", "other"))
    key, certificate = mine[: (at := mine.index(b"-----BEGIN CERTIFICATE"))], mine[at:]
    data = {
        "nonsense": b"-----BEGIN what is this",
        "no key": certificate,
        "another's key": other[: other.index(b"-----BEGIN CERTIFICATE")] + certificate,
        "a locked key": _locked(key) + certificate,
    }[what]
    path = tmp_path / "mine" / "tls.pem"
    path.write_bytes(data)
    with pytest.raises(EngineError, match="must hold a certificate and its key without a password"):
        tls.security(path.parent)
    assert path.read_bytes() == data


def _locked(key: bytes) -> bytes:
    from cryptography.hazmat.primitives import serialization as to

    read = to.load_pem_private_key(key, None)
    return read.private_bytes(to.Encoding.PEM, to.PrivateFormat.PKCS8, to.BestAvailableEncryption(b"word"))


def test_a_certificate_that_has_run_out_is_said_with_its_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "_DAYS", -0.5)
    files.write(tmp_path / "tls.pem", tls._made())
    with pytest.raises(EngineError, match=r"expired on \d{4}-\d\d-\d\d\."):
        tls.security(tmp_path)


def test_a_record_counts_only_while_its_writer_lives(tmp_path: Path) -> None:
    path = tmp_path / "engine-x.json"
    said = process.Record("tls://127.0.0.1:1", 1)
    assert process.read(path) is None
    with process.hold(path):
        records.write(path, said)
        assert process.read(path) == said
    assert process.read(path) is None
