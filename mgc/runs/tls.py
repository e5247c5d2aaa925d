"""The engine's own certificate: who holds the key may submit work, and nobody else.

Dask runs whatever it is sent, as the user who started it, and asks nobody who they are. So both sides of every
connection show one self-signed certificate that is also the only authority they accept. Its key never leaves
``MGC_HOME/engine`` and is readable by its owner alone.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Final

from mgc import atomic
from mgc.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path

    from distributed.security import Security

__all__ = ["certificate", "security"]

_DAYS: Final = 3650
_RENEW_DAYS: Final = 30  # before the end


def security(folder: Path) -> Security:
    """Return what Dask needs to encrypt and to check both sides of every connection.

    Parameters
    ----------
    folder : Path
        where ``tls.pem`` lies; made when it is not there

    Raises
    ------
    EngineError
        when the file cannot be written, or others may read it
    """
    from distributed.security import Security

    pem = str(certificate(folder))
    roles = {f"tls_{role}_{part}": pem for role in ("client", "scheduler", "worker") for part in ("cert", "key")}
    return Security(require_encryption=True, tls_ca_file=pem, **roles)  # type: ignore[no-untyped-call]


def certificate(folder: Path) -> Path:
    """Return the file that holds certificate and key, mode 0600; it is made once and renewed before it runs out.

    Raises
    ------
    EngineError
        when the file cannot be written, or others may read it
    """
    path = folder / "tls.pem"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists() or _runs_out(path):
            atomic.write(path, _made())  # which makes files of mode 0600
        mode = path.stat().st_mode & 0o077
    except OSError as error:
        raise EngineError(
            "The engine's certificate cannot be written in the MGC_HOME folder; is it full or read-only?",
            details=repr(error),
        ) from error
    if mode:
        raise EngineError(
            "The engine's key (tls.pem in MGC_HOME's engine folder) can be read by others; "
            "remove the file, and a new one is made.",
            details=f"{path} has mode {mode:o} for others",
        )
    return path


def _runs_out(path: Path) -> bool:
    """Tell whether a certificate is about to end, or is none."""
    from cryptography import x509

    try:
        end = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except ValueError:
        return True
    return end - datetime.datetime.now(datetime.UTC) < datetime.timedelta(days=_RENEW_DAYS)


def _made() -> bytes:
    """Return a new key on the curve P-256 and a certificate for it that signs itself, both as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mgc engine")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
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
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return secret + made.public_bytes(serialization.Encoding.PEM)
