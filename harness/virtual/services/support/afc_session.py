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
from harness.virtual.transport.conversation import note
from harness.virtual.transport.stream import Stream, StreamClosed
from harness.wire import afc
from harness.wire.afc import AfcDecoder, AfcMessage, AfcPacket
from harness.wire.afc_lists import DeviceInfo, pack_strings
from harness.wire.afc_numbers import AfcLinkKind, AfcOp, AfcOpenMode, AfcStatus

MOST_READ_BYTES = 16 * 1024 * 1024
"""What one read returns at most, whatever the client asks for."""

STAMP_SPACING_NS = 10_000
"""Least distance between the times of two files that a client writes, so that they keep the order of it.

The phone's clock stands between two ticks, and clients lose what is below a microsecond.
"""

AFC = "AFC"
"""The name under which the messages are noted, whichever service speaks them."""

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

    The methods that ``MESSAGES`` names raise ``AfcRefusal`` and ``OSError``; ``serve`` tells the client.
    """

    def __init__(self, phone: VirtualPhone, stream: Stream, jail: Jail) -> None:
        self._phone = phone
        self._stream = stream
        self._jail = jail
        self._files: dict[int, int] = {}
        self._last_handle = 0
        self._last_stamp_ns = 0
        self._last_stamped = 0

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
            handler = MESSAGES.get(packet.operation)
            if message is None or handler is None:
                return afc.Status(AfcStatus.OP_NOT_SUPPORTED)
            note(type(message).__name__, of=AFC)
            return handler(self, message) or afc.Status(AfcStatus.SUCCESS)
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

    def read_dir(self, message: afc.ReadDir) -> AfcMessage:
        """The names in a directory."""
        return afc.Data(pack_strings(self._jail.names(message.path)))

    def info(self, message: afc.GetFileInfo) -> AfcMessage:
        """Facts of an entry."""
        return afc.Data(self._jail.info(message.path).encode())

    def device_info(self, _message: afc.GetDeviceInfo) -> AfcMessage:
        """Facts of the file system."""
        storage = self._phone.storage
        facts = DeviceInfo(self._phone.spec.model, storage.total_bytes, storage.free_bytes)
        return afc.Data(facts.encode())

    def make_dir(self, message: afc.MakeDir) -> None:
        """Make a directory and those above it."""
        full = self._jail.followed(message.path)
        try:
            os.makedirs(full, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            # A file in the way is what exists, wherever in the path it stands.
            raise AfcRefusal(AfcStatus.OBJECT_EXISTS) from error
        self._stamp(full)

    def remove(self, message: afc.RemovePath) -> None:
        """Remove a file or an empty directory."""
        full = self._jail.movable(message.path)
        if os.path.isdir(full) and not os.path.islink(full):
            os.rmdir(full)
        else:
            os.unlink(full)

    def remove_all(self, message: afc.RemovePathAndContents) -> None:
        """Remove an entry with all that is in it."""
        full = self._jail.movable(message.path)
        if os.path.isdir(full) and not os.path.islink(full):
            shutil.rmtree(full)
        else:
            os.unlink(full)

    def rename(self, message: afc.RenamePath) -> None:
        """Move an entry, over one that is there."""
        os.replace(self._jail.movable(message.source), self._jail.movable(message.target))

    def truncate(self, message: afc.Truncate) -> None:
        """Set the size of a file that need not be open."""
        full = self._jail.followed(message.path)
        os.truncate(full, message.size_bytes)
        self._stamp(full)

    def set_time(self, message: afc.SetFileTime) -> None:
        """Set the time of modification."""
        full = self._jail.followed(message.path)
        os.utime(full, ns=(message.modified_ns, message.modified_ns))

    def link(self, message: afc.MakeLink) -> None:
        """Make a link."""
        place = self._jail.entry(message.path)
        if message.kind == AfcLinkKind.SYMBOLIC:
            # Where it leads is checked when it is followed.
            os.symlink(message.target, place)
        else:
            os.link(self._jail.followed(message.target), place)

    def _stamp(self, file: str | int) -> None:
        # The host's file system would write the host's time, which is not the phone's.
        entry = os.stat(file).st_ino
        spacing_ns = 0 if entry == self._last_stamped else STAMP_SPACING_NS
        now_ns = max(int(self._phone.clock.now_s * 1e9), self._last_stamp_ns + spacing_ns)
        self._last_stamp_ns, self._last_stamped = now_ns, entry
        os.utime(file, ns=(now_ns, now_ns))

    # Open files.

    def open(self, message: afc.FileOpen) -> AfcMessage:
        """Open a file."""
        flags = OPEN_FLAGS.get(message.mode)
        if flags is None:
            raise AfcRefusal(AfcStatus.INVALID_ARG)
        full = self._jail.followed(message.path)
        if os.path.isdir(full):
            raise AfcRefusal(AfcStatus.OBJECT_IS_DIR)
        is_changed = bool(flags & os.O_TRUNC) or not os.path.exists(full)
        self._last_handle += 1
        self._files[self._last_handle] = os.open(full, flags, 0o644)
        if is_changed:
            self._stamp(self._files[self._last_handle])
        return afc.FileOpenResult(self._last_handle)

    def _file(self, handle: int) -> int:
        if handle not in self._files:
            raise AfcRefusal(AfcStatus.INVALID_ARG)
        return self._files[handle]

    def close(self, message: afc.FileClose) -> None:
        """Close a file."""
        os.close(self._file(message.handle))
        del self._files[message.handle]

    def read(self, message: afc.FileRead) -> AfcMessage:
        """Read from where the file stands."""
        return afc.Data(os.read(self._file(message.handle), min(message.size_bytes, MOST_READ_BYTES)))

    def write(self, message: afc.FileWrite) -> None:
        """Write where the file stands."""
        left = memoryview(message.data)
        descriptor = self._file(message.handle)
        while left:
            left = left[os.write(descriptor, left) :]
        self._stamp(descriptor)

    def seek(self, message: afc.FileSeek) -> None:
        """Move to an offset."""
        os.lseek(self._file(message.handle), message.offset, message.whence)

    def tell(self, message: afc.FileTell) -> AfcMessage:
        """Where the file stands."""
        return afc.FileTellResult(os.lseek(self._file(message.handle), 0, os.SEEK_CUR))

    def set_size(self, message: afc.FileSetSize) -> None:
        """Set the size of an open file."""
        descriptor = self._file(message.handle)
        os.ftruncate(descriptor, message.size_bytes)
        self._stamp(descriptor)

    def lock(self, message: afc.FileLock) -> None:
        """Lock or unlock an open file."""
        # AFC's numbers are flock's; it never waits, since the phone has one thread here.
        fcntl.flock(self._file(message.handle), message.lock | fcntl.LOCK_NB)


Handler = Callable[[AfcSession, Any], AfcMessage | None]
"""Answers a message; ``None`` for the status of success."""

MESSAGES: Mapping[int, Handler] = {
    AfcOp.READ_DIR: AfcSession.read_dir,
    AfcOp.GET_FILE_INFO: AfcSession.info,
    AfcOp.GET_DEVICE_INFO: AfcSession.device_info,
    AfcOp.MAKE_DIR: AfcSession.make_dir,
    AfcOp.REMOVE_PATH: AfcSession.remove,
    AfcOp.REMOVE_PATH_AND_CONTENTS: AfcSession.remove_all,
    AfcOp.RENAME_PATH: AfcSession.rename,
    AfcOp.TRUNCATE: AfcSession.truncate,
    AfcOp.SET_FILE_TIME: AfcSession.set_time,
    AfcOp.MAKE_LINK: AfcSession.link,
    AfcOp.FILE_OPEN: AfcSession.open,
    AfcOp.FILE_CLOSE: AfcSession.close,
    AfcOp.FILE_READ: AfcSession.read,
    AfcOp.FILE_WRITE: AfcSession.write,
    AfcOp.FILE_SEEK: AfcSession.seek,
    AfcOp.FILE_TELL: AfcSession.tell,
    AfcOp.FILE_SET_SIZE: AfcSession.set_size,
    AfcOp.FILE_LOCK: AfcSession.lock,
}
"""Operation -> what answers it; any other is one that this phone does not support."""
