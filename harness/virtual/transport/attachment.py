"""In which ways one phone is there for this host, as its cable, its Wi-Fi and its own state have it.

=========  ====================================================================================
way        there while
=========  ====================================================================================
cable      the cable is in, and the phone is not down
Wi-Fi      the phone has joined the host's network, Wi-Fi is on, it allows computers to use it
           (EnableWifiConnections), is awake, and is not down
=========  ====================================================================================

That a phone asleep is not to be reached over Wi-Fi is guessed; that the setting decides is documented by
clients that change it.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.model.identity import Connection
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.mux import MuxDevice, MuxServer


class Attachment:
    """The ways of one phone.

    Args:
        phone: the phone.
        end: its end of them.
        mux: where they are listed.
        on_cable: told that the way by cable is there, or no longer is.
    """

    def __init__(
        self, phone: VirtualPhone, end: MuxDevice, mux: MuxServer, on_cable: Callable[[bool], None]
    ) -> None:
        self._phone = phone
        self._end = end
        self._mux = mux
        self._on_cable = on_cable
        self._cable_in = phone.spec.connection != Connection.NETWORK
        self._joined = phone.spec.connection != Connection.USB
        self.reconsider()
        phone.conditions.observe(lambda _: self.reconsider())
        phone.preferences.observe(lambda _: self.reconsider())

    def put_cable(self, *, into: bool) -> None:
        """Put the cable in or pull it."""
        self._cable_in = into
        self.reconsider()

    def join_network(self, *, joined: bool) -> None:
        """Have the phone in the host's network, or no longer."""
        self._joined = joined
        self.reconsider()

    def reconsider(self) -> None:
        """Attach and detach what has changed."""
        conditions = self._phone.conditions
        by_cable = self._cable_in and conditions.is_up
        if self._switch(Connection.USB, there=by_cable):
            self._on_cable(by_cable)
        over_wifi = self._joined and conditions.reaches_wifi and self._phone.preferences.wifi_connections
        self._switch(Connection.NETWORK, there=over_wifi)

    def _switch(self, connection: Connection, *, there: bool) -> bool:
        if self._mux.is_attached(self._end.udid, connection) is there:
            return False
        if there:
            self._mux.attach(self._end, connection)
        else:
            self._mux.detach(self._end.udid, connection)
        return True
