"""The clock of a virtual phone, over its rack's clock socket.

This is the one thing that the harness may ask of a virtual phone and not of a real one; nothing else
of a rack's sockets is known here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from harness.errors import CommandRefused, CommandTimeout, DeviceLost
from harness.model.identity import PhoneIdentity
from harness.model.time import Instant
from harness.wire.clockline import (
    ClockAnswer,
    ClockAnswerDecoder,
    ClockOp,
    ClockRefusal,
    ClockRequest,
)

NOW_S = 10.0
"""How long the rack may take to tell the time, in wall seconds."""

STALL_S = 300.0
"""How long a clock may stand while time is asked to pass: work that never ends holds it for good."""


class VirtualClock:
    """A virtual phone's clock; implements ``model.time.PhoneClock`` without error.

    Each question under way has a connection of its own, so that the time can be told while time passes;
    giving up a question closes its connection, which takes the question back.

    Args:
        phone: whose clock.
        path: the rack's clock socket.
        stall_s: protective deadline of ``let_pass`` in wall seconds.
    """

    def __init__(self, phone: PhoneIdentity, path: str, *, stall_s: float = STALL_S) -> None:
        self._phone = phone
        self._path = path
        self._stall_s = stall_s
        self._idle: list[_Line] = []

    async def now(self) -> Instant:
        """The phone's time.

        Raises:
            DeviceLost: the rack is gone.
            CommandRefused: it knows no such phone.
            CommandTimeout: it did not answer.
        """
        return await self._ask(ClockRequest(ClockOp.NOW, self._phone.udid), NOW_S)

    async def let_pass(self, until_s: float) -> Instant:
        """Let time pass until ``until_s``, or until the phone emitted something.

        Raises:
            DeviceLost: the rack is gone.
            CommandRefused: it knows no such phone.
            CommandTimeout: the clock stood for the whole of the protective deadline.
        """
        request = ClockRequest(ClockOp.LET_PASS, self._phone.udid, until_s)
        return await self._ask(request, self._stall_s)

    async def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            await self._idle.pop().closed()

    async def _ask(self, request: ClockRequest, within_s: float) -> Instant:
        try:
            async with asyncio.timeout(within_s), self._line() as line:
                answer = await line.ask(request)
        except TimeoutError:
            raise CommandTimeout(
                f"its clock gave no answer to {request.op} within {within_s:g} s",
                phone=self._phone.name,
                fix="Look for a transfer or a callback that never ends: the clock stands meanwhile.",
            ) from None
        except (OSError, EOFError) as error:
            raise DeviceLost(
                f"its clock at {self._path} cannot be reached: {error}",
                phone=self._phone.name,
                fix="Check that harness virtual serve still runs.",
            ) from error
        if isinstance(answer, ClockRefusal):
            raise CommandRefused(
                answer.text, phone=self._phone.name, fix="Check that this rack has the phone."
            )
        return Instant(answer.now_s)

    @asynccontextmanager
    async def _line(self) -> AsyncGenerator[_Line]:
        line = self._idle.pop() if self._idle else await _Line.open(self._path)
        try:
            yield line
        except BaseException:
            line.close()
            raise
        self._idle.append(line)


class _Line:
    """One connection to the clock socket, one question at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._decoder = ClockAnswerDecoder()

    @classmethod
    async def open(cls, path: str) -> _Line:
        return cls(*await asyncio.open_unix_connection(path))

    async def ask(self, request: ClockRequest) -> ClockAnswer | ClockRefusal:
        self._writer.write(request.encode())
        await self._writer.drain()
        while not (answers := self._decoder.feed(await self._read())):
            pass
        return answers[0]

    def close(self) -> None:
        self._writer.close()

    async def closed(self) -> None:
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def _read(self) -> bytes:
        if data := await self._reader.read(4096):
            return data
        raise EOFError("the rack closed the connection")
