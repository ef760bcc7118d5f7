"""Telling a phone which computer uses it, so that others can see it, such as the harness on another desk.

The phone keeps one name, that of the computer which has checked it in, and refuses every other one until it
is checked out or restarted. That is a word between computers: nothing on the phone enforces it, and who does
not ask is not kept away. The leases decide between processes of the harness; this tells everybody else.

A process that is killed leaves its name behind. The name begins with that of its user and host, and whoever
of the same host is granted the phone next takes the name's place: the leases have proven that the one before
is gone. Names of other hosts are never put aside.

Source: pymobiledevice3. Its client reads ``owner`` out of a refusal; whether a phone with iOS 16 or earlier
says that in each case nobody has shown, so a refusal that names nobody is one by somebody unknown.
"""

from __future__ import annotations

import getpass
import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.drivers.pmd3.errors import Guard
from harness.errors import CapabilityMissing, DeviceTaken, ImageNotMounted
from harness.model.identity import PhoneIdentity

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider

LAST_MAJOR = 16
"""The last iOS that has the service. Source: the peer info of an iOS 18 phone lacks it, and clients that ask
iOS 17 for it are refused in public issue threads of pymobiledevice3."""

ANSWERS_S = 10.0
"""Protective deadline of the whole, in wall seconds."""

SOMEBODY = "a computer that the phone does not name"


@dataclass(frozen=True)
class CheckIn:
    """What a phone is told of who uses it.

    Attributes:
        host: of which user on which computer, such as ``farm@mini1``.
        holder: the process, such as ``pytest gw0 (pid 123)``.
    """

    host: str
    holder: str

    @classmethod
    def of(cls, holder: str, host: str = "") -> CheckIn:
        """Of a process of this user.

        Args:
            holder: the process, for people.
            host: what the farm calls this computer; empty for its own name.
        """
        return cls(f"{getpass.getuser()}@{host or platform.node()}", holder)

    @property
    def name(self) -> str:
        """All of it, as others see it."""
        return f"{self._prefix}{self.holder}"

    @property
    def _prefix(self) -> str:
        return f"harness on {self.host}: "

    def is_of_this_host(self, name: str) -> bool:
        """Whether a name was left by a process of the same user and host."""
        return name.startswith(self._prefix)


async def check_in(provider: LockdownServiceProvider, identity: PhoneIdentity, who: CheckIn) -> bool:
    """Tell a phone who uses it.

    Returns:
        Whether the phone has taken note; one without the service has not, which is no fault.

    Raises:
        DeviceTaken: another computer has it; says which.
    """
    if identity.ios_major > LAST_MAJOR:
        return False
    try:
        async with Guard(identity.name, "checking the phone in", ANSWERS_S):
            await _check_in(provider, identity, who)
    except (CapabilityMissing, ImageNotMounted):
        return False
    return True


async def _check_in(provider: LockdownServiceProvider, identity: PhoneIdentity, who: CheckIn) -> None:
    from pymobiledevice3.exceptions import DeviceAlreadyInUseError
    from pymobiledevice3.services.device_arbitration import DtDeviceArbitration

    async with DtDeviceArbitration(provider) as service:
        try:
            await service.check_in(who.name)
        except DeviceAlreadyInUseError as refusal:
            owner = str(refusal.owner or SOMEBODY)
            if not who.is_of_this_host(owner):
                raise DeviceTaken(
                    f"it is in use by {owner}",
                    phone=identity.name,
                    fix="Let them finish there; a restart of the phone frees it, too.",
                ) from refusal
            await service.check_in(who.name, force=True)


async def check_out(provider: LockdownServiceProvider) -> None:
    """Tell a phone that nobody uses it any more; only who has checked it in may ask that."""
    from pymobiledevice3.services.device_arbitration import DtDeviceArbitration

    async with DtDeviceArbitration(provider) as service:
        await service.check_out()
