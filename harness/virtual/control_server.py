"""The control socket: people and scripts break phones through it, one JSON object per line.

A line that cannot be read or done is answered by a line with ``error``, and the connection goes on. What
a client began to write and never ended is not done. Every client is answered in its own order, and one
that does not read its answers is read from no more.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, cast

from harness.errors import ConfigError, HarnessError
from harness.virtual.transport.listening import Listening

LONGEST_LINE_BYTES = 64 * 1024
"""A longer line is thrown away, and answered by an error."""

MOST_UNSENT_BYTES = 256 * 1024
"""Answers that wait for a client before the next line of it is read."""


class Bench(Protocol):
    """What can be asked for something; see ``faults.bench.FaultBench``."""

    def ask(self, fields: Mapping[str, object]) -> Mapping[str, object]:
        """Do what a mapping asks for; returns what there is to tell.

        Raises:
            ConfigError: it cannot be read.
            HarnessError: it cannot be done.
        """
        ...


class ControlServer:
    """Serves one rack's control socket.

    Args:
        bench: what does it.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._listening = Listening(self._serve)

    async def listen(self, path: Path) -> str:
        """Start to serve on a Unix socket that only its owner may open.

        Returns:
            The path.

        Raises:
            ConfigError: the path would be too long.
        """
        await self._listening.on_unix(str(path), limit_bytes=LONGEST_LINE_BYTES)
        # The directory keeps others out meanwhile.
        os.chmod(path, 0o600)
        return str(path)

    async def close(self) -> None:
        """Stop serving and break every connection."""
        await self._listening.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(high=MOST_UNSENT_BYTES)
        try:
            while (line := await _line(reader)) is not None:
                writer.write(self._answer(line))
                await writer.drain()
        except OSError:
            # The client is gone.
            pass
        except asyncio.CancelledError:
            writer.transport.abort()
            raise

    def _answer(self, line: bytes) -> bytes:
        try:
            answer: Mapping[str, object] = {"ok": self._bench.ask(_fields(line))}
        except ConfigError as error:
            answer = {"error": str(error), "kind": "usage"}
        except HarnessError as error:
            answer = {"error": str(error), "kind": "refused"}
        return json.dumps(answer).encode() + b"\n"


async def _line(reader: asyncio.StreamReader) -> bytes | None:
    """The next line; empty for one that is too long, ``None`` when the client has gone."""
    too_long = False
    while True:
        try:
            line = await reader.readuntil(b"\n")
        except asyncio.LimitOverrunError as error:
            too_long = True
            await reader.readexactly(error.consumed)
        except asyncio.IncompleteReadError:
            return None
        else:
            return b"" if too_long else line


def _fields(line: bytes) -> Mapping[str, object]:
    fields: object = None
    # Whatever is no JSON is answered as what is no object.
    with contextlib.suppress(ValueError, RecursionError):
        fields = json.loads(line)
    if not isinstance(fields, dict):
        what = f"expected a JSON object of at most {LONGEST_LINE_BYTES} bytes on one line"
        raise ConfigError(what, fix='{"do": "help"} lists the verbs')
    return cast("dict[str, object]", fields)
