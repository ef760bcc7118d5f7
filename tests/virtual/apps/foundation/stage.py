"""A phone with an app that does what a test says, and a network without sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from harness.model.states import AppState
from harness.virtual.apps.delegate import UIApplicationDelegate
from harness.virtual.apps.foundation import (
    URLError,
    URLSession,
    URLSessionDataDelegate,
    URLSessionDataTask,
    URLSessionDownloadDelegate,
    URLSessionDownloadTask,
    URLSessionTask,
)
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.network.egress import Egress
from harness.virtual.kernel.phone import PhoneSpec, VirtualPhone
from harness.virtual.kernel.processes.process import current_process, current_thread
from tests.virtual.kernel.network.wire import Dialler, Server
from tests.virtual.watched import WatchedPhone

BUNDLE_ID = "dev.harness.told"
URL = "http://origin.test/file"
SPEC = PhoneSpec("v", "0" * 24, "17.5", "iPhone15,4", "21F90", epoch_s=1.7e9)


class Notebook(URLSessionDataDelegate, URLSessionDownloadDelegate):
    """A delegate that writes down what it is told, when, and on which thread."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.at_s: list[float] = []
        self.threads: set[str] = set()
        self.files: list[bytes] = []

    def note(self, text: str) -> None:
        self.told.append(text)
        self.at_s.append(current_process().phone.clock.now_s)
        self.threads.add(current_thread())

    def url_session_data_task_did_receive_data(
        self, session: URLSession, task: URLSessionDataTask, data: bytes
    ) -> None:
        self.note(f"data {len(data)}")

    def url_session_download_task_did_finish_downloading_to(
        self, session: URLSession, task: URLSessionDownloadTask, location: Path
    ) -> None:
        self.files.append(location.read_bytes())
        self.note("file")

    def url_session_task_did_complete_with_error(
        self, session: URLSession, task: URLSessionTask, error: URLError | None
    ) -> None:
        self.note(f"end {task.status_code if error is None else int(error.code)}")

    def url_session_task_is_waiting_for_connectivity(self, session: URLSession, task: URLSessionTask) -> None:
        self.note("waits")

    def url_session_did_become_invalid_with_error(self, session: URLSession, error: URLError | None) -> None:
        self.note("invalid")


class Stage(WatchedPhone):
    """One phone on which the app has just been opened; ``said`` is what the app's own process said."""

    SPEAKER = "Told"

    def __init__(self, root: Path, egress: Egress | None = None) -> None:
        self.dialler = Dialler()
        app = AppBundle(BUNDLE_ID, "Told", "1.0", "Told", UIApplicationDelegate)
        super().__init__(VirtualPhone(SPEC, root, apps=(app,), egress=egress or self.dialler), BUNDLE_ID)
        self.phone.user_launch(BUNDLE_ID)

    @property
    def server(self) -> Server:
        """The server's end of the newest connection."""
        return self.dialler.opened[-1]

    @property
    def downloads(self) -> list[Path]:
        """The files of downloads that Foundation has in the app's container."""
        return list(self.phone.containers.path(BUNDLE_ID).rglob("CFNetworkDownload_*"))

    def run(self, code: Callable[[], None]) -> None:
        """Run code in the app."""
        self.process.enqueue(code)

    def answer(self, body: bytes, *, of_bytes: int | None = None, gates: tuple[int, ...] = ()) -> None:
        """Have the server send a head and a body or its beginning; it stops at each of ``gates``."""
        size = len(body) if of_bytes is None else of_bytes
        held = "".join(f"X-Origin-Gate: hold={gate}\r\n" for gate in gates)
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n{held}\r\n"
        self.send(head.encode() + body)

    def send(self, data: bytes) -> None:
        """Have the server send bytes; they lie in the phone's socket while nobody reads it."""
        self.server.phone.data_received(data)

    async def connected(self, count: int = 1) -> None:
        """Wait until the app's connection is open and its request is there."""
        for _ in range(100):
            self.phone.clock.tick(0.01)
            await asyncio.sleep(0)
            if len(self.dialler.opened) >= count and self.server.got:
                return
        raise TimeoutError("the app asked for nothing")

    async def suspend(self) -> None:
        """Press Home and wait until the app is suspended."""
        self.phone.press_home()
        for _ in range(100):
            if self.process.state is AppState.SUSPENDED:
                return
            await self.wait(0.1)
        raise TimeoutError("the app was not suspended")
