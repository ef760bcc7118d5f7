"""The phones of a rack reached directly: RSD on ports of this machine, and where clients learn of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from harness.virtual.address import RackAddress
from harness.virtual.endpoints import Endpoints
from harness.virtual.transport.device import DeviceEnd
from harness.virtual.transport.direct import IPV4_HOST, DirectPhone
from harness.virtual.transport.offers import has_rsd


class DirectRack:
    """What a rack that can be reached directly has beside its usbmuxd.

    Args:
        ends: UDID -> phone; those of a version without RSD are left out.
    """

    def __init__(self, ends: Mapping[str, DeviceEnd]) -> None:
        with_rsd = {udid: end for udid, end in ends.items() if has_rsd(end.phone.spec.ios)}
        self._phones = {udid: DirectPhone(end) for udid, end in with_rsd.items()}
        self._endpoints = Endpoints(self._phones.values())

    async def listen(self, address: RackAddress) -> RackAddress:
        """Start to answer.

        Args:
            address: where the rack is.

        Returns:
            The same, with where its phones are reached directly.
        """
        told = {udid: f"{IPV4_HOST}:{phone.rsd_port}" for udid, phone in self._phones.items()}
        phones = tuple(dataclasses.replace(one, rsd=told.get(one.udid, "")) for one in address.phones)
        return dataclasses.replace(address, phones=phones, endpoints=await self._endpoints.listen())

    def plug_in(self, udid: str) -> None:
        """The cable of a phone was put in."""
        if udid in self._phones:
            self._phones[udid].plug_in()

    def pull_cable(self, udid: str) -> None:
        """The cable of a phone was pulled: its connections break, and the endpoints do not list it."""
        if udid in self._phones:
            self._phones[udid].pull_cable()

    async def close(self) -> None:
        """Close every port."""
        await self._endpoints.close()
        for phone in self._phones.values():
            await phone.close()
