"""The origin servers of this process: on loopback, and on a LAN address when a real phone needs it."""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.parse import urlsplit

from harness.api.app import App
from harness.api.origin import Origin
from harness.config.devices import DevicesFile, OriginSpec, Tls
from harness.errors import AppDidNotAnswer, ConfigError, OriginUnreachable
from harness.model.facts import TransferSeen
from harness.model.identity import Hardware
from harness.origin.server import OriginServer
from harness.runtime.loop import LoopThread

START_S = 30.0
"""Protective deadline of starting or stopping a server, in wall time."""

LOOPBACK = "127.0.0.1"

PROBE_NAME = "probe"
PROBE_BYTES = 64
PROBE_WITHIN_S = 30.0
"""How long the app may take to fetch the probe, in phone time."""

UNREACHABLE_FIX = (
    "Check, in this order: the phone's Wi-Fi is on and in the network of this Mac; the app may use the "
    "local network (Settings > Privacy & Security > Local Network); the app's Info.plist allows it "
    "(NSAppTransportSecurity with NSAllowsLocalNetworking); this Mac's firewall lets Python in; "
    "origin.bind in devices.yaml is this Mac's address there."
)


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
        """The server for a phone: on loopback for a virtual one, as devices.yaml says for a real one.

        A LAN address is opened only when a real phone is held.

        Raises:
            ConfigError: it cannot be bound, or a real phone could not reach it there.
        """
        if hardware not in self._servers:
            real = hardware is Hardware.REAL
            server, bind = _for_real_phones(self._spec) if real else (OriginServer(), LOOPBACK)
            self._loop.run(server.start(bind), START_S, what="starting the origin")
            self._servers[hardware] = server
        return self._servers[hardware]

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
        if udid in self._proven:
            return
        fetch_probe(app, origin)
        app.reset()
        self._proven.add(udid)


def fetch_probe(app: App, origin: Origin, *, within_s: float = PROBE_WITHIN_S) -> None:
    """Launch the app and have it download a small file, the way it downloads everything.

    Raises:
        OriginUnreachable: the file was not fetched.
    """
    probe = origin.file(PROBE_NAME, size_bytes=PROBE_BYTES)
    try:
        app.launch()
        app.do("start-download", url=probe.url, id=PROBE_NAME)
        arrived = app.await_fact(TransferSeen, _is_probe, within_s)
    except AppDidNotAnswer as error:
        raise OriginUnreachable(
            f"the app was to fetch {probe.url} and did not answer: {error.what}",
            phone=error.phone,
            fix=error.fix,
        ) from error
    if arrived is None:
        asked = f"the origin was asked {len(origin.receipts)} times"
        raise OriginUnreachable(
            f"the app could not fetch {probe.url} within {within_s:g} s of phone time ({asked})",
            phone=app.phone_name,
            fix=UNREACHABLE_FIX,
        )


def _is_probe(fact: TransferSeen) -> bool:
    return fact.complete and fact.name == PROBE_NAME


def _for_real_phones(spec: OriginSpec) -> tuple[OriginServer, str]:
    if spec.bind == LOOPBACK and spec.advertise is None:
        raise ConfigError(
            "a real phone cannot reach the origin at 127.0.0.1",
            fix="Set `origin: {bind: ...}` in devices.yaml to this Mac's address on the phone's Wi-Fi.",
        )
    host = urlsplit(spec.advertise).hostname if spec.advertise else None
    return OriginServer(advertise_host=host, tls=_tls(spec)), spec.bind


def _tls(spec: OriginSpec) -> ssl.SSLContext | None:
    if spec.tls is Tls.NONE:
        return None
    if spec.tls is Tls.SELF_SIGNED or spec.certificate is None:
        raise ConfigError(
            "origin.tls: self-signed certificates cannot be made yet",
            fix="Use `tls: none`, or `tls: files` with a certificate that the phone trusts.",
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(Path(spec.certificate), Path(spec.key) if spec.key else None)
    except (OSError, ssl.SSLError) as error:
        fix = "Both files are PEM: origin.certificate with the whole chain, origin.key without a password."
        what = f"origin.certificate cannot be used: {error}"
        raise ConfigError(what, path=spec.certificate, fix=fix) from error
    return context
