"""Provisioning profiles as documents: a property list inside a signed message.

Source of the keys: Apple's technical note on provisioning profiles (TN3125), and what public clients print of
profiles. The certificate in it is real in form, and signed by itself.
"""

from __future__ import annotations

import datetime
import functools
import plistlib
from typing import Any

from harness.virtual.kernel.provisioning import DAY_S, SIGNER, TEAM, YEAR_DAYS, AppProfile
from harness.wire.cms import signed_data


def document_of(profile: AppProfile) -> bytes:
    """The document of a profile that came with an app."""
    return signed_data(plistlib.dumps(fields_of(profile)))


def fields_of(profile: AppProfile) -> dict[str, Any]:
    """What is in a profile."""
    identifier = f"{TEAM}.{profile.bundle_id}"
    return {
        "AppIDName": profile.name,
        "ApplicationIdentifierPrefix": [TEAM],
        "CreationDate": _moment(profile.created_s),
        "DeveloperCertificates": [certificate(profile.certificate_ends_s)],
        "Entitlements": {
            "application-identifier": identifier,
            "com.apple.developer.team-identifier": TEAM,
            "get-task-allow": True,
            "keychain-access-groups": [f"{TEAM}.*"],
        },
        "ExpirationDate": _moment(profile.ends_s),
        "IsXcodeManaged": True,
        "Name": profile.name,
        "Platform": ["iOS"],
        "ProvisionedDevices": list(profile.udids),
        "TeamIdentifier": [TEAM],
        "TeamName": "Virtual",
        "TimeToLive": round((profile.ends_s - profile.created_s) / DAY_S),
        "UUID": profile.uuid,
        "Version": 1,
    }


@functools.lru_cache(maxsize=32)
def certificate(ends_s: float) -> bytes:
    """A certificate of the one who signs apps here, DER; a year old when it ends."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SIGNER)])
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(_moment(ends_s - YEAR_DAYS * DAY_S))
        .not_valid_after(_moment(ends_s))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


def _moment(at_s: float) -> datetime.datetime:
    """A moment in UTC, which property lists and certificates have without saying so."""
    return datetime.datetime.fromtimestamp(round(at_s), datetime.UTC).replace(tzinfo=None)
