"""Did the app reach a state, such as being suspended?"""

from __future__ import annotations

from dataclasses import dataclass

from harness.evidence.view import Evidence
from harness.expect import guards as guard
from harness.expect.question import ROUNDING_S, Window, open_or_lost
from harness.model.facts import ActionTaken, Fact, ProcessAbsent, StateSeen, Verb
from harness.model.reasons import ClaimKind, Reason
from harness.model.states import AppState
from harness.model.verdict import Finding, false, true, unknown

MOVING = frozenset(
    {
        Verb.LAUNCH,
        Verb.TAP_ICON,
        Verb.BACKGROUND,
        Verb.KILL,
        Verb.FORCE_QUIT,
        Verb.TERMINATE,
        Verb.UPGRADE,
        Verb.REBOOT,
        Verb.PRESS_MEMORY,
    }
)
"""Actions that take an app from one state to another."""


@dataclass(frozen=True)
class ExpectState:
    """The app is in a state, or gets there, within a window.

    That it surely was in it at the mark is enough, whatever it did after; but not when the mark is of an
    action that moves the app, as what that brings about may show a moment later. Otherwise one notice of the
    state proves it. That it was not reached rests on both sources that tell every change
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
        stood, reached = self._stood(evidence), self._reached(evidence)
        end_s = reached[0].at.latest_s if reached else self.window.deadline_s
        end_s = self.window.since.at.latest_s if stood else end_s
        # It may be reached while the action lasts that the window begins with, such as letting a debugger go.
        began_s = stood.at.earliest_s if stood else min(self.window.since.at.latest_s, end_s)
        return (guard.no_debugger(evidence, self.bundle_id, began_s, end_s),)

    def near_miss(self, fact: Fact) -> str | None:
        """Nothing but its time speaks against the state itself."""
        return "" if isinstance(fact, StateSeen) and self._is(fact.state) else None

    def claims(self, evidence: Evidence) -> tuple[Finding, ...]:
        """One claim: the state was seen."""
        about = f"the app was {self.state}"
        stood = self._stood(evidence)
        if stood:
            return (true(about, stood, note="it already was"),)
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
        doubt = self._at_the_mark(about, evidence, stayed=not seen)
        if doubt:
            return (doubt,)
        never = self.state is AppState.SUSPENDED
        reason = Reason.NEVER_SUSPENDED if never else Reason.STATE_NOT_REACHED
        return (false(about, reason, *seen[-2:]),)

    def _at_the_mark(self, about: str, evidence: Evidence, *, stayed: bool) -> Finding | None:
        """What its state before the window comes to, when nothing in the window shows the one wanted."""
        if not stayed and self._is_moved(evidence):
            return None
        before = self._before(evidence)
        if before is None and self._was_shown(evidence):
            gaps = evidence.lost_by_any(0.0, self.window.from_s)
            return unknown(about, Reason.INCONCLUSIVE_GAP, gaps=gaps, note="it may already have been")
        if before is None or not self._is(before.state):
            return None
        if stayed:
            return true(about, before, note="it already was, and stayed so")
        return unknown(about, Reason.INCONCLUSIVE_ORDER, before, note="it may still have been at the mark")

    def _stood(self, evidence: Evidence) -> StateSeen | None:
        """What shows that it surely was in the state at the mark; ``None`` when it may not have been."""
        since = self.window.since.at
        if self._is_moved(evidence):
            return None
        states = evidence.of_app(StateSeen, self.bundle_id, until_s=since.latest_s)
        last = guard.last_states(list(states))
        stood = bool(last) and all(self._is(fact.state) for fact in last)
        whole = stood and all(
            evidence.covers(source, last[-1].at.latest_s, since.latest_s) for source in guard.STATE_SOURCES
        )
        return last[-1] if whole else None

    def _is_moved(self, evidence: Evidence) -> bool:
        """Whether an action that takes an app from state to state lies at the mark."""
        since = self.window.since.at
        actions = evidence.of_app(
            ActionTaken, self.bundle_id, since_s=since.earliest_s, until_s=since.latest_s
        )
        return any(action.verb in MOVING and action.done is not False for action in actions)

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
