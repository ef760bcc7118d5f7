"""The origin server of a test session: one port, and a namespace for each run."""

from __future__ import annotations

import re
import secrets
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from harness.errors import CapabilityMissing, ConfigError, PreconditionError
from harness.origin.answer import Request
from harness.origin.files import OriginFile, OriginUpload
from harness.origin.listening import bind, keep, listen
from harness.origin.names import NameServer
from harness.origin.receipts import Exchange, Receipt, ReceiptCallback
from harness.origin.run import OriginRun
from harness.origin.trouble import Trouble

if TYPE_CHECKING:
    from harness.origin.http import HttpFront

_NONCE = re.compile(r"[A-Za-z0-9._~-]+")
_ANY_ADDRESS = ("", "0.0.0.0", "::")


class OriginServer:
    """The HTTP server that apps download from; lives on the loop on which it was started.

    Args:
        advertise_host: name or address that phones reach this host by; the bound address by default.
        tls: context to serve HTTPS with; plain HTTP by default.
        expired: context with a certificate that has expired, where there is one to be had.
        names: gives the server a name that can be taken away, where phones can be had to ask it.
        host_clock: seconds, for the receipts.
    """

    def __init__(
        self,
        *,
        advertise_host: str | None = None,
        tls: ssl.SSLContext | None = None,
        expired: ssl.SSLContext | None = None,
        names: NameServer | None = None,
        host_clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._advertise_host = advertise_host
        self._tls = tls
        self._expired = expired
        self._shows_expired = False
        self._names = names
        self._clock = host_clock
        self._bind_host = ""
        self._port = 0
        self._front: HttpFront | None = None
        self._kept: socket.socket | None = None
        self._serial = 0
        self._runs: dict[str, OriginRun] = {}
        self._open: list[Exchange] = []
        self._foreign: dict[int, Receipt] = {}
        self._foreign_callbacks: list[ReceiptCallback] = []

    @staticmethod
    def check(bind_host: str, port: int = 0) -> None:
        """See whether the server could be bound there, without leaving anything open.

        Raises:
            ConfigError: it is no address of this host.
            PreconditionError: the port is taken or not allowed.
        """
        bind(bind_host, port).close()

    async def start(self, bind_host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen.

        Args:
            bind_host: address or name of this host.
            port: TCP port; 0 for any that is free.

        Raises:
            ConfigError: it is no address of this host, or phones could not be told where it is.
            PreconditionError: the port is taken or not allowed.
        """
        if bind_host in _ANY_ADDRESS and self._advertise_host is None:
            raise ConfigError(
                f"the origin is bound to every address ({bind_host!r}): which one shall phones use?",
                fix="Bind one address, or advertise a host.",
            )
        self._bind_host, self._port = bind_host, port
        await self.open_port()

    async def stop(self) -> None:
        """Close everything; runs keep their receipts."""
        await self._end_front()
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()
        if self._names is not None:
            self._names.stop()

    async def open_port(self) -> None:
        """Listen again after ``close_port``, on the same port.

        Raises:
            ConfigError, PreconditionError: as ``start``.
        """
        if self._front is not None:
            return
        from harness.origin.http import HttpFront  # aiohttp takes long to import, and not every run downloads

        bound = self._bound()
        self._port = bound.getsockname()[1]
        self._front = HttpFront(self, self._expired if self._shows_expired else self._tls)
        await self._front.listen(bound)

    async def close_port(self) -> None:
        """Go down as a server that is not running: connections are cut, new ones refused.

        Its port is kept meanwhile.
        """
        if self._front is None:
            return
        await self._end_front()
        # Who has got it in this moment is told of when it is opened again.
        with suppress(PreconditionError):
            self._kept = keep(self._bind_host, self._port)

    def _bound(self) -> socket.socket:
        kept, self._kept = self._kept, None
        if kept is None:
            return bind(self._bind_host, self._port)
        listen(kept)
        return kept

    async def _end_front(self) -> None:
        if self._front is None:
            return
        front, self._front = self._front, None
        for exchange in tuple(self._open):
            exchange.cut()
        await front.stop()

    async def show_expired(self, shows: bool) -> None:
        """Go on with a certificate that has expired, or with the good one again.

        As a server that is restarted with it: connections are cut, so that nobody goes on over one that was
        opened by the other certificate, nor resumes its TLS session. A closed port stays closed.

        Raises:
            CapabilityMissing: there is no such certificate.
        """
        if shows and self._expired is None:
            why = "it speaks no TLS" if self._tls is None else "nobody here can sign as its files are signed"
            raise CapabilityMissing(
                f"the origin has no certificate that could have expired: {why}",
                fix="Set `origin: {tls: self-signed}` in devices.yaml.",
            )
        if shows is self._shows_expired:
            return
        self._shows_expired = shows
        if self._front is not None:
            await self.close_port()
            await self.open_port()

    @property
    def base_url(self) -> str:
        """Scheme, host and port as phones are told, without a slash at the end.

        Raises:
            PreconditionError: the server was never started.
        """
        if self._port == 0:
            raise PreconditionError("the origin has no address yet", fix="Start it first.")
        return self._url(self._advertise_host or self._bind_host)

    async def named_url(self) -> str:
        """The same with a name that ``lose_name`` can take away.

        Raises:
            CapabilityMissing: phones ask somebody else for the origin's name.
            PreconditionError: the server was never started, or its name server cannot be.
        """
        if self._names is None or self._port == 0:
            raise CapabilityMissing(
                "nobody here can take the origin's name away: phones ask another DNS server for it",
                fix="Tell this story on a virtual phone.",
            )
        await self._names.start()
        return self._url(self._names.name)

    async def lose_name(self, lost: bool) -> None:
        """Have the name of ``named_url`` be unknown, or known again; connections under way stand."""
        if self._names is not None:
            self._names.knows = not lost

    def _url(self, host: str) -> str:
        shown = f"[{host}]" if ":" in host else host
        return f"{'https' if self._tls else 'http'}://{shown}:{self._port}"

    def begin_run(self, nonce: str) -> OriginRun:
        """Open the namespace of a run.

        Args:
            nonce: names the run in URLs and receipts.

        Raises:
            ConfigError: the nonce does not fit into a URL, or a run of that nonce is open.
            PreconditionError: the server was never started.
        """
        if not _NONCE.fullmatch(nonce):
            raise ConfigError(f"{nonce!r} is no nonce", fix="Use letters, digits and . _ ~ - only.")
        if nonce in self._runs:
            raise ConfigError(f"a run {nonce} is open already", fix="End it first, or use another nonce.")
        run = OriginRun(nonce, self.base_url, self._clock, self)
        self._runs[nonce] = run
        return run

    def end_run(self, run: OriginRun) -> None:
        """Close a run's namespace: its connections are cut, its URLs are foreign from now on."""
        if self._runs.get(run.nonce) is not run:
            return
        for exchange in tuple(self._open):
            if exchange.receipt.nonce == run.nonce and not exchange.receipt.foreign:
                exchange.cut()
        del self._runs[run.nonce]

    @property
    def foreign_receipts(self) -> tuple[Receipt, ...]:
        """Receipts of requests that belonged to no open run: to be shown, never counted."""
        return tuple(self._foreign.values())

    def on_foreign(self, callback: ReceiptCallback) -> Callable[[], None]:
        """Follow the foreign receipts live; as ``OriginRun.on_receipt``."""
        self._foreign_callbacks.append(callback)
        return lambda: self._foreign_callbacks.remove(callback)

    def open_exchange(self, request: Request, abort: Callable[[], None]) -> Exchange:
        """Start the receipt of a request (called by the HTTP side)."""
        run = self._run_of(request)
        self._serial += 1
        receipt = Receipt(
            serial=self._serial,
            nonce=request.nonce,
            foreign=run is None,
            name=request.name if run else request.path,
            method=request.method,
            peer=request.peer,
            peer_port=request.peer_port,
            headers=request.headers,
            started_host_s=self._clock(),
        )
        publish = run.note if run else self._note_foreign
        exchange = Exchange(receipt, publish=publish, clock=self._clock, abort=abort)
        self._open.append(exchange)
        return exchange

    def close_exchange(self, exchange: Exchange) -> None:
        """Forget a request that has ended (called by the HTTP side)."""
        self._open.remove(exchange)

    def find(self, request: Request) -> OriginFile | OriginUpload | None:
        """What a request's path names (called by the HTTP side)."""
        run = self._run_of(request)
        return run.offer(request.name) if run else None

    def trouble_of(self, request: Request) -> Trouble | None:
        """What is wrong with the answers of the request's run (called by the HTTP side)."""
        run = self._run_of(request)
        return run.trouble if run else None

    def _run_of(self, request: Request) -> OriginRun | None:
        run = self._runs.get(request.nonce)
        known = run is not None and secrets.compare_digest(run.secret.encode(), request.secret.encode())
        return run if known else None

    def _note_foreign(self, receipt: Receipt) -> None:
        self._foreign[receipt.serial] = receipt
        for callback in tuple(self._foreign_callbacks):
            callback(receipt)
