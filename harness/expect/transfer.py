"""Did the origin deliver files, or receive uploads, and was it asked no more often than it should be?"""

from __future__ import annotations

from dataclasses import dataclass

from harness.evidence.view import Evidence
from harness.expect.cancelled import cancellation
from harness.expect.hindrances import undelivered
from harness.expect.question import Window, open_or_lost
from harness.model.facts import CallbackSeen, Fact, Source, TransferPhase, TransferSeen
from harness.model.interfaces import Interface
from harness.model.reasons import ClaimKind, Reason
from harness.model.verdict import Finding, false, true, unknown

PHONE_IN_SIGHT = (Source.STATE_STREAM, Source.SYSTEM_LOG)
"""Sources of which a phone that is up, and can be reached, has at least one to show."""


@dataclass(frozen=True)
class ExpectTransfer:
    """Files are delivered whole, each by no more than ``requests`` requests; or uploads are received so.

    Rests on the origin's receipts alone, which it numbers and counts: one that went missing on its way to
    the timeline is a gap there. A file that did not come is the app's doing only if the phone was in sight.

    Attributes:
        bundle_id: the app.
        window: from the mark to the deadline.
        names: the files' names at the origin.
        requests: how many requests may have been made for each; a counter-proof stands despite gaps. ``None``
            for any number, which need not be waited for once the file is whole.
        interface: by which way each of them must have gone in the window; ``None`` for any.
    """

    bundle_id: str
    window: Window
    names: tuple[str, ...]
    requests: int | None = 1
    interface: Interface | None = None

    kind = ClaimKind.TRANSFER
    passed = Reason.PASS_CLAIMS_PROVEN

    def __str__(self) -> str:
        by = "" if self.requests is None else f" by {self.requests} request(s)"
        way = f" over {self.interface}" if self.interface else ""
        return f"the origin delivers {', '.join(self.names)}{by}{way}"

    def guards(self, evidence: Evidence) -> tuple[Finding, ...]:
        """None: the origin is the harness's own and always there."""
        return ()

    def near_miss(self, fact: Fact) -> str | None:
        """Another test's transfer of a file of that name, or one out of time."""
        return "" if isinstance(fact, TransferSeen) and fact.name in self.names and fact.complete else None

    def claims(self, evidence: Evidence) -> tuple[Finding, ...]:
        """No file was asked for more often; each was delivered whole; each went by the way expected."""
        most, way = self.requests, self.interface
        repeated = () if most is None else (self._not_repeated(name, evidence, most) for name in self.names)
        whole = (self._whole(name, evidence) for name in self.names)
        went = () if way is None else (self._went_by(name, evidence, way) for name in self.names)
        return (*repeated, *whole, *went)

    def _seen(self, name: str, evidence: Evidence) -> list[TransferSeen]:
        return [
            fact
            for fact in evidence.of(TransferSeen, until_s=self.window.deadline_s)
            if fact.name == name and fact.nonce == evidence.nonce
        ]

    def _not_repeated(self, name: str, evidence: Evidence, most: int) -> Finding:
        about = f"no more than {most} request(s) came for {name}"
        starts = [fact for fact in self._seen(name, evidence) if fact.phase is TransferPhase.STARTED]
        sure = [fact for fact in starts if fact.at.latest_s <= self.window.deadline_s]
        if len(sure) > most:
            return false(about, Reason.TRANSFER_DUPLICATE, *sure)
        if len(starts) > most:
            note = "whether one of them came before the deadline cannot be told"
            return unknown(about, Reason.INCONCLUSIVE_ORDER, *starts, note=note)
        # A second request may come after the file is whole, so only the whole window can say.
        return self._open(about, evidence) or true(about, *starts)

    def _whole(self, name: str, evidence: Evidence) -> Finding:
        about, seen = f"{name} was delivered whole", self._seen(name, evidence)
        done = [fact for fact in seen if fact.complete]
        if done and done[0].at.latest_s <= self.window.deadline_s:
            return true(about, done[0])
        if done:
            note = "whether it was whole before the deadline cannot be told"
            return unknown(about, Reason.INCONCLUSIVE_ORDER, done[0], note=note)
        pending = self._open(about, evidence)
        if pending:
            return pending
        own = self._cancelled(evidence) or undelivered(evidence, self.window, self.bundle_id)
        if own:
            return false(about, own[0], *own[1:], *seen[-2:])
        return self._unseen(about, evidence) or false(about, Reason.TRANSFER_INCOMPLETE, *seen[-2:])

    def _unseen(self, about: str, evidence: Evidence) -> Finding | None:
        """Why a file that did not come cannot be laid at the app's door, when the phone was out of sight.

        A phone that neither its states nor its log show at the deadline may have been off, or restarting.
        """
        at_s = self.window.deadline_s
        lost = [evidence.lost(source, at_s, at_s) for source in PHONE_IN_SIGHT]
        if not all(lost):
            return None
        gaps = tuple(gap for each in lost for gap in each)
        note = "whether the phone was up at the deadline cannot be told"
        return unknown(about, Reason.INCONCLUSIVE_GAP, gaps=gaps, note=note)

    def _cancelled(self, evidence: Evidence) -> tuple[Reason, Fact] | None:
        """Who cancelled a transfer of this test, as the app was told."""
        window = self.window
        lines = evidence.of_app(
            CallbackSeen, self.bundle_id, since_s=window.from_s, until_s=window.deadline_s
        )
        return cancellation(line for line in lines if line.nonce in ("", evidence.nonce))

    def _went_by(self, name: str, evidence: Evidence, way: Interface) -> Finding:
        """By which way its requests went that were under way in the window."""
        about = f"{name} went over {way}"
        moved = [fact for fact in self._seen(name, evidence) if self.window.holds(fact.at)]
        others = [fact for fact in moved if fact.interface not in (None, way)]
        if others:
            return false(about, Reason.TRANSFER_OTHER_WAY, *others[:3])
        if moved and all(fact.interface is way for fact in moved):
            return self._open(about, evidence) or true(about, moved[0])
        note = "the origin cannot tell by which way" if moved else "no request was under way in the window"
        return unknown(about, Reason.INCONCLUSIVE_GAP, *moved[:3], note=note)

    def _open(self, about: str, evidence: Evidence) -> Finding | None:
        # Requests count from the first on, so what was lost before the window matters too.
        lost = evidence.lost(Source.RECEIPT, 0.0, self.window.deadline_s)
        if lost:
            return unknown(about, Reason.INCONCLUSIVE_GAP, gaps=lost, note="receipts were lost")
        return open_or_lost(about, evidence, self.window, (Source.RECEIPT,))
