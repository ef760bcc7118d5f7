"""The namespace of one run: what it offers, and the receipts of the requests for it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from typing import Protocol, Unpack

from harness.errors import CapabilityMissing, ConfigError, PreconditionError
from harness.origin.answer import Representation
from harness.origin.behaviour import SignedRedirect, Wishes, behaviour
from harness.origin.body import Body, GivenBody, SeededBody
from harness.origin.files import OriginFile, OriginUpload, Place
from harness.origin.gate import Gate
from harness.origin.receipts import Receipt, ReceiptCallback
from harness.origin.trouble import Trouble

_NAME = re.compile(r"[^/\s?#][^\s?#]*")


class Port(Protocol):
    """Where the server listens, and what it shows there."""

    async def open_port(self) -> None:
        """Listen; no error where it does."""
        ...

    async def close_port(self) -> None:
        """Go down: connections are cut, new ones refused."""
        ...

    async def show_expired(self, shows: bool) -> None:
        """Go on with a certificate that has expired, or with the good one again."""
        ...

    async def named_url(self) -> str:
        """Scheme, name and port by a name that can be lost."""
        ...

    async def lose_name(self, lost: bool) -> None:
        """Have that name be unknown, or known again."""
        ...


class NoPort:
    """The port of a run that no server has."""

    async def open_port(self) -> None:
        """See ``Port``."""

    async def close_port(self) -> None:
        """See ``Port``."""

    async def show_expired(self, shows: bool) -> None:
        """See ``Port``."""

    async def named_url(self) -> str:
        """See ``Port``."""
        raise CapabilityMissing("a run without a server has no name")

    async def lose_name(self, lost: bool) -> None:
        """See ``Port``."""


class OriginRun:
    """What one run offers, and the receipts of the requests for it; made by ``begin_run``.

    Attributes:
        port: of the server, which may go down and come back while the run is open.
        trouble: what is wrong with the answers to requests that come now; ``None`` for nothing.
    """

    def __init__(
        self, nonce: str, base_url: str, clock: Callable[[], float], port: Port | None = None
    ) -> None:
        self.nonce = nonce
        self.secret = secrets.token_urlsafe(16)
        self._path = f"/{nonce}/{self.secret}/"
        self._base_url = base_url + self._path
        self._clock = clock
        self._offers: dict[str, OriginFile | OriginUpload] = {}
        self._receipts: dict[int, Receipt] = {}
        self._callbacks: list[ReceiptCallback] = []
        self._outlived: tuple[Gate, ...] = ()
        self.port: Port = port or NoPort()
        self.trouble: Trouble | None = None

    @property
    def receipts(self) -> tuple[Receipt, ...]:
        """The latest version of each receipt, in the order the requests came."""
        return tuple(self._receipts.values())

    def on_receipt(self, callback: ReceiptCallback) -> Callable[[], None]:
        """Follow the receipts live.

        Args:
            callback: called on the server's loop with every new version of every receipt of this run;
                must neither block nor raise.

        Returns:
            A function that ends this.
        """
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def file(
        self,
        name: str,
        *,
        size_bytes: int | None = None,
        content: bytes | None = None,
        seed: str | None = None,
        content_type: str = "application/octet-stream",
        ranges: bool = True,
        headers: Mapping[str, str] | None = None,
        hold_after_bytes: int | None = None,
        redirect: SignedRedirect | None = None,
        **wishes: Unpack[Wishes],
    ) -> OriginFile:
        """Offer a file for download.

        Args:
            name: path of the file within the run; a name offered before is replaced.
            size_bytes: size of a file of pseudo-random bytes; or else ``content``.
            content: the bytes themselves.
            seed: makes other pseudo-random bytes; the name by default.
            content_type: its media type.
            ranges: whether a download can be resumed (Range and ETag).
            headers: further response headers.
            hold_after_bytes: let no byte of the file from this offset on go before ``release``.
            redirect: answer with a redirect to a signed URL first.
            wishes: status, faults and rate, see ``Wishes``.

        Raises:
            ConfigError: something asked for makes no sense; the message says what.
        """
        self._check_name(name)
        what = Representation(_body(name, size_bytes, content, seed), content_type, ranges, headers or {})
        offered = OriginFile(self._place(name), what, behaviour(name, wishes), redirect)
        if hold_after_bytes is not None:
            offered.hold(hold_after_bytes)
        self._offers[name] = offered
        return offered

    def upload(
        self, name: str, *, hold_after_bytes: int | None = None, **wishes: Unpack[Wishes]
    ) -> OriginUpload:
        """Offer a place to upload to with PUT or POST; the receipt carries size and SHA-256.

        Args:
            name: path within the run; a name offered before is replaced.
            hold_after_bytes: stop reading the body there until ``release``.
            wishes: status, faults and rate (of reading), see ``Wishes``.

        Raises:
            ConfigError: something asked for makes no sense; the message says what.
        """
        self._check_name(name)
        offered = OriginUpload(self._place(name), behaviour(name, wishes))
        if hold_after_bytes is not None:
            offered.hold(hold_after_bytes)
        self._offers[name] = offered
        return offered

    def offer(self, name: str) -> OriginFile | OriginUpload | None:
        """What is offered under a name."""
        return self._offers.get(name)

    async def lose_name(self) -> None:
        """Have the name in the URLs be unknown; they have one that can be lost from now on, if not before.

        Raises:
            CapabilityMissing: this origin has no such name.
            PreconditionError: something was offered under a URL that carries an address.
        """
        await self.use_name()
        await self.port.lose_name(True)

    async def use_name(self) -> None:
        """Have the URLs of what is offered from now on carry a name that can be lost.

        Raises:
            CapabilityMissing: this origin has no such name.
            PreconditionError: something was offered under a URL that carries another.
        """
        named = await self.port.named_url() + self._path
        if self._offers and named != self._base_url:
            what = f"{', '.join(self._offers)}: offered under a URL without a name that can be lost"
            raise PreconditionError(what, fix="Call origin.use_name() before anything is offered.")
        self._base_url = named

    def spoil(self, trouble: Trouble) -> None:
        """Have something be wrong with every answer that begins from now on; it replaces what was."""
        before, self.trouble = self.trouble, trouble
        if before is not None:
            self._outlived += before.gates

    async def recover(self) -> None:
        """Have nothing be wrong with the answers any more; those that stalled go on.

        Returns once each of them has its next bytes in the socket, or is gone.
        """
        before, self.trouble = self.trouble, None
        gates, self._outlived = (*self._outlived, *(before.gates if before else ())), ()
        for gate in gates:
            await gate.open()

    def note(self, receipt: Receipt) -> None:
        """Keep a new version of a receipt and pass it on."""
        self._receipts[receipt.serial] = receipt
        for callback in tuple(self._callbacks):
            callback(receipt)

    def _place(self, name: str) -> Place:
        return Place(self._base_url, self.secret, name, self._clock)

    def _check_name(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise ConfigError(f"{name!r} is no file name", fix="Use no spaces, '?' or '#', no leading '/'.")


def _body(name: str, size_bytes: int | None, content: bytes | None, seed: str | None) -> Body:
    if content is not None and size_bytes is None:
        return GivenBody(content)
    if content is None and size_bytes is not None and size_bytes >= 0:
        return SeededBody(seed or name, size_bytes)
    raise ConfigError(
        f"{name}: a file has either a size of 0 or more or given content", fix="Pass size_bytes or content."
    )
