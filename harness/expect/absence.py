"""Was the app left alone? Absence needs proof of coverage, stated per source."""

from __future__ import annotations

from dataclasses import dataclass

from harness.evidence.view import Evidence
from harness.expect import guards as guard
from harness.expect.causes import is_event, is_wake_cause
from harness.expect.hindrances import Own, is_surely_about, own_reason
from harness.expect.question import Window, open_or_lost
from harness.expect.standing import network_was_away, refresh_was_off
from harness.expect.wake import SOURCES, is_foreign, is_ours, runs_code
from harness.model.facts import AppFact, Bootstrapped, Fact
from harness.model.reasons import MEANINGS, ClaimKind, Outcome, Reason
from harness.model.time import Instant
from harness.model.verdict import Finding, false, true, unknown


@dataclass(frozen=True)
class ExpectNoWake:
    """The app does not run in the window.

    Attributes:
        bundle_id: the app.
        window: from the mark to the end of the time it must stay alone.
        because: the reason of the phone's own for leaving it alone, when one is claimed.
        sessions: background sessions of this test; events of another woke it for another's sake.
            Empty for any.
    """

    bundle_id: str
    window: Window
    because: Reason | None = None
    sessions: frozenset[str] = frozenset()

    kind = ClaimKind.ABSENCE

    @property
    def passed(self) -> Reason:
        """The reason claimed, or simply that nothing woke it."""
        return self.because or Reason.NOT_WOKEN_UNEXPLAINED

    def __str__(self) -> str:
        why = f" because {MEANINGS[self.because].sentence}" if self.because else ""
        return f"{self.bundle_id} is not woken after {self.window.since.what}{why}"

    def guards(self, evidence: Evidence) -> tuple[Finding, ...]:
        """It was not running to begin with, nobody opened it, and what is to keep it asleep was in force."""
        return (
            guard.was_not_running(evidence, self.bundle_id, Instant(self._from_s)),
            guard.not_foregrounded(evidence, self.bundle_id, self._from_s, self.window.deadline_s),
            *self._standing(evidence),
        )

    def _standing(self, evidence: Evidence) -> tuple[Finding, ...]:
        if self.because is Reason.NOT_WOKEN_WAITING_NETWORK:
            return network_was_away(evidence, self.bundle_id, self.window)
        if self.because is Reason.NOT_WOKEN_BAR_OFF:
            return refresh_was_off(evidence, self.bundle_id, self.window)
        return ()

    @property
    def _from_s(self) -> float:
        # It may run while the action lasts that leaves it alone from then on, such as being quit.
        return self.window.since.at.latest_s

    def near_miss(self, fact: Fact) -> str | None:
        """Nothing but its time speaks against what shows the app running."""
        return "" if isinstance(fact, AppFact) and runs_code(fact) else None

    def claims(self, evidence: Evidence) -> tuple[Finding, ...]:
        """One claim: no code of the app ran."""
        about = "no code of the app ran"
        ran = self._ran(evidence)
        other = self._other_cause(evidence)
        if ran and other:
            note = "a transfer of another test, or the system's guess that it will be wanted"
            return (unknown(about, Reason.INCONCLUSIVE_OTHER_WAKE, *other, *ran[:3], note=note),)
        if ran:
            return (false(about, Reason.WOKEN_UNEXPECTEDLY, *ran[:3]),)
        edging = self._edging(evidence)
        if edging:
            note = "whether it ran within the window or just outside cannot be told"
            return (unknown(about, Reason.INCONCLUSIVE_ORDER, *edging[:3], note=note),)
        return (open_or_lost(about, evidence, self.window, SOURCES) or self._explained(about, evidence),)

    def _ran(self, evidence: Evidence) -> list[AppFact]:
        return [fact for fact in self._inside(evidence) if runs_code(fact)]

    def _inside(self, evidence: Evidence) -> list[AppFact]:
        """What surely lies between the end of the action and the end of the window."""
        return [
            fact
            for fact in self._around(evidence)
            if fact.at.earliest_s >= self._from_s and fact.at.latest_s <= self.window.deadline_s
        ]

    def _edging(self, evidence: Evidence) -> list[AppFact]:
        inside = self._inside(evidence)
        return [fact for fact in self._around(evidence) if runs_code(fact) and fact not in inside]

    def _around(self, evidence: Evidence) -> tuple[AppFact, ...]:
        return evidence.of_app(AppFact, self.bundle_id, since_s=self._from_s, until_s=self.window.deadline_s)

    def _other_cause(self, evidence: Evidence) -> list[AppFact]:
        """Wakes for another test, by its session or its nonce, or a prewarm, when none was for ours."""
        inside = self._inside(evidence)
        events = [fact for fact in inside if is_event(fact) or is_foreign(fact, evidence)]
        if any(is_ours(fact, evidence, self.sessions) for fact in events):
            return []
        if events or any(is_wake_cause(fact) for fact in inside):
            return events
        return [fact for fact in inside if isinstance(fact, Bootstrapped) and fact.is_prewarm]

    def _explained(self, about: str, evidence: Evidence) -> Finding:
        own = own_reason(evidence, self.window, self.bundle_id)
        if own and own[0] is self.because:
            return self._as_claimed(about, evidence, own)
        if own and not self.because and MEANINGS[own[0]].absence is Outcome.PASSED:
            return true(about, own[1])
        if own:
            return unknown(about, own[0], own[1], note="it was left alone for another reason")
        if self.because:
            note = f"nothing shows that it was because {MEANINGS[self.because].sentence}"
            return unknown(about, Reason.NOT_WOKEN_UNEXPLAINED, note=note)
        return true(about)

    def _as_claimed(self, about: str, evidence: Evidence, own: Own) -> Finding:
        """A pass for the reason claimed needs the phone to have meant this app by it."""
        if is_surely_about(own, evidence, self.window, self.bundle_id):
            return true(about, own[1])
        return unknown(about, own[0], own[1], note="the phone does not say which app it means")
