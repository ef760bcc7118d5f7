"""A phone's log out of a socket, from bytes prepared before: so many lines a second to whoever connects.

Prints its port, and at the end when each piece was put on the wire, by the host's monotonic clock.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time

from tests.bench.ingest_log import frames

PIECE_S = 0.005
"""Wall seconds between two pieces."""

SENT_WITHIN_S = 120.0
"""Wall seconds after which who connected has stopped to read."""


PAUSE = threading.Event()
"""Never set; to wait for nothing but time."""


def pieces(lines: int, per_piece: int) -> list[bytes]:
    """The log, in pieces that are sent at once."""
    made = frames(lines)
    return [b"".join(made[at : at + per_piece]) for at in range(0, lines, per_piece)]


def main(lines: int, lines_per_s: int) -> None:
    """Serve one client, from a line on standard input on."""
    prepared = pieces(lines, round(lines_per_s * PIECE_S))
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        connection, _ = server.accept()
    with connection:
        connection.settimeout(SENT_WITHIN_S)
        sys.stdin.readline()
        sent = _send(connection, prepared)
    print(json.dumps({"sent_s": sent}))


def _send(connection: socket.socket, prepared: list[bytes]) -> list[float]:
    began_s, sent = time.monotonic(), list[float]()
    for number, piece in enumerate(prepared):
        # The pace is the benchmark: a feeder that is late does not wait.
        _until(began_s + number * PIECE_S)
        sent.append(time.monotonic())
        connection.sendall(piece)
    return sent


def _until(moment_s: float) -> None:
    left_s = moment_s - time.monotonic()
    if left_s > 0:
        PAUSE.wait(left_s)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
