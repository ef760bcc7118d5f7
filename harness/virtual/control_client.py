"""Asking a running rack's control socket, from another process."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Generator, Mapping
from typing import Any, cast

from harness.errors import CommandRefused, CommandTimeout, ConfigError, DeviceLost

ANSWER_WITHIN_S = 10.0
"""Wall seconds that a rack has for an answer."""


class ControlClient:
    """One connection to a control socket.

    Args:
        connection: the connection.
        within_s: wall seconds that the rack has for an answer.
    """

    def __init__(self, connection: socket.socket, within_s: float = ANSWER_WITHIN_S) -> None:
        self._connection = connection
        self._within_s = within_s
        self._held = b""
        self._unanswered = 0

    def ask(self, fields: Mapping[str, object]) -> dict[str, Any]:
        """Ask for something to be done, and return what there is to tell.

        Raises:
            ConfigError: the rack does not know what that is.
            CommandRefused: it cannot be done.
            CommandTimeout: there was no answer in time.
            DeviceLost: the rack has gone.
        """
        deadline_s = time.monotonic() + self._within_s
        try:
            self._connection.settimeout(self._within_s)
            self._connection.sendall(json.dumps(fields).encode() + b"\n")
            self._unanswered += 1
            answer = self._answer(deadline_s)
        except TimeoutError as error:
            what = f"the rack gave no answer within {self._within_s:g} s"
            raise CommandTimeout(what, fix="See whether its process still runs") from error
        except (OSError, ValueError) as error:
            raise _gone(str(error)) from error
        if "error" in answer:
            kind = ConfigError if answer.get("kind") == "usage" else CommandRefused
            raise kind(str(answer["error"]))
        return cast("dict[str, Any]", answer["ok"])

    def _answer(self, deadline_s: float) -> dict[str, Any]:
        """The answer to the last question; what comes too late for one before it is passed over."""
        while True:
            line = self._line(deadline_s)
            self._unanswered -= 1
            if not self._unanswered:
                return cast("dict[str, Any]", json.loads(line))

    def _line(self, deadline_s: float) -> bytes:
        while b"\n" not in self._held:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                raise TimeoutError
            self._connection.settimeout(left_s)
            data = self._connection.recv(65536)
            if not data:
                raise ConnectionError("it hung up")
            self._held += data
        line, _, self._held = self._held.partition(b"\n")
        return line


@contextlib.contextmanager
def open_control(path: str, *, within_s: float = ANSWER_WITHIN_S) -> Generator[ControlClient]:
    """A connection to a rack's control socket for the length of the block.

    Args:
        path: of the socket.
        within_s: wall seconds that the rack has for each answer.

    Raises:
        DeviceLost: nobody listens there.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(within_s)
        try:
            connection.connect(path)
        except OSError as error:
            raise _gone(str(error)) from error
        yield ControlClient(connection, within_s)


def _gone(said: str) -> DeviceLost:
    return DeviceLost(
        f"the rack of virtual phones cannot be asked: {said}",
        fix="See whether its process still runs: harness devices",
    )
