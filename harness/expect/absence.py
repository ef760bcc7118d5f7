"""Was the app left alone? Absence needs proof of coverage, stated per source."""

from __future__ import annotations

from dataclasses import dataclass

from harness.evidence.view import Evidence
from harness.expect import guards as guard
from harness.expect.question import Window, open_or_lost
from harness.expect.wake import SOURCES, own_reason
from harness.model.callbacks import Callback
from harness.model.facts import AppFact, CallbackSeen, Fact, StateSeen
from harness.model.reasons import MEANINGS, ClaimKind, Outcome, Reason
from harness.model.verdict import Finding, false, true, unknown


@dataclass(frozen=True)
class ExpectNoWake:
    """The app does not run in the window.

    Attributes:
        bundle_id: the app.
        window: from the mark to the end of the time it must stay alone.
        because: the reason of the phone's own for leaving it alone, when one is claimed.
    """

    bundle_id: str
    window: Window
    because: Reason | None = None

    kind = ClaimKind.ABSENCE

    @property
    def passed(self) -> Reason:
        """The reason claimed, or simply that nothing woke it."""
        return self.because or Reason.NOT_WOKEN_UNEXPLAINED

    def __str__(self) -> str:
        why = f" because {MEANINGS[self.because].sentence}" if self.because else ""
        return f"{self.bundle_id} is not woken after {self.window.since.what}{why}"

    def guards(self, evidence: Evidence) -> tuple[Finding, ...]:
        """Nobody opened the app."""
        window = self.window
        return (guard.not_foregrounded(evidence, self.bundle_id, window.from_s, window.deadline_s),)

    def claims(self, evidence: Evidence) -> tuple[Finding, ...]:
        """One claim: no code of the app ran."""
        about = "no code of the app ran"
        ran = self._ran(evidence)
        foreign = [fact for fact in ran if self._is_foreign(fact, evidence)]
        if foreign:
            note = "a transfer of an earlier test woke it"
            return (unknown(about, Reason.INCONCLUSIVE_GAP, *foreign, note=note),)
        if ran:
            return (false(about, Reason.WOKEN_UNEXPECTEDLY, *ran[:3]),)
        return (open_or_lost(about, evidence, self.window, SOURCES) or self._explained(about, evidence),)

    def _ran(self, evidence: Evidence) -> list[Fact]:
        window = self.window
        inside = evidence.of_app(AppFact, self.bundle_id, since_s=window.from_s, until_s=window.deadline_s)
        certain = [fact for fact in inside if fact.at.earliest_s >= window.from_s]
        return [
            fact
            for fact in certain
            if isinstance(fact, CallbackSeen) or (isinstance(fact, StateSeen) and fact.state.runs_code)
        ]

    @staticmethod
    def _is_foreign(fact: Fact, evidence: Evidence) -> bool:
        return (
            isinstance(fact, CallbackSeen)
            and fact.name == Callback.HANDLE_EVENTS
            and fact.nonce not in ("", evidence.nonce)
        )

    def _explained(self, about: str, evidence: Evidence) -> Finding:
        own = own_reason(evidence, self.window)
        if own is None or own[0] is self.because:
            return true(about, *(own[1:] if own else ()))
        if MEANINGS[own[0]].absence is Outcome.PASSED and self.because is None:
            return true(about, own[1])
        return unknown(about, own[0], own[1], note="it was left alone for another reason")
