"""Phones in memory for what takes phones from the farm, and a driver that opens them as it is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import HarnessError
from harness.farm.health.rotation import Against, Finding
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.farm.reach import ReachablePhone
from harness.model.identity import Connection, Hardware, PhoneIdentity
from tests.unit.evidence.phones import HandPhone, lost

OWN = PhoneIdentity("Anna's iPhone", "00008120-00AB", "16.7", "iPhone15,4", Hardware.REAL)
SPARE = PhoneIdentity("spare", "00008120-00CD", "18.5", "iPhone15,4", Hardware.REAL)
BOTH = (Connection.USB, Connection.NETWORK)


class StuckPhone(HandPhone):
    """A phone that cannot be closed."""

    async def close(self) -> None:
        raise lost()


class CutPhone(StuckPhone):
    """A phone whose connection was cut after it was opened."""

    async def pid_of(self, bundle_id: str) -> int | None:
        raise lost()


@dataclass
class Driver:
    """Opens phones in memory, and keeps how it was asked to.

    Attributes:
        unfit: the names of phones that a look finds unfit.
        looks: name -> what a look at a phone comes to, where it comes to nothing good.
        shut: name -> why a phone cannot be opened.
    """

    kind: type[HandPhone] = HandPhone
    unfit: set[str] = field(default_factory=set[str])
    looks: dict[str, Callable[[], Awaitable[object]]] = field(
        default_factory=dict[str, Callable[[], Awaitable[object]]]
    )
    shut: dict[str, HarnessError] = field(default_factory=dict[str, HarnessError])
    opened: list[tuple[str, Connection | None]] = field(default_factory=list[tuple[str, Connection | None]])
    phones: list[HandPhone] = field(default_factory=list[HandPhone])

    async def open_phone(
        self,
        identity: PhoneIdentity,
        *,
        usbmux: str | None,
        clock: object,
        connection: Connection | None,
        ui: object,
    ) -> HandPhone:
        self.opened.append((identity.name, connection))
        if identity.name in self.shut:
            raise self.shut[identity.name]
        phone = self.kind()
        phone.identity = identity
        self.phones.append(phone)
        return phone

    async def ways(self, usbmux: str | None) -> Mapping[str, tuple[Connection, ...]]:
        """A usbmuxd that answers."""
        return {}

    async def look(self, phone: ReachablePhone) -> Finding | None:
        """Look at a phone without reaching it."""
        if phone.name in self.looks:
            await self.looks[phone.name]()
        if phone.name in self.unfit:
            return Finding(Against.LOOK, "it is locked", "Unlock it.", "unlocked")
        return None


def state(tmp_path: Path) -> PhoneState:
    """What the farm says of ``OWN``."""
    store = LeaseStore.open(tmp_path / "leases.sqlite3")
    phone = store.snapshot().phone(OWN.udid)
    store.close()
    assert phone is not None
    return phone.state
