"""libimobiledevice's C library, called directly: a client that shares no code with any other here."""

from __future__ import annotations

import ctypes
import ctypes.util
import plistlib
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

_LOOKUP_OVER_USBMUX = 2
"""``IDEVICE_LOOKUP_USBMUX``."""


class Refused(Exception):
    """A call returned an error.

    Attributes:
        code: its number; those of afc are the phone's own.
    """

    def __init__(self, call: str, code: int) -> None:
        super().__init__(f"{call} returned {code}")
        self.code = code


class Library:
    """The two C libraries, opened when they are first needed."""

    def __init__(self) -> None:
        self._mobile = ctypes.CDLL(_path("imobiledevice-1.0"))
        self._plist = ctypes.CDLL(_path("plist-2.0"))

    def call(self, name: str, *arguments: Any) -> None:
        """Call a function that returns an error number.

        Raises:
            Refused: it returned one.
        """
        code: int = self._mobile[name](*arguments)
        if code != 0:
            raise Refused(name, code)

    def drop(self, name: str, *arguments: Any) -> None:
        """Call a function whose result does not matter."""
        self._mobile[name](*arguments)

    def from_plist(self, node: ctypes.c_void_p) -> Any:
        """A property list of the library's as Python's; the library's is freed."""
        text, length = ctypes.c_char_p(), ctypes.c_uint32()
        self._plist["plist_to_xml"](node, ctypes.byref(text), ctypes.byref(length))
        try:
            return plistlib.loads(ctypes.string_at(text, length.value))
        finally:
            self._plist["plist_to_xml_free"](text)
            self._plist["plist_free"](node)

    def to_plist(self, value: Any) -> ctypes.c_void_p:
        """A value of Python's as a property list of the library's, which takes it over."""
        text, node = plistlib.dumps(value), ctypes.c_void_p()
        self._plist["plist_from_xml"](text, ctypes.c_uint32(len(text)), ctypes.byref(node))
        return node


def _path(name: str) -> str:
    return ctypes.util.find_library(name) or f"lib{name}.so.6"


class Device:
    """A phone as the library has it, with a session to lockdownd."""

    def __init__(self, library: Library, device: ctypes.c_void_p, lockdown: ctypes.c_void_p) -> None:
        self.library = library
        self.handle = device
        self._lockdown = lockdown

    def value(self, domain: str, key: str) -> Any:
        """GetValue; empty names are left out.

        Raises:
            Refused: there is no such value.
        """
        node = ctypes.c_void_p()
        names = (domain.encode() or None, key.encode() or None)
        self.library.call("lockdownd_get_value", self._lockdown, *names, ctypes.byref(node))
        return self.library.from_plist(node)

    def set_value(self, domain: str, key: str, value: Any) -> None:
        """SetValue.

        Raises:
            Refused: it may not be set.
        """
        node = self.library.to_plist(value)
        self.library.call("lockdownd_set_value", self._lockdown, domain.encode() or None, key.encode(), node)

    def validate_pair(self) -> None:
        """ValidatePair of this host's own record.

        Raises:
            Refused: the phone does not trust this host.
        """
        self.library.call("lockdownd_validate_pair", self._lockdown, None)

    @contextmanager
    def untrusted_notifications(self) -> Generator[Notifications]:
        """The notifications that hosts without trust get too, over a connection of its own."""
        service, client = ctypes.c_void_p(), ctypes.c_void_p()
        name = b"com.apple.mobile.insecure_notification_proxy"
        self.library.call("lockdownd_start_service", self._lockdown, name, ctypes.byref(service))
        try:
            self.library.call("np_client_new", self.handle, service, ctypes.byref(client))
        finally:
            self.library.drop("lockdownd_service_descriptor_free", service)
        try:
            yield Notifications(self.library, client)
        finally:
            # Says that it goes, and waits to hear the farewell.
            self.library.drop("np_client_free", client)

    @contextmanager
    def apps(self) -> Generator[Apps]:
        """What is installed, over a connection of its own."""
        with self._service("instproxy") as client:
            yield Apps(self.library, client)

    @contextmanager
    def files(self) -> Generator[Files]:
        """The media directory, over a connection of its own."""
        with self._service("afc") as client:
            yield Files(self.library, client)

    @contextmanager
    def _service(self, kind: str) -> Generator[ctypes.c_void_p]:
        client = ctypes.c_void_p()
        self.library.call(f"{kind}_client_start_service", self.handle, ctypes.byref(client), b"judge")
        try:
            yield client
        finally:
            self.library.drop(f"{kind}_client_free", client)


class Apps:
    """installation_proxy. Every method raises ``Refused`` when it failed."""

    def __init__(self, library: Library, client: ctypes.c_void_p) -> None:
        self._library = library
        self._client = client

    def lookup(self, bundle_ids: Sequence[str], options: Mapping[str, Any]) -> Any:
        """Lookup of some apps."""
        names = [name.encode() for name in bundle_ids]
        wanted = (ctypes.c_char_p * (len(names) + 1))(*names, None)
        given, node = self._library.to_plist(dict(options)), ctypes.c_void_p()
        self._library.call("instproxy_lookup", self._client, wanted, given, ctypes.byref(node))
        return self._library.from_plist(node)

    def browse(self, options: Mapping[str, Any]) -> Any:
        """Browse of all that the options let through."""
        given, node = self._library.to_plist(dict(options)), ctypes.c_void_p()
        self._library.call("instproxy_browse", self._client, given, ctypes.byref(node))
        return self._library.from_plist(node)


class Notifications:
    """notification_proxy."""

    def __init__(self, library: Library, client: ctypes.c_void_p) -> None:
        self._library = library
        self._client = client

    def post(self, name: str) -> None:
        """Post a notification.

        Raises:
            Refused: it could not be sent.
        """
        self._library.call("np_post_notification", self._client, name.encode())


class Files:
    """afc. Every method raises ``Refused`` with the phone's status."""

    def __init__(self, library: Library, client: ctypes.c_void_p) -> None:
        self._library = library
        self._client = client

    def names(self, path: str) -> list[str]:
        """What is in a directory, without itself and the one above."""
        return [name for name in self._texts("afc_read_directory", path) if name not in (".", "..")]

    def info(self, path: str) -> dict[str, str]:
        """What is known of an entry."""
        texts = self._texts("afc_get_file_info", path)
        return dict(zip(texts[::2], texts[1::2], strict=True))

    def mkdir(self, path: str) -> None:
        """Make a directory, and those above it."""
        self._call("make_directory", path.encode())

    def remove(self, path: str) -> None:
        """Remove a file or an empty directory."""
        self._call("remove_path", path.encode())

    def remove_all(self, path: str) -> None:
        """Remove an entry and all that is below it."""
        self._call("remove_path_and_contents", path.encode())

    def set_time(self, path: str, at_s: int) -> None:
        """Set when a file was modified, seconds since 1970."""
        self._call("set_file_time", path.encode(), ctypes.c_uint64(at_s * 1_000_000_000))

    def rename(self, path: str, to: str) -> None:
        """Give an entry another path."""
        self._call("rename_path", path.encode(), to.encode())

    def link(self, target: str, path: str, *, hard: bool) -> None:
        """Make a link at ``path``."""
        self._call("make_link", ctypes.c_int(1 if hard else 2), target.encode(), path.encode())

    def truncate(self, path: str, size_bytes: int) -> None:
        """Make a file shorter or longer."""
        self._call("truncate", path.encode(), ctypes.c_uint64(size_bytes))

    def open(self, path: str, mode: int) -> int:
        """Open a file; the modes are afc's numbers."""
        handle = ctypes.c_uint64()
        self._call("file_open", path.encode(), ctypes.c_int(mode), ctypes.byref(handle))
        return handle.value

    def read(self, handle: int, size_bytes: int) -> bytes:
        """Read from an open file."""
        data, count = ctypes.create_string_buffer(size_bytes), ctypes.c_uint32()
        length = ctypes.c_uint32(size_bytes)
        self._call("file_read", ctypes.c_uint64(handle), data, length, ctypes.byref(count))
        return data.raw[: count.value]

    def write(self, handle: int, data: bytes) -> None:
        """Write to an open file."""
        count, length = ctypes.c_uint32(), ctypes.c_uint32(len(data))
        self._call("file_write", ctypes.c_uint64(handle), data, length, ctypes.byref(count))

    def seek(self, handle: int, offset: int, whence: int) -> None:
        """Move the position of an open file."""
        self._call("file_seek", ctypes.c_uint64(handle), ctypes.c_int64(offset), ctypes.c_int(whence))

    def tell(self, handle: int) -> int:
        """The position of an open file."""
        position = ctypes.c_uint64()
        self._call("file_tell", ctypes.c_uint64(handle), ctypes.byref(position))
        return position.value

    def resize(self, handle: int, size_bytes: int) -> None:
        """Make an open file shorter or longer."""
        self._call("file_truncate", ctypes.c_uint64(handle), ctypes.c_uint64(size_bytes))

    def close(self, handle: int) -> None:
        """Close a file."""
        self._call("file_close", ctypes.c_uint64(handle))

    def _call(self, name: str, *arguments: Any) -> None:
        self._library.call(f"afc_{name}", self._client, *arguments)

    def _texts(self, name: str, path: str) -> list[str]:
        found = ctypes.POINTER(ctypes.c_char_p)()
        self._library.call(name, self._client, path.encode(), ctypes.byref(found))
        texts: list[str] = []
        while (text := found[len(texts)]) is not None:
            texts.append(text.decode())
        self._library.drop("afc_dictionary_free", found)
        return texts


@contextmanager
def device(udid: str) -> Generator[Device]:
    """A phone, found through ``USBMUXD_SOCKET_ADDRESS``.

    Raises:
        Refused: it is not there, or does not trust this host.
    """
    library, handle, lockdown = Library(), ctypes.c_void_p(), ctypes.c_void_p()
    way = ctypes.c_int(_LOOKUP_OVER_USBMUX)
    library.call("idevice_new_with_options", ctypes.byref(handle), udid.encode(), way)
    try:
        begin = "lockdownd_client_new_with_handshake"
        library.call(begin, handle, ctypes.byref(lockdown), b"judge")
        try:
            yield Device(library, handle, lockdown)
        finally:
            library.drop("lockdownd_client_free", lockdown)
    finally:
        library.drop("idevice_free", handle)
