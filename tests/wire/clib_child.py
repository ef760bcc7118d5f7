"""The C libraries libusbmuxd and libimobiledevice as readers of our bytes, in a process of their own.

``python -m tests.wire.clib_child VERB ARGUMENTS``, with ``USBMUXD_SOCKET_ADDRESS`` set, prints JSON. It runs
by itself because libusbmuxd keeps the version it has settled on for as long as it is loaded, and because a C
library that dies is told by the exit status. Layouts: libusbmuxd's usbmuxd.h, libimobiledevice's lockdown.h.
"""

from __future__ import annotations

import base64
import ctypes
import ctypes.util
import json
import plistlib
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

WITHIN_S = 20.0
"""Wall seconds after which events that have not come will not."""

RECEIVE_MS = 20_000


class DeviceInfo(ctypes.Structure):
    """``usbmuxd_device_info_t``."""

    _fields_ = (
        ("handle", ctypes.c_uint32),
        ("product_id", ctypes.c_uint32),
        ("udid", ctypes.c_char * 44),
        ("conn_type", ctypes.c_int),
        ("conn_data", ctypes.c_ubyte * 200),
    )

    def told(self) -> dict[str, Any]:
        """What is told of a phone; of version 0, the library leaves the type of connection to chance."""
        fields: Any = self
        return {
            "device_id": int(fields.handle),
            "product_id": int(fields.product_id),
            "udid": bytes(fields.udid).decode(),
            "connection": int(fields.conn_type),
            "address": bytes(fields.conn_data)[:16].hex(),
        }


class Event(ctypes.Structure):
    """``usbmuxd_event_t``."""

    _fields_ = (("event", ctypes.c_int), ("device", DeviceInfo))


class ServiceDescriptor(ctypes.Structure):
    """``struct lockdownd_service_descriptor``."""

    _fields_ = (("port", ctypes.c_uint16), ("ssl_enabled", ctypes.c_uint8), ("identifier", ctypes.c_char_p))


def library(name: str, soname: str) -> Any:
    """A C library by its short name, or by the file name that Debian gives it."""
    return ctypes.CDLL(ctypes.util.find_library(name) or soname)


def usbmuxd() -> Any:
    return library("usbmuxd-2.0", "libusbmuxd-2.0.so.6")


def mobile() -> Any:
    return library("imobiledevice-1.0", "libimobiledevice-1.0.so.6")


def plist() -> Any:
    return library("plist-2.0", "libplist-2.0.so.3")


def check(what: str, code: int) -> int:
    """The result of a call that is negative when it failed."""
    if code < 0:
        sys.exit(f"{what} returned {code}")
    return code


def list_phones() -> object:
    """The phones that are there."""
    found = ctypes.POINTER(DeviceInfo)()
    count = check("usbmuxd_get_device_list", usbmuxd().usbmuxd_get_device_list(ctypes.byref(found)))
    return [found[index].told() for index in range(count)]


def listen(count: str) -> object:
    """The first events."""
    heard: list[dict[str, Any]] = []
    enough = threading.Event()
    kind = ctypes.CFUNCTYPE(None, ctypes.POINTER(Event), ctypes.c_void_p)

    def hear(event: Any, _: object) -> None:
        heard.append({"event": int(event.contents.event)} | event.contents.device.told())
        if len(heard) == int(count):
            enough.set()

    callback = kind(hear)
    check("usbmuxd_subscribe", usbmuxd().usbmuxd_subscribe(callback, None))
    enough.wait(WITHIN_S)
    return heard


def read_buid() -> object:
    """The identifier of the multiplexer."""
    text = ctypes.c_char_p()
    check("usbmuxd_read_buid", usbmuxd().usbmuxd_read_buid(ctypes.byref(text)))
    return (text.value or b"").decode()


def pair_record(udid: str) -> object:
    """A pair record of this host, in base64."""
    data, size = ctypes.c_void_p(), ctypes.c_uint32()
    read = usbmuxd().usbmuxd_read_pair_record
    check("usbmuxd_read_pair_record", read(udid.encode(), ctypes.byref(data), ctypes.byref(size)))
    return base64.b64encode(ctypes.string_at(data, size.value)).decode()


def talk(device_id: str, port: str, said: str) -> object:
    """What a port of a phone answers."""
    lib, heard, count = usbmuxd(), ctypes.create_string_buffer(4096), ctypes.c_uint32()
    connection = check("usbmuxd_connect", lib.usbmuxd_connect(int(device_id), int(port)))
    data = said.encode()
    check("usbmuxd_send", lib.usbmuxd_send(connection, data, len(data), ctypes.byref(count)))
    receive = lib.usbmuxd_recv_timeout
    check("recv", receive(connection, heard, len(heard), ctypes.byref(count), RECEIVE_MS))
    return heard.raw[: count.value].decode()


def _service(kind: str, udid: str, port: str) -> ctypes.c_void_p:
    lib, device, client = mobile(), ctypes.c_void_p(), ctypes.c_void_p()
    check("idevice_new", lib.idevice_new(ctypes.byref(device), udid.encode()))
    descriptor = ServiceDescriptor(int(port), 0, None)
    code = lib[f"{kind}_client_new"](device, ctypes.byref(descriptor), ctypes.byref(client))
    check(f"{kind}_client_new", code)
    return client


def plists(udid: str, port: str, count: str) -> object:
    """Receive property lists from a port, and send each back as XML and in binary; tells them as XML."""
    lib, client, told = mobile(), _service("property_list_service", udid, port), list[str]()
    for _ in range(int(count)):
        node = ctypes.c_void_p()
        receive = lib.property_list_service_receive_plist_with_timeout
        check("receive_plist", receive(client, ctypes.byref(node), RECEIVE_MS))
        told.append(_xml(node))
        check("send_xml_plist", lib.property_list_service_send_xml_plist(client, node))
        check("send_binary_plist", lib.property_list_service_send_binary_plist(client, node))
    return told


def _xml(node: ctypes.c_void_p) -> str:
    text, length = ctypes.c_char_p(), ctypes.c_uint32()
    plist().plist_to_xml(node, ctypes.byref(text), ctypes.byref(length))
    return ctypes.string_at(text, length.value).decode()


def directory(udid: str, port: str) -> object:
    """The entries of a directory that afc tells."""
    lib, found = mobile(), ctypes.POINTER(ctypes.c_char_p)()
    client = _service("afc", udid, port)
    check("afc", -abs(lib.afc_read_directory(client, b"/DCIM", ctypes.byref(found))))
    told: list[str] = []
    while (text := found[len(told)]) is not None:
        told.append(text.decode())
    return told


def log(udid: str, port: str, size: str) -> object:
    """That many bytes of the classic log, as the library hands them on, without its NULs."""
    client, heard, enough = _service("syslog_relay", udid, port), bytearray(), threading.Event()
    kind = ctypes.CFUNCTYPE(None, ctypes.c_ubyte, ctypes.c_void_p)

    def hear(byte: int, _: object) -> None:
        heard.append(byte)
        if len(heard) == int(size):
            enough.set()

    callback = kind(hear)
    check("capture", -abs(mobile().syslog_relay_start_capture(client, callback, None)))
    enough.wait(WITHIN_S)
    return bytes(heard).decode("latin-1")


def binary_plist() -> object:
    """A binary property list from standard input as XML; references are dictionaries with ``CF$UID``."""
    data, node = sys.stdin.buffer.read(), ctypes.c_void_p()
    plist().plist_from_bin(data, ctypes.c_uint32(len(data)), ctypes.byref(node))
    if not node:
        sys.exit("plist_from_bin read nothing")
    return _xml(node)


VERBS: Mapping[str, Callable[..., object]] = {
    "list": list_phones,
    "listen": listen,
    "buid": read_buid,
    "pair-record": pair_record,
    "talk": talk,
    "plists": plists,
    "directory": directory,
    "log": log,
    "binary-plist": binary_plist,
}
"""What may be asked of the libraries."""


def parsed(text: str) -> object:
    """What ``plists`` or ``binary-plist`` told."""
    return plistlib.loads(text.encode())


if __name__ == "__main__":
    print(json.dumps(VERBS[sys.argv[1]](*sys.argv[2:])))
