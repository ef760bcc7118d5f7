"""Did the app reach a state, such as being suspended?"""

from __future__ import annotations

from dataclasses import dataclass

from harness.evidence.view import Evidence
from harness.expect import guards as guard
from harness.expect.question import ROUNDING_S, Window, open_or_lost
from harness.model.facts import Fact, ProcessAbsent, StateSeen
from harness.model.reasons import ClaimKind, Reason
from harness.model.states import AppState
from harness.model.verdict import Finding, false, true, unknown


@dataclass(frozen=True)
class ExpectState:
    """The app is in a state, or gets there, within a window.

    One notice of the state proves it. That it was not reached rests on both sources that tell every change
    of state, so that a notice which one of them dropped makes no verdict.

    Attributes:
        bundle_id: the app.
        window: from the mark to the deadline.
        state: the state wanted; the two foreground states cannot be told apart from outside.
    """

    bundle_id: str
    window: Window
    state: AppState

    kind = ClaimKind.STATE
    passed = Reason.PASS_CLAIMS_PROVEN

    def __str__(self) -> str:
        return f"{self.bundle_id} is {self.state} after {self.window.since.what}"

    def guards(self, evidence: Evidence) -> tuple[Finding, ...]:
        """For suspension: no debugger, which would prevent it."""
        if self.state is not AppState.SUSPENDED:
            return ()
        reached = self._reached(evidence)
        end_s = reached[0].at.latest_s if reached else self.window.deadline_s
        # It may be reached while the action lasts that the window begins with, such as letting a debugger go.
        began_s = min(self.window.since.at.latest_s, end_s)
        return (guard.no_debugger(evidence, self.bundle_id, began_s, end_s),)

    def near_miss(self, fact: Fact) -> str | None:
        """Nothing but its time speaks against the state itself."""
        return "" if isinstance(fact, StateSeen) and self._is(fact.state) else None

    def claims(self, evidence: Evidence) -> tuple[Finding, ...]:
        """One claim: the state was seen."""
        about = f"the app was {self.state}"
        reached = self._reached(evidence)
        if reached:
            return (true(about, reached[0]),)
        pending = open_or_lost(about, evidence, self.window, guard.STATE_SOURCES)
        if pending:
            return (pending,)
        late = self._edging(evidence)
        if late:
            note = "whether it got there before the deadline cannot be told"
            return (unknown(about, Reason.INCONCLUSIVE_ORDER, *late, note=note),)
        seen = evidence.of_app(
            StateSeen, self.bundle_id, since_s=self.window.from_s, until_s=self.window.deadline_s
        )
        before = None if seen else self._before(evidence)
        if before and self._is(before.state):
            return (true(about, before, note="it already was, and stayed so"),)
        if not seen and before is None and self._was_shown(evidence):
            gaps = evidence.lost_by_any(0.0, self.window.from_s)
            return (unknown(about, Reason.INCONCLUSIVE_GAP, gaps=gaps, note="it may already have been"),)
        never = self.state is AppState.SUSPENDED
        reason = Reason.NEVER_SUSPENDED if never else Reason.STATE_NOT_REACHED
        return (false(about, reason, *seen[-2:]),)

    def _before(self, evidence: Evidence) -> StateSeen | None:
        """Its state when the window began; ``None`` when a later change may have been missed.

        Rests on both state sources: either of them alone may have dropped the notice of the change.
        """
        from_s = self.window.from_s
        states = evidence.of_app(StateSeen, self.bundle_id, until_s=from_s)
        whole = states and all(
            evidence.covers(source, states[-1].at.latest_s, from_s) for source in guard.STATE_SOURCES
        )
        return states[-1] if whole else None

    def _was_shown(self, evidence: Evidence) -> bool:
        return bool(evidence.of_app(StateSeen, self.bundle_id, until_s=self.window.from_s))

    def _reached(self, evidence: Evidence) -> tuple[StateSeen | ProcessAbsent, ...]:
        # A state that began as the window did stood in it, so only the deadline has an edge here.
        deadline_s = self.window.deadline_s + ROUNDING_S
        return tuple(fact for fact in self._shown(evidence) if fact.at.latest_s <= deadline_s)

    def _edging(self, evidence: Evidence) -> tuple[StateSeen | ProcessAbsent, ...]:
        return tuple(fact for fact in self._shown(evidence) if self.window.edges(fact.at))

    def _shown(self, evidence: Evidence) -> tuple[StateSeen | ProcessAbsent, ...]:
        since_s, until_s = self.window.from_s, self.window.deadline_s
        inside = evidence.of_app(StateSeen, self.bundle_id, since_s=since_s, until_s=until_s)
        seen: tuple[StateSeen | ProcessAbsent, ...] = tuple(fact for fact in inside if self._is(fact.state))
        if seen or self.state is not AppState.NOT_RUNNING:
            return seen
        return evidence.of_app(ProcessAbsent, self.bundle_id, since_s=since_s, until_s=until_s)

    def _is(self, state: AppState) -> bool:
        return state is self.state or (state.is_foreground and self.state.is_foreground)
