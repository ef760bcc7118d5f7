"""mobile_image_mounter: developer disk images, received, mounted, told and unmounted.

Sources: what pymobiledevice3, go-ios and libimobiledevice ask and read; the words of refusals of images
that are mounted, or are not, are those public clients look for. Guessed: the refusal of a manifest
that is not there, its ending of the connection aside (pymobiledevice3 and go-ios connect anew after it),
the answer to a rolled nonce, ``Goodbye``, and that all questions of personalization came with iOS 17.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from harness.errors import WireError
from harness.virtual.kernel.developer.images import ImageRefused, ReceivedImage
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.lockdown_values import values_of
from harness.virtual.transport.plists import PlistConnection
from harness.virtual.transport.stream import Stream, StreamClosed
from harness.virtual.versions.presence import (
    DEVELOPER_MODE,
    MOUNTER_COMMANDS,
    MOUNTER_HANGS_UP,
    PERSONALIZED_IMAGE,
    Presence,
)

MOST_IMAGE_BYTES = 4 * 1024**3
"""A larger image is refused; guessed, those that exist are below 1 GB."""

Request = dict[str, Any]
Handler = Callable[[VirtualPhone, Request], Request]

_ERROR = 'Error Domain=com.apple.MobileStorage.ErrorDomain Code={code} "{text}"'
_GONE = frozenset({"Hangup", "QueryPersonalizationManifest"})


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    connection = PlistConnection(stream)
    try:
        while (request := await connection.receive()) is not None:
            with phone.clock.hold():
                answer = _answer(phone, request)
            connection.send(answer)
            await connection.drain()
            if answer.get("Status") == "ReceiveBytesAck":
                connection.send(await _receive(phone, stream, request))
                await connection.drain()
            if _is_last(phone, request, answer):
                return
    except (StreamClosed, WireError):
        return


def _answer(phone: VirtualPhone, request: Request) -> Request:
    command = str(request.get("Command"))
    handler = MESSAGES.get(command)
    since = SINCE.get(command)
    if handler is None or (since is not None and not since.holds_for(phone.spec.ios)):
        return {"Error": "UnknownCommand"}
    return handler(phone, request)


def _is_last(phone: VirtualPhone, request: Request, answer: Request) -> bool:
    if answer.get("Error") == "UnknownCommand":
        return MOUNTER_HANGS_UP.holds_for(phone.spec.ios)
    return request.get("Command") in _GONE and "ImageSignature" not in answer


async def _receive(phone: VirtualPhone, stream: Stream, request: Request) -> Request:
    digest = hashlib.sha384()
    left = size_bytes = int(request["ImageSize"])
    while left:
        piece = await stream.read(min(left, 1 << 20))
        if not piece:
            raise StreamClosed("the client went in the midst of an image")
        digest.update(piece)
        left -= len(piece)
    image = ReceivedImage(size_bytes, digest.digest(), _bytes(request, "ImageSignature"))
    phone.images.receive(str(request.get("ImageType")), image)
    return {"Status": "Complete"}


def _receive_bytes(phone: VirtualPhone, request: Request) -> Request:
    size_bytes = request.get("ImageSize")
    if phone.locked_by_passcode:
        return {"Error": "DeviceLocked"}
    if not isinstance(size_bytes, int) or not 0 < size_bytes <= MOST_IMAGE_BYTES:
        return {"Error": "MissingImageSize"}
    return {"Status": "ReceiveBytesAck"}


def _mount(phone: VirtualPhone, request: Request) -> Request:
    if phone.locked_by_passcode:
        return {"Error": "DeviceLocked"}
    if not phone.developer_mode and DEVELOPER_MODE.holds_for(phone.spec.ios):
        return _failed("ImageMountFailed", -3, "Developer mode is not enabled.")
    try:
        phone.images.mount(str(request.get("ImageType")), _bytes(request, "ImageSignature"))
    except ImageRefused as refused:
        return _failed("ImageMountFailed", -3, str(refused))
    return {"Status": "Complete"}


def _unmount(phone: VirtualPhone, request: Request) -> Request:
    try:
        phone.images.unmount(str(request.get("MountPath")))
    except ImageRefused as refused:
        return _failed("InternalError", -2, str(refused))
    return {"Status": "Complete"}


def _lookup(phone: VirtualPhone, request: Request) -> Request:
    signature = phone.images.signature if request.get("ImageType") == phone.images.kind else None
    signatures = [] if signature is None else [signature]
    return {"ImagePresent": bool(signatures), "ImageSignature": signatures, "Status": "Complete"}


def _copy_devices(phone: VirtualPhone, _request: Request) -> Request:
    signature = phone.images.signature
    if signature is None:
        return {"EntryList": [], "Status": "Complete"}
    entry: Request = {
        "DiskImageType": phone.images.kind,
        "ImageSignature": signature,
        "IsMounted": True,
        "MountPath": phone.images.mount_path,
    }
    if PERSONALIZED_IMAGE.holds_for(phone.spec.ios):
        entry["PersonalizedImageType"] = "DeveloperDiskImage"
    return {"EntryList": [entry], "Status": "Complete"}


def _developer_mode(phone: VirtualPhone, _request: Request) -> Request:
    return {"DeveloperModeStatus": phone.developer_mode, "Status": "Complete"}


def _nonce(phone: VirtualPhone, _request: Request) -> Request:
    return {"PersonalizationNonce": phone.images.nonce, "Status": "Complete"}


def _roll_nonce(phone: VirtualPhone, _request: Request) -> Request:
    phone.images.roll_nonce()
    return {"Status": "Complete"}


def _identifiers(phone: VirtualPhone, _request: Request) -> Request:
    values = values_of(phone, b"")[""]
    told = {key: values[key] for key in ("BoardId", "ChipID", "UniqueChipID")}
    return {"PersonalizationIdentifiers": {**told, "SecurityDomain": 1}, "Status": "Complete"}


def _manifest(phone: VirtualPhone, request: Request) -> Request:
    manifest = phone.images.manifest(_bytes(request, "ImageSignature"))
    if manifest is None:
        return _failed("InternalError", -2, "There is no manifest for the image.")
    return {"ImageSignature": manifest, "Status": "Complete"}


def _hang_up(_phone: VirtualPhone, _request: Request) -> Request:
    return {"Goodbye": True}


def _failed(error: str, code: int, text: str) -> Request:
    return {"Error": error, "DetailedError": _ERROR.format(code=code, text=text)}


def _bytes(request: Request, key: str) -> bytes:
    value = request.get(key)
    return value if isinstance(value, bytes) else b""


MESSAGES: Mapping[str, Handler] = {
    "LookupImage": _lookup,
    "CopyDevices": _copy_devices,
    "ReceiveBytes": _receive_bytes,
    "MountImage": _mount,
    "UnmountImage": _unmount,
    "QueryDeveloperModeStatus": _developer_mode,
    "QueryNonce": _nonce,
    "RollPersonalizationNonce": _roll_nonce,
    "RollCryptexNonce": _roll_nonce,
    "QueryPersonalizationIdentifiers": _identifiers,
    "QueryPersonalizationManifest": _manifest,
    "Hangup": _hang_up,
}
"""Command -> what answers it."""

SINCE: Mapping[str, Presence] = {row.key: row for row in MOUNTER_COMMANDS}
"""Command -> the versions that know it; the others always did."""
