"""An Appium server that the harness starts is there when it is said to be, and gone when its starter is."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from harness.drivers.ui.appium import server
from harness.drivers.ui.appium.server import (
    HOME_VARIABLE,
    AppiumServerFailed,
    ServerInReserve,
    find_home,
    start_server,
)
from harness.errors import ConfigError

WITHIN_S = 20.0
"""Wall seconds; a loaded host is slow."""

STARTER = """
import sys, signal
from pathlib import Path
from harness.drivers.ui.appium.server import start_server
server = start_server(Path(sys.argv[1]))
print(server.url, flush=True)
signal.pause()
"""


def listens(url: str) -> bool:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=5)
    try:
        connection.request("GET", "/status")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def soon(condition: Callable[[], object]) -> bool:
    until_s = time.monotonic() + WITHIN_S
    while not condition():
        if time.monotonic() > until_s:
            return False
    return True


@pytest.mark.judge("appium")
def test_a_server_listens_once_it_was_started_and_not_after_it_was_stopped(tmp_path: Path) -> None:
    with start_server(tmp_path) as running:
        assert running.is_running
        assert listens(running.url)
        assert urlsplit(running.url).hostname == "127.0.0.1"
        assert "listener started" in running.log.read_text()
    assert not running.is_running
    assert not listens(running.url)


@pytest.mark.judge("appium")
def test_a_server_ends_with_its_starter_even_when_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        url = starter.stdout.readline().strip()
        assert listens(url)
        os.kill(starter.pid, signal.SIGKILL)
    assert soon(lambda: not listens(url))


@pytest.mark.judge("appium")
def test_a_server_in_reserve_is_started_once_and_when_it_is_asked_for(tmp_path: Path) -> None:
    reserve = ServerInReserve(tmp_path)
    assert not (tmp_path / "appium.log").exists()
    first = reserve.started()
    assert reserve.started() == first
    reserve.stop()
    assert not listens(first)


@pytest.mark.judge("appium")
def test_a_server_that_ends_says_what_it_wrote(tmp_path: Path) -> None:
    entry = tmp_path / "home" / "node_modules" / "appium" / "index.js"
    entry.parent.mkdir(parents=True)
    entry.write_text("console.error('the wrong node'); process.exit(3);")
    with pytest.raises(AppiumServerFailed, match="ended with status 3: the wrong node"):
        start_server(tmp_path / "run", home=tmp_path / "home")


@pytest.mark.judge("appium")
def test_a_server_that_does_not_answer_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = tmp_path / "home" / "node_modules" / "appium" / "index.js"
    entry.parent.mkdir(parents=True)
    entry.write_text(
        "console.log(process.pid); setInterval(() => {}, 1000); process.on('SIGTERM', () => process.exit());"
    )
    asked = server._answers  # pyright: ignore[reportPrivateUsage]

    def asked_once_it_runs(port: int) -> bool:
        # A loaded host takes its time to start it, in which it would be ended before it has said anything.
        assert soon(lambda: (tmp_path / "run" / "appium.log").read_text().endswith("\n"))
        return asked(port)

    monkeypatch.setattr(server, "_answers", asked_once_it_runs)
    with pytest.raises(AppiumServerFailed, match=r"did not answer within 0.5 s: \d+") as failed:
        start_server(tmp_path / "run", home=tmp_path / "home", within_s=0.5)
    pid = int(failed.value.what.rpartition(" ")[2])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_where_appium_is_not_installed_the_error_says_how_to_install_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no Appium is installed in .*Run `npm ci --prefix"):
        find_home({HOME_VARIABLE: str(tmp_path)})


def test_without_node_the_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="no node is on PATH"):
        start_server(tmp_path, home=tmp_path)
