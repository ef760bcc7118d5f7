"""Configuration profiles and the cloud configuration of one phone. Both outlive a boot.

A profile is kept and told; of its payloads those act here that bring a root certificate. Source of the keys:
Apple's reference of configuration profiles, and what public clients read of ``GetProfileList``.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from harness.errors import HarnessError, WireError
from harness.wire.lockdown import read_plist_dict

ROOT = "com.apple.security.root"
"""Type of the payload whose content is a root certificate, DER."""


class NotAProfile(HarnessError):
    """The bytes are no configuration profile."""


class NoSuchProfile(HarnessError):
    """No profile of that identifier is installed."""


@dataclass(frozen=True)
class Profile:
    """One installed profile.

    Attributes:
        identifier: ``PayloadIdentifier``; another profile of the same one takes its place.
        uuid: ``PayloadUUID``.
        version: ``PayloadVersion``.
        name: ``PayloadDisplayName``, or the identifier.
        description: ``PayloadDescription``, or empty.
        organization: ``PayloadOrganization``, or empty.
        removal_disallowed: ``PayloadRemovalDisallowed``.
        payload_types: what its payloads are, such as ``com.apple.wifi.managed``.
        roots: DER of the root certificates in it.
    """

    identifier: str
    uuid: str
    version: int
    name: str
    description: str
    organization: str
    removal_disallowed: bool
    payload_types: tuple[str, ...]
    roots: tuple[bytes, ...] = ()


def read_profile(data: bytes) -> Profile:
    """A profile from its property list, which may lie unencrypted inside a signature.

    Raises:
        NotAProfile: no property list of type ``Configuration`` with an identifier and a UUID is in it.
    """
    start, end = data.find(b"<?xml"), data.rfind(b"</plist>")
    plain = data[start : end + len(b"</plist>")] if 0 <= start < end else data
    try:
        body = read_plist_dict(plain)
    except WireError as error:
        raise NotAProfile("The profile is not a property list") from error
    return _profile(body)


def _profile(body: dict[str, Any]) -> Profile:
    identifier, uuid = body.get("PayloadIdentifier"), body.get("PayloadUUID")
    if body.get("PayloadType") != "Configuration" or not isinstance(identifier, str):
        raise NotAProfile("The profile is not of type Configuration")
    if not isinstance(uuid, str):
        raise NotAProfile(f"The profile {identifier} has no PayloadUUID")
    version: object = body.get("PayloadVersion", 1)
    content: object = body.get("PayloadContent")
    listed = cast("list[object]", content) if isinstance(content, list) else []
    payloads = [cast("dict[str, object]", row) for row in listed if isinstance(row, dict)]
    types = [row.get("PayloadType") for row in payloads]
    return Profile(
        identifier=identifier,
        uuid=uuid,
        version=version if isinstance(version, int) else 1,
        name=str(body.get("PayloadDisplayName", identifier)),
        description=str(body.get("PayloadDescription", "")),
        organization=str(body.get("PayloadOrganization", "")),
        removal_disallowed=body.get("PayloadRemovalDisallowed") is True,
        payload_types=tuple(str(kind) for kind in types if kind is not None),
        roots=tuple(root for row in payloads if (root := _root(row)) is not None),
    )


def _root(payload: dict[str, object]) -> bytes | None:
    """The root certificate of a payload that brings a usable one."""
    data = payload.get("PayloadContent")
    if payload.get("PayloadType") != ROOT or not isinstance(data, bytes):
        return None
    try:
        ssl.create_default_context(cadata=data)
    except (ssl.SSLError, ValueError):
        return None
    return data


class Profiles:
    """The profiles of one phone.

    Attributes:
        cloud_configuration: what supervision has set; empty on a phone that nobody supervises.
        stored: purpose -> profile that waits for that moment.
    """

    def __init__(self) -> None:
        self.cloud_configuration: Mapping[str, object] = {}
        self.stored: dict[str, bytes] = {}
        self._installed: dict[str, Profile] = {}

    def installed(self) -> tuple[Profile, ...]:
        """Every profile, oldest first."""
        return tuple(self._installed.values())

    def roots(self) -> tuple[bytes, ...]:
        """The root certificates that profiles have brought, DER."""
        return tuple(root for profile in self._installed.values() for root in profile.roots)

    def install(self, data: bytes) -> Profile:
        """Install a profile, as after a person's consent.

        Raises:
            NotAProfile: the bytes are none.
        """
        profile = read_profile(data)
        self._installed[profile.identifier] = profile
        return profile

    def remove(self, identifier: str) -> None:
        """Remove a profile.

        Raises:
            NoSuchProfile: it is not installed, or it may not be removed.
        """
        profile = self._installed.get(identifier)
        if profile is None or profile.removal_disallowed:
            raise NoSuchProfile(f"The profile {identifier} cannot be removed")
        del self._installed[identifier]
