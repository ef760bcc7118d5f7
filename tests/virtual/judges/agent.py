"""go-ios' own tunnels, through which it reaches phones from iOS 17 on."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

UP_WITHIN_S = 30.0
"""Wall seconds in which go-ios has its tunnels."""

POLL_S = 0.1
"""Wall seconds between two questions whether it has."""

NEIGHBOURS = 3
"""How many ports go-ios takes besides that of its agent, those after it: one per tunnel."""


@contextmanager
def tunnels(
    udids: Iterable[str], environment: Mapping[str, str], directory: Path
) -> Generator[tuple[str, ...]]:
    """Tunnels to all phones that can have one.

    Args:
        udids: the phones to which there must be one.
        environment: what leads go-ios to the rack.
        directory: for its identity and what it logs.

    Yields:
        The options with which other commands use them.
    """
    port = free_port(NEIGHBOURS)
    options = (f"--tunnel-info-port={port}",)
    command = ["ios", "tunnel", "start", "--userspace", f"--pair-record-path={directory}", *options]
    with (directory / "talk").open("wb") as talk:
        process = subprocess.Popen(
            command, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=talk, stderr=talk
        )
    try:
        _wait_until_up(process, port, set(udids), directory / "talk")
        yield options
    finally:
        process.kill()
        process.wait()


def _wait_until_up(process: subprocess.Popen[bytes], port: int, udids: set[str], talk: Path) -> None:
    deadline_s = time.monotonic() + UP_WITHIN_S
    pause = threading.Event()
    while not udids <= _reached(port):
        assert process.poll() is None, talk.read_text()
        assert time.monotonic() < deadline_s, talk.read_text()
        pause.wait(POLL_S)


def _reached(port: int) -> set[str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/tunnels", timeout=5) as answer:
            found: list[dict[str, str]] | None = json.load(answer)
            return {tunnel["udid"] for tunnel in found or []}
    except (urllib.error.URLError, OSError):
        return set()
