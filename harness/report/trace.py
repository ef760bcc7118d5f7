"""Timelines in the Chrome trace event format, which Perfetto opens: one process per phone.

The axis is the phone's time, from the first thing that is told of any of them. Slices of one track must
not overlap half in that format, so a slice ends where the next of its track begins.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

from harness.evidence.record import Entry
from harness.model.facts import (
    ActionTaken,
    CallbackSeen,
    Fact,
    Gap,
    Mark,
    StateSeen,
    TransferPhase,
    TransferSeen,
)
from harness.model.run import Begun, Judged
from harness.report.run import TestRecord

NO_PHONE = "no phone"

Args = dict[str, Any]


@dataclass(frozen=True)
class Slice:
    """Something that lasted.

    Attributes:
        track: what it is drawn on.
        name: what it says.
        from_s: phone time.
        to_s: phone time.
        args: what is shown when it is clicked.
    """

    track: str
    name: str
    from_s: float
    to_s: float
    args: Args = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Moment:
    """Something that happened; attributes as of ``Slice``."""

    track: str
    name: str
    at_s: float
    args: Args = field(default_factory=dict[str, Any])


TRACKS = ("tests", "actions", "app state", "callbacks", "transfer", "gaps", "verdicts")
"""What the names of tracks begin with, from top to bottom; other sources are below."""


def write_trace(records: Iterable[TestRecord], path: Path) -> None:
    """Write the timelines of some attempts as one trace."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(trace(records), separators=(",", ":")), encoding="utf-8")


def trace(records: Iterable[TestRecord]) -> dict[str, Any]:
    """The document of some attempts."""
    drawn: dict[str, list[Slice | Moment]] = {}
    for record in records:
        name = str(record.phone) if record.phone else NO_PHONE
        if things := list(draw(record)):
            drawn.setdefault(name, []).extend(things)
    starts = [_start(one) for things in drawn.values() for one in things]
    zero_s = min(starts, default=0.0)
    events = [
        event
        for pid, (name, things) in enumerate(drawn.items(), 1)
        for event in _process(pid, name, things, zero_s)
    ]
    return {"traceEvents": events, "displayTimeUnit": "ms", "otherData": {"zero_s": zero_s}}


def draw(record: TestRecord) -> Iterator[Slice | Moment]:
    """What an attempt's timeline shows, in phone time; nothing of one without evidence."""
    span = _span(record.entries)
    if span is None:
        return
    from_s, to_s = span
    about = {"result": record.result, "message": record.message[:2000], "nonce": record.nonce}
    yield Slice("tests", record.nodeid, from_s, to_s, about)
    yield from _states(record.entries, to_s)
    yield from _transfers(record.entries, to_s)
    now_s = from_s
    for entry in record.entries:
        if isinstance(entry, Fact):
            now_s = max(now_s, entry.at.at_s)
        yield from _drawn(entry, from_s, to_s, now_s)


def _span(entries: Iterable[Entry]) -> tuple[float, float] | None:
    times = [entry.at for entry in entries if isinstance(entry, Fact | Mark)]
    if not times:
        return None
    return min(at.earliest_s for at in times), max(at.latest_s for at in times)


def _drawn(entry: Entry, from_s: float, to_s: float, now_s: float) -> Iterator[Slice | Moment]:
    match entry:
        case StateSeen() | TransferSeen() | Mark() | Begun():
            return  # drawn as bands, or said by another entry
        case ActionTaken():
            yield Slice("actions", str(entry), entry.at.earliest_s, entry.at.latest_s)
        case CallbackSeen():
            yield Moment("callbacks", entry.name, entry.at.at_s, _args(entry))
        case Gap():
            end_s = to_s if entry.to_s is None else entry.to_s
            start_s = min(max(entry.from_s, from_s), to_s)
            yield Slice(f"gaps: {entry.source}", entry.why, start_s, max(start_s, min(end_s, to_s)))
        case Judged():
            said = {"question": entry.told, "story": entry.story[:4000]}
            yield Moment("verdicts", f"{entry.outcome} {entry.reason}", now_s, said)
        case Fact():
            yield Moment(str(entry.source), type(entry).__name__, entry.at.at_s, _args(entry))
        case _:
            return


def _args(fact: Fact) -> Args:
    """All that a fact tells, field by field."""
    told = {item.name: getattr(fact, item.name) for item in fields(fact) if item.name != "at"}
    shown = {name: value for name, value in told.items() if value not in ("", None)}
    return {"error_s": fact.at.error_s} | {name: _plain(value) for name, value in shown.items()}


def _plain(value: object) -> object:
    return value if isinstance(value, bool | int | float) else str(value)


def _states(entries: Iterable[Entry], to_s: float) -> Iterator[Slice]:
    """The app's state as a band: each lasts until the next is seen."""
    apps: dict[str, list[StateSeen]] = {}
    for entry in entries:
        if isinstance(entry, StateSeen):
            apps.setdefault(entry.bundle_id, []).append(entry)
    for bundle_id, seen in apps.items():
        ordered = sorted(seen, key=lambda fact: fact.at.at_s)
        ends = [*(after.at.at_s for _, after in pairwise(ordered)), to_s]
        for fact, end_s in zip(ordered, ends, strict=True):
            yield Slice(f"app state: {bundle_id}", str(fact.state), fact.at.at_s, end_s, {"pid": fact.pid})


def _transfers(entries: Iterable[Entry], to_s: float) -> Iterator[Slice | Moment]:
    """Each request at the origin as a slice on a track of its own, and what happened to it on the way."""
    requests: dict[tuple[str, int], list[TransferSeen]] = {}
    for entry in entries:
        if isinstance(entry, TransferSeen):
            requests.setdefault((entry.nonce, entry.request), []).append(entry)
    for (_, number), seen in requests.items():
        track = f"transfer {number}: {seen[0].name}"
        last = seen[-1]
        over = last.phase in (TransferPhase.FINISHED, TransferPhase.BROKEN)
        args = {"body_bytes": last.body_bytes, "range_start": last.range_start, "complete": last.complete}
        yield Slice(track, str(last.phase), seen[0].at.at_s, last.at.at_s if over else to_s, args)
        for fact in seen[1:]:
            yield Moment(track, str(fact.phase), fact.at.at_s, {"body_bytes": fact.body_bytes})


def _start(drawn: Slice | Moment) -> float:
    return drawn.from_s if isinstance(drawn, Slice) else drawn.at_s


def _process(pid: int, name: str, drawn: list[Slice | Moment], zero_s: float) -> Iterator[dict[str, Any]]:
    yield _named("process_name", pid, 0, {"name": name})
    yield _named("process_sort_index", pid, 0, {"sort_index": pid})
    tracks: dict[str, list[Slice | Moment]] = {}
    for one in drawn:
        tracks.setdefault(one.track, []).append(one)
    for tid, track in enumerate(sorted(tracks, key=_order), 1):
        yield _named("thread_name", pid, tid, {"name": track})
        yield _named("thread_sort_index", pid, tid, {"sort_index": tid})
        yield from _events(pid, tid, tracks[track], zero_s)


def _order(track: str) -> tuple[int, str]:
    known = [number for number, name in enumerate(TRACKS) if track.startswith(name)]
    return (known[0] if known else len(TRACKS), track)


def _named(name: str, pid: int, tid: int, args: Args) -> dict[str, Any]:
    return {"ph": "M", "name": name, "pid": pid, "tid": tid, "ts": 0, "args": args}


def _events(pid: int, tid: int, drawn: list[Slice | Moment], zero_s: float) -> Iterator[dict[str, Any]]:
    slices = sorted((one for one in drawn if isinstance(one, Slice)), key=lambda one: (one.from_s, one.to_s))
    starts = [_us(one.from_s - zero_s) for one in slices]
    for index, one in enumerate(slices):
        end = max(_us(one.to_s - zero_s), starts[index])
        end = min(end, starts[index + 1]) if index + 1 < len(slices) else end
        yield _event("X", one, pid, tid, starts[index]) | {"dur": end - starts[index]}
    for one in sorted((one for one in drawn if isinstance(one, Moment)), key=lambda one: one.at_s):
        yield _event("i", one, pid, tid, _us(one.at_s - zero_s)) | {"s": "t"}


def _event(ph: str, one: Slice | Moment, pid: int, tid: int, ts: int) -> dict[str, Any]:
    return {"ph": ph, "name": one.name, "cat": one.track, "pid": pid, "tid": tid, "ts": ts, "args": one.args}


def _us(seconds: float) -> int:
    return round(seconds * 1e6)
