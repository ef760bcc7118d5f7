"""A stored timeline judged again: every question over the entries that stood before its verdict.

The live verdict and its ``Judged`` entry are written in one turn of the loop, so the entries before it
are exactly those that it rested on, and the same question over them gives the same verdict. If not, the
file was changed, or the rules were.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.evidence.record import Entry
from harness.evidence.timeline import Timeline
from harness.expect.question import judge
from harness.expect.stored import from_text
from harness.model.identity import Hardware
from harness.model.run import Begun, Judged
from harness.model.verdict import Verdict


@dataclass(frozen=True)
class Rejudged:
    """A verdict of a stored run, and what it comes to now.

    Attributes:
        live: as it was given.
        verdict: as it is now; ``None`` when the question cannot be asked again.
        why_not: why it cannot.
    """

    live: Judged
    verdict: Verdict | None
    why_not: str = ""

    @property
    def agrees(self) -> bool:
        """Whether outcome and reason are those of the live verdict."""
        now = self.verdict
        return now is not None and (now.outcome, now.reason) == (self.live.outcome, self.live.reason)


def replay(entries: Iterable[Entry], *, hindsight: bool = False) -> Iterator[Rejudged]:
    """Judge each question of a stored timeline again, in the order they were asked.

    Args:
        entries: of the timeline, in the order of the file.
        hindsight: judge over the whole timeline, also over what became known after the live verdict.
    """
    timeline, hardware = Timeline(), Hardware.VIRTUAL
    waiting: list[Judged] = []
    for entry in entries:
        match entry:
            case Begun():
                timeline.nonce, hardware = entry.nonce, entry.phone.hardware
            case Judged() if hindsight:
                waiting.append(entry)
            case Judged():
                yield _again(entry, timeline, hardware)
            case _:
                timeline.append(entry)
    yield from (_again(judged, timeline, hardware) for judged in waiting)


def _again(live: Judged, timeline: Timeline, hardware: Hardware) -> Rejudged:
    try:
        question = from_text(live.question)
    except ValueError as error:  # one question that cannot be read costs the others nothing
        return Rejudged(live, None, str(error))
    return Rejudged(live, judge(question, timeline.evidence(), hardware))
