"""What lets a phone run an app that is not from the App Store: its provisioning profiles, by misagent.

Theory. A profile names an app (or all of a team, by ``*``), the phones that may run it, the certificates that
may sign it, and the day on which it ends. A phone runs an app of a developer while one of the profiles on it
still allows that; which of several it takes, it does not tell. Source of the keys: Apple's technical note on
provisioning profiles (TN3125), and public clients of misagent.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from cryptography import x509
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider


@dataclass(frozen=True)
class SigningCertificate:
    """A certificate that a profile lets sign.

    Attributes:
        name: its common name, such as ``Apple Development: A. Person (ABCDE12345)``.
        ends_s: when it ends, seconds since 1970.
    """

    name: str
    ends_s: float


@dataclass(frozen=True)
class SigningProfile:
    """A provisioning profile on a phone.

    Attributes:
        name: as people see it.
        uuid: what the phone knows it by.
        app: application identifiers that it is for, such as ``TEAM.com.example.app`` or ``TEAM.*``.
        udids: upper case; the phones that it is for.
        all_phones: whether it is for any phone, as those of a company's own apps are.
        ends_s: when it ends, seconds since 1970.
        certificates: those that may sign.
    """

    name: str
    uuid: str
    app: str
    udids: frozenset[str]
    all_phones: bool
    ends_s: float
    certificates: tuple[SigningCertificate, ...] = ()

    def is_for_app(self, bundle_id: str) -> bool:
        """Whether it is for an app, by name or by a ``*`` at its end."""
        wanted = self.app.partition(".")[2]
        if wanted.endswith("*"):
            return bundle_id.startswith(wanted[:-1])
        return bundle_id == wanted

    def is_for_phone(self, udid: str) -> bool:
        """Whether the phone may run what it is for."""
        return self.all_phones or udid.upper() in self.udids


@dataclass(frozen=True)
class SignedApp:
    """An installed app, and who signed it.

    Attributes:
        signer: common name of the certificate; empty when the phone does not tell.
        is_developed: whether a developer signed it for their own phones; others need no profile.
    """

    signer: str
    is_developed: bool


async def read_profiles(provider: LockdownServiceProvider) -> tuple[SigningProfile, ...]:
    """The profiles on a phone; what cannot be read as one is left out."""
    from pymobiledevice3.services.misagent import MisagentService

    async with MisagentService(provider) as misagent:
        found = await misagent.copy_all()
    return tuple(_profiles(profile.plist for profile in found))


async def read_signed_app(provider: LockdownServiceProvider, bundle_id: str) -> SignedApp | None:
    """Who signed an app; ``None`` when it is not installed."""
    from pymobiledevice3.services.installation_proxy import InstallationProxyService

    wanted = ["CFBundleIdentifier", "Entitlements", "SignerIdentity"]
    options: dict[str, Any] = {"ReturnAttributes": wanted, "BundleIDs": [bundle_id]}
    async with InstallationProxyService(provider) as proxy:
        found = await proxy.lookup(options) or {}
    fields = found.get(bundle_id)
    if fields is None:
        return None
    entitlements = cast("Mapping[str, Any]", fields.get("Entitlements") or {})
    return SignedApp(str(fields.get("SignerIdentity") or ""), entitlements.get("get-task-allow") is True)


def _profiles(found: Iterable[Mapping[str, Any]]) -> Iterator[SigningProfile]:
    for fields in found:
        profile = parse_profile(fields)
        if profile is not None:
            yield profile


def parse_profile(fields: Mapping[str, Any]) -> SigningProfile | None:
    """A profile from its property list; ``None`` when it has no end."""
    ends = fields.get("ExpirationDate")
    if not isinstance(ends, datetime.datetime):
        return None
    entitlements = cast("Mapping[str, Any]", fields.get("Entitlements") or {})
    udids = cast("list[Any]", fields.get("ProvisionedDevices") or [])
    certificates = cast("list[Any]", fields.get("DeveloperCertificates") or [])
    return SigningProfile(
        name=str(fields.get("Name") or ""),
        uuid=str(fields.get("UUID") or ""),
        app=str(entitlements.get("application-identifier") or ""),
        udids=frozenset(str(udid).upper() for udid in udids),
        all_phones=fields.get("ProvisionsAllDevices") is True,
        ends_s=_utc_s(ends),
        certificates=tuple(_certificates(certificates)),
    )


def _utc_s(moment: datetime.datetime) -> float:
    """Seconds since 1970; property lists have UTC and do not say so."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()


def _certificates(encoded: Iterable[object]) -> Iterator[SigningCertificate]:
    for der in encoded:
        try:
            certificate = x509.load_der_x509_certificate(der if isinstance(der, bytes) else b"")
        except ValueError:
            continue
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        yield SigningCertificate(
            str(names[0].value) if names else "", certificate.not_valid_after_utc.timestamp()
        )
