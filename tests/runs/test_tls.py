from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from mgc.errors import EngineError
from mgc.runs import record, tls

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
    with pytest.raises(EngineError, match="can be read by others"):
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
    security = tls.security(tmp_path)
    assert security.require_encryption
    assert security.tls_ca_file == security.tls_worker_key == str(tmp_path / "tls.pem")


def test_a_record_counts_only_while_its_writer_lives(tmp_path: Path) -> None:
    path = tmp_path / "engine-x.json"
    said = record.Record("tls://127.0.0.1:1", 1, 2.0)
    assert record.read(path) is None
    with record.hold(path):
        record.write(path, said)
        assert record.read(path) == said
    assert record.read(path) is None
