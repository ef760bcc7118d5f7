"""Facts as lines of a table, their times relative to a mark: what the story of a verdict is told in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from harness.expect.plain import cut, plain
from harness.model.facts import (
    ActionTaken,
    AppFact,
    CallbackSeen,
    Fact,
    Gap,
    ProcessEnded,
    Source,
    StateSeen,
    TransferPhase,
    TransferSeen,
)

WIDTH = 120
"""Columns that a line of a story may take."""

SAME_S = 0.001
"""What two sources tell of one thing within this time is one line."""

_QUIET_FIELDS = frozenset({"at", "source", "bundle_id", "pid"})


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        at_s: seconds from the mark.
        error_s: how far off that may be.
        what: the kind of thing, in one word or two.
        detail: what it says.
        pid: the process, or 0.
        sources: who says so.
        counted: whether the verdict rests on it.
    """

    at_s: float
    error_s: float
    what: str
    detail: str
    pid: int
    sources: tuple[Source, ...]
    counted: bool = False

    def told(self) -> str:
        """The line, at most as wide as a terminal, and with nothing in it that one would obey."""
        error = f"±{self.error_s:.3f}" if self.error_s >= SAME_S else ""
        when = f"{self.at_s:+.3f}{error} s"
        process = f"pid {self.pid}" if self.pid else ""
        who = f" ({', '.join(self.sources)})" if self.sources else ""
        head = f"  {'*' if self.counted else ' '} {when:>15}  {self.what:<10} {process:<9} "
        return head + cut(plain(self.detail), WIDTH - len(head) - len(who)) + who


def rows_of(known: Iterable[Fact | Gap], origin_s: float, counted: Iterable[Fact] = ()) -> list[Row]:
    """Facts and gaps in the order of time, what several sources tell alike in one line.

    Args:
        known: facts and gaps.
        origin_s: the mark, phone time.
        counted: the facts that the verdict rests on.
    """
    ours = {id(fact) for fact in counted}
    rows = [_row(one, origin_s, counted=id(one) in ours) for one in known]
    merged: list[Row] = []
    for row in sorted(rows, key=lambda row: row.at_s):
        twin = next((index for index, other in enumerate(merged) if _alike(other, row)), None)
        if twin is None:
            merged.append(row)
        else:
            merged[twin] = _both(merged[twin], row)
    return merged


def _alike(one: Row, other: Row) -> bool:
    is_same = (one.what, one.detail, one.pid) == (other.what, other.detail, other.pid)
    return is_same and abs(one.at_s - other.at_s) <= SAME_S


def _both(one: Row, other: Row) -> Row:
    sources = tuple(dict.fromkeys((*one.sources, *other.sources)))
    counted = one.counted or other.counted
    return Row(one.at_s, one.error_s, one.what, one.detail, one.pid, sources, counted)


def _row(one: Fact | Gap, origin_s: float, *, counted: bool) -> Row:
    if isinstance(one, Gap):
        until = "still lasting" if one.to_s is None else f"until {one.to_s - origin_s:+.3f} s"
        return Row(one.from_s - origin_s, 0.0, "gap", f"{one.source}: {one.why}, {until}", 0, (), counted)
    what, detail = _said(one)
    pid = one.pid if isinstance(one, AppFact) else 0
    return Row(one.at.at_s - origin_s, one.at.error_s, what, detail, pid, (one.source,), counted)


def _said(fact: Fact) -> tuple[str, str]:
    match fact:
        case ActionTaken():
            return "action", str(fact)
        case StateSeen(state=state):
            return "state", state.value
        case CallbackSeen():
            named = (("session", fact.session), ("task", fact.task), ("state", fact.app_state))
            return "callback", " ".join([fact.name, *(f"{name}={value}" for name, value in named if value)])
        case TransferSeen():
            return "transfer", _of_transfer(fact)
        case ProcessEnded(domain=domain, code=code, explanation=words):
            return "ended", f"{domain} {code:#x}: {words}" if code > 255 else f"{domain} {code} {words}"
        case _:
            return "fact", f"{type(fact).__name__} {_all_of(fact)}".strip()


def _of_transfer(fact: TransferSeen) -> str:
    whole = ", whole" if fact.complete else ""
    size = f", {fact.body_bytes} B" if fact.phase is not TransferPhase.STARTED else ""
    return f"{fact.name} request {fact.request} {fact.phase}{size}{whole}"


def _all_of(fact: Fact) -> str:
    said = ((item.name, getattr(fact, item.name)) for item in fields(fact) if item.name not in _QUIET_FIELDS)
    return " ".join(f"{name}={value}" for name, value in said if value not in ("", None, False))
