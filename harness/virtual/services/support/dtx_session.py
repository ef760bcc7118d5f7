"""The phone's side of a DTX connection: channels, calls, replies and pushes.

A client numbers the channels it opens from 1. What the phone sends on such a channel of its own accord
carries the negated number. Source: virtual-iphone.md §2 and §6.5.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import ClassVar

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.stream import Stream, StreamClosed
from harness.wire.dtx import (
    DtxDecoder,
    DtxKind,
    DtxMessage,
    dispatch,
    encode,
    reply_error,
    reply_object,
    reply_ok,
)
from harness.wire.nskeyed import NSError

log = logging.getLogger(__name__)

DTX_DOMAIN = "DTXMessage"
MOST_CHANNEL_CODE = 2**31 - 1
"""Channel codes are 32-bit numbers on the wire, and the phone's own are their negatives."""

MOST_UNSENT_BYTES = 64 * 1024 * 1024
"""A client that lets this much pile up is cut off; a phone does not have endless memory either."""

CAPABILITIES: dict[str, object] = {
    "com.apple.private.DTXBlockCompression": 0,
    "com.apple.private.DTXConnection": 1,
}
"""What the phone announces besides its services; no compression, since not every client reads it."""


class DtxFailure(Exception):
    """A call that the phone refuses.

    Args:
        text: what the client shows.
        code: within the domain.
        domain: the error domain.
    """

    def __init__(self, text: str, *, code: int = 1, domain: str = DTX_DOMAIN) -> None:
        super().__init__(text)
        self.error = NSError(domain, code, {"NSLocalizedDescription": text})


class Void:
    """What a method of no result returns; a method whose result is nil returns ``None``."""


VOID = Void()

Push = Callable[..., None]
"""``push(selector, *arguments)``: send a call to the client, wanting no reply."""


class DvtChannel:
    """One open channel of one service. Subclasses say which methods it has.

    Args:
        phone: the kernel.
        push: sends a call on this channel.
    """

    identifier: ClassVar[str]

    def __init__(self, phone: VirtualPhone, push: Push) -> None:
        self.phone = phone
        self.push = push

    def methods(self) -> Mapping[str, Callable[..., object]]:
        """Selector -> method; the arguments of the call are its arguments."""
        return {}

    def close(self) -> None:
        """The channel is gone: take back every subscription."""


class DtxSession:
    """One connection.

    Args:
        phone: the kernel.
        stream: the connection.
        channels: identifier -> class of the channel.
    """

    def __init__(self, phone: VirtualPhone, stream: Stream, channels: Mapping[str, type[DvtChannel]]) -> None:
        self._phone = phone
        self._stream = stream
        self._kinds = channels
        self._open: dict[int, DvtChannel] = {}
        self._last_identifier = 0
        self._control: Mapping[str, Callable[..., object]] = {
            "_requestChannelWithCode:identifier:": self._request_channel,
            "_channelCanceled:": self._cancel_channel,
            "_notifyOfPublishedCapabilities:": self._capabilities,
        }

    async def serve(self) -> None:
        """Announce the services, then answer until the client goes."""
        self._push(0, "_notifyOfPublishedCapabilities:", CAPABILITIES | dict.fromkeys(self._kinds, 1))
        decoder = DtxDecoder()
        try:
            while data := await self._stream.read():
                with self._phone.clock.hold():
                    for message in decoder.feed(data):
                        self._handle(message)
                if decoder.error is not None:
                    raise decoder.error
                await self._stream.drain()
        except (StreamClosed, WireError) as error:
            # The client vanished or broke the protocol; the phone closes and says no more.
            log.debug("DTX connection over: %s", error)
        finally:
            for channel in self._open.values():
                channel.close()
            self._open.clear()

    def _push(self, channel_code: int, selector: str, *arguments: object) -> None:
        if self._stream.unsent_bytes > MOST_UNSENT_BYTES:
            self._stream.close()
        self._last_identifier += 1
        message = dispatch(self._last_identifier, -channel_code, selector, *arguments, expects_reply=False)
        self._stream.write(encode(message))

    def _handle(self, message: DtxMessage) -> None:
        if message.kind is DtxKind.BARRIER:
            self._reply(message, reply_ok(message))
        if message.kind is not DtxKind.DISPATCH:
            return
        try:
            result = self._call(message)
            reply = reply_ok(message) if result is VOID else reply_object(message, result)
            self._reply(message, reply)
        except DtxFailure as failure:
            self._reply(message, reply_error(message, failure.error))
        except Exception as error:
            # A bug in one handler must not drop the channels of all others: the phone's instruments
            # server answers exceptions of its handlers too.
            log.exception("%s failed", message.selector)
            text = f"{type(error).__name__} in {message.selector}: {error}"
            self._reply(message, reply_error(message, DtxFailure(text).error))

    def _reply(self, to: DtxMessage, reply: DtxMessage) -> None:
        if to.expects_reply:
            self._stream.write(encode(reply))

    def _call(self, message: DtxMessage) -> object:
        if message.channel_code == 0:
            methods = self._control
        else:
            channel = self._open.get(message.channel_code)
            if channel is None:
                raise DtxFailure(f"No channel {message.channel_code} is open")
            methods = channel.methods()
        method = methods.get(message.selector)
        if method is None or message.selector.count(":") != len(message.aux):
            raise DtxFailure(
                f"Unable to invoke -[{message.selector}] with {len(message.aux)} arguments"
                " - it does not respond to the selector"
            )
        return method(*message.aux)

    def _request_channel(self, wanted: int, identifier: str) -> Void:
        code = int(wanted)
        kind = self._kinds.get(str(identifier))
        if kind is None or code in self._open or not 0 < code <= MOST_CHANNEL_CODE:
            raise DtxFailure(f"Unable to open channel {code} for {identifier}")

        def push(selector: str, *arguments: object) -> None:
            self._push(code, selector, *arguments)

        self._open[code] = kind(self._phone, push)
        return VOID

    def _cancel_channel(self, code: int) -> Void:
        channel = self._open.pop(int(code), None)
        if channel is not None:
            channel.close()
        return VOID

    def _capabilities(self, _capabilities: object) -> Void:
        return VOID
