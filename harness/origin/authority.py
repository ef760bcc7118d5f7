"""A certificate authority of this machine's own: what ``tls: self-signed`` serves by, good and expired.

A phone believes the origin over HTTPS when it knows this authority. It comes as a configuration profile that
is put on a phone once, since authority and profile are kept in the state directory and stay the same. A real
phone's user consents twice: to the profile, and in Settings > General > About > Certificate Trust Settings.

Certificates are what iOS asks of a server's (Apple's support article HT210176: names in the subject
alternative name, the purpose of a server, SHA-2, good for no more than 825 days).
"""

from __future__ import annotations

import os
import plistlib
import ssl
import tempfile
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from harness.errors import ConfigError
from harness.origin.placing import PROFILE

FILE_NAME = "origin-authority.pem"
PROFILE_NAME = "origin-authority.mobileconfig"
AUTHORITY_DAYS = 3650
GOOD_DAYS = 800
"""How long a certificate is good: a virtual phone's clock may run ahead of this host's by that much."""

EXPIRED_DAYS_AGO = 365
"""When the expired one ended: long ago by the clock of any phone that is less than a year behind."""

Key = CertificateIssuerPrivateKeyTypes


@dataclass(frozen=True)
class Authority:
    """Who signs; made by ``kept_in``.

    Attributes:
        certificate: its own, which phones have to know.
        key: what it signs with.
    """

    certificate: x509.Certificate
    key: Key

    @classmethod
    def kept_in(cls, directory: Path) -> Self:
        """The authority of a directory, made there at the first call, with its profile beside it.

        Raises:
            ConfigError: what is there cannot be read, or nothing can be written there.
        """
        path = directory / FILE_NAME
        try:
            if not path.exists():
                _write_first(path, cls._make()._pem())
            kept = cls._read(path.read_bytes())
            _keep(directory / PROFILE_NAME, kept.profile)
            return kept
        except (OSError, ValueError, TypeError) as error:
            what = f"the origin's authority cannot be kept in {directory}: {error}"
            raise ConfigError(what, fix=f"Remove {path}, and put the new profile on your phones.") from error

    @property
    def der(self) -> bytes:
        """Its certificate."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def profile(self) -> bytes:
        """The configuration profile that has a phone know it; the same bytes for the same authority."""
        digest = self.certificate.fingerprint(hashes.SHA256()).hex()
        inner, outer = (str(uuid.uuid5(uuid.NAMESPACE_OID, f"{digest} {part}")) for part in ("root", "all"))
        root = {
            "PayloadType": "com.apple.security.root",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"{PROFILE}.root",
            "PayloadUUID": inner,
            "PayloadDisplayName": "iPhone harness: origin",
            "PayloadContent": self.der,
        }
        return plistlib.dumps(
            {
                "PayloadType": "Configuration",
                "PayloadVersion": 1,
                "PayloadIdentifier": PROFILE,
                "PayloadUUID": outer,
                "PayloadDisplayName": "iPhone harness: origin",
                "PayloadDescription": "Has this phone believe the test server of the machine that made it.",
                "PayloadContent": [root],
            }
        )

    def good(self, hosts: tuple[str, ...]) -> ssl.SSLContext:
        """What a server shows under those names and addresses."""
        now = datetime.now(UTC)
        return self._serve(hosts, now - timedelta(days=1), now + timedelta(days=GOOD_DAYS))

    def expired(self, hosts: tuple[str, ...]) -> ssl.SSLContext:
        """The same, but for its last day."""
        ended = datetime.now(UTC) - timedelta(days=EXPIRED_DAYS_AGO)
        return self._serve(hosts, ended - timedelta(days=GOOD_DAYS), ended)

    def _serve(self, hosts: tuple[str, ...], first: datetime, last: datetime) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        issued = (
            _builder(_name(hosts[0]), self.certificate.subject, key.public_key(), first, last)
            .add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # OpenSSL takes a chain from a file only.
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "origin.pem")
            path.write_bytes(_private_pem(key) + issued.public_bytes(serialization.Encoding.PEM))
            context.load_cert_chain(path)
        return context

    @classmethod
    def _make(cls) -> Self:
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        name = _name(f"iPhone harness origin {uuid.uuid4().hex[:8]}")
        first, last = now - timedelta(days=AUTHORITY_DAYS), now + timedelta(days=AUTHORITY_DAYS)
        certificate = (
            _builder(name, name, key.public_key(), first, last)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        return cls(certificate, key)

    @classmethod
    def _read(cls, pem: bytes) -> Self:
        key = serialization.load_pem_private_key(pem, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("another kind of key")
        return cls(x509.load_pem_x509_certificate(pem), key)

    def _pem(self) -> bytes:
        return _private_pem(self.key) + self.certificate.public_bytes(serialization.Encoding.PEM)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, first: datetime, last: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
    return builder.not_valid_before(first).not_valid_after(last)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _private_pem(key: Key) -> bytes:
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, plain)


def _write_first(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, unless another process was first."""
    beside = _written_beside(path, data)
    try:
        path.hardlink_to(beside)
    except FileExistsError:
        return  # and theirs is as good
    finally:
        beside.unlink()


def _keep(path: Path, data: bytes) -> None:
    """Have a file be these bytes."""
    if not path.exists() or path.read_bytes() != data:
        _written_beside(path, data).replace(path)


def _written_beside(path: Path, data: bytes) -> Path:
    handle, beside = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    return Path(beside)
