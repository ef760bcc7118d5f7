"""Did the app's process end, and for the cause expected?

An app that was ended tells nothing of it, so two independent witnesses of its end are two sources that
reach the harness by different services of the phone: its log, its state stream, its process control, its
process list, its reports; or the app's own next process. One alone leaves it open.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.evidence.view import Evidence
from harness.expect import guards as guard
from harness.expect.endings import REASON_OF
from harness.expect.exits import cause_of
from harness.expect.lives import lives_of
from harness.expect.question import Window, open_or_lost
from harness.model.exits import WATCHDOGS, ExitCause, ExitStory
from harness.model.facts import AppFact, Fact, ProcessEnded, Source
from harness.model.reasons import ClaimKind, Reason
from harness.model.time import Instant
from harness.model.verdict import Finding, Truth, false, true, unknown

SOURCES = (Source.STATE_STREAM, Source.SYSTEM_LOG)
"""Both would have shown an end, and only when both were watched whole was there none."""

NEVER_DEBUGGED = WATCHDOGS | {ExitCause.WATCHDOG, ExitCause.LOCK_HELD}
"""What never ends a debugged app: a debugger stops the watchdogs and prevents suspension (§1.5)."""

ENDED = "the app's process ended"


@dataclass(frozen=True)
class ExpectExit:
    """The process of the app ends within a window, for a cause.

    Attributes:
        bundle_id: the app.
        window: from the mark to the deadline.
        cause: why it must have ended; ``WATCHDOG`` for any of them.
    """

    bundle_id: str
    window: Window
    cause: ExitCause

    kind = ClaimKind.EXIT
    passed = Reason.PASS_EXITED

    def __str__(self) -> str:
        return f"{self.bundle_id} ends after {self.window.since.what}, cause: {self.cause}"

    def find(self, evidence: Evidence) -> ExitStory | None:
        """The first end of a process of the app that lies in the window; ``None`` when there is none."""
        lives = [life for pid in self._pids(evidence) for life in lives_of(evidence, self.bundle_id, pid)]
        stories = [cause_of(evidence, self.bundle_id, life.pid, life) for life in lives]
        inside = [(story.at, story) for story in stories if story.at is not None and self._counts(story.at)]
        return min(inside, key=lambda each: each[0], default=(None, None))[1]

    def _pids(self, evidence: Evidence) -> list[int]:
        facts = evidence.of_app(AppFact, self.bundle_id, until_s=self.window.deadline_s)
        return list(dict.fromkeys(fact.pid for fact in facts if fact.pid))

    def _counts(self, at: Instant) -> bool:
        return self.window.holds(at) or self.window.edges(at)

    def near_miss(self, fact: Fact) -> str | None:
        """Nothing but its time speaks against an end."""
        return "" if isinstance(fact, ProcessEnded) else None

    def guards(self, evidence: Evidence) -> tuple[Finding, ...]:
        """For a watchdog, or a lock held while suspended: no debugger, which would prevent it.

        For a crash that did not come, no debugger that was seen: it would hold an app that crashes.
        """
        story = self.find(evidence)
        is_held = self.cause is ExitCause.CRASH and story is None
        if self.cause not in NEVER_DEBUGGED and not is_held:
            return ()
        end_s = story.at.latest_s if story and story.at else self.window.deadline_s
        found = guard.no_debugger(evidence, self.bundle_id, self._began_s(evidence), end_s)
        if is_held and found.truth is Truth.UNKNOWN:
            return ()
        if found.truth is Truth.UNKNOWN and story and story.cause in NEVER_DEBUGGED:
            note = f"the {story.cause} struck, which no debugged app knows"
            return (true(guard.NO_DEBUGGER, *story.facts[:1], note=note),)
        return (found,)

    def _began_s(self, evidence: Evidence) -> float:
        launch = guard.last_launch(evidence, self.bundle_id, self.window.from_s)
        return launch.at.earliest_s if launch else self.window.from_s

    def claims(self, evidence: Evidence) -> tuple[Finding, ...]:
        """Two claims: it ended, and for the cause."""
        story = self.find(evidence)
        if story is None:
            return (self._not_ended(evidence),)
        return (self._ended(evidence, story), self._for_the_cause(evidence, story))

    def _not_ended(self, evidence: Evidence) -> Finding:
        pending = open_or_lost(ENDED, evidence, self.window, SOURCES)
        if pending:
            return pending
        seen = evidence.of_app(
            AppFact, self.bundle_id, since_s=self.window.from_s, until_s=self.window.deadline_s
        )
        return false(ENDED, Reason.NOT_EXITED, *seen[-2:])

    def _ended(self, evidence: Evidence, story: ExitStory) -> Finding:
        facts = (*story.facts, *_next_process(evidence, story))
        if story.at is not None and not self.window.holds(story.at):
            note = "the clocks cannot tell whether it ended in the window"
            return unknown(ENDED, Reason.INCONCLUSIVE_DEADLINE, *facts, gaps=story.gaps, note=note)
        # That the harness sent a signal shows nothing of what became of it.
        sources = {fact.source for fact in facts} - {Source.HARNESS}
        if len(sources) > 1:
            return true(ENDED, *facts, gaps=story.gaps)
        note = f"only the {next(iter(sources), 'harness')} shows it"
        return unknown(ENDED, _open(story), *facts, gaps=story.gaps, note=note)

    def _for_the_cause(self, evidence: Evidence, story: ExitStory) -> Finding:
        about = f"the cause was: {self.cause}"
        told = "; ".join(each.says for each in story.testimony if not each.stands)
        note = f"{story.note}; against it: {told}" if told and story.note else story.note or told
        if self.cause.includes(story.cause):
            return true(about, *story.facts, gaps=story.gaps, note=note)
        if story.cause is ExitCause.UNKNOWN or story.cause.includes(self.cause):
            note = note or f"it was a {story.cause}, and nothing tells which"
            return unknown(about, _open(story), *story.facts, *story.against, gaps=story.gaps, note=note)
        reason = REASON_OF.get(story.cause, Reason.EXIT_OTHER_CAUSE)
        was = f"it was: {story.cause}" + (f"; {note}" if note else "")
        return false(about, reason, *story.facts, *story.against, gaps=story.gaps, note=was)


def _open(story: ExitStory) -> Reason:
    """Why an end is not told: evidence was lost, or has not come yet."""
    return Reason.INCONCLUSIVE_GAP if story.gaps else Reason.INCONCLUSIVE_DEADLINE


def _next_process(evidence: Evidence, story: ExitStory) -> tuple[AppFact, ...]:
    """The app's own first word as another process, which an app has only when the one before is gone."""
    if story.at is None:
        return ()
    after = evidence.of_app(AppFact, story.bundle_id, since_s=story.at.latest_s)
    words = [
        fact
        for fact in after
        if fact.source is Source.JOURNAL and fact.pid not in (0, story.pid) and fact.at.surely_after(story.at)
    ]
    return tuple(words[:1])
