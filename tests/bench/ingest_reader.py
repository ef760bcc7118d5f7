"""One phone's log through the harness's own source, teller, tape and timeline, with somebody who waits.

Prints ``ready``; then, once the log has ended, what came of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from harness.drivers.logrecords import LogDecoder
from harness.evidence.items import LogCame
from harness.evidence.recorder import Recorder, WatchedApp
from harness.evidence.tape import Tape, read_tape
from harness.evidence.timeline import Timeline
from harness.model.journal import LOG_SUBSYSTEM
from harness.model.raw import LogRead, LogRecord
from tests.bench.ingest_log import APP
from tests.unit.evidence.phones import HandPhone

READY = "ready"

READ_BYTES = 1 << 16


class SocketLog:
    """A log stream out of a socket.

    Args:
        reader: the socket's end.
    """

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self.over = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[LogRead]:
        """What each read brings."""
        while data := await self._reader.read(READ_BYTES):
            yield LogRead(time.monotonic(), data)
        self.over.set()
        await asyncio.Event().wait()  # or the source would ask for a new one

    async def close(self) -> None:
        """Nothing: the other side has ended."""


class SocketPhone(HandPhone):
    """A phone whose log comes out of a socket.

    Args:
        stream: the log.
    """

    def __init__(self, stream: SocketLog) -> None:
        super().__init__()
        self._stream = stream

    async def log(self) -> Any:  # a phone of tests has a queue there
        """The log."""
        return self._stream


async def waited(recorder: Recorder, over: asyncio.Event) -> list[float]:
    """When whoever waits was woken for each entry that came, by the host's monotonic clock."""
    told, woken = recorder.told, list[float]()
    ended = asyncio.create_task(over.wait())
    while not ended.done():
        waiting = asyncio.create_task(recorder.wait_beyond(told))
        await asyncio.wait({waiting, ended}, return_when=asyncio.FIRST_COMPLETED)
        now_s = time.monotonic()
        waiting.cancel()
        woken += [now_s] * (recorder.told - told)
        told = recorder.told
    return woken


async def record(port: int, directory: Path) -> list[float]:
    """Record the log until it ends; returns when the waiter was woken for each fact."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    stream = SocketLog(reader)
    app = WatchedApp(APP, "Downloader", None, LOG_SUBSYSTEM)
    with Timeline(directory / "timeline.jsonl") as timeline, Tape(directory / "tape.jsonl") as tape:
        recorder = Recorder(SocketPhone(stream), timeline, app, tape)
        await recorder.log.open()
        await recorder.log.begin(await recorder.now())
        waiting = asyncio.create_task(waited(recorder, stream.over))
        await asyncio.sleep(0)
        print(READY, flush=True)
        woken = await waiting
        await recorder.log.stop()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return woken


def numbers(directory: Path) -> list[int]:
    """The number of every line that is on the tape, in order."""
    decoder, found = LogDecoder(), list[int]()
    for item in read_tape(directory / "tape.jsonl"):
        if isinstance(item, LogCame):
            lines = (line for line in decoder.feed(item.data) if isinstance(line, LogRecord))
            found += [int(line.message.rpartition("#")[2]) for line in lines]
    return found


def main(port: int, directory: Path) -> None:
    """Record, then count."""
    woken = asyncio.run(record(port, directory))
    found = numbers(directory)
    timeline = (directory / "timeline.jsonl").read_text().splitlines()
    gaps = sum('"is":"Gap"' in line for line in timeline)
    facts = sum('"source":"system log"' in line and '"at":' in line for line in timeline)
    whole = found == list(range(len(found)))
    print(json.dumps({"lines": len(found), "whole": whole, "gaps": gaps, "facts": facts, "woken_s": woken}))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
