"""Who trusts whom: the keys and certificates of pairing.

A phone owns a key; a host owns a root and a host certificate and issues the phone's certificate when
they pair. Both sides keep the pair record. The phone then lets only the owner of that record's
certificates into a TLS session. Source: virtual-iphone.md §2 and §6.10.

Making RSA keys costs more than booting 64 phones, so a rack has one identity, and it can be kept in
a file; what makes keys is imported only when there is none.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import json
import pathlib
import ssl
import tempfile
import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from harness.config.places import replace_file

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa

_VALID_DAYS = 3650


@dataclass(frozen=True)
class RackIdentity:
    """The keys of one rack: of the host that its phones trust from the start, and of the phones.

    All are PEM texts.

    Attributes:
        host_id: the host's identifier in pair records.
        system_buid: the identifier of the host's usbmuxd.
        root_certificate: the host's root.
        root_key: its key.
        host_certificate: what the host shows to a phone.
        host_key: its key.
        device_certificate: what a phone shows to this host.
        device_key: the key of every phone of the rack.
        device_public_key: the same, public, as a phone tells it to a host that wants to pair.
    """

    host_id: str
    system_buid: str
    root_certificate: str
    root_key: str
    host_certificate: str
    host_key: str
    device_certificate: str
    device_key: str
    device_public_key: str

    def pair_record(self, udid: str, wifi_address: str) -> dict[str, Any]:
        """The pair record with which the rack's host is trusted by a phone from the start."""
        return {
            "DeviceCertificate": self.device_certificate.encode(),
            "EscrowBag": escrow_bag(udid),
            "HostCertificate": self.host_certificate.encode(),
            "HostID": self.host_id,
            "HostPrivateKey": self.host_key.encode(),
            "RootCertificate": self.root_certificate.encode(),
            "RootPrivateKey": self.root_key.encode(),
            "SystemBUID": self.system_buid,
            "WiFiMACAddress": wifi_address,
        }


def escrow_bag(udid: str) -> bytes:
    """What a host needs to reach a locked phone; opaque to the host."""
    return hashlib.sha256(f"escrow {udid}".encode()).digest()


def wifi_address(udid: str) -> str:
    """The Wi-Fi MAC address of a phone; locally administered, so that it is nobody's."""
    digest = hashlib.sha256(f"wifi {udid}".encode()).digest()
    return ":".join(f"{byte:02x}" for byte in (digest[0] & 0xFC | 0x02, *digest[1:6]))


def make_identity() -> RackIdentity:
    """Make new keys and certificates."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    root_key, host_key, device_key = (_make_key() for _ in range(3))
    root = _sign(root_key, root_key, is_root=True)
    return RackIdentity(
        host_id=str(uuid.uuid4()).upper(),
        system_buid=str(uuid.uuid4()).upper(),
        root_certificate=_certificate_pem(root),
        root_key=_key_pem(root_key),
        host_certificate=_certificate_pem(_sign(host_key, root_key)),
        host_key=_key_pem(host_key),
        device_certificate=_certificate_pem(_sign(device_key, root_key)),
        device_key=_key_pem(device_key),
        device_public_key=device_key.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode(),
    )


def load_identity(path: pathlib.Path) -> RackIdentity:
    """The identity kept in ``path``; made and kept there (readable by its owner only) if there is none.

    A file that does not hold an identity is replaced: nothing of value depends on it.
    """
    try:
        return RackIdentity(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        pass
    identity = make_identity()
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, json.dumps(asdict(identity)), private=True)
    return identity


@functools.lru_cache(maxsize=64)
def server_context(
    device_key: str, device_certificate: str, host_certificate: str, root_certificate: str
) -> ssl.SSLContext:
    """The phone's side of TLS with one paired host.

    The client must own the host's certificate or its root, both of the pair record: clients differ in
    which of the two they show. TLS 1.2, so that a refused host learns it within the handshake (guessed:
    which versions a phone offers is not known).

    Args:
        device_key: PEM.
        device_certificate: PEM, as the host issued it.
        host_certificate: PEM.
        root_certificate: PEM.

    Raises:
        ValueError: the certificates are not certificates, or the device's does not fit its key.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    # Clients bring certificates signed as weakly as iOS has ever accepted.
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    with tempfile.TemporaryDirectory() as private:
        # The ssl module takes a certificate chain from a file only.
        chain = pathlib.Path(private) / "chain.pem"
        chain.write_text(f"{device_certificate}\n{device_key}")
        try:
            context.load_cert_chain(chain)
            context.load_verify_locations(cadata=f"{host_certificate}\n{root_certificate}")
        except (ssl.SSLError, ValueError) as error:
            raise ValueError(f"a pair record with unusable certificates: {error}") from error
    return context


def _make_key() -> rsa.RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _sign(key: rsa.RSAPrivateKey, root_key: rsa.RSAPrivateKey, *, is_root: bool = False) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    nameless = x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(nameless)
        .issuer_name(nameless)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=_VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
    )
    return builder.sign(root_key, hashes.SHA256())


def _key_pem(key: rsa.RSAPrivateKey) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _certificate_pem(certificate: x509.Certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM).decode()
