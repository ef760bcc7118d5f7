"""The origin servers of this process: on loopback, and on a LAN address when a real phone needs it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from harness.api.app import App
from harness.api.origin import Origin
from harness.config.devices import DevicesFile
from harness.model.capabilities import Phone, ProfileHost
from harness.model.identity import Hardware
from harness.origin.placing import PROFILE, authority_of, server_for
from harness.origin.server import OriginServer
from harness.runtime.loop import LoopThread

START_S = 30.0
"""Protective deadline of starting or stopping a server, in wall time."""


class Origins:
    """Servers by the address they are bound to, started when they are first asked for.

    Args:
        loop: the harness loop.
        file: the devices.yaml, which says how real phones reach this host.
    """

    def __init__(self, loop: LoopThread, file: DevicesFile) -> None:
        self._loop = loop
        self._spec = file.origin
        self._servers: dict[Hardware, OriginServer] = {}
        self._proven: set[str] = set()

    def serving(self, hardware: Hardware) -> OriginServer:
        """The server for a phone; a LAN address is opened only when a real phone is held.

        Raises:
            ConfigError: it cannot be bound, or a real phone could not reach it there.
        """
        if hardware not in self._servers:
            server, bind, port = server_for(hardware, self._spec)
            self._loop.run(server.start(bind, port), START_S, what="starting the origin")
            self._servers[hardware] = server
        return self._servers[hardware]

    @contextmanager
    def believed(self, phone: Phone) -> Generator[None]:
        """Have a virtual phone believe the origin over HTTPS, for a block.

        A real phone is left alone: its user has to consent twice, once for good.

        Raises:
            ConfigError: the origin's authority cannot be kept.
        """
        authority = authority_of(self._spec) if phone.identity.hardware is Hardware.VIRTUAL else None
        if authority is None or not isinstance(phone, ProfileHost):
            yield
            return
        self._loop.run(phone.install_profile(authority.profile), START_S, what="putting a profile on")
        try:
            yield
        finally:
            self._loop.run(phone.remove_profile(PROFILE), START_S, what="taking a profile off")

    def close(self) -> None:
        """Stop every server."""
        for server in self._servers.values():
            self._loop.run(server.stop(), START_S, what="stopping the origin")
        self._servers.clear()

    def prove(self, app: App, origin: Origin, udid: str) -> None:
        """Have the app fetch a probe, once per phone: the way to the origin is there.

        Args:
            app: in a known state; it is in one afterwards, too.
            origin: the origin as far as this test goes.
            udid: the phone.

        Raises:
            OriginUnreachable: the probe never came; says what to look at.
        """
        if udid not in self._proven:
            origin.fetch_probe()
            app.reset()
            self._proven.add(udid)
