"""Default sessions against the project's own origin, over sockets; background ones as the contrast."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

from harness.virtual.apps.foundation import URLSession, URLSessionConfiguration
from harness.virtual.kernel.network.egress import SocketEgress
from tests.virtual.apps.foundation.stage import BUNDLE_ID, Notebook, Stage
from tests.virtual.urlsession.test_with_origin import SIZE, origin


def begin(configuration: URLSessionConfiguration, url: str, notebook: Notebook) -> Callable[[], None]:
    return lambda: URLSession(configuration, notebook).download_task(url).resume()


def test_a_held_file_comes_whole_when_it_is_released_in_time(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=SIZE, hold_after_bytes=1_000_000)
            stage, notebook = Stage(tmp_path, SocketEgress()), Notebook()
            stage.run(begin(URLSessionConfiguration.default(), file.url, notebook))
            await stage.wait(30)
            assert notebook.told == []
            await file.release()
            await stage.wait(1)
            assert notebook.told == ["file", "end 200"]
            assert hashlib.sha256(notebook.files[0]).hexdigest() == file.sha256
            stage.phone.switch_off()

    asyncio.run(scenario())


def test_of_a_silence_only_the_default_session_tires(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with origin() as (_, run):
            stage, default, background = Stage(tmp_path, SocketEgress()), Notebook(), Notebook()
            for name, configuration, notebook in (
                ("a", URLSessionConfiguration.default(), default),
                ("b", URLSessionConfiguration.background("s"), background),
            ):
                configuration.timeout_interval_for_request = 5.0
                file = run.file(name, size_bytes=SIZE, hold_after_bytes=1_000_000)
                stage.run(begin(configuration, file.url, notebook))
            await stage.wait(60)
            assert (default.told, background.told) == (["end -1001"], [])
            stage.phone.switch_off()

    asyncio.run(scenario())


def test_of_a_port_that_is_closed_only_the_default_session_says_so(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with origin() as (server, run):
            file = run.file("a.bin", size_bytes=SIZE)
            await server.close_port()
            stage, default, background = Stage(tmp_path, SocketEgress()), Notebook(), Notebook()
            stage.run(begin(URLSessionConfiguration.default(), file.url, default))
            stage.run(begin(URLSessionConfiguration.background("s"), file.url, background))
            await stage.wait(60)
            assert (default.told, background.told) == (["end -1004"], [])
            await server.open_port()
            await stage.wait(120)
            assert (default.told, background.told) == (["end -1004"], ["file", "end 200"])
            stage.phone.switch_off()

    asyncio.run(scenario())


def test_of_a_long_suspension_only_the_default_session_knows(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with origin() as (_, run):
            stage, default, background = Stage(tmp_path, SocketEgress()), Notebook(), Notebook()
            held = [run.file(name, size_bytes=SIZE, hold_after_bytes=1_000_000) for name in "ab"]
            stage.run(begin(URLSessionConfiguration.default(), held[0].url, default))
            stage.run(begin(URLSessionConfiguration.background("s"), held[1].url, background))
            await stage.wait(5)
            await stage.suspend()
            await stage.wait(600)
            assert (default.told, background.told) == ([], [])
            stage.phone.user_launch(BUNDLE_ID)
            assert (default.told, background.told) == (["end -1005"], [])
            for file in held:
                await file.release()
            await stage.wait(10)
            assert (default.told, background.told) == (["end -1005"], ["file", "end 200"])
            stage.phone.switch_off()

    asyncio.run(scenario())
