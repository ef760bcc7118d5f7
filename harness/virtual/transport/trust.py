"""The hosts a phone was paired with, and TLS with exactly those."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from harness.virtual.transport.identity import RackIdentity, server_context
from harness.virtual.transport.stream import Stream, TlsStream


@dataclass(frozen=True)
class TrustedHost:
    """A host the phone was paired with.

    Attributes:
        host_id: its identifier.
        host_certificate: PEM; what it shows.
        root_certificate: PEM; what it signed the others with, and what some clients show instead.
        device_certificate: PEM; what the phone shows to it.
    """

    host_id: str
    host_certificate: str
    root_certificate: str
    device_certificate: str


class Trust:
    """The phone's side of its pair records. The rack's own host is trusted from the start."""

    def __init__(self, identity: RackIdentity) -> None:
        self._device_key = identity.device_key
        self.device_public_key = identity.device_public_key.encode()
        self._hosts: dict[str, TrustedHost] = {}
        self.add(
            TrustedHost(
                identity.host_id,
                identity.host_certificate,
                identity.root_certificate,
                identity.device_certificate,
            )
        )

    def add(self, host: TrustedHost) -> None:
        """Pair with a host.

        Raises:
            ValueError: the certificates of its record cannot be used.
        """
        self._context(host)
        self._hosts[host.host_id] = host

    def remove(self, host_id: str) -> bool:
        """Forget a host; whether it was known."""
        return self._hosts.pop(host_id, None) is not None

    def get(self, host_id: str) -> TrustedHost | None:
        """The host with an identifier, if the phone is paired with it."""
        return self._hosts.get(host_id)

    async def secure(self, stream: Stream, host: TrustedHost) -> TlsStream:
        """Begin TLS with a paired host.

        Raises:
            StreamClosed: the client owns neither the host's certificate nor its root.
        """
        return await stream.start_tls(self._context(host))

    def _context(self, host: TrustedHost) -> ssl.SSLContext:
        return server_context(
            self._device_key, host.device_certificate, host.host_certificate, host.root_certificate
        )
