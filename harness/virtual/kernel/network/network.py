"""The phone's way to the world: which radios it has, which one a transfer takes, and what its link is like.

Which interface a transfer takes, by these facts in this order::

    the phone is down                                        none
    Wi-Fi is on, and a network that it joins is in range     Wi-Fi
    the phone has cellular, it is on, no airplane mode,
      and the transfer may use it                            cellular
    otherwise                                                none

A connection stays on the interface that it was opened on; when that goes, the connection is lost. Source: the
order is Apple's documentation of ``allowsCellularAccess``; that nothing moves over to Wi-Fi by itself is from
memory.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Sequence

from harness.model.interfaces import Interface
from harness.virtual.kernel.conditions import Change, Conditions
from harness.virtual.kernel.network.egress import Egress
from harness.virtual.kernel.network.line import Line
from harness.virtual.kernel.network.link import FREE_LINK, Link
from harness.virtual.kernel.network.pace import PaceClock
from harness.virtual.kernel.network.trust import Doorkeeper, Trust
from harness.virtual.kernel.subscription import Subscribers, Subscription

MakeProtocol = Callable[[], asyncio.Protocol]

_RADIO_CHANGES = frozenset({Change.WIFI, Change.CELLULAR, Change.POWER})


class Network:
    """The network of one phone.

    Args:
        conditions: where its radios stand.
        clock: the phone's clock.
        egress: opens its connections.
        has_cellular: whether it has a cellular radio.
        roots: tells the roots, DER, that were installed on the phone.
    """

    def __init__(
        self,
        conditions: Conditions,
        clock: PaceClock,
        egress: Egress,
        *,
        has_cellular: bool,
        roots: Callable[[], Sequence[bytes]] = tuple,
    ) -> None:
        self._conditions = conditions
        self._clock = clock
        self._egress = egress
        self._has_cellular = has_cellular
        self._trust = Trust(lambda: clock.now_s, roots)
        self._link = FREE_LINK
        # In the order they were opened, so that the same story loses them in the same order.
        self._lines: dict[Line, None] = {}
        self._observers: Subscribers[Interface | None] = Subscribers()
        conditions.observe(self._condition_changed)

    @property
    def has_cellular(self) -> bool:
        """Whether the phone has a cellular radio."""
        return self._has_cellular

    @property
    def link(self) -> Link:
        """What the link is like, whichever interface it is."""
        return self._link

    def is_up(self, interface: Interface) -> bool:
        """Whether connections can be opened over that interface."""
        if not self._conditions.is_up:
            return False
        return self._conditions.is_on_wifi if interface is Interface.WIFI else self._cellular_is_up

    def route(self, *, allows_cellular: bool) -> Interface | None:
        """The interface that a transfer takes now, or ``None`` when it has to wait or fail.

        Args:
            allows_cellular: whether the transfer may use cellular.
        """
        if self.is_up(Interface.WIFI):
            return Interface.WIFI
        return Interface.CELLULAR if allows_cellular and self.is_up(Interface.CELLULAR) else None

    def observe(self, callback: Callable[[Interface | None], None]) -> Subscription:
        """Tell ``callback`` of every change of radios or link.

        It is told what a transfer that may use cellular takes from now on. Connections that are lost by the
        change have been told before.
        """
        return self._observers.add(callback)

    async def connect(
        self,
        protocol_factory: Callable[[], asyncio.Protocol],
        host: str,
        port: int,
        *,
        tls: bool = False,
        interface: Interface,
    ) -> asyncio.Transport:
        """Open a connection over an interface.

        The protocol may be a ``LinkListener``. It is made before the connection is, because a link that
        carries nothing has to be told of while nothing is open yet; then this waits until it carries.

        Args:
            protocol_factory: makes the protocol that gets the bytes.
            host: name or address.
            port: TCP port.
            tls: whether TLS is spoken, with a server that the phone has to believe.
            interface: by which it leaves, as ``route`` told.

        Raises:
            OSError: as a socket does; that interface is not up, or went meanwhile; the phone does not
                believe the server (``ssl.SSLError``).
        """
        if not self.is_up(interface):
            raise OSError(errno.ENETUNREACH, f"the phone's {interface.value} is not up")
        line = Line(protocol_factory(), interface, self._link, self._clock, self._forget)
        self._lines[line] = None
        dial = self._dial_tls if tls else self._dial
        return await line.open(lambda make: dial(make, host, port, interface))

    async def _dial(
        self, make: MakeProtocol, host: str, port: int, interface: Interface
    ) -> asyncio.Transport:
        return await self._egress.dial(make, host, port, ssl=None, interface=interface)

    async def _dial_tls(
        self, make: MakeProtocol, host: str, port: int, interface: Interface
    ) -> asyncio.Transport:
        keeper = Doorkeeper(make(), self._trust)
        context = self._trust.context()
        transport = await self._egress.dial(lambda: keeper, host, port, ssl=context, interface=interface)
        if keeper.fault is not None:
            raise keeper.fault
        return transport

    def induce(self, link: Link | None) -> None:
        """Make every link of the phone, of now and later, like this; ``None`` for as it is by itself."""
        if self._link == (link or FREE_LINK):
            return
        self._link = link or FREE_LINK
        for line in tuple(self._lines):
            line.set_link(self._link)
        self._tell()

    def stop(self) -> None:
        """Close every connection without a word to anyone; the phone must not be used afterwards."""
        for line in tuple(self._lines):
            line.drop()

    def _forget(self, line: Line) -> None:
        self._lines.pop(line, None)

    def _condition_changed(self, what: str) -> None:
        if what not in _RADIO_CHANGES:
            return
        for line in tuple(self._lines):
            if not self.is_up(line.interface):
                line.lose_interface()
        self._tell()

    def _tell(self) -> None:
        self._observers.tell(self.route(allows_cellular=True))

    @property
    def _cellular_is_up(self) -> bool:
        return self._has_cellular and self._conditions.cellular_on and not self._conditions.airplane
