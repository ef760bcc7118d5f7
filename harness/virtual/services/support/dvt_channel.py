"""One channel of a DTX connection: which calls it answers, and what it may send of its own accord."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, Protocol

from harness.virtual.kernel.phone import VirtualPhone
from harness.wire.nskeyed import NSError

DTX_DOMAIN = "DTXMessage"
"""The error domain of the connection itself."""


class DtxFailure(Exception):
    """A call that the phone refuses.

    Args:
        text: what the client shows.
        code: within the domain.
        domain: the error domain.
        details: more of the error's ``userInfo``, such as ``NSUnderlyingError``.
    """

    def __init__(
        self,
        text: str,
        *,
        code: int = 1,
        domain: str = DTX_DOMAIN,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(text)
        self.error = NSError(domain, code, {"NSLocalizedDescription": text, **(details or {})})


class Void:
    """What a method of no result returns; a method whose result is nil returns ``None``."""


VOID = Void()


class Prepared:
    """A result that a method may return again and again; it is encoded only once.

    Args:
        value: what the client gets; it must not change any more.

    Attributes:
        body: the encoded message without its header; empty until it was sent for the first time.
    """

    def __init__(self, value: object) -> None:
        self.value = value
        self.body = b""


class Link(Protocol):
    """A channel's way to its client; what is sent wants no reply."""

    @property
    def client(self) -> Mapping[str, object]:
        """The capabilities that the client has announced so far."""
        ...

    def call(self, selector: str, *arguments: object) -> None:
        """Send a call."""
        ...

    def send_object(self, value: object) -> None:
        """Send an archived object that nobody asked for, such as a sample."""
        ...

    def send_data(self, data: bytes) -> None:
        """Send bytes that nobody asked for."""
        ...


class DvtChannel:
    """One open channel of one service. Subclasses say which methods it has.

    Args:
        phone: the kernel.
        link: the way to the client.
    """

    identifier: ClassVar[str]

    def __init__(self, phone: VirtualPhone, link: Link) -> None:
        self.phone = phone
        self.link = link

    def methods(self) -> Mapping[str, Callable[..., object]]:
        """Selector -> method; the arguments of the call are its arguments."""
        return {}

    def close(self) -> None:
        """The channel is gone: take back every subscription."""
