"""Did the origin deliver a file, and was it asked for it no more often than it should be?"""

from __future__ import annotations

from dataclasses import dataclass

from harness.evidence.view import Evidence
from harness.expect.hindrances import own_reason
from harness.expect.question import Window, open_or_lost
from harness.model.facts import Fact, Source, TransferPhase, TransferSeen
from harness.model.reasons import ClaimKind, Reason
from harness.model.verdict import Finding, false, true, unknown


@dataclass(frozen=True)
class ExpectTransfer:
    """One file is delivered whole, by no more than ``requests`` requests.

    Rests on the origin's receipts alone, which it numbers and counts: one that went missing on its way to
    the timeline is a gap there.

    Attributes:
        bundle_id: the app.
        window: from the mark to the deadline.
        name: the file's name at the origin.
        requests: how many requests may have been made for it; a counter-proof stands despite gaps. ``None``
            for any number, which need not be waited for once the file is whole.
    """

    bundle_id: str
    window: Window
    name: str
    requests: int | None = 1

    kind = ClaimKind.TRANSFER
    passed = Reason.PASS_CLAIMS_PROVEN

    def __str__(self) -> str:
        by = "" if self.requests is None else f" by {self.requests} request(s)"
        return f"the origin delivers {self.name}{by}"

    def guards(self, evidence: Evidence) -> tuple[Finding, ...]:
        """None: the origin is the harness's own and always there."""
        return ()

    def near_miss(self, fact: Fact) -> str | None:
        """Another test's transfer of a file of that name, or one out of time."""
        return "" if isinstance(fact, TransferSeen) and fact.name == self.name and fact.complete else None

    def claims(self, evidence: Evidence) -> tuple[Finding, ...]:
        """The file was delivered whole; it was not asked for more often."""
        seen = [
            fact
            for fact in evidence.of(TransferSeen, until_s=self.window.deadline_s)
            if fact.name == self.name and fact.nonce == evidence.nonce
        ]
        whole = self._whole(seen, evidence)
        if self.requests is None:
            return (whole,)
        return (self._not_repeated(seen, evidence, self.requests), whole)

    def _not_repeated(self, seen: list[TransferSeen], evidence: Evidence, most: int) -> Finding:
        about = f"no more than {most} request(s) came for {self.name}"
        starts = [fact for fact in seen if fact.phase is TransferPhase.STARTED]
        sure = [fact for fact in starts if fact.at.latest_s <= self.window.deadline_s]
        if len(sure) > most:
            return false(about, Reason.TRANSFER_DUPLICATE, *sure)
        if len(starts) > most:
            note = "whether one of them came before the deadline cannot be told"
            return unknown(about, Reason.INCONCLUSIVE_ORDER, *starts, note=note)
        # A second request may come after the file is whole, so only the whole window can say.
        return self._open(about, evidence) or true(about, *starts)

    def _whole(self, seen: list[TransferSeen], evidence: Evidence) -> Finding:
        about = f"{self.name} was delivered whole"
        done = [fact for fact in seen if fact.complete]
        if done and done[0].at.latest_s <= self.window.deadline_s:
            return true(about, done[0])
        if done:
            note = "whether it was whole before the deadline cannot be told"
            return unknown(about, Reason.INCONCLUSIVE_ORDER, done[0], note=note)
        pending = self._open(about, evidence)
        if pending:
            return pending
        own = own_reason(evidence, self.window, self.bundle_id)
        reason, why = (own[0], own[1:]) if own else (Reason.TRANSFER_INCOMPLETE, ())
        return false(about, reason, *why, *seen[-2:])

    def _open(self, about: str, evidence: Evidence) -> Finding | None:
        # Requests count from the first on, so what was lost before the window matters too.
        lost = evidence.lost(Source.RECEIPT, 0.0, self.window.deadline_s)
        if lost:
            return unknown(about, Reason.INCONCLUSIVE_GAP, gaps=lost, note="receipts were lost")
        return open_or_lost(about, evidence, self.window, (Source.RECEIPT,))
