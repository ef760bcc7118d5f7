"""MCInstall: configuration profiles, the cloud configuration, and the switch of Wi-Fi.

Source of requests and keys: pymobiledevice3 and go-ios. A person consents at once to what a phone would
ask. Nobody supervises a virtual phone by a certificate: what takes one is refused with the error that
go-ios has seen, ``CertificateRejected``. Guessed: the codes of errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.profiles import NoSuchProfile, NotAProfile, Profile
from harness.virtual.services.support.questions import Answer, Handler, Request, serve_named
from harness.virtual.transport.plists import encode_answer
from harness.virtual.transport.stream import Stream
from harness.wire.lockdown import read_plist_dict

ALREADY_CONFIGURED = 14002
"""Code of the refusal to set a cloud configuration again. Source: pymobiledevice3."""

BAD_CONFIGURATION = 14000
"""Code of the refusal of a cloud configuration with numbers that cannot be told again; guessed."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    await serve_named(phone, stream, "RequestType", MESSAGES, _unknown)


def _refused(domain: str, code: int, text: str) -> Answer:
    error = {
        "ErrorCode": code,
        "ErrorDomain": domain,
        "LocalizedDescription": text,
        "USEnglishDescription": text,
    }
    return {"Status": "Error", "ErrorChain": [error]}


def _unknown(_phone: VirtualPhone, request: Request) -> Answer:
    return _refused("MCHTTPRequestErrorDomain", 12011, f"Unknown request {request.get('RequestType')}")


def _acknowledged(_phone: VirtualPhone, _request: Request) -> Answer:
    return {"Status": "Acknowledged"}


def _list(phone: VirtualPhone, _request: Request) -> Answer:
    installed = phone.profiles.installed()
    return {
        "OrderedIdentifiers": [profile.identifier for profile in installed],
        "ProfileManifest": {
            profile.identifier: {"Description": profile.name, "IsActive": True} for profile in installed
        },
        "ProfileMetadata": {profile.identifier: _metadata(profile) for profile in installed},
        "Status": "Acknowledged",
    }


def _metadata(profile: Profile) -> dict[str, Any]:
    return {
        "PayloadDescription": profile.description,
        "PayloadDisplayName": profile.name,
        "PayloadOrganization": profile.organization,
        "PayloadRemovalDisallowed": profile.removal_disallowed,
        "PayloadUUID": profile.uuid,
        "PayloadVersion": profile.version,
    }


def _install(phone: VirtualPhone, request: Request) -> Answer:
    payload = request.get("Payload")
    try:
        phone.profiles.install(payload if isinstance(payload, bytes) else b"")
    except NotAProfile as error:
        return _refused("MCProfileErrorDomain", 1000, str(error))
    return {"Status": "Acknowledged"}


def _remove(phone: VirtualPhone, request: Request) -> Answer:
    try:
        phone.profiles.remove(_identifier(request.get("ProfileIdentifier")))
    except NoSuchProfile as error:
        return _refused("MCInstallationErrorDomain", 4001, str(error))
    return {"Status": "Acknowledged"}


def _identifier(named: object) -> str:
    # go-ios names the profile; pymobiledevice3 describes it in a property list of its own.
    if not isinstance(named, bytes):
        return str(named)
    try:
        return str(read_plist_dict(named).get("PayloadIdentifier"))
    except WireError:
        return ""


def _cloud_configuration(phone: VirtualPhone, _request: Request) -> Answer:
    return {"CloudConfiguration": dict(phone.profiles.cloud_configuration), "Status": "Acknowledged"}


def _set_cloud_configuration(phone: VirtualPhone, request: Request) -> Answer:
    wanted = request.get("CloudConfiguration")
    if phone.profiles.cloud_configuration:
        return _refused("MCCloudConfigErrorDomain", ALREADY_CONFIGURED, "A cloud configuration is present.")
    try:
        encode_answer(wanted)
    except OverflowError:
        return _refused(
            "MCCloudConfigErrorDomain", BAD_CONFIGURATION, "The cloud configuration is malformed."
        )
    phone.profiles.cloud_configuration = cast("dict[str, object]", wanted) if isinstance(wanted, dict) else {}
    return {"Status": "Acknowledged"}


def _store(phone: VirtualPhone, request: Request) -> Answer:
    data = request.get("ProfileData")
    phone.profiles.stored[str(request.get("Purpose"))] = data if isinstance(data, bytes) else b""
    return {"Status": "Acknowledged"}


def _stored(phone: VirtualPhone, request: Request) -> Answer:
    data = phone.profiles.stored.get(str(request.get("Purpose")))
    return {"Status": "Acknowledged", **({} if data is None else {"ProfileData": data})}


def _wifi(phone: VirtualPhone, request: Request) -> Answer:
    on = request.get("PowerState") is True
    phone.core.log_as("profiled", f"Setting WiFi power: {int(on)}")
    phone.conditions.switch_wifi(on)
    return {"Status": "Acknowledged"}


def _escalate(_phone: VirtualPhone, _request: Request) -> Answer:
    return _refused("MCHTTPRequestErrorDomain", 12005, "CertificateRejected")


MESSAGES: Mapping[str, Handler] = {
    "HelloHostIdentifier": _acknowledged,
    "Flush": _acknowledged,
    "GetProfileList": _list,
    "InstallProfile": _install,
    "InstallProfileSilent": _escalate,
    "RemoveProfile": _remove,
    "GetCloudConfiguration": _cloud_configuration,
    "SetCloudConfiguration": _set_cloud_configuration,
    "StoreProfile": _store,
    "GetStoredProfile": _stored,
    "SetWiFiPowerState": _wifi,
    "Escalate": _escalate,
    "EscalateResponse": _escalate,
    "ProceedWithKeybagMigration": _escalate,
}
"""Request -> what answers it. ``EraseDevice`` is unknown here: a phone of a test is not to be erased."""
