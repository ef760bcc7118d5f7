"""Live logs of four phones at once through the harness's own sources, as four workers of pytest read them.

A line that does not arrive, or a fact that is not on the timeline, is an error: every figure is one without
loss.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

from tests.bench.figures import Aim, Figure, Spread, interleaved
from tests.bench.ingest_feeder import PIECE_S
from tests.bench.ingest_log import OF_INTEREST_EACH, stating
from tests.bench.ingest_reader import READY
from tests.bench.stage import Stage, stage


@dataclass(frozen=True)
class Load:
    """What is offered.

    Attributes:
        phones: how many, each with a reader of its own.
        lines_per_s: on each.
        seconds: for how long.
    """

    phones: int
    lines_per_s: int
    seconds: float

    @property
    def lines(self) -> int:
        """Lines of each phone."""
        return round(self.lines_per_s * self.seconds)


PARTS: Mapping[str, Load] = {
    "ingest-live-4": Load(phones=4, lines_per_s=20_000, seconds=10.0),
    "ingest-live-1": Load(phones=1, lines_per_s=4_000, seconds=10.0),
}
"""Part -> load; the second is what one phone writes when it is busy."""

RATE_SHARE = 0.97
"""Of the offered rate: the time runs to when the last fact was told, and a feeder starts a moment late."""

WAKE_AIM = Aim("median", at_most=5.0)


@dataclass(frozen=True)
class Ingested:
    """What came of one run.

    Attributes:
        slowest_per_s: lines a second of the phone that had the fewest.
        p50_ms: from a line being put on the wire to the waiter being woken, the middle one.
        p99_ms: the same, which one of a hundred takes longer than.
    """

    slowest_per_s: float
    p50_ms: float
    p99_ms: float


def measure(part: str, runs: int) -> list[Figure]:
    """Lines a second without loss, and how long a line takes to wake who waits for it."""
    load = PARTS[part]
    with stage() as place:
        (ran,) = interleaved(runs, [lambda: once(place, load)])
    what = f"{load.phones} phones, {load.lines_per_s:,} lines/s each for {load.seconds:g} s, none lost"
    rate_aim = Aim("median", at_least=RATE_SHARE * load.lines_per_s)
    return [
        Figure(
            f"{part}-rate",
            "lines/s",
            Spread(f"slowest of {what}", tuple(one.slowest_per_s for one in ran)),
            aim=rate_aim,
        ),
        Figure(f"{part}-wake-p50", "ms", Spread(f"wire to waiter, {what}", tuple(one.p50_ms for one in ran))),
        Figure(
            f"{part}-wake-p99",
            "ms",
            Spread(f"wire to waiter, 99 of 100, {what}", tuple(one.p99_ms for one in ran)),
            aim=WAKE_AIM,
        ),
    ]


def once(place: Stage, load: Load) -> Ingested:
    """One run: a feeder and a reader for each phone."""
    with ExitStack() as running:
        feeders = [
            running.enter_context(_python(place, "tests.bench.ingest_feeder", load.lines, load.lines_per_s))
            for _ in range(load.phones)
        ]
        readers = [
            running.enter_context(_reader(place, number, _line(feeder)))
            for number, feeder in enumerate(feeders)
        ]
        for reader in readers:
            if _line(reader) != READY:
                raise RuntimeError("a reader ended before it read anything")
        for feeder in feeders:
            assert feeder.stdin is not None
            feeder.stdin.write("go\n")
            feeder.stdin.flush()
        sent = [json.loads(feeder.communicate()[0])["sent_s"] for feeder in feeders]
        told = [json.loads(reader.communicate()[0]) for reader in readers]
    return _figures(load, sent, told)


def _figures(load: Load, sent: list[list[float]], told: list[dict[str, list[float]]]) -> Ingested:
    per_piece = round(load.lines_per_s * PIECE_S)
    rates, latencies = list[float](), list[float]()
    for pieces, reader in zip(sent, told, strict=True):
        complaint = {name: reader[name] for name in ("lines", "whole", "gaps", "facts")}
        expected = {"lines": load.lines, "whole": True, "gaps": 0, "facts": stating(load.lines)}
        # The first entries tell that the log was opened; each of the others is a fact.
        woken = reader["woken_s"][-stating(load.lines) :]
        if complaint != expected or len(woken) != expected["facts"]:
            raise RuntimeError(f"{complaint} where {expected} was sent, {len(woken)} facts woke somebody")
        rates.append(load.lines / (woken[-1] - pieces[0]))
        for number, at_s in enumerate(woken):
            piece = number * 2 * OF_INTEREST_EACH // per_piece
            latencies.append((at_s - pieces[piece]) * 1000)
    centiles = statistics.quantiles(latencies, n=100)
    return Ingested(min(rates), statistics.median(latencies), centiles[98])


def _reader(place: Stage, number: int, port: str) -> AbstractContextManager[subprocess.Popen[str]]:
    directory = place.path / f"phone-{number}"
    directory.mkdir(exist_ok=True)
    for path in directory.iterdir():
        path.unlink()
    return _python(place, "tests.bench.ingest_reader", port, directory)


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@contextmanager
def _python(place: Stage, module: str, *options: object) -> Generator[subprocess.Popen[str]]:
    """A module that runs beside; ended with the block at the latest."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *map(str, options)],
        cwd=place.path,
        env=place.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
