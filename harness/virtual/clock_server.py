"""The clock socket: a client asks what time it is on a phone, and lets its time pass."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from harness.errors import WireError
from harness.virtual.kernel.clock import VirtualClock
from harness.virtual.transport.listening import Listening
from harness.wire.clockline import ClockAnswer, ClockOp, ClockRefusal, ClockRequest, ClockRequestDecoder

_READ_BYTES = 65536

MOST_UNANSWERED = 1000
"""A client that asks more than this before it reads an answer is cut off."""

MOST_UNSENT_BYTES = 1024 * 1024
"""And so is one that does not read its answers."""


class ClockServer:
    """Serves the clocks of a rack.

    Args:
        clocks: UDID -> clock.
    """

    def __init__(self, clocks: Mapping[str, VirtualClock]) -> None:
        self._clocks = clocks
        self._listening = Listening(self._serve)

    async def listen(self, unix_path: str) -> None:
        """Start to serve on a Unix socket."""
        await self._listening.on_unix(unix_path)

    async def close(self) -> None:
        """Stop serving and break every connection; waits under way end."""
        await self._listening.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        decoder = ClockRequestDecoder()
        questions: asyncio.Queue[ClockRequest] = asyncio.Queue()
        answering = asyncio.get_running_loop().create_task(self._answer_all(questions, writer))
        try:
            # Reading goes on while an answer is being waited for, so that a client that has gone is
            # noticed and its wait taken back: time must not run on for nobody.
            while data := await reader.read(_READ_BYTES):
                for question in decoder.feed(data):
                    questions.put_nowait(question)
                if decoder.error is not None:
                    raise decoder.error
                if questions.qsize() > MOST_UNANSWERED or _unsent_bytes(writer) > MOST_UNSENT_BYTES:
                    return
        except WireError as error:
            writer.write(ClockRefusal(str(error)).encode())
        except OSError:
            # The client is gone.
            return
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        finally:
            answering.cancel()
            if _unsent_bytes(writer) > MOST_UNSENT_BYTES:
                writer.transport.abort()
            writer.close()

    async def _answer_all(self, questions: asyncio.Queue[ClockRequest], writer: asyncio.StreamWriter) -> None:
        while True:
            answer = await self._answer(await questions.get())
            writer.write(answer.encode())

    async def _answer(self, question: ClockRequest) -> ClockAnswer | ClockRefusal:
        clock = self._clocks.get(question.phone)
        if clock is None:
            return ClockRefusal(f"no phone {question.phone} in this rack")
        if question.op is ClockOp.NOW or question.until_s is None:
            return ClockAnswer(clock.now_s)
        return ClockAnswer(await clock.let_pass(question.until_s))


def _unsent_bytes(writer: asyncio.StreamWriter) -> int:
    return writer.transport.get_write_buffer_size()
