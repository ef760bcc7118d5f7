"""One row of the tables: a command, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from harness.virtual.kernel.phone import VirtualPhone
from tests.virtual.judges.shape import Shape

EVERY = ("15.8", "16.7", "18.5", "26.0")
"""The versions that are judged: two before the tunnel, two behind it."""

OLD = ("15.8", "16.7")
"""Those before RemoteXPC."""

NEW = ("18.5", "26.0")
"""Those behind it."""

EITHER = ("16.7", "26.0")
"""One on either side of the tunnel, for what no version changes."""

CLIENTS = {"ios": "go-ios", "pymobiledevice3": "pymobiledevice3"}
"""Command -> whose it is; libimobiledevice's tools have many."""

Act = Callable[[VirtualPhone], object]
"""Something done to the phone from inside."""


class Reads(StrEnum):
    """How what a client said is read."""

    TEXT = "text"
    """Patterns, each to be found in what it printed or wrote to stderr; one that begins with ``\\A`` in what
    it printed only. ``^`` and ``$`` are of lines."""
    JSON = "json"
    """One JSON document on its standard output."""
    PLIST = "plist"
    """One property list on its standard output."""
    STREAM = "stream"
    """It goes on by itself; one line at least has every pattern. Then it is ended."""
    TERMINAL = "terminal"
    """As ``STREAM``, of a client that holds back what does not go to a terminal."""


def nothing(_phone: VirtualPhone) -> None:
    """What is done where nothing is."""


@dataclass(frozen=True)
class Command:
    """One row.

    ``{udid}``, ``{name}``, ``{ios}`` and ``{model}`` stand for those of the phone, in ``line`` also
    ``{pid}`` for the process identifier of the sample app, and ``{port}`` for a free port of this host.

    Attributes:
        proves: the service and its message, with a slash between.
        line: the command line.
        told: what must be in what the client says.
        reads: how that is read.
        ios: the versions it is run on.
        code: exit status; of a stream nothing.
        before: done to the phone first.
        then: what must be true of the phone afterwards, or of the directory the client ran in.
        ended: what must be true of the phone once a stream was ended.
        undo: done to the phone last, whatever came of it.
        meanwhile: done to the phone again and again while a stream is listened to.
        typed: what the client reads from its standard input.
        files: name -> content of what lies in the directory in which the client runs.
        alone: whether the phone is of no use to other rows afterwards.
        asks: whether the phone trusts no host any more, and asks a person first; such a row is alone.
        truth: reads off the kernel what must be in what the client says; ``told`` is not looked at then.
    """

    proves: str
    line: str
    told: Shape = ()
    reads: Reads = Reads.TEXT
    ios: tuple[str, ...] = EVERY
    code: int = 0
    before: Act = nothing
    then: Callable[[VirtualPhone, Path], bool] | None = None
    ended: Callable[[VirtualPhone], bool] | None = None
    undo: Act = nothing
    meanwhile: Act | None = None
    typed: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    alone: bool = False
    asks: bool = False
    truth: Callable[[VirtualPhone], Shape] | None = None

    @property
    def client(self) -> str:
        """Whose command it is."""
        return CLIENTS.get(self.line.split()[0], "libimobiledevice")
