"""misagent: the provisioning profiles on the phone.

Source of requests and keys: libimobiledevice and pymobiledevice3; the older ``Copy`` is what the first asks
of phones before iOS 9.3. Source of the codes: the numbers of libmis in public headers. Guessed: which of them
goes with a profile that is not there, and that signatures are not looked at.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, cast

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.provisioning import BroughtProfile, NoSuchProvisioningProfile
from harness.virtual.services.support.provisioning import document_of
from harness.virtual.services.support.questions import Answer, Handler, Request, serve_named
from harness.virtual.transport.stream import Stream
from harness.wire.cms import property_list_in
from harness.wire.lockdown import read_plist_dict

UNKNOWN = 0xE8008001
MALFORMED = 0xE8008003
NO_FILE = 0xE800800B
EXPIRED = 0xE8008011
OTHER_PHONE = 0xE8008012


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    await serve_named(phone, stream, "MessageType", MESSAGES, _unknown)


def _unknown(_phone: VirtualPhone, _request: Request) -> Answer:
    return _status(UNKNOWN)


def _status(code: int) -> Answer:
    return {"MessageType": "Response", "Status": code}


def _copy(phone: VirtualPhone, _request: Request) -> Answer:
    own = [document_of(profile) for profile in phone.provisioning.of_apps()]
    return {**_status(0), "Payload": [*own, *phone.provisioning.brought()]}


def _install(phone: VirtualPhone, request: Request) -> Answer:
    document = request.get("Profile")
    document = document if isinstance(document, bytes) else b""
    try:
        fields = read_plist_dict(property_list_in(document))
    except WireError:
        return _status(MALFORMED)
    uuid, ends = fields.get("UUID"), fields.get("ExpirationDate")
    if not isinstance(uuid, str) or not isinstance(ends, datetime.datetime):
        return _status(MALFORMED)
    ends_s = ends.replace(tzinfo=datetime.UTC).timestamp()
    if ends_s <= phone.clock.now_s:
        return _status(EXPIRED)
    if not _is_for(phone.spec.udid, fields):
        return _status(OTHER_PHONE)
    phone.provisioning.bring(uuid, BroughtProfile(document, _app_of(fields), ends_s))
    return _status(0)


def _is_for(udid: str, fields: Mapping[str, Any]) -> bool:
    named = fields.get("ProvisionedDevices")
    is_named = isinstance(named, list) and udid in named
    return fields.get("ProvisionsAllDevices") is True or is_named


def _app_of(fields: Mapping[str, Any]) -> str:
    """The app that a profile is for, without the team before it; empty where none is named."""
    entitlements = fields.get("Entitlements")
    if not isinstance(entitlements, dict):
        return ""
    named = cast("dict[str, object]", entitlements).get("application-identifier", "")
    return str(named).partition(".")[2]


def _remove(phone: VirtualPhone, request: Request) -> Answer:
    try:
        phone.provisioning.remove(str(request.get("ProfileID")))
    except NoSuchProvisioningProfile:
        return _status(NO_FILE)
    return _status(0)


MESSAGES: Mapping[str, Handler] = {
    "Copy": _copy,
    "CopyAll": _copy,
    "Install": _install,
    "Remove": _remove,
}
"""Type of a message -> what answers it."""
