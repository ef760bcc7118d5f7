from __future__ import annotations

import asyncio
import json
import socket
import stat
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.errors import CommandRefused, CommandTimeout, ConfigError, DeviceLost
from harness.virtual.control_client import ControlClient, open_control
from harness.virtual.control_server import LONGEST_LINE_BYTES, MOST_UNSENT_BYTES, ControlServer
from harness.virtual.faults.bench import FaultBench
from tests.virtual.rig import Rig, rig, until


class Noting(FaultBench):
    """A bench that keeps in mind what it was asked."""

    def __init__(self, it: Rig) -> None:
        super().__init__(it.rack)
        self.done: list[object] = []

    def ask(self, fields: Mapping[str, object]) -> Mapping[str, object]:
        self.done.append(fields.get("do"))
        return super().ask(fields)


@dataclass(frozen=True)
class Person:
    it: Rig
    path: str
    done: list[object]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, line: str | bytes) -> dict[str, Any]:
        data = line.encode() if isinstance(line, str) else line
        self.writer.write(data + b"\n")
        return json.loads(await asyncio.wait_for(self.reader.readline(), 5))


@asynccontextmanager
async def person() -> AsyncGenerator[Person]:
    async with rig() as it:
        bench = Noting(it)
        server = ControlServer(bench)
        path = await server.listen(Path(it.address.clock).with_name("control"))
        reader, writer = await asyncio.open_unix_connection(path)
        try:
            yield Person(it, path, bench.done, reader, writer)
        finally:
            writer.close()
            await server.close()


def test_a_phone_is_locked_and_looked_at() -> None:
    async def main() -> None:
        async with person() as he:
            assert await he.ask('{"do": "lock", "phone": "v-16"}') == {"ok": {}}
            assert he.it.phone.locked
            assert (await he.ask('{"do": "show"}'))["ok"]["locked"]

    asyncio.run(main())


def test_help_lists_every_verb_with_a_line() -> None:
    async def main() -> None:
        async with person() as he:
            verbs = (await he.ask('{"do": "help"}'))["ok"]["verbs"]
            assert {"cut-cable", "log", "tap"} <= {each["usage"].split()[0] for each in verbs}
            assert all(each["help"] for each in verbs)

    asyncio.run(main())


def test_only_its_owner_may_open_the_socket() -> None:
    async def main() -> None:
        async with person() as he:
            mode = await asyncio.to_thread(lambda: Path(he.path).stat().st_mode)
            assert stat.S_IMODE(mode) == 0o600

    asyncio.run(main())


@pytest.mark.parametrize(
    "line", ["what?", "[]", '{"do": "lokc"}', "", '{"do"', "\xff", "[" * 5000, "x" * (3 * LONGEST_LINE_BYTES)]
)
def test_nonsense_is_answered_by_an_error_and_the_next_line_is_done(line: str) -> None:
    async def main() -> None:
        async with person() as he:
            answer = await he.ask(line.encode("latin-1"))
            assert answer["error"]
            assert answer["kind"] == "usage"
            assert await he.ask('{"do": "lock"}') == {"ok": {}}

    asyncio.run(main())


def test_a_client_that_vanishes_amid_a_line_has_done_nothing_and_harms_nobody() -> None:
    async def main() -> None:
        async with person() as he:
            _, writer = await asyncio.open_unix_connection(he.path)
            writer.write(b'{"do": "lock"}')
            writer.close()
            await writer.wait_closed()
            assert not (await he.ask('{"do": "show"}'))["ok"]["locked"]

    asyncio.run(main())


def test_several_clients_are_served_at_once_each_in_its_order() -> None:
    async def main() -> None:
        async with person() as he:
            others = [await asyncio.open_unix_connection(he.path) for _ in range(5)]
            for number, (_, writer) in enumerate(others):
                for percent in range(20):
                    writer.write(
                        b'{"do": "battery", "percent": %d}\n{"do": "show"}\n' % (percent + 20 * (number % 5))
                    )
            for reader, writer in others:
                for _ in range(20):
                    assert json.loads(await reader.readline()) == {"ok": {}}
                    assert json.loads(await reader.readline())["ok"]["phone"] == "v-16"
                writer.close()

    asyncio.run(main())


def test_a_client_that_reads_nothing_is_read_from_no_more_and_the_others_go_on() -> None:
    async def main() -> None:
        async with person() as he:
            asked = 5 * MOST_UNSENT_BYTES // len(json.dumps(await he.ask('{"do": "help"}')))
            _, deaf = await asyncio.open_unix_connection(he.path)
            deaf.write(b'{"do": "help"}\n' * asked)
            await until(lambda: he.done.count("help") > 1)
            for _ in range(20):
                assert await he.ask('{"do": "lock"}') == {"ok": {}}
            assert he.done.count("help") < asked
            deaf.transport.abort()

    asyncio.run(main())


def test_the_client_tells_a_slip_from_a_refusal() -> None:
    def ask(path: str) -> None:
        with open_control(path) as client:
            assert client.ask({"do": "battery", "percent": 5}) == {}
            with pytest.raises(ConfigError, match="near it"):
                client.ask({"do": "lokc"})
            with pytest.raises(CommandRefused, match="no tunnel"):
                client.ask({"do": "drop-tunnel"})
            assert client.ask({"do": "show"})["battery_percent"] == 5

    async def main() -> None:
        async with person() as he:
            await asyncio.to_thread(ask, he.path)

    asyncio.run(main())


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_one() -> None:
    here, there = socket.socketpair()
    with here, there:
        client = ControlClient(here, within_s=0.05)
        with pytest.raises(CommandTimeout):
            client.ask({"do": "apps"})
        there.sendall(b'{"ok": {"apps": []}}\n{"ok": {"services": []}}\n')
        assert client.ask({"do": "services"}) == {"services": []}


def test_the_client_waits_for_an_answer_no_longer_than_it_says(tmp_path: Path) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="ih-", dir="/tmp") as directory,
        socket.socket(socket.AF_UNIX) as listening,
    ):
        path = f"{directory}/control"
        listening.bind(path)
        listening.listen()
        with open_control(path, within_s=0.05) as client, pytest.raises(CommandTimeout):
            client.ask({"do": "help"})
    with pytest.raises(DeviceLost), open_control(str(tmp_path / "nobody")):
        pass
