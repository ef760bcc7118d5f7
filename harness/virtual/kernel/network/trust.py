"""Which servers a phone believes: by its roots, and by its own clock.

The chain and the name are checked in the handshake, against the roots that this host knows and those of the
phone's configuration profiles. Whether a certificate is still good is asked of the phone's clock, which may
be days away from the host's: the handshake passes over dates, and nobody is given the connection before the
server's own certificate was held against the phone's time. The dates of the chain above it are not looked at.

That a root of a profile counts is Apple's reference of configuration profiles (``com.apple.security.root``);
a phone asks its user for one more consent, in Certificate Trust Settings, which the user of a virtual phone
gives at once.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence

DATES_ASIDE = ssl.VerifyFlags(0x200000)
"""OpenSSL's ``X509_V_FLAG_NO_CHECK_TIME``, which Python has no name for."""


class CertificateExpired(ssl.SSLCertVerificationError):
    """The server's certificate ended before the phone's now."""


class CertificateNotYetValid(ssl.SSLCertVerificationError):
    """The server's certificate begins after the phone's now."""


class Trust:
    """What one phone believes.

    Args:
        now_s: the phone's time, seconds since 1970.
        roots: DER of the roots that were installed on it.
    """

    def __init__(self, now_s: Callable[[], float], roots: Callable[[], Sequence[bytes]]) -> None:
        self._now_s = now_s
        self._roots = roots

    def context(self) -> ssl.SSLContext:
        """What a handshake that begins now goes by: chain and name, no dates."""
        context = ssl.create_default_context()
        context.verify_flags |= DATES_ASIDE
        for root in self._roots():
            context.load_verify_locations(cadata=root)
        return context

    def fault_of(self, certificate: bytes) -> ssl.SSLCertVerificationError | None:
        """What the phone's clock has against a certificate.

        Args:
            certificate: DER.
        """
        # Only a phone that speaks TLS needs it, and it takes long to import.
        from cryptography.x509 import load_der_x509_certificate

        shown = load_der_x509_certificate(certificate)
        now_s = self._now_s()
        if now_s > shown.not_valid_after_utc.timestamp():
            return CertificateExpired(1, f"certificate expired on {shown.not_valid_after_utc}")
        if now_s < shown.not_valid_before_utc.timestamp():
            return CertificateNotYetValid(1, f"certificate is good from {shown.not_valid_before_utc} on")
        return None


class Doorkeeper(asyncio.Protocol):
    """Gives a connection to its user once the phone's clock has nothing against the server's certificate.

    Args:
        user: whose connection it will be.
        trust: what the phone believes.

    Attributes:
        fault: why the user was not given the connection.
    """

    def __init__(self, user: asyncio.Protocol, trust: Trust) -> None:
        self._user = user
        self._trust = trust
        self.fault: ssl.SSLCertVerificationError | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Look at the certificate; the handshake is over."""
        assert isinstance(transport, asyncio.Transport)
        certificate = transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
        self.fault = self._trust.fault_of(certificate)
        if self.fault is not None:
            transport.abort()
            return
        transport.set_protocol(self._user)
        self._user.connection_made(transport)
