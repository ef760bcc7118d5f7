"""Ports of this host for servers of other people's, which have to be told theirs before they are started."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack

NOT_GIVEN = range(12_000, 30_000)
"""Ports that no system gives to who does not ask for one by its number, as every client does not.

Else somebody might be given a server's port before it listens there, or while it is restarted. Sources:
ip(7) and Linux's ``ip_local_port_range``, from 32768 on; macOS's ``net.inet.ip.portrange.first``, 49152.
"""

TRIES = 100


def free_port(neighbours: int = 0) -> int:
    """A port of 127.0.0.1 at which nobody listens, and so it is with those after it.

    Args:
        neighbours: how many of those.
    """
    for _ in range(TRIES):
        # Whatever tests have seeded chance with.
        port = random.SystemRandom().choice(NOT_GIVEN)
        if _are_free(range(port, port + neighbours + 1)):
            return port
    raise AssertionError(f"no port of {TRIES} is free")


def _are_free(ports: range) -> bool:
    with ExitStack() as bound:
        try:
            for port in ports:
                bound.enter_context(socket.socket()).bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
