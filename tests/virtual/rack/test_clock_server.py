from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from harness.wire.clockline import ClockAnswer, ClockAnswerDecoder, ClockOp, ClockRefusal, ClockRequest
from tests.virtual.rig import APP, Rig, rig, until


class Asker:
    def __init__(self, it: Rig, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.it = it
        self.writer = writer
        self._reader = reader
        self._decoder = ClockAnswerDecoder()

    def say(self, op: ClockOp, until_s: float | None = None, phone: str = "") -> None:
        self.writer.write(ClockRequest(op, phone or self.it.phone.spec.udid, until_s).encode())

    async def answer(self) -> ClockAnswer | ClockRefusal:
        while True:
            data = await asyncio.wait_for(self._reader.read(4096), 5)
            assert data, "the rack hung up"
            for answer in self._decoder.feed(data):
                return answer


@asynccontextmanager
async def asker() -> AsyncGenerator[tuple[Rig, Asker]]:
    async with rig() as it:
        reader, writer = await asyncio.open_unix_connection(it.address.clock)
        yield it, Asker(it, reader, writer)
        writer.close()


def test_the_time_is_told() -> None:
    async def main() -> None:
        async with asker() as (it, clock):
            clock.say(ClockOp.NOW)
            assert await clock.answer() == ClockAnswer(it.phone.clock.now_s)

    asyncio.run(main())


def test_a_week_passes_at_once_when_nothing_happens() -> None:
    async def main() -> None:
        async with asker() as (it, clock):
            week_s = it.phone.clock.now_s + 7 * 86_400
            clock.say(ClockOp.LET_PASS, week_s)
            answer = await clock.answer()
            assert isinstance(answer, ClockAnswer)
            assert answer.now_s >= week_s

    asyncio.run(main())


def test_time_stops_where_the_phone_shows_something() -> None:
    async def main() -> None:
        async with asker() as (it, clock):
            it.phone.launch(APP.bundle_id)
            it.phone.press_home()
            it.phone.states.subscribe(lambda event: None)
            start_s = it.phone.clock.now_s
            clock.say(ClockOp.LET_PASS, start_s + 3600)
            answer = await clock.answer()
            assert isinstance(answer, ClockAnswer)
            assert start_s < answer.now_s < start_s + 30, "the app is suspended within seconds"

    asyncio.run(main())


def test_a_client_that_hangs_up_takes_its_wait_back() -> None:
    async def main() -> None:
        async with asker() as (it, clock):
            waiting = it.phone.clock._limits  # pyright: ignore[reportPrivateUsage]
            with it.phone.clock.hold():
                clock.say(ClockOp.LET_PASS, it.phone.clock.now_s + 3600)
                await until(lambda: len(waiting) == 1)
                clock.writer.close()
                await until(lambda: len(waiting) == 0)

    asyncio.run(main())


def test_an_unknown_phone_is_refused_by_name_and_the_connection_lives_on() -> None:
    async def main() -> None:
        async with asker() as (_, clock):
            clock.say(ClockOp.NOW, phone="00008030-NOBODY")
            answer = await clock.answer()
            assert isinstance(answer, ClockRefusal)
            assert "00008030-NOBODY" in answer.text
            clock.say(ClockOp.NOW)
            assert isinstance(await clock.answer(), ClockAnswer)

    asyncio.run(main())


def test_nonsense_is_answered_before_the_rack_hangs_up() -> None:
    async def main() -> None:
        async with asker() as (_, clock):
            clock.writer.write(b"what time is it?\n")
            assert isinstance(await clock.answer(), ClockRefusal)

    asyncio.run(main())


def test_nonsense_behind_a_question_is_answered_at_once_too() -> None:
    async def main() -> None:
        async with asker() as (it, clock):
            question = ClockRequest(ClockOp.NOW, it.phone.spec.udid).encode()
            clock.writer.write(question + b"what time is it?\n")
            answers = [await clock.answer()]
            while not isinstance(answers[-1], ClockRefusal):
                answers.append(await clock.answer())
            assert len(answers) <= 2

    asyncio.run(main())


def test_a_client_that_only_asks_is_cut_off() -> None:
    async def main() -> None:
        async with asker() as (it, clock):
            questions = ClockRequest(ClockOp.NOW, it.phone.spec.udid).encode() * 2000
            with pytest.raises(ConnectionError):
                await asyncio.wait_for(_ask_forever(clock.writer, questions), 20)

    asyncio.run(main())


async def _ask_forever(writer: asyncio.StreamWriter, questions: bytes) -> None:
    while True:
        writer.write(questions)
        await writer.drain()
