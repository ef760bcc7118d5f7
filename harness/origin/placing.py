"""Where the origin listens: on loopback for virtual phones, as devices.yaml says for real ones."""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.parse import urlsplit

from harness.config.devices import OriginSpec, Tls
from harness.errors import ConfigError
from harness.model.identity import Hardware
from harness.origin.server import OriginServer

LOOPBACK = "127.0.0.1"


def server_for(hardware: Hardware, spec: OriginSpec) -> tuple[OriginServer, str, int]:
    """A server that such a phone can reach, not started yet, and the address and port to bind it to.

    A virtual phone is always served on loopback, so that no LAN address is opened for it.

    Raises:
        ConfigError: a real phone could not reach it there, or its certificate cannot be read.
    """
    return _for_real_phones(spec) if hardware is Hardware.REAL else (OriginServer(), LOOPBACK, 0)


def _for_real_phones(spec: OriginSpec) -> tuple[OriginServer, str, int]:
    """The server, the address to bind and the port; 0 is any that is free."""
    if spec.bind == LOOPBACK and spec.advertise is None:
        raise ConfigError(
            "a real phone cannot reach the origin at 127.0.0.1",
            fix="Set `origin: {bind: ...}` in devices.yaml to this Mac's address on the phone's Wi-Fi.",
        )
    told = urlsplit(spec.advertise or "")
    return OriginServer(advertise_host=told.hostname, tls=_tls(spec)), spec.bind, told.port or 0


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
