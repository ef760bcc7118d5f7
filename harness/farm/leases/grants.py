"""What a lease is made of, and what an agent has to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Grant:
    """One phone, given to one holder for once.

    Attributes:
        udid: the phone.
        epoch: counts the grants of that phone; with the UDID it names this one for good.
        host: the machine that the phone is attached to; empty where nobody has said.
        mux: path of the usbmuxd socket on that host that shows this phone, and only to this grant; empty of
            a phone that no agent serves, which its holder reaches by itself.
    """

    udid: str
    epoch: int
    host: str = ""
    mux: str = ""


@dataclass(frozen=True)
class Duties:
    """What an agent has to do now.

    Attributes:
        to_open: grants that wait for their socket.
        to_close: grants that are to be cut; ``mux`` is the socket, or empty when none was told of.
        to_restore: UDIDs of phones whose way is closed and that were left altered.
    """

    to_open: tuple[Grant, ...] = ()
    to_close: tuple[Grant, ...] = ()
    to_restore: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.to_open or self.to_close or self.to_restore)
