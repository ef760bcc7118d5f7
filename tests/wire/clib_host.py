"""A multiplexer that a test writes with our encoders, and the C libraries that ask it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.wire.usbmux import MuxFrame, MuxResult, result_frame
from harness.wire.usbmux_binary import BinaryConnect, BinaryFrame, EitherMuxDecoder
from tests.wire.coverage_table import ROOT

Frame = MuxFrame | BinaryFrame

WITHIN_S = 60.0
"""Wall seconds that a library may take; a loaded host is slow."""


def _nothing(_: socket.socket) -> None:
    """A port that says nothing."""


@dataclass
class Host:
    """A multiplexer on a Unix socket.

    Attributes:
        answer: what is sent back for a frame.
        port: what is behind every port of its phones.
        asked: every frame that came, in order of arrival.
        path: of the socket.
    """

    answer: Callable[[Frame], bytes]
    port: Callable[[socket.socket], None] = _nothing
    asked: list[Frame] = field(default_factory=list[Frame])
    path: str = ""

    def serve(self, listener: socket.socket) -> None:
        """Take connections until the socket is closed."""
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        # A library that has what it wanted goes without reading the rest.
        with connection, contextlib.suppress(ConnectionError):
            decoder = EitherMuxDecoder()
            while data := connection.recv(65_536):
                for frame in decoder.feed(data):
                    self.asked.append(frame)
                    answer = self.answer(frame)
                    connection.sendall(answer)
                    if is_joined(frame, answer):
                        self.port(connection)
                        return

    def tell(self, *words: str, given: bytes = b"") -> Any:
        """What a verb of ``clib_child`` tells of this multiplexer.

        Raises:
            AssertionError: the library failed or died.
        """
        return tell(*words, given=given, environment={"USBMUXD_SOCKET_ADDRESS": f"UNIX:{self.path}"})


def is_joined(frame: Frame, answer: bytes) -> bool:
    """Whether the connection is a phone's after the answer."""
    if isinstance(frame, BinaryFrame):
        return isinstance(frame.message, BinaryConnect)
    told = EitherMuxDecoder().feed(answer)[0]
    return frame.message_type == "Connect" and told == result_frame(frame.tag, MuxResult.OK)


def tell(*words: str, given: bytes = b"", environment: dict[str, str] | None = None) -> Any:
    """What a verb of ``clib_child`` tells.

    Raises:
        AssertionError: the library failed or died.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.wire.clib_child", *words],
        cwd=ROOT,
        env=os.environ | (environment or {}),
        input=given,
        capture_output=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, f"{words} ended with {done.returncode}: {done.stderr.decode()}"
    return json.loads(done.stdout)


@contextmanager
def host(
    answer: Callable[[Frame], bytes], port: Callable[[socket.socket], None] = _nothing
) -> Generator[Host]:
    """A multiplexer that runs until the block is left."""
    with tempfile.TemporaryDirectory(prefix="ih-", dir="/tmp") as directory:
        it = Host(answer, port, path=str(Path(directory) / "mux"))
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(it.path)
            listener.listen()
            thread = threading.Thread(target=it.serve, args=(listener,), daemon=True)
            thread.start()
            try:
                yield it
            finally:
                # Closing alone does not end an accept that waits.
                listener.shutdown(socket.SHUT_RDWR)
