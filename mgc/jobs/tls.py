"""The engine's own certificate: only processes that hold its key may submit work.

Dask runs whatever it is sent, as the user who started it, without authentication. So both sides of every connection
show one self-signed certificate that is also the only authority they accept. Its key never leaves ``MGC_HOME/engine``
and is readable by its owner alone.
"""

from __future__ import annotations

import datetime
import ssl
from typing import TYPE_CHECKING, Final

from mgc import files
from mgc.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path

    from distributed.security import Security

__all__ = ["certificate", "security"]

_DAYS: Final = 3650
_RENEW_DAYS: Final = 30  # before the end


def security(folder: Path) -> Security:
    """Return what Dask needs to encrypt and to check both sides of every connection; nothing is written.

    The folder holds ``tls.pem``: certificate and key, ours or those of another scheduler. An EngineError says that it
    is not there, is no certificate with its key, has run out, or others may read it.
    """
    from distributed.security import Security

    pem = str(_checked(folder / "tls.pem"))
    roles = {f"tls_{role}_{part}": pem for role in ("client", "scheduler", "worker") for part in ("cert", "key")}
    return Security(require_encryption=True, tls_ca_file=pem, **roles)  # type: ignore[no-untyped-call]


def certificate(folder: Path) -> Path:
    """Return the file of certificate and key, mode 0600; it is made once and renewed before it runs out.

    An EngineError says that it cannot be written, or others may read it.
    """
    path = folder / "tls.pem"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            days_left = (_end(path) - datetime.datetime.now(datetime.UTC)).days
        except (FileNotFoundError, ValueError):  # there is none, or nonsense
            days_left = 0
        if days_left < _RENEW_DAYS:
            files.write(path, _made())  # which makes files of mode 0600
    except OSError as error:
        raise EngineError(
            "The engine's certificate cannot be written in the MGC_HOME folder; is it full or read-only?",
            details=repr(error),
        ) from error
    return _checked(path)


def _checked(path: Path) -> Path:
    """Return a file of certificate and key that can be used as it is; else raise an EngineError."""
    try:
        mode = path.stat().st_mode & 0o077
        end = _end(path)
        # An empty password: a key that has one would else be asked for in the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(path, password="")
    except FileNotFoundError as error:
        raise EngineError(
            "There is no tls.pem with the certificate and key of the engine; MGC_SCHEDULER_TLS names its folder.",
            details=str(path),
        ) from error
    except (OSError, ValueError) as error:  # a key of another certificate is an ssl.SSLError, which is an OSError
        raise EngineError(
            "The engine's tls.pem cannot be used: it must hold a certificate and its key without a password, as PEM.",
            details=f"{path}: {error!r}",
        ) from error
    if mode:
        raise EngineError(
            "The engine's key (tls.pem) can be read by other users; make it private (chmod 600).",
            details=f"{path} has mode {mode:o} for others",
        )
    if end < datetime.datetime.now(datetime.UTC):
        raise EngineError(f"The engine's certificate (tls.pem) expired on {end:%Y-%m-%d}.", details=str(path))
    return path


def _end(path: Path) -> datetime.datetime:
    from cryptography import x509

    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc


def _made() -> bytes:
    """Return a new key on the curve P-256 and a certificate for it that signs itself, both as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mgc engine")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))  # clocks differ
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return secret + signed.public_bytes(pem)
