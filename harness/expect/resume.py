"""Does the suspended process run again for its session's events?"""

from __future__ import annotations

from dataclasses import dataclass

from harness.evidence.view import Evidence
from harness.expect import guards as guard
from harness.expect.endings import exits_of, reason_of
from harness.expect.lives import life_at
from harness.expect.question import Window
from harness.expect.wake import Wake, began_s, near_wake, not_woken, wake_of
from harness.model.callbacks import WakeReason
from harness.model.facts import AppFact, Fact, StateSeen
from harness.model.reasons import ClaimKind, Reason
from harness.model.states import AppState
from harness.model.verdict import Finding, true


@dataclass(frozen=True)
class ExpectResume:
    """The suspended process of the app runs again, in the background, to handle its session's events.

    Attributes:
        bundle_id: the app.
        window: from the mark (such as a release) to the deadline.
        pid: the process that was suspended.
        reason: why iOS must have resumed it.
        sessions: background sessions of this test; events of another are no cause. Empty for any.
    """

    bundle_id: str
    window: Window
    pid: int
    reason: WakeReason = WakeReason.URL_SESSION
    sessions: frozenset[str] = frozenset()

    kind = ClaimKind.WAKE
    passed = Reason.PASS_RESUMED

    def __str__(self) -> str:
        return f"{self.bundle_id} is resumed for {self.reason} after {self.window.since.what}"

    def find(self, evidence: Evidence) -> Wake | None:
        """What shows the process running again."""
        life = life_at(evidence, self.bundle_id, self.pid, self.window.since.at)
        return wake_of(evidence, self.bundle_id, self.window, life, self.sessions, self.reason)

    def unfit(self, evidence: Evidence) -> tuple[Reason, Fact] | None:
        """The suspended process was ended: what is dead is not resumed."""
        life = life_at(evidence, self.bundle_id, self.pid, self.window.since.at)
        since_s, until_s = life.from_s, self.window.deadline_s
        for story in exits_of(evidence, self.bundle_id, pid=self.pid, since_s=since_s, until_s=until_s):
            reason = reason_of(story)
            return (reason, story.facts[0]) if reason and story.facts else None
        return None

    def guards(self, evidence: Evidence) -> tuple[Finding, ...]:
        """No debugger, suspended at the mark, and nobody who opened the app."""
        wake = self.find(evidence)
        end_s = wake.proven_s if wake and wake.proven_s is not None else self.window.deadline_s
        return (
            guard.no_debugger(evidence, self.bundle_id, began_s(evidence, self), end_s),
            guard.was_suspended(evidence, self.bundle_id, self.window.since.at),
            guard.not_foregrounded(evidence, self.bundle_id, self.window.from_s, end_s),
        )

    def near_miss(self, fact: Fact) -> str | None:
        """What shows the app running, or woken, may not be this wake, or not this process."""
        against = near_wake(fact, self.sessions, self.reason)
        is_other = isinstance(fact, AppFact) and fact.pid not in (0, self.pid)
        return f"another process than {self.pid}" if against == "" and is_other else against

    def claims(self, evidence: Evidence) -> tuple[Finding, ...]:
        """One claim: the same process ran because of the session."""
        about = f"the suspended process {self.pid} was resumed for {self.reason}"
        wake = self.find(evidence)
        if wake and wake.is_proven and self._went_background(wake):
            gaps = evidence.lost_by_any(self.window.from_s, self.window.deadline_s)
            return (true(about, *wake.facts[:3], *wake.causes, gaps=gaps),)
        return (not_woken(about, evidence, self, wake),)

    @staticmethod
    def _went_background(wake: Wake) -> bool:
        states = [fact.state for fact in wake.facts if isinstance(fact, StateSeen)]
        return AppState.BACKGROUND_RUNNING in states or not states
