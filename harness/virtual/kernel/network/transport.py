"""What the user of a connection holds: an asyncio transport whose bytes go through the phone's link."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.virtual.kernel.network.line import Line

INTERFACE_INFO = "phone_interface"
"""What ``get_extra_info`` is asked for to learn the ``Interface`` by which a connection leaves."""


class LineTransport(asyncio.Transport):
    """The user's end of a line.

    It differs from a socket's in one thing: ``close`` does not wait until a slow link has taken everything.

    Args:
        line: the connection.
        socket: the transport of its socket, which knows the addresses.
    """

    def __init__(self, line: Line, socket: asyncio.Transport) -> None:
        super().__init__()
        self._line = line
        self._socket = socket

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """As the socket has it, and ``INTERFACE_INFO``."""
        if name == INTERFACE_INFO:
            return self._line.interface
        return self._socket.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send bytes; after the end of the connection they go nowhere."""
        self._line.send(bytes(data))

    def can_write_eof(self) -> bool:
        """Always no: HTTP needs none."""
        return False

    def get_write_buffer_size(self) -> int:
        """Bytes that have not left yet."""
        return self._line.unsent_bytes + self._socket.get_write_buffer_size()

    def pause_reading(self) -> None:
        """Be given nothing for now; a second call does nothing."""
        self._line.read(False)

    def resume_reading(self) -> None:
        """Be given bytes again; a second call does nothing."""
        self._line.read(True)

    def is_reading(self) -> bool:
        """Whether bytes are given."""
        return self._line.user_reads

    def is_closing(self) -> bool:
        """Whether the connection has ended, or is being closed."""
        return self._line.is_over

    def close(self) -> None:
        """Close the connection."""
        self._line.close()

    def abort(self) -> None:
        """Close the connection by a reset."""
        self._line.close(abort=True)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """The user."""
        return self._line.user

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Give the connection another user."""
        assert isinstance(protocol, asyncio.Protocol)
        self._line.user = protocol
