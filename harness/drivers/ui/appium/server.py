"""An Appium server of the harness's own: found, started, and ended with the process that started it."""

from __future__ import annotations

import asyncio
import atexit
import functools
import http.client
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType

from harness.errors import ConfigError, HarnessError
from harness.runtime.children import wait_or_kill

HOME_VARIABLE = "HARNESS_APPIUM_HOME"
"""Names the directory in which Appium and its driver are installed by npm, in place of the checkout's."""

HOME = Path(__file__).parents[4] / "tools" / "appium"
"""Where a checkout has them, pinned by a lockfile."""

INSTALL = "npm ci --prefix"

HOST = "127.0.0.1"
"""A server does whatever it is asked, so only this host may ask."""

READY_WITHIN_S = 60.0
"""Wall seconds until it has to answer; 2 on an idle machine, most of them for reading its own code."""

ENDED_WITHIN_S = 10.0

PORTS_TRIED = 3
"""How often another port is tried when one got taken just before the server wanted it."""

_LOOK_EVERY_S = 0.1
_ANSWER_WITHIN_S = 5.0
_ENDS_WITH_STDIN = Path(__file__).with_name("ends_with_stdin.cjs")


class AppiumServerFailed(HarnessError):
    """The Appium server did not start."""


class _PortTaken(Exception):
    """Somebody else listens where the server should have."""


class AppiumServer:
    """A server that runs; leaving ``with`` ends it.

    Attributes:
        url: where it listens.
        pid: of its process.
        log: what it writes.
    """

    def __init__(self, process: subprocess.Popen[bytes], url: str, log: Path) -> None:
        self.url = url
        self.pid = process.pid
        self.log = log
        self._process = process

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End it, with the sessions that it still has; stopping twice is no error."""
        _end(self._process)

    def __enter__(self) -> AppiumServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def find_home(environment: Mapping[str, str] = os.environ) -> Path:
    """The directory in which Appium and its driver are installed.

    Raises:
        ConfigError: they are not; says how to install them.
    """
    home = Path(environment[HOME_VARIABLE]) if environment.get(HOME_VARIABLE) else HOME
    if not (home / "node_modules" / "appium-xcuitest-driver").is_dir():
        raise ConfigError(
            f"no Appium is installed in {home}",
            fix=f"Run `{INSTALL} {home}`, name a server by --appium-url, or do without: --ui wda.",
        )
    return home


def start_server(
    directory: Path, *, home: Path | None = None, within_s: float = READY_WITHIN_S
) -> AppiumServer:
    """Start a server on a free port of 127.0.0.1, which ends with this process at the latest.

    Args:
        directory: its own; gets ``appium.log``, and what the driver keeps between sessions.
        home: where it is installed; what ``find_home`` finds by default.
        within_s: wall time it has to answer.

    Raises:
        ConfigError: Appium or node is not installed.
        AppiumServerFailed: it ended, or did not answer in time; the message has the end of its log.
    """
    node, home = _node(), home or find_home()
    for _ in range(PORTS_TRIED):
        try:
            return _start(node, home, directory, within_s)
        except _PortTaken:
            continue
    raise AppiumServerFailed(
        f"the Appium server found its port taken {PORTS_TRIED} times", fix="Run it again."
    )


class ServerInReserve:
    """A server that is started when it is first asked for, and kept.

    Args:
        directory: its own; a temporary one by default, which is removed with it.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._given = directory
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._server: AppiumServer | None = None
        self._starting = threading.Lock()

    async def url(self) -> str:
        """Where it listens, once it does; raises as ``start_server`` does."""
        return await asyncio.to_thread(self.started)

    def started(self) -> str:
        """As ``url``, for whoever may wait."""
        with self._starting:
            if self._server is None:
                self._server = start_server(self._directory())
            return self._server.url

    def said(self) -> str:
        """What it has written so far; empty if it was not started."""
        with self._starting:
            return self._server.log.read_text(errors="replace") if self._server is not None else ""

    def stop(self) -> None:
        """End it if it was started."""
        with self._starting:
            server, self._server = self._server, None
            if server is not None:
                server.stop()
            temporary, self._temporary = self._temporary, None
            if temporary is not None:
                temporary.cleanup()

    def _directory(self) -> Path:
        if self._given is not None:
            return self._given
        self._temporary = tempfile.TemporaryDirectory(prefix="ih-appium-")
        return Path(self._temporary.name)


@functools.cache
def server_of_this_process() -> ServerInReserve:
    """The one server of a process for which nobody else started one."""
    reserve = ServerInReserve()
    atexit.register(reserve.stop)
    return reserve


def server_at(url: str | None) -> Callable[[], Awaitable[str]]:
    """What gives the URL of the server that a session is opened at.

    Args:
        url: of one that runs; ``None`` for this process's own, started when it is first asked for.
    """
    if url is None:
        return server_of_this_process().url

    async def named() -> str:
        return url

    return named


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        raise ConfigError(
            "an Appium server needs Node.js, and no node is on PATH",
            fix="Install Node.js 20.19 or later, name a server by --appium-url, or do without: --ui wda.",
        )
    return node


def _start(node: str, home: Path, directory: Path, within_s: float) -> AppiumServer:
    directory.mkdir(parents=True, exist_ok=True)
    port, log = _free_port(), directory / "appium.log"
    entry = home / "node_modules" / "appium" / "index.js"
    command = [node, "--require", str(_ENDS_WITH_STDIN), str(entry), "server"]
    command += ["--address", HOST, "--port", str(port), "--use-drivers", "xcuitest"]
    command += ["--log-level", "info", "--log-timestamp", "--log-no-colors"]
    # The driver keeps small files between sessions; those of another server would be none of its own.
    environment = os.environ | {"APPIUM_HOME": str(home), "XDG_DATA_HOME": str(directory / "data")}
    # A session of its own: Ctrl-C must not take the server away while a test still restores its phone.
    with log.open("wb") as written:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, port, log, within_s)
    except BaseException:
        _end(process)
        raise
    return AppiumServer(process, f"http://{HOST}:{port}", log)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path, within_s: float) -> None:
    until_s = time.monotonic() + within_s
    while not _answers(port):
        try:
            process.wait(_LOOK_EVERY_S)
        except subprocess.TimeoutExpired:
            if time.monotonic() > until_s:
                raise _failed(f"did not answer within {within_s:g} s", log) from None
        else:
            break
    if process.poll() is not None:
        if "EADDRINUSE" in _end_of(log):
            raise _PortTaken
        raise _failed(f"ended with status {process.returncode}", log)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=_ANSWER_WITHIN_S)
    try:
        connection.request("GET", "/status")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as taken:
        return int(taken.getsockname()[1])


def _failed(how: str, log: Path) -> AppiumServerFailed:
    said = _end_of(log).strip() or "nothing was written"
    return AppiumServerFailed(
        f"the Appium server {how}: {said}",
        fix="See that its Node.js is 20.19 or later, and install its packages again.",
    )


def _end_of(log: Path, size_bytes: int = 2000) -> str:
    return log.read_bytes()[-size_bytes:].decode(errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    wait_or_kill(process, ENDED_WITHIN_S)
