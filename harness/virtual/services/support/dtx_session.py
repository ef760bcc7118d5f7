"""The phone's side of a DTX connection: channels, calls, replies and pushes.

A client numbers the channels it opens from 1. What the phone sends on such a channel of its own accord
carries the negated number. Source: virtual-iphone.md §2 and §6.5.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping
from types import MethodType
from typing import cast

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.dtx_arguments import check_arguments
from harness.virtual.services.support.dvt_channel import VOID, DtxFailure, DvtChannel, Prepared, Void
from harness.virtual.transport.conversation import note
from harness.virtual.transport.stream import Stream, StreamClosed
from harness.wire.dtx import (
    FRAGMENT_BYTES,
    MAX_MESSAGE_BYTES,
    DtxDecoder,
    DtxKind,
    DtxMessage,
    dispatch,
    encode,
    push_object,
    reply_error,
    reply_object,
    reply_ok,
)
from harness.wire.fragments import FragmentDecoder, FragmentHeader, cut

log = logging.getLogger(__name__)

MOST_CHANNEL_CODE = 2**31 - 1
"""Channel codes are 32-bit numbers on the wire, and the phone's own are their negatives."""

MOST_CHANNELS = 1024
"""A client that opens more is refused; no known client needs a dozen."""

MOST_UNSENT_BYTES = 64 * 1024 * 1024
"""A client that lets this much pile up is cut off; a phone does not have endless memory either."""

CONTROL = "DTX"
"""The name under which the messages of channel 0 are noted, which every DTX connection has."""

CAPABILITIES: dict[str, object] = {
    "com.apple.private.DTXBlockCompression": 0,
    "com.apple.private.DTXConnection": 1,
}
"""What the phone announces besides its services; no compression, since not every client reads it."""


class DtxSession:
    """One connection.

    Args:
        phone: the kernel.
        stream: the connection.
        channels: identifier -> class of the channel.

    Attributes:
        client: what the client has announced that it can.
    """

    def __init__(self, phone: VirtualPhone, stream: Stream, channels: Mapping[str, type[DvtChannel]]) -> None:
        self.client: dict[str, object] = {}
        self._phone = phone
        self._stream = stream
        self._kinds = channels
        self._open: dict[int, DvtChannel] = {}
        self._last_identifier = 0
        self._control: Mapping[str, Callable[..., object]] = {
            selector: MethodType(method, self) for selector, method in CONTROL_MESSAGES.items()
        }

    async def serve(self) -> None:
        """Announce the services, then answer until the client goes."""
        announced = CAPABILITIES | dict.fromkeys(self._kinds, 1)
        if not self._is_wedged:
            _Link(self, 0).call("_notifyOfPublishedCapabilities:", announced)
        decoder = DtxDecoder()
        try:
            while data := await self._stream.read():
                with self._phone.clock.hold():
                    for message in decoder.feed(data):
                        if not self._is_wedged:
                            self._handle(message)
                if decoder.error is not None:
                    raise decoder.error
                await self._stream.drain()
        except (StreamClosed, WireError) as error:
            # The client vanished or broke the protocol; the phone closes and says no more.
            log.debug("DTX connection over: %s", error)
        finally:
            self._close_all()

    def push(self, make: Callable[[int], DtxMessage]) -> None:
        """Send a message of the phone's own; ``make`` is given its number."""
        if self._stream.unsent_bytes > MOST_UNSENT_BYTES:
            self._stream.close()
        self._last_identifier += 1
        self._stream.write(encode(make(self._last_identifier)))

    @property
    def _is_wedged(self) -> bool:
        return self._phone.service_faults.instruments_wedged

    def _close_all(self) -> None:
        with contextlib.ExitStack() as closing:
            for channel in self._open.values():
                closing.callback(channel.close)
            self._open.clear()

    def _handle(self, message: DtxMessage) -> None:
        if message.kind is DtxKind.BARRIER:
            self._reply(message, reply_ok(message))
        if message.kind is not DtxKind.DISPATCH:
            return
        try:
            result = self._call(message)
            if isinstance(result, Prepared):
                self._reply_prepared(message, result)
            else:
                self._reply(message, reply_ok(message) if result is VOID else reply_object(message, result))
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

    def _reply_prepared(self, to: DtxMessage, result: Prepared) -> None:
        if not to.expects_reply:
            return
        result.body = result.body or _body(reply_object(to, result.value))
        header = FragmentHeader(
            identifier=to.identifier,
            conversation_index=to.conversation_index + 1,
            channel_code=to.channel_code,
            expects_reply=False,
        )
        self._stream.write(cut(header, result.body, FRAGMENT_BYTES))

    def _call(self, message: DtxMessage) -> object:
        if message.channel_code == 0:
            methods, of = self._control, CONTROL
        else:
            channel = self._open.get(message.channel_code)
            if channel is None:
                raise DtxFailure(f"No channel {message.channel_code} is open")
            methods, of = channel.methods(), channel.identifier
        method = methods.get(message.selector)
        if method is None or message.selector.count(":") != len(message.aux):
            raise DtxFailure(
                f"Unable to invoke -[{message.selector}] with {len(message.aux)} arguments"
                " - it does not respond to the selector"
            )
        note(message.selector, of=of)
        check_arguments(method, message.selector, message.aux)
        return method(*message.aux)

    def request_channel(self, wanted: int, identifier: str) -> Void:
        """Open a channel under a number of the client's choice."""
        code = int(wanted)
        kind = self._kinds.get(identifier)
        full = len(self._open) >= MOST_CHANNELS
        if kind is None or full or code in self._open or not 0 < code <= MOST_CHANNEL_CODE:
            raise DtxFailure(f"Unable to open channel {code} for {identifier}")
        self._open[code] = kind(self._phone, _Link(self, code))
        return VOID

    def cancel_channel(self, code: int) -> Void:
        """Close a channel; one that is not open is no error."""
        channel = self._open.pop(int(code), None)
        if channel is not None:
            channel.close()
        return VOID

    def note_capabilities(self, capabilities: object) -> Void:
        """Keep what the client says that it can."""
        if isinstance(capabilities, dict):
            self.client.update(cast("dict[str, object]", capabilities))
        return VOID


CONTROL_MESSAGES: Mapping[str, Callable[..., object]] = {
    "_requestChannelWithCode:identifier:": DtxSession.request_channel,
    "_channelCanceled:": DtxSession.cancel_channel,
    "_notifyOfPublishedCapabilities:": DtxSession.note_capabilities,
}
"""Selector of channel 0 -> what it does."""


def _body(message: DtxMessage) -> bytes:
    """An encoded message without its header, whatever its length."""
    whole = FragmentDecoder(max_body_bytes=MAX_MESSAGE_BYTES)
    whole.push(encode(message, max_fragment_bytes=MAX_MESSAGE_BYTES))
    fragment = whole.take()
    assert fragment is not None, "what fits in one fragment is one"
    return fragment.body


class _Link:
    """A channel's way to its client; see ``Link``."""

    def __init__(self, session: DtxSession, code: int) -> None:
        self._session = session
        self._code = code

    @property
    def client(self) -> Mapping[str, object]:
        return self._session.client

    def call(self, selector: str, *arguments: object) -> None:
        self._session.push(
            lambda number: dispatch(number, -self._code, selector, *arguments, expects_reply=False)
        )

    def send_object(self, value: object) -> None:
        self._session.push(lambda number: push_object(number, -self._code, value))

    def send_data(self, data: bytes) -> None:
        self._session.push(lambda number: DtxMessage(number, 0, -self._code, DtxKind.DATA, payload=data))
