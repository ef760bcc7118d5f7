"""The hosts a phone was paired with, TLS with exactly those, and the dialog that asks for trust.

The dialog, per phone, with what a host that asks to be paired is told meanwhile::

    none     --a host asks-------> pending   PairingDialogResponsePending
    pending  --it asks again-----> pending   PairingDialogResponsePending
    pending  --another one asks--> pending   the dialog is about that one now
    pending  --Trust-------------> accepted
    pending  --Don't Trust-------> denied
    accepted --it asks again-----> none      paired
    denied   --it asks again-----> none      UserDeniedPairing; asking once more brings the dialog back

A host is known in the dialog by the identifier of its usbmuxd, since some clients make a new host
identifier each time they ask. Source of the answers: error tables and pairing loops of
pymobiledevice3, libimobiledevice and go-ios. Guessed: that the answer is given once.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from enum import StrEnum

from harness.errors import HarnessError
from harness.virtual.transport.identity import RackIdentity, server_context
from harness.virtual.transport.stream import Stream, StreamClosed, TlsStream

HANDSHAKE_WITHIN_S = 30.0
"""Wall seconds in which a client has to agree on TLS, or else it is let go; guessed."""


class NoDialog(HarnessError):
    """Nobody can tap a dialog that is not on the screen."""


class Dialog(StrEnum):
    """Where the phone's dialog stands."""

    NONE = "none"
    PENDING = "pending"
    ACCEPTED = "accepted"
    DENIED = "denied"


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
    """The phone's side of its pair records. The rack's own host is trusted from the start.

    Attributes:
        device_public_key: PEM.
        asks: whether a person has to answer before a host is trusted; at first one stands by and taps
            Trust at once.
    """

    def __init__(self, identity: RackIdentity) -> None:
        self._device_key = identity.device_key
        self.device_public_key = identity.device_public_key.encode()
        self.asks = False
        self._dialog = Dialog.NONE
        self._asking = ""
        self._hosts: dict[str, TrustedHost] = {}
        self.add(
            TrustedHost(
                identity.host_id,
                identity.host_certificate,
                identity.root_certificate,
                identity.device_certificate,
            )
        )

    @property
    def dialog(self) -> Dialog:
        """Where the dialog stands."""
        return self._dialog

    def untrust(self) -> None:
        """Forget every host, and ask a person from now on: Reset Location & Privacy in Settings."""
        self._hosts.clear()
        self._dialog = Dialog.NONE
        self.asks = True

    def tap_trust(self) -> None:
        """Tap Trust in the dialog.

        Raises:
            NoDialog: no host has asked.
        """
        self._answer(Dialog.ACCEPTED)

    def tap_dont_trust(self) -> None:
        """Tap Don't Trust in the dialog.

        Raises:
            NoDialog: no host has asked.
        """
        self._answer(Dialog.DENIED)

    def ask(self, who: str) -> Dialog:
        """Take note that a host asks to be trusted.

        Args:
            who: the identifier of its usbmuxd.

        Returns:
            The person's answer, which is given once, or ``PENDING``.
        """
        if not self.asks:
            return Dialog.ACCEPTED
        if self._dialog in (Dialog.ACCEPTED, Dialog.DENIED) and who == self._asking:
            answer, self._dialog = self._dialog, Dialog.NONE
            return answer
        self._dialog = Dialog.PENDING
        self._asking = who
        return Dialog.PENDING

    def add(self, host: TrustedHost) -> None:
        """Pair with a host.

        Raises:
            ValueError: the certificates of its record cannot be used.
        """
        self.check(host)
        self._hosts[host.host_id] = host

    def check(self, host: TrustedHost) -> None:
        """Make sure that the certificates of a host's record can be used.

        Raises:
            ValueError: they cannot.
        """
        self._context(host)

    def remove(self, host_id: str) -> bool:
        """Forget a host; whether it was known."""
        return self._hosts.pop(host_id, None) is not None

    def get(self, host_id: str) -> TrustedHost | None:
        """The host with an identifier, if the phone is paired with it."""
        return self._hosts.get(host_id)

    async def secure(self, stream: Stream, host: TrustedHost) -> TlsStream:
        """Begin TLS with a paired host.

        Raises:
            StreamClosed: the client owns neither the host's certificate nor its root, or says nothing.
        """
        try:
            async with asyncio.timeout(HANDSHAKE_WITHIN_S):
                return await stream.start_tls(self._context(host))
        except TimeoutError as error:
            stream.close()
            raise StreamClosed(f"no TLS within {HANDSHAKE_WITHIN_S:g} s") from error

    def _answer(self, answer: Dialog) -> None:
        if self._dialog is not Dialog.PENDING:
            raise NoDialog("No dialog asks whether to trust a computer; let one ask to be paired first")
        self._dialog = answer

    def _context(self, host: TrustedHost) -> ssl.SSLContext:
        return server_context(
            self._device_key, host.device_certificate, host.host_certificate, host.root_certificate
        )
