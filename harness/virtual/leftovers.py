"""The private directory of a rack, and the addresses that killed racks have left behind.

A rack that is killed cannot tidy up. Its directory is removed by whoever makes the next one beside it
(``config.privatedir``); its address, which is named after its process, by the next rack.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from pathlib import Path

from harness.config.places import make_socket_dir, racks_dir

LONGEST_SOCKET = "control"


@contextlib.contextmanager
def private_dir() -> Generator[Path]:
    """A directory of this process for sockets and containers, gone afterwards.

    Raises:
        ConfigError: no directory with a short enough path can be written.
    """
    directory = make_socket_dir(LONGEST_SOCKET)
    try:
        yield directory.path
    finally:
        directory.remove()


def sweep_addresses() -> None:
    """Remove the addresses of killed racks of this user."""
    for address in racks_dir().glob("*.json"):
        if address.stem.isdigit() and not process_runs(int(address.stem)):
            address.unlink(missing_ok=True)


def process_runs(pid: int) -> bool:
    """Whether there is a process of that identifier, whoever's it is."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
