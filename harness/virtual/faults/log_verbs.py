"""What can be done to the log on its way to clients."""

from __future__ import annotations

import asyncio

from harness.virtual.faults.target import Target, Told, Verb
from harness.virtual.faults.words import Argument, Given, Kind
from harness.virtual.kernel.phone import VirtualPhone

BURST_PIECE = 500
"""Lines of a burst that are written before others have their turn."""

LOG_VERBS: tuple[Verb, ...] = (
    Verb(
        "log drop",
        "Lose each n-th line of every client; 0 loses none. os_trace_relay says that some are lost.",
        lambda on, given: _set_drop(on, given.count("every")),
        (Argument("every", Kind.COUNT),),
    ),
    Verb("log stall", "Let lines wait.", lambda on, _: on.phone.service_faults.log.stall()),
    Verb("log resume", "Let lines come again.", lambda on, _: on.phone.service_faults.log.resume()),
    Verb(
        "log truncate",
        "Leave at most that many bytes of each message; without a number, all of them.",
        lambda on, given: _set_truncate(on, given),
        (Argument("to_bytes", Kind.COUNT, required=False),),
    ),
    Verb(
        "log redact",
        "Hide private values as stock phones do, or show them.",
        lambda on, given: _set_redact(on, given),
        (Argument("redacted", Kind.SWITCH),),
    ),
    Verb(
        "log burst",
        "Have the kernel log that many lines, numbered from 1, as fast as it can.",
        lambda on, given: _burst(on, given),
        (Argument("count", Kind.COUNT, least=1, most=10_000_000), Argument("text", required=False)),
    ),
)
"""By what is written first."""

_bursts: set[asyncio.Task[None]] = set()


def _set_drop(on: Target, every: int) -> None:
    on.phone.service_faults.log.drop_every = every


def _set_truncate(on: Target, given: Given) -> None:
    whole = "to_bytes" not in given.values
    on.phone.service_faults.log.truncate_bytes = None if whole else given.count("to_bytes")


def _set_redact(on: Target, given: Given) -> None:
    on.phone.log.redacted = bool(given.switch("redacted"))


def _burst(on: Target, given: Given) -> Told:
    count = given.count("count")
    task = asyncio.get_running_loop().create_task(_emit(on.phone, count, given.text("text", "burst")))
    # The loop itself holds on to no task.
    _bursts.add(task)
    task.add_done_callback(_bursts.discard)
    return {"count": count}


async def _emit(phone: VirtualPhone, count: int, text: str) -> None:
    for number in range(1, count + 1):
        phone.log.emit("kernel", 0, f"{text} {number}")
        if number % BURST_PIECE == 0:
            await asyncio.sleep(0)
