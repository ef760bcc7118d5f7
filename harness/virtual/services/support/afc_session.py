"""The phone's side of an AFC connection over one directory. Source: virtual-iphone.md §0, §3."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Mapping
from typing import Any

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.afc_files import AfcRefusal, Jail, status_of
from harness.virtual.transport.lockdown_values import DISK_BYTES
from harness.virtual.transport.stream import Stream, StreamClosed
from harness.wire import afc
from harness.wire.afc import AfcDecoder, AfcMessage, AfcPacket
from harness.wire.afc_lists import DeviceInfo, pack_strings
from harness.wire.afc_numbers import AfcLinkKind, AfcOpenMode, AfcStatus

MOST_READ_BYTES = 16 * 1024 * 1024
"""What one read returns at most, whatever the client asks for."""

OPEN_FLAGS: dict[int, int] = {
    AfcOpenMode.READ: os.O_RDONLY,
    AfcOpenMode.READ_WRITE: os.O_RDWR | os.O_CREAT,
    AfcOpenMode.WRITE: os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
    AfcOpenMode.WRITE_READ: os.O_RDWR | os.O_CREAT | os.O_TRUNC,
    AfcOpenMode.APPEND: os.O_WRONLY | os.O_APPEND | os.O_CREAT,
    AfcOpenMode.APPEND_READ: os.O_RDWR | os.O_APPEND | os.O_CREAT,
}
"""Mode of the client -> flags of the host."""


class AfcSession:
    """One connection.

    Args:
        phone: the kernel.
        stream: the connection, from the first AFC packet on.
        jail: the directory the client sees.
    """

    def __init__(self, phone: VirtualPhone, stream: Stream, jail: Jail) -> None:
        self._phone = phone
        self._stream = stream
        self._jail = jail
        self._files: dict[int, int] = {}
        self._last_handle = 0
        self._handlers: Mapping[type[AfcMessage], Callable[[Any], AfcMessage | None]] = {
            afc.ReadDir: self._read_dir,
            afc.GetFileInfo: self._info,
            afc.GetDeviceInfo: self._device_info,
            afc.MakeDir: self._make_dir,
            afc.RemovePath: self._remove,
            afc.RemovePathAndContents: self._remove_all,
            afc.RenamePath: self._rename,
            afc.Truncate: self._truncate,
            afc.SetFileTime: self._set_time,
            afc.MakeLink: self._link,
            afc.FileOpen: self._open,
            afc.FileClose: self._close,
            afc.FileRead: self._read,
            afc.FileWrite: self._write,
            afc.FileSeek: self._seek,
            afc.FileTell: self._tell,
            afc.FileSetSize: self._set_size,
            afc.FileLock: self._lock,
        }

    async def serve(self) -> None:
        """Answer requests until the client goes."""
        decoder = AfcDecoder()
        try:
            while data := await self._stream.read():
                with self._phone.clock.hold():
                    for packet in decoder.feed(data):
                        self._stream.write(self._reply(packet).packet(packet.number).encode())
                if decoder.error is not None:
                    raise decoder.error
                await self._stream.drain()
        except (StreamClosed, WireError):
            # A client that is gone or speaks something else is dropped.
            return
        finally:
            for descriptor in self._files.values():
                os.close(descriptor)
            self._files.clear()

    def _reply(self, packet: AfcPacket) -> AfcMessage:
        try:
            message = afc.parse_message(packet)
            handler = self._handlers.get(type(message)) if message else None
            if handler is None:
                return afc.Status(AfcStatus.OP_NOT_SUPPORTED)
            return handler(message) or afc.Status(AfcStatus.SUCCESS)
        except AfcRefusal as refusal:
            return afc.Status(refusal.status)
        except WireError:
            return afc.Status(AfcStatus.INVALID_ARG)
        except OSError as error:
            return afc.Status(status_of(error))
        except (ValueError, OverflowError):
            # A NUL within a path, or a number the file system has no room for.
            return afc.Status(AfcStatus.INVALID_ARG)

    # Paths.

    def _read_dir(self, message: afc.ReadDir) -> AfcMessage:
        return afc.Data(pack_strings(self._jail.names(message.path)))

    def _info(self, message: afc.GetFileInfo) -> AfcMessage:
        return afc.Data(self._jail.info(message.path).encode())

    def _device_info(self, _message: afc.GetDeviceInfo) -> AfcMessage:
        facts = DeviceInfo(self._phone.spec.model, DISK_BYTES, DISK_BYTES // 2)
        return afc.Data(facts.encode())

    def _make_dir(self, message: afc.MakeDir) -> None:
        full = self._jail.followed(message.path)
        try:
            os.makedirs(full, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            # A file in the way is what exists, wherever in the path it stands.
            raise AfcRefusal(AfcStatus.OBJECT_EXISTS) from error
        self._stamp(full)

    def _remove(self, message: afc.RemovePath) -> None:
        full = self._jail.movable(message.path)
        if os.path.isdir(full) and not os.path.islink(full):
            os.rmdir(full)
        else:
            os.unlink(full)

    def _remove_all(self, message: afc.RemovePathAndContents) -> None:
        full = self._jail.movable(message.path)
        if os.path.isdir(full) and not os.path.islink(full):
            shutil.rmtree(full)
        else:
            os.unlink(full)

    def _rename(self, message: afc.RenamePath) -> None:
        os.replace(self._jail.movable(message.source), self._jail.movable(message.target))

    def _truncate(self, message: afc.Truncate) -> None:
        os.truncate(self._jail.followed(message.path), message.size_bytes)

    def _set_time(self, message: afc.SetFileTime) -> None:
        full = self._jail.followed(message.path)
        os.utime(full, ns=(message.modified_ns, message.modified_ns))

    def _link(self, message: afc.MakeLink) -> None:
        place = self._jail.entry(message.path)
        if message.kind == AfcLinkKind.SYMBOLIC:
            # Where it leads is checked when it is followed.
            os.symlink(message.target, place)
        else:
            os.link(self._jail.followed(message.target), place)

    def _stamp(self, file: str | int) -> None:
        # The host's file system would write the host's time, which is not the phone's.
        now_ns = int(self._phone.clock.now_s * 1e9)
        os.utime(file, ns=(now_ns, now_ns))

    # Open files.

    def _open(self, message: afc.FileOpen) -> AfcMessage:
        flags = OPEN_FLAGS.get(message.mode)
        if flags is None:
            raise AfcRefusal(AfcStatus.INVALID_ARG)
        full = self._jail.followed(message.path)
        if os.path.isdir(full):
            raise AfcRefusal(AfcStatus.OBJECT_IS_DIR)
        self._last_handle += 1
        self._files[self._last_handle] = os.open(full, flags, 0o644)
        if flags & os.O_TRUNC:
            self._stamp(self._files[self._last_handle])
        return afc.FileOpenResult(self._last_handle)

    def _file(self, handle: int) -> int:
        if handle not in self._files:
            raise AfcRefusal(AfcStatus.INVALID_ARG)
        return self._files[handle]

    def _close(self, message: afc.FileClose) -> None:
        os.close(self._file(message.handle))
        del self._files[message.handle]

    def _read(self, message: afc.FileRead) -> AfcMessage:
        return afc.Data(os.read(self._file(message.handle), min(message.size_bytes, MOST_READ_BYTES)))

    def _write(self, message: afc.FileWrite) -> None:
        left = memoryview(message.data)
        descriptor = self._file(message.handle)
        while left:
            left = left[os.write(descriptor, left) :]
        self._stamp(descriptor)

    def _seek(self, message: afc.FileSeek) -> None:
        os.lseek(self._file(message.handle), message.offset, message.whence)

    def _tell(self, message: afc.FileTell) -> AfcMessage:
        return afc.FileTellResult(os.lseek(self._file(message.handle), 0, os.SEEK_CUR))

    def _set_size(self, message: afc.FileSetSize) -> None:
        os.ftruncate(self._file(message.handle), message.size_bytes)

    def _lock(self, message: afc.FileLock) -> None:
        # AFC's numbers are flock's; it never waits, since the phone has one thread here.
        fcntl.flock(self._file(message.handle), message.lock | fcntl.LOCK_NB)
