"""Which phones can be reached from here: those of the racks that run, and those that are attached."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass

from harness.config.places import racks_dir
from harness.drivers.pmd3.look import identify, ways
from harness.drivers.pmd3.transport import own_usbmux
from harness.errors import DeviceLost, HarnessError
from harness.farm.leases.doors import process_exists
from harness.model.identity import Connection, Hardware, PhoneIdentity
from harness.virtual.address import RackAddress, RackUnreadable, parse_rack_address


@dataclass(frozen=True)
class ReachablePhone:
    """One phone, and how it is reached.

    Attributes:
        identity: who it is.
        usbmux: address of the usbmuxd that lists it; ``None`` for this host's own.
        clock: path of the clock socket of a virtual phone; empty for a real one.
        ways: how it is connected, the cable first.
    """

    identity: PhoneIdentity
    usbmux: str | None
    clock: str
    ways: tuple[Connection, ...]

    @property
    def name(self) -> str:
        """What people call it."""
        return self.identity.name

    def is_called(self, word: str) -> bool:
        """Whether a word is its name or its UDID."""
        return word == self.identity.name or word.upper() == self.identity.udid.upper()


@dataclass(frozen=True)
class Attached:
    """What was found at this host's own usbmuxd.

    Attributes:
        phones: those that said who they are, sorted by UDID.
        problems: why the others did not.
        is_blind: whether that usbmuxd does not answer, or is not there: then nothing is known of any phone.
    """

    phones: tuple[ReachablePhone, ...] = ()
    problems: tuple[HarnessError, ...] = ()
    is_blind: bool = False


def rack_phones() -> tuple[ReachablePhone, ...]:
    """The virtual phones of the racks that run, in the order of their files.

    Raises:
        ConfigError: the state directory cannot be used.
    """
    return tuple(phone for rack in running_racks() for phone in phones_of(rack))


def running_racks() -> tuple[RackAddress, ...]:
    """The racks that say in the state directory that they run, in the order of their files.

    Raises:
        ConfigError: the state directory cannot be used.
    """
    found: list[RackAddress] = []
    for path in sorted(racks_dir().glob("*.json")):
        try:
            rack = parse_rack_address(path.read_text())
        except (OSError, RackUnreadable):
            continue  # it ended meanwhile
        # A rack that was killed leaves its address behind.
        if process_exists(rack.pid):
            found.append(rack)
    return tuple(found)


def phones_of(rack: RackAddress) -> tuple[ReachablePhone, ...]:
    """The virtual phones of a running rack."""
    return tuple(
        ReachablePhone(
            PhoneIdentity(phone.name, phone.udid, phone.ios, phone.model, Hardware.VIRTUAL),
            rack.usbmux,
            rack.clock,
            (Connection.USB,),
        )
        for phone in rack.phones
    )


async def attached_phones(besides: Collection[str] = ()) -> Attached:
    """The phones at this host's own usbmuxd; none when it has no usbmuxd.

    Where ``USBMUXD_SOCKET_ADDRESS`` names the usbmuxd of a rack, they are virtual.

    Args:
        besides: UDIDs that are known already: a rack's usbmuxd may be this host's own for the moment.

    Raises:
        ConfigError: the state directory, where racks say that they run, cannot be used.
    """
    try:
        connected = await ways(None)
    except DeviceLost:
        return Attached(is_blind=True)
    others = [udid for udid in connected if udid not in besides]
    phones: list[ReachablePhone] = []
    problems: list[HarnessError] = []
    for answer in await identify(others, None, _own_hardware()):
        if isinstance(answer, PhoneIdentity):
            phones.append(ReachablePhone(answer, None, "", connected[answer.udid]))
        else:
            problems.append(answer)
    return Attached(tuple(phones), tuple(problems))


def _own_hardware() -> Hardware:
    """What is at this host's own usbmuxd: phones, unless it is a rack's."""
    own = own_usbmux()
    virtual = own is not None and any(_is_at(rack, own) for rack in running_racks())
    return Hardware.VIRTUAL if virtual else Hardware.REAL


def _is_at(rack: RackAddress, usbmux: str) -> bool:
    if usbmux.startswith("/"):
        return os.path.realpath(usbmux) == os.path.realpath(rack.usbmux)
    host, _, port = usbmux.rpartition(":")
    own_host, _, own_port = rack.usbmux_tcp.rpartition(":")
    return port == own_port and host in (own_host, "localhost")
