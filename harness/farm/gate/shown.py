"""What a relay shows: its phones, each of the ways in which they are there, and what its clients call those.

Numbers are the relay's own. Two hosts give the same ones to different phones, and a client must not be able
to reach a phone by guessing.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from harness.farm.gate.pairing import PairRecords
from harness.farm.gate.upstream import Watch, ask
from harness.model.identity import Connection
from harness.wire.lockdown import PlistDict

_WORD = {Connection.USB: "USB", Connection.NETWORK: "Network"}
"""Connection -> usbmuxd's word for it."""


def key_of(udid: str) -> str:
    """A UDID as it is compared: some usbmuxds leave its hyphen out."""
    return udid.replace("-", "").casefold()


@dataclass(frozen=True, eq=False)
class ShownPhone:
    """One phone that clients of a relay may see.

    Attributes:
        key: see ``key_of``.
        address: of the usbmuxd behind which it is.
        connection: the way it is shown in; ``None`` for every way in which it is there.
        records: its pair record.
    """

    key: str
    address: str
    connection: Connection | None
    records: PairRecords

    def is_told_by(self, properties: dict[str, Any]) -> bool:
        """Whether an ``Attached`` message of its usbmuxd, by its properties, is to be shown."""
        right_way = self.connection is None or properties.get("ConnectionType") == _WORD[self.connection]
        return right_way and key_of(str(properties.get("SerialNumber", ""))) == self.key


@dataclass(frozen=True, eq=False)
class Way:
    """One way in which a phone is there.

    Attributes:
        phone: the phone.
        device_id: the relay's number for it, never given twice.
        upstream_id: the number that the phone's own usbmuxd has for it.
        properties: what that usbmuxd tells of it.
    """

    phone: ShownPhone
    device_id: int
    upstream_id: int
    properties: dict[str, Any]

    def message(self) -> dict[str, Any]:
        """What clients are told of it."""
        properties = self.properties | {"DeviceID": self.device_id}
        return {"MessageType": "Attached", "DeviceID": self.device_id, "Properties": properties}


class Show:
    """The phones of one relay.

    Args:
        tell: called with each message that listening clients are to hear.
    """

    def __init__(self, tell: Callable[[dict[str, Any]], None]) -> None:
        self._tell = tell
        self._phones: dict[str, ShownPhone] = {}
        self._ways: dict[int, Way] = {}
        self._watches: dict[str, Watch] = {}
        self._device_ids = itertools.count(1)
        self._changed = asyncio.Event()

    @property
    def phones(self) -> tuple[ShownPhone, ...]:
        """The phones, in the order in which they were put up, whether they are there or not."""
        return tuple(self._phones.values())

    @property
    def ways(self) -> tuple[Way, ...]:
        """Every way in which one of them is there."""
        return tuple(self._ways.values())

    def phone(self, udid: str) -> ShownPhone | None:
        """One of them."""
        return self._phones.get(key_of(udid))

    def way(self, device_id: object) -> Way | None:
        """What clients know by a number."""
        return self._ways.get(device_id) if isinstance(device_id, int) else None

    def put_up(self, udid: str, address: str, connection: Connection | None) -> None:
        """Show a phone from now on.

        Raises:
            ValueError: it is shown already.
        """
        key = key_of(udid)
        if key in self._phones:
            raise ValueError(f"{udid} is shown already")

        def asking(message_type: str, **fields: object) -> Awaitable[PlistDict]:
            return ask(address, message_type, **fields)

        phone = self._phones[key] = ShownPhone(key, address, connection, PairRecords(asking))
        if address not in self._watches:
            watch = self._watches[address] = Watch(address, lambda message: self._told(address, message))
            watch.start()
        for message in self._watches[address].attached:
            self._appear(phone, message)

    def take_down(self, phone: ShownPhone) -> None:
        """Show a phone no more."""
        del self._phones[phone.key]
        for way in self.ways:
            if way.phone is phone:
                self._lose(way)

    async def tidy(self) -> None:
        """Watch no usbmuxd any more of which nothing is shown."""
        wanted = {phone.address for phone in self._phones.values()}
        unwanted = [self._watches.pop(address) for address in set(self._watches) - wanted]
        await asyncio.gather(*(watch.close() for watch in unwanted))

    async def heard(self, within_s: float) -> None:
        """Wait until each usbmuxd has told once which phones it has, or so many wall seconds are over."""
        await asyncio.gather(*(watch.heard(within_s) for watch in self._watches.values()))

    def buid(self) -> str:
        """The identifier under which the first phone knows its host; empty where that is not known."""
        first = next(iter(self._phones.values()), None)
        return self._watches[first.address].buid if first is not None else ""

    async def is_there(self, udid: str, within_s: float) -> bool:
        """Whether clients see a phone, now or in so many wall seconds."""
        try:
            async with asyncio.timeout(within_s):
                while all(way.phone.key != key_of(udid) for way in self._ways.values()):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def _told(self, address: str, message: PlistDict) -> None:
        if message["MessageType"] == "Attached":
            for phone in self.phones:
                if phone.address == address:
                    self._appear(phone, message)
            return
        for way in self.ways:
            if way.phone.address != address or way.upstream_id != message["DeviceID"]:
                continue
            if message["MessageType"] == "Detached":
                self._lose(way)
            else:
                self._tell(message | {"DeviceID": way.device_id})

    def _appear(self, phone: ShownPhone, message: PlistDict) -> None:
        properties: dict[str, Any] = message.get("Properties", {})
        if not phone.is_told_by(properties):
            return
        way = Way(phone, next(self._device_ids), message["DeviceID"], properties)
        self._ways[way.device_id] = way
        self._changed.set()
        self._tell(way.message())

    def _lose(self, way: Way) -> None:
        del self._ways[way.device_id]
        self._tell({"MessageType": "Detached", "DeviceID": way.device_id})
