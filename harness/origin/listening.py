"""Binding the origin's port, with errors that say what to do.

A socket that is bound and does not listen refuses connections, as a port that is nobody's does, and keeps the
port: a busy host would give it to somebody else.
"""

from __future__ import annotations

import errno
import socket

from harness.errors import ConfigError, PreconditionError

_SEND_BUFFER_BYTES = 1 << 17


def bind(host: str, port: int) -> socket.socket:
    """A bound and listening socket.

    Raises:
        ConfigError: ``host`` is no address of this host.
        PreconditionError: the port is taken or not allowed.
    """
    bound = keep(host, port)
    listen(bound)
    return bound


def listen(bound: socket.socket) -> None:
    """Have a bound socket listen; it is closed if it cannot.

    Raises:
        PreconditionError: somebody else listens there.
    """
    try:
        bound.listen(128)
    except OSError as error:
        host, port = bound.getsockname()[:2]
        bound.close()
        raise _bind_error(host, port, error) from error


def keep(host: str, port: int) -> socket.socket:
    """A bound socket that does not listen yet; raises as ``bind``."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise ConfigError(
            f"the origin cannot be bound to {host!r}: {error.strerror or error}",
            fix="Set origin.bind to an address of this host.",
        ) from error
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted sockets inherit it. A small buffer keeps "sent" close to what the peer has got.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise _bind_error(host, port, error) from error
    return bound


def _bind_error(host: str, port: int, error: OSError) -> ConfigError | PreconditionError:
    if error.errno == errno.EADDRNOTAVAIL:
        return ConfigError(
            f"{host} is no address of this host", fix="Set origin.bind to an address that this host has."
        )
    if error.errno == errno.EADDRINUSE:
        return PreconditionError(
            f"port {port} on {host} is taken", fix="Use port 0, or end the process that listens there."
        )
    return PreconditionError(
        f"the origin cannot listen on {host} port {port}: {error.strerror or error}",
        fix="Use port 0, or an address this user may bind.",
    )
