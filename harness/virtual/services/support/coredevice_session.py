"""CoreDevice: a client invokes a feature by name, and gets its output or an error.

Source of the keys of requests, outputs, errors and streamed answers: virtual-iphone.md §2, and the
published sources of pymobiledevice3 (core_device_service), go-ios and appium-ios-remotexpc.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.xpc_connection import XpcConnection
from harness.virtual.transport.conversation import note
from harness.virtual.transport.stream import Stream, StreamClosed
from harness.wire.remotexpc import Received
from harness.wire.xpc import XpcDict

FEATURE = "CoreDevice.featureIdentifier"
INPUT = "CoreDevice.input"
OUTPUT = "CoreDevice.output"
ERROR = "CoreDevice.error"
STREAM_STATUS = "CoreDevice.XPCMessageKey.sideChannelStatus"
STREAM_IDENTIFIER = "XPCSideChannel.uniqueIdentifier"

DOMAIN = "com.apple.dt.CoreDeviceError"
ACTION_DOMAIN = "CoreDevice.ActionError"
NOT_IMPLEMENTED = 2
"""Code of a feature that a phone does not implement. Source: appium-ios-remotexpc, device-info."""

BAD_INPUT = 1
"""Code of an input that cannot be read; guessed."""


class CoreDeviceFailure(Exception):
    """A feature cannot be done; the client is told.

    Args:
        text: what the phone says, as ``NSLocalizedDescription``.
        code: of the error.
        domain: of the error.
        info: what else ``userInfo`` holds.
    """

    def __init__(
        self, text: str, *, code: int, domain: str = DOMAIN, info: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(text)
        details = {"NSLocalizedDescription": text, **(info or {})}
        self.error: XpcDict = {"code": code, "domain": domain, "userInfo": details}


@dataclass(frozen=True)
class Elements:
    """The answer of a feature that streams: it is pushed, and then its end.

    Attributes:
        elements: what is pushed.
    """

    elements: list[Any]


class FeatureInput:
    """What a client gave to a feature, read with the types that it has to have.

    Args:
        fields: the dictionary.
    """

    def __init__(self, fields: XpcDict) -> None:
        self._fields = fields

    def inner(self, key: str) -> FeatureInput:
        """The dictionary under a key; an empty one when it is missing."""
        return FeatureInput(cast("XpcDict", self._get(key, dict, {})))

    def text(self, key: str) -> str:
        """The text under a key, which has to be there."""
        return str(self._get(key, str))

    def number(self, key: str) -> int:
        """The number under a key, which has to be there."""
        return int(cast("int", self._get(key, int)))

    def flag(self, key: str, *, missing: bool) -> bool:
        """The switch under a key."""
        return bool(self._get(key, int, missing))

    def data(self, key: str) -> bytes:
        """The bytes under a key; none when it is missing."""
        return cast("bytes", self._get(key, bytes, b""))

    def value(self, key: str) -> object:
        """Whatever is under a key; ``None`` when it is missing."""
        return self._fields.get(key)

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts of the array under a key; none when it is missing."""
        return tuple(str(one) for one in cast("list[object]", self._get(key, list, [])))

    def pairs(self, key: str) -> dict[str, str]:
        """The texts of the dictionary under a key; none when it is missing."""
        given = cast("XpcDict", self._get(key, dict, {}))
        return {name: str(value) for name, value in given.items()}

    def _get(self, key: str, kind: type, missing: object = None) -> object:
        value = self._fields.get(key)
        value = missing if value is None else value
        if not isinstance(value, kind):
            raise CoreDeviceFailure(
                f"The input has no {kind.__name__} named {key}.", code=BAD_INPUT, domain=ACTION_DOMAIN
            )
        return value


Handler = Callable[[VirtualPhone, FeatureInput], object]
"""Does a feature; returns its output, ``Elements``, or a future of the output."""


async def serve_features(phone: VirtualPhone, stream: Stream, messages: Mapping[str, Handler]) -> None:
    """Do what one client asks for until it goes.

    Args:
        phone: the kernel.
        stream: the connection.
        messages: feature -> what does it.
    """
    session = _Session(phone, XpcConnection(stream), messages)
    try:
        await session.serve()
    except (StreamClosed, WireError):
        return
    finally:
        session.close()


class _Session:
    """One connection of a client."""

    def __init__(
        self, phone: VirtualPhone, connection: XpcConnection, messages: Mapping[str, Handler]
    ) -> None:
        self._phone = phone
        self._connection = connection
        self._messages = messages
        self._waiting: set[asyncio.Future[object]] = set()

    async def serve(self) -> None:
        while (request := await self._connection.receive()) is not None:
            with self._phone.clock.hold():
                self._do(request)
            await self._connection.drain()

    def close(self) -> None:
        for future in self._waiting:
            future.cancel()

    def _do(self, request: Received) -> None:
        body = request.message.body or {}
        try:
            outcome = self._outcome(body)
            if isinstance(outcome, Elements):
                self._stream(body, outcome)
            elif asyncio.isfuture(outcome):
                self._later(request, outcome)
            else:
                self._connection.reply(request, {OUTPUT: outcome})
        except CoreDeviceFailure as failure:
            self._connection.reply(request, {ERROR: failure.error})

    def _outcome(self, body: XpcDict) -> object:
        feature = str(body.get(FEATURE, ""))
        handler = self._messages.get(feature)
        if handler is None:
            text = f"The action {feature} is not implemented."
            raise CoreDeviceFailure(text, code=NOT_IMPLEMENTED, domain=ACTION_DOMAIN)
        note(feature)
        given = FeatureInput({INPUT: body.get(INPUT) or {}}).inner(INPUT)
        return handler(self._phone, given)

    def _stream(self, body: XpcDict, answer: Elements) -> None:
        # Every message repeats the identifier of the side channel that the client made up.
        proxy = FeatureInput(body).inner(INPUT)
        channel = proxy.inner("streamProxy").value("sideChannel")
        statuses: list[XpcDict] = [{"pushing": {"elements": answer.elements}}, {"finishStreaming": {}}]
        for status in statuses:
            self._connection.push({STREAM_STATUS: status, STREAM_IDENTIFIER: channel})

    def _later(self, request: Received, outcome: asyncio.Future[object]) -> None:
        self._waiting.add(outcome)

        def done(future: asyncio.Future[object]) -> None:
            self._waiting.discard(future)
            if not future.cancelled():
                self._connection.reply(request, {OUTPUT: future.result()})
                self._phone.clock.emitted()

        outcome.add_done_callback(done)
