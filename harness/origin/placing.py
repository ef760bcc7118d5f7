"""Where the origin listens: on loopback for virtual phones, as devices.yaml says for real ones."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.config.devices import OriginSpec, Tls
from harness.config.places import state_dir
from harness.errors import ConfigError
from harness.model.identity import Hardware
from harness.origin.names import ZONE, NameServer
from harness.origin.server import OriginServer

if TYPE_CHECKING:
    from harness.origin.authority import Authority

LOOPBACK = "127.0.0.1"

PROFILE = "harness.origin.authority"
"""``PayloadIdentifier`` of the profile by which phones believe the origin's own authority."""


def server_for(hardware: Hardware, spec: OriginSpec) -> tuple[OriginServer, str, int]:
    """A server that such a phone can reach, not started yet, and the address and port to bind it to.

    A virtual phone is always served on loopback, so that no LAN address is opened for it; over TLS if the
    origin's own authority can sign for that address.

    Raises:
        ConfigError: a real phone could not reach it there, or its certificate cannot be read.
    """
    if hardware is Hardware.REAL:
        return _for_real_phones(spec)
    authority = authority_of(spec)
    names = NameServer(LOOPBACK)
    if authority is None:
        return OriginServer(names=names), LOOPBACK, 0
    return _signed(authority, (LOOPBACK, f"*.{ZONE}"), None, names), LOOPBACK, 0


def authority_of(spec: OriginSpec) -> Authority | None:
    """Who signs for the origin, where a phone has to be told of somebody.

    Raises:
        ConfigError: it cannot be kept.
    """
    if spec.tls is not Tls.SELF_SIGNED:
        return None
    from harness.origin.authority import Authority  # what it signs with takes long to import

    return Authority.kept_in(state_dir())


def _for_real_phones(spec: OriginSpec) -> tuple[OriginServer, str, int]:
    """The server, the address to bind and the port; 0 is any that is free."""
    if spec.bind == LOOPBACK and spec.advertise is None:
        raise ConfigError(
            "a real phone cannot reach the origin at 127.0.0.1",
            fix="Set `origin: {bind: ...}` in devices.yaml to this Mac's address on the phone's Wi-Fi.",
        )
    told = urlsplit(spec.advertise or "")
    authority = authority_of(spec)
    if authority is not None:
        hosts = tuple(dict.fromkeys(host for host in (told.hostname, spec.bind) if host))
        server = _signed(authority, hosts, told.hostname)
    else:
        server = OriginServer(advertise_host=told.hostname, tls=_tls(spec))
    return server, spec.bind, told.port or 0


def _signed(
    authority: Authority,
    hosts: tuple[str, ...],
    advertise_host: str | None,
    names: NameServer | None = None,
) -> OriginServer:
    good, expired = authority.good(hosts), authority.expired(hosts)
    return OriginServer(advertise_host=advertise_host, tls=good, expired=expired, names=names)


def _tls(spec: OriginSpec) -> ssl.SSLContext | None:
    if spec.certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(Path(spec.certificate), Path(spec.key) if spec.key else None)
    except (OSError, ssl.SSLError) as error:
        fix = "Both files are PEM: origin.certificate with the whole chain, origin.key without a password."
        what = f"origin.certificate cannot be used: {error}"
        raise ConfigError(what, path=spec.certificate, fix=fix) from error
    return context
