"""A rack: some virtual phones on one event loop, behind one usbmuxd and one clock socket."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.config.places import check_socket_path
from harness.virtual.address import PhoneAddress, RackAddress
from harness.virtual.apps.runner import runner_app
from harness.virtual.clock_server import ClockServer
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.listeners import Serve
from harness.virtual.kernel.phone import PhoneSpec, VirtualPhone
from harness.virtual.kernel.processes.process import Process
from harness.virtual.services.table import SERVICES
from harness.virtual.transport.attachment import Attachment
from harness.virtual.transport.conversation import Question
from harness.virtual.transport.device import DeviceEnd
from harness.virtual.transport.identity import RackIdentity
from harness.virtual.transport.mux import MuxServer

if TYPE_CHECKING:
    from harness.virtual.direct import DirectRack

TICK_S = 0.02
"""Wall seconds between two ticks of the phones' clocks: 50 Hz."""


class Rack:
    """The phones of one process.

    Args:
        specs: what the phones are to be.
        identity: keys for pairing.
        directory: a private directory with a short path, for sockets and containers.
        apps: what is installed on every phone, beside the test runner by which its screen is worked.

    Attributes:
        phones: UDID -> phone.
        mux: the usbmuxd.
    """

    def __init__(
        self,
        specs: Sequence[PhoneSpec],
        identity: RackIdentity,
        directory: Path,
        *,
        apps: Sequence[AppBundle] = (),
    ) -> None:
        self._directory = directory
        self.mux = MuxServer(identity.system_buid)
        self.phones: dict[str, VirtualPhone] = {}
        self._ends: dict[str, DeviceEnd] = {}
        self._attachments: dict[str, Attachment] = {}
        self._direct: DirectRack | None = None
        for spec in specs:
            phone = VirtualPhone(spec, directory / "phones" / spec.udid, apps=(*apps, runner_app(_server_of)))
            self.phones[spec.udid] = phone
            end = self._ends[spec.udid] = DeviceEnd(phone, identity, SERVICES)
            self.mux.keep_pair_record(end.udid, end.pair_record)
            self._attachments[spec.udid] = Attachment(phone, end, self.mux, self._cable_told(spec.udid))
        self._clocks = ClockServer({udid: phone.clock for udid, phone in self.phones.items()})
        self._ticker: asyncio.Task[None] | None = None

    async def start(self) -> RackAddress:
        """Open the sockets and let the clocks run.

        Raises:
            ConfigError: a socket's path would be too long.
        """
        mux_path = check_socket_path(self._directory / "mux")
        clock_path = check_socket_path(self._directory / "clock")
        port = await self.mux.listen(mux_path)
        await self._clocks.listen(clock_path)
        self._ticker = asyncio.get_running_loop().create_task(self._tick())
        return RackAddress(
            pid=os.getpid(),
            usbmux=mux_path,
            usbmux_tcp=f"127.0.0.1:{port}",
            clock=clock_path,
            control="",
            phones=tuple(_address(phone.spec) for phone in self.phones.values()),
        )

    async def open_direct(self, address: RackAddress) -> RackAddress:
        """Let every phone that has RSD be reached on ports of this machine too.

        Returns:
            ``address``, with where they are.
        """
        # Few racks are asked to, and HTTP takes long to import.
        from harness.virtual.direct import DirectRack

        self._direct = DirectRack(self._ends)
        return await self._direct.listen(address)

    async def close(self) -> None:
        """Close the sockets, stop the clocks and switch the phones off.

        Closing what never started is no error.
        """
        if self._ticker is not None:
            self._ticker.cancel()
        if self._direct is not None:
            await self._direct.close()
        await self.mux.close()
        await self._clocks.close()
        for phone in self.phones.values():
            phone.switch_off()

    def end(self, udid: str) -> DeviceEnd:
        """A phone's end of the cable.

        Raises:
            KeyError: no phone of that UDID is here.
        """
        return self._ends[udid]

    def asked(self) -> Mapping[Question, int]:
        """What clients asked of usbmuxd and of the phones so far, and how often."""
        total: Counter[Question] = Counter(self.mux.asked.counts())
        for end in self._ends.values():
            total.update(end.asked.counts())
        return total

    def plug_in(self, udid: str) -> None:
        """Put the cable of a phone in; it gets a new device id. One that is in is no error.

        One that is being cut is pulled first, so that the phone stays.
        """
        self._ends[udid].cable.finish_cut()
        self._attachments[udid].put_cable(into=True)

    def pull_cable(self, udid: str) -> None:
        """Pull the cable of a phone; what it does goes on, its connections over the cable break."""
        self._attachments[udid].put_cable(into=False)

    def join_network(self, udid: str) -> None:
        """Have a phone on this host's Wi-Fi; whether it is seen there is for its settings to decide."""
        self._attachments[udid].join_network(joined=True)

    def leave_network(self, udid: str) -> None:
        """Take a phone off this host's Wi-Fi; its connections over it break."""
        self._attachments[udid].join_network(joined=False)

    def _cable_told(self, udid: str) -> Callable[[bool], None]:
        def told(there: bool) -> None:
            if self._direct is None:
                return
            if there:
                self._direct.plug_in(udid)
            else:
                self._direct.pull_cable(udid)

        return told

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        last_s = loop.time()
        while True:
            await asyncio.sleep(TICK_S)
            now_s = loop.time()
            for phone in self.phones.values():
                phone.clock.tick(now_s - last_s)
            last_s = now_s


def _server_of(process: Process) -> Serve:
    # A rack is ready sooner without HTTP, which only a client needs that works a phone's screen.
    from harness.virtual.wda.server import server_of

    return server_of(process)


def _address(spec: PhoneSpec) -> PhoneAddress:
    return PhoneAddress(spec.name, spec.udid, spec.ios, spec.model)
