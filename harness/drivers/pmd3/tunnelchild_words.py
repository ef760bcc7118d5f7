"""What a process that holds a tunnel and the one that started it say to each other.

Over the child's standard input and output, which are one socket: first the parent's order, a line; then the
child's report, a line; then nothing. That the parent has ended, or wants no tunnel any more, the child sees
in the end of its input; that the tunnel is gone, the parent sees in the end of the child.

Over each connection to the child's socket: a line with the port that is meant, a line that says whether the
phone took the connection, and then the bytes of it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from harness import errors

SOCKET = "t"
"""The name of the child's socket in its directory; short, as its whole path has to be."""

OPEN = b"open\n"
"""The phone took the connection."""


@dataclass(frozen=True)
class Order:
    """Which tunnel is wanted.

    Attributes:
        phone: the phone's name, for messages.
        udid: the phone.
        directory: a private directory of the child's own, which it removes in the end.
        within_s: protective deadline of the opening, in wall seconds.
    """

    phone: str
    udid: str
    directory: str
    within_s: float

    def line(self) -> bytes:
        """As it is sent."""
        return _line(asdict(self))

    @classmethod
    def of(cls, line: bytes) -> Order:
        """As it was received."""
        return cls(**json.loads(line))


@dataclass(frozen=True)
class Report:
    """The tunnel is open.

    Attributes:
        address: the phone's address within it.
        rsd_port: where the phone lists its services.
    """

    address: str
    rsd_port: int

    def line(self) -> bytes:
        """As it is sent."""
        return _line(asdict(self))

    @classmethod
    def of(cls, line: bytes) -> Report:
        """As it was received.

        Raises:
            ConnectionResetError: nothing was: the process has ended.
            HarnessError: the tunnel could not be opened.
            RuntimeError: so did something that has no name here.
        """
        if not line:
            raise ConnectionResetError("the process that was to hold the tunnel has ended")
        said = json.loads(line)
        if "kind" in said:
            raise _raised(said)
        return cls(**said)


def failure(error: errors.HarnessError) -> bytes:
    """The report of a tunnel that could not be opened."""
    return _line({"kind": type(error).__name__, "what": error.what, "phone": error.phone, "fix": error.fix})


def strange(error: Exception) -> bytes:
    """The report of something that has no name here."""
    return _line({"kind": "", "what": f"{type(error).__name__}: {error}"})


def _raised(said: dict[str, Any]) -> Exception:
    if not said["kind"]:
        return RuntimeError(said["what"])
    kind: type[errors.HarnessError] = getattr(errors, said["kind"])
    return kind(said["what"], phone=said["phone"], fix=said["fix"])


def _line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode() + b"\n"
