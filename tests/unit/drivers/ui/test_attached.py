from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from harness.drivers.ui.attached import OWN_PORT, AttachedRunner
from harness.drivers.ui.supervisor import Patience
from harness.errors import CommandRefused, DeviceLost, RunnerFailed
from harness.model.identity import Hardware, PhoneIdentity
from tests.unit.drivers.ui.bench import PHONE

OURS = PhoneIdentity(PHONE, "00008120-AB", "15.8", "iPhone9,1", Hardware.REAL)

BRIEF = Patience(back_s=0.3)

THE_SAME = {"name": "iPhone", "uuid": "0A-1"}
ANOTHER = {"name": "Anna's iPhone", "uuid": "0A-2"}


@dataclass
class Kept:
    """A WebDriverAgent at a URL, and the phone that should be behind it; implements ``RunnerHost``.

    Attributes:
        status: what is told at the URL.
        info: what is told at the URL of the phone; ``None`` for a page that is not there.
        own: what is told at a port of the phone itself.
        is_there: whether the phone is attached.
        busy: to how many of the next questions for its status it answers that it is not ready.
        dialled: the ports of the phone that were tried.
        asked: the paths that were asked for at the URL, in order.
    """

    status: Any = field(default_factory=lambda: {"ready": True, "os": {"version": "15.8"}})
    info: Any = field(default_factory=lambda: dict(THE_SAME))
    own: dict[int, Any] = field(default_factory=lambda: {OWN_PORT: dict(THE_SAME)})
    is_there: bool = True
    busy: int = 0
    dialled: list[int] = field(default_factory=list[int])
    asked: list[str] = field(default_factory=list[str])
    _ports: dict[int, int] = field(default_factory=dict[int, int])

    async def start_runner(self, bundle_id: str, environment: object) -> int:
        raise AssertionError("a runner that is kept is never started")

    async def pid_of(self, bundle_id: str) -> int | None:
        return None

    async def signal(self, pid: int, number: int) -> None:
        raise AssertionError("a runner that is kept is never ended")

    async def connect(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self.dialled.append(port)
        if not self.is_there:
            raise DeviceLost("it is not attached", phone=PHONE)
        if port not in self._ports:
            raise CommandRefused("nothing listens there", phone=PHONE)
        return await asyncio.open_connection("127.0.0.1", self._ports[port])

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[str]:
        """Its URL."""
        runners: list[web.AppRunner] = []
        try:
            port = await _serve(runners, self._at_url)
            for each, info in self.own.items():
                self._ports[port if each == 0 else each] = await _serve(runners, _telling(info))
            yield f"http://127.0.0.1:{port}"
        finally:
            for runner in runners:
                await runner.cleanup()

    def _at_url(self, path: str) -> Any:
        self.asked.append(path)
        if path == "status" and self.busy:
            self.busy -= 1
            return {"ready": False}
        return self.status if path == "status" else self.info


def _telling(info: Any) -> Callable[[str], Any]:
    return lambda path: {"ready": True} if path == "status" else info


async def _serve(runners: list[web.AppRunner], told: Callable[[str], Any]) -> int:
    async def answer(request: web.Request) -> web.StreamResponse:
        value = told(request.match_info["path"])
        error = {"error": "unknown command", "message": ""}
        return web.json_response({"value": value or error}, status=200 if value else 404)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.0)
    runners.append(runner)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return int(runner.addresses[0][1])


def on(kept: Kept, check: Callable[[AttachedRunner, str], Awaitable[None]]) -> None:
    async def main() -> None:
        async with kept.serving() as url:
            runner = AttachedRunner(kept, OURS, url, BRIEF)
            await check(runner, url)
            await runner.close()
            assert runner.url == ""

    asyncio.run(main())


@pytest.mark.parametrize("port", [OWN_PORT, 0])
def test_the_one_that_the_phone_itself_serves_is_used(port: int) -> None:
    """0 stands for the port with the number that is in the URL."""

    async def check(runner: AttachedRunner, url: str) -> None:
        assert await runner.up() == url == runner.url
        assert runner.starts == 1

    on(Kept(own={port: THE_SAME}), check)


@pytest.mark.parametrize(
    ("kept", "what"),
    [
        (Kept(info=ANOTHER), "not the one on this phone, which has iOS 15.8: it tells of Anna's iPhone"),
        (Kept(info=ANOTHER, own={0: THE_SAME}), "not the one on this phone"),
        (
            Kept(status={"ready": True, "os": {"version": "16.7"}}, own={}),
            "which has iOS 15.8: it tells of iPhone with iOS 16.7",
        ),
        (Kept(own={}), "nothing proves that"),
        (Kept(info=None), "does not tell which phone it works"),
        (Kept(info={"name": "iPhone", "uuid": "unknown"}), "does not tell which phone it works"),
        (Kept(info={"name": "iPhone"}), "does not tell which phone it works"),
        (Kept(info={"uuid": "unknown"}, own={OWN_PORT: {"uuid": "unknown"}}), "does not tell which phone"),
        (Kept(status=[]), "something else than WebDriverAgent answered"),
    ],
)
def test_what_is_not_known_to_be_of_the_phone_is_not_used(kept: Kept, what: str) -> None:
    async def check(runner: AttachedRunner, url: str) -> None:
        with pytest.raises(RunnerFailed) as failed:
            await runner.up()
        assert what in failed.value.what
        assert failed.value.fix
        assert runner.url == ""

    on(kept, check)
    assert set(kept.asked) <= {"status", "wda/device/info"}, "nothing is done to whoever it is"


def test_one_that_is_not_ready_at_first_is_told_as_that_and_waited_for_once_it_was_used() -> None:
    kept = Kept(busy=1)

    async def check(runner: AttachedRunner, url: str) -> None:
        with pytest.raises(RunnerFailed, match="it answered that it was not ready"):
            await runner.up()
        await runner.up()
        kept.busy = 2
        assert await runner.up("a connection was cut") == url

    on(kept, check)


def test_whenever_something_was_amiss_it_is_proven_anew_and_no_session_outlasts_it() -> None:
    kept = Kept()

    async def check(runner: AttachedRunner, url: str) -> None:
        await runner.up()
        assert (await runner.up(), runner.starts) == (url, 1)
        kept.info = ANOTHER
        with pytest.raises(RunnerFailed, match="not the one on this phone"):
            await runner.up("a connection was cut")
        assert (runner.url, runner.starts) == ("", 2)

    on(kept, check)


def test_a_phone_that_is_gone_is_not_told_as_a_wrong_url() -> None:
    async def check(runner: AttachedRunner, url: str) -> None:
        with pytest.raises(DeviceLost):
            await runner.up()

    on(Kept(is_there=False), check)
