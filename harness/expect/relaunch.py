"""Is the dead app started in the background for its session's events?"""

from __future__ import annotations

from dataclasses import dataclass

from harness.evidence.view import Evidence
from harness.expect import guards as guard
from harness.expect.lives import Life, lives_of
from harness.expect.question import Window
from harness.expect.wake import Wake, began_s, near_wake, not_woken, runs_code, wake_of
from harness.model.callbacks import WakeReason
from harness.model.facts import ActionTaken, AppFact, Fact, Gap
from harness.model.reasons import ClaimKind, Reason
from harness.model.time import Instant
from harness.model.verdict import Finding, true


@dataclass(frozen=True)
class ExpectRelaunch:
    """The dead app is started in the background to handle its session's events.

    Attributes:
        bundle_id: the app.
        window: from the mark (such as a release) to the deadline.
        reason: why iOS must have started it.
        sessions: background sessions of this test; events of another are no cause. Empty for any.
    """

    bundle_id: str
    window: Window
    reason: WakeReason = WakeReason.URL_SESSION
    sessions: frozenset[str] = frozenset()

    kind = ClaimKind.WAKE
    passed = Reason.PASS_RELAUNCHED

    def __str__(self) -> str:
        return f"{self.bundle_id} is relaunched for {self.reason} after {self.window.since.what}"

    def find(self, evidence: Evidence) -> Wake | None:
        """The best shown wake by a new process: a proven one, else the first that ran."""
        new = (life for life in self._lives(evidence) if not self._is_old(evidence, life))
        wakes = [wake for life in new if (wake := self._wake(evidence, life))]
        return next((wake for wake in wakes if wake.is_proven), wakes[0] if wakes else None)

    def _lives(self, evidence: Evidence) -> list[Life]:
        """The processes that the window tells of, also those that have the pid of one that is gone."""
        pids = dict.fromkeys(fact.pid for fact in self._inside(evidence) if fact.pid)
        return [life for pid in pids for life in lives_of(evidence, self.bundle_id, pid)]

    def _is_old(self, evidence: Evidence, life: Life) -> bool:
        """Whether anything tells of the process before the window."""
        before = evidence.of_app(AppFact, self.bundle_id, until_s=self.window.from_s)
        begins = Instant(self.window.from_s)
        return any(
            fact.pid == life.pid and life.has(fact.at) and fact.at.surely_before(begins) for fact in before
        )

    def _inside(self, evidence: Evidence) -> tuple[AppFact, ...]:
        window = self.window
        return evidence.of_app(AppFact, self.bundle_id, since_s=window.from_s, until_s=window.deadline_s)

    def unfit(self, evidence: Evidence) -> tuple[Reason, Fact] | None:
        """A process from before the window ran in it: what runs is not relaunched."""
        old = [life for life in self._lives(evidence) if self._is_old(evidence, life)]
        for fact in self._inside(evidence):
            is_old = any(fact.pid == life.pid and life.has(fact.at) for life in old)
            if is_old and runs_code(fact) and fact.at.earliest_s >= self.window.from_s:
                return Reason.NOT_WOKEN_ALREADY_CONNECTED, fact
        return None

    def _wake(self, evidence: Evidence, life: Life) -> Wake | None:
        return wake_of(evidence, self.bundle_id, self.window, life, self.sessions, self.reason)

    def guards(self, evidence: Evidence) -> tuple[Finding, ...]:
        """No debugger, a right kill, and nobody who opened the app."""
        wake = self.find(evidence)
        end_s = wake.proven_s if wake and wake.proven_s is not None else self.window.deadline_s
        kill = guard.last_kill(evidence, self.bundle_id, self.window.since.at.latest_s)
        foreground = guard.not_foregrounded(evidence, self.bundle_id, self._dead_since_s(kill), end_s)
        debugger = guard.no_debugger(evidence, self.bundle_id, began_s(evidence, self), end_s)
        if kill is None:
            return (debugger, foreground)
        return (debugger, guard.kill_was_right(evidence, kill), foreground)

    def _dead_since_s(self, kill: ActionTaken | None) -> float:
        return min(self.window.from_s, kill.at.latest_s) if kill else self.window.from_s

    def near_miss(self, fact: Fact) -> str | None:
        """What shows the app running, or woken, may not be this wake."""
        return near_wake(fact, self.sessions, self.reason)

    def claims(self, evidence: Evidence) -> tuple[Finding, ...]:
        """One claim: a new process ran because of the session."""
        about = f"a new process of the app was started for {self.reason}"
        wake = self.find(evidence)
        if wake and wake.is_proven:
            return (true(about, *wake.facts[:3], *wake.causes, gaps=self._gaps(evidence)),)
        return (not_woken(about, evidence, self, wake),)

    def _gaps(self, evidence: Evidence) -> tuple[Gap, ...]:
        return evidence.lost_by_any(self.window.from_s, self.window.deadline_s)
