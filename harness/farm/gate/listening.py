"""A Unix socket that only its owner can connect to, from the first moment on."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import stat
from collections.abc import Callable

from harness.config.places import check_socket_path

PRIVATE = 0o600

PAUSE_S = 0.5
"""Wall seconds for which no client is taken where this process has no descriptor left."""

_log = logging.getLogger(__name__)


class Listening:
    """A listening socket.

    By hand, as a server of asyncio drops a connection unclosed that comes while it is being closed, and
    shows its socket to others for as long as it takes to change the mode.

    Args:
        accepted: called with each connection, which is the callee's to close.
    """

    def __init__(self, accepted: Callable[[socket.socket], None]) -> None:
        self._accepted = accepted
        self._socket: socket.socket | None = None
        self._path = ""

    def open(self, path: str) -> None:
        """Listen; a socket that a dead process left there is replaced.

        Raises:
            ConfigError: the path is too long for a socket.
            OSError: it cannot be made there.
        """
        self._path = check_socket_path(path)
        _remove_socket(path)
        made = socket.socket(socket.AF_UNIX)
        try:
            made.bind(path)
            os.chmod(path, PRIVATE)
            made.listen(socket.SOMAXCONN)
            made.setblocking(False)
        except BaseException:
            made.close()
            raise
        self._socket = made
        asyncio.get_running_loop().add_reader(made, self._accept, made)

    def close(self) -> None:
        """Listen no more, and leave no file; closing what is not open is no error."""
        listening, self._socket = self._socket, None
        if listening is not None:
            asyncio.get_running_loop().remove_reader(listening)
            listening.close()
            _remove_socket(self._path)

    def _resume(self, listening: socket.socket) -> None:
        if self._socket is listening:
            asyncio.get_running_loop().add_reader(listening, self._accept, listening)

    def _accept(self, listening: socket.socket) -> None:
        try:
            connection, _ = listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            # The client has gone again.
            return
        except OSError as error:
            # No descriptor is left. The client stays in the queue; asking at once would keep the loop busy.
            _log.warning("%s takes no client for %g s: %s", self._path, PAUSE_S, error)
            loop = asyncio.get_running_loop()
            loop.remove_reader(listening)
            loop.call_later(PAUSE_S, self._resume, listening)
            return
        connection.setblocking(False)
        self._accepted(connection)


def _remove_socket(path: str) -> None:
    # Never another kind of file, whatever a caller's mistake names.
    if os.path.lexists(path) and stat.S_ISSOCK(os.lstat(path).st_mode):
        os.unlink(path)
