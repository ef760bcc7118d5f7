"""mobile_image_mounter: which developer disk image is mounted. Nothing is mounted or unmounted here.

Sources: what pymobiledevice3, go-ios and libimobiledevice ask and read; the mount points are those that
they unmount. Guessed: the words of refusals beyond ``UnknownCommand``, and ``Goodbye``. The signature is
no Apple signature: the kernel has an image only by name.
"""

from __future__ import annotations

import hashlib
from typing import Any

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.questions import serve_questions
from harness.virtual.transport.stream import Stream

PERSONALIZED_FROM = 17
"""From this iOS major on the image is signed for one phone. Source: public clients."""

COPY_DEVICES_FROM = 14
DEVELOPER_MODE_FROM = 16
"""First iOS majors that know the command. Source: public clients."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    await serve_questions(phone, stream, _answer, lambda request: request.get("Command") == "Hangup")


def _answer(phone: VirtualPhone, request: dict[str, Any]) -> dict[str, Any]:
    major = phone.spec.ios_major
    match request.get("Command"):
        case "LookupImage":
            return _lookup(phone, str(request.get("ImageType", "")))
        case "CopyDevices" if major >= COPY_DEVICES_FROM:
            return {"EntryList": [_entry(phone)] if phone.image_mounted else [], "Status": "Complete"}
        case "QueryDeveloperModeStatus" if major >= DEVELOPER_MODE_FROM:
            return {"DeveloperModeStatus": phone.developer_mode, "Status": "Complete"}
        case "MountImage" if phone.image_mounted and request.get("ImageType") == _image_type(phone):
            detail = f"An image is already mounted at {_mount_path(phone)}"
            return {"Error": "ImageMountFailed", "DetailedError": detail}
        case "Hangup":
            return {"Goodbye": True}
        case _:
            return {"Error": "UnknownCommand"}


def _lookup(phone: VirtualPhone, image_type: str) -> dict[str, Any]:
    present = phone.image_mounted and image_type == _image_type(phone)
    signatures = [_signature(phone)] if present else []
    return {"ImagePresent": present, "ImageSignature": signatures, "Status": "Complete"}


def _entry(phone: VirtualPhone) -> dict[str, Any]:
    entry = {
        "DiskImageType": _image_type(phone),
        "ImageSignature": _signature(phone),
        "IsMounted": True,
        "MountPath": _mount_path(phone),
    }
    if phone.spec.ios_major < PERSONALIZED_FROM:
        return entry
    return {**entry, "PersonalizedImageType": "DeveloperDiskImage"}


def _image_type(phone: VirtualPhone) -> str:
    return "Personalized" if phone.spec.ios_major >= PERSONALIZED_FROM else "Developer"


def _mount_path(phone: VirtualPhone) -> str:
    return "/System/Developer" if phone.spec.ios_major >= PERSONALIZED_FROM else "/Developer"


def _signature(phone: VirtualPhone) -> bytes:
    return hashlib.sha384(f"virtual developer disk image {phone.spec.build}".encode()).digest()
