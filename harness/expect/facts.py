"""Was something seen, or never seen, that the author of a test describes by a predicate over facts?

Which sources must have shown it follows from the kind of fact alone, so that a predicate cannot ask for
more than was watched. A predicate that raises is the author's mistake, and no verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.errors import ConfigError
from harness.evidence.view import Evidence
from harness.expect.hindrances import own_reason
from harness.expect.question import Window, open_or_lost
from harness.model.facts import (
    ActionTaken,
    AppFact,
    CallbackSeen,
    DarwinSeen,
    Fact,
    ProcessAbsent,
    ProcessSeen,
    ReportFound,
    SettingRead,
    Source,
    StateSeen,
    TransferSeen,
)
from harness.model.reasons import ClaimKind, Reason
from harness.model.verdict import Finding, false, true, unknown

Predicate = Callable[[Any], object]
"""Takes a fact of the kind that was asked for; truthy when it is what the test looks for."""

SOURCES_OF: dict[type[Fact], tuple[Source, ...]] = {
    StateSeen: (Source.STATE_STREAM, Source.SYSTEM_LOG),
    ProcessSeen: (Source.PROCESS_LIST,),
    ProcessAbsent: (Source.PROCESS_LIST,),
    CallbackSeen: (Source.JOURNAL,),
    TransferSeen: (Source.RECEIPT,),
    DarwinSeen: (Source.DARWIN,),
    SettingRead: (Source.SETTINGS,),
    ReportFound: (Source.REPORTS,),
}
"""Kind of fact -> every source that shows such facts; the log for all others, and all for what has kinds."""

OF_BACKGROUND_WORK = (StateSeen, CallbackSeen, TransferSeen)
"""Kinds of facts that iOS may have reasons of its own to hold back."""


def sources_of(kind: type[Fact], evidence: Evidence) -> tuple[Source, ...]:
    """Every source that would have shown a fact of a kind.

    Raises:
        ConfigError: the phone shows none of them, the harness does them.
    """
    if issubclass(kind, ActionTaken):
        raise ConfigError(
            "what the harness did itself is no evidence", fix="Look at app.actions for what the test did."
        )
    if kind is CallbackSeen and any(fact.source is Source.LOG_MARK for fact in evidence.of(CallbackSeen)):
        return (Source.JOURNAL, Source.SYSTEM_LOG)
    shown_by = SOURCES_OF.get(kind, (Source.SYSTEM_LOG,))
    of_kinds = (source for known in SOURCES_OF if issubclass(known, kind) for source in SOURCES_OF[known])
    return tuple(dict.fromkeys((*shown_by, *of_kinds)))


@dataclass(frozen=True)
class _OverFacts:
    """What both questions over facts have.

    Attributes:
        bundle_id: the app that facts about apps must be about; empty for any.
        window: from the mark to the deadline.
        fact: the kind of fact.
        about: what is looked for, in the author's words.
        where: which facts of that kind are it; ``None`` for every one.
    """

    bundle_id: str
    window: Window
    fact: type[Fact]
    about: str
    where: Predicate | None = None

    @property
    def passed(self) -> Reason:
        """All that was claimed is proven."""
        return Reason.PASS_CLAIMS_PROVEN

    def guards(self, evidence: Evidence) -> tuple[Finding, ...]:
        """None: what the test looks for is its own affair."""
        return ()

    def near_miss(self, fact: Fact) -> str | None:
        """Nothing but its time speaks against what fits."""
        return "" if isinstance(fact, self.fact) and self._fits(fact) else None

    def _fitting(self, evidence: Evidence) -> tuple[Fact, ...]:
        """Facts that are what is looked for and lie in the window, or may."""
        window = self.window
        around = evidence.of(self.fact, since_s=window.from_s, until_s=window.deadline_s)
        return tuple(fact for fact in around if self._is_ours(fact, evidence) and self._fits(fact))

    def _is_ours(self, fact: Fact, evidence: Evidence) -> bool:
        is_about = not isinstance(fact, AppFact) or self.bundle_id in ("", fact.bundle_id)
        is_foreign = isinstance(fact, (CallbackSeen, TransferSeen)) and fact.nonce not in ("", evidence.nonce)
        return is_about and not is_foreign

    def _fits(self, fact: Fact) -> bool:
        if self.where is None:
            return True
        try:
            return bool(self.where(fact))
        except Exception as error:  # whatever the author's own code raises, and it is theirs to mend
            name = getattr(self.where, "__qualname__", repr(self.where))
            raise ConfigError(
                f"the predicate {name} of {self.about!r} raised {type(error).__name__}: {error}",
                fix=f"It is given each {self.fact.__name__} of the window.",
            ) from error


@dataclass(frozen=True)
class ExpectFact(_OverFacts):
    """Something of the author's choosing is seen within a window."""

    kind = ClaimKind.FACT

    def __str__(self) -> str:
        return f"{self.about} after {self.window.since.what}"

    def claims(self, evidence: Evidence) -> tuple[Finding, ...]:
        """One claim: it was seen."""
        fitting = self._fitting(evidence)
        sure = tuple(fact for fact in fitting if self.window.holds(fact.at))
        if sure:
            return (true(self.about, *sure[:3]),)
        pending = open_or_lost(self.about, evidence, self.window, sources_of(self.fact, evidence))
        if pending:
            return (pending,)
        if fitting:
            note = "whether it came within the window or just outside cannot be told"
            return (unknown(self.about, Reason.INCONCLUSIVE_ORDER, *fitting[:3], note=note),)
        background = self.fact in OF_BACKGROUND_WORK
        own = own_reason(evidence, self.window, self.bundle_id) if background else None
        return (false(self.about, *own) if own else false(self.about, Reason.FACT_MISSING),)


@dataclass(frozen=True)
class ExpectNoFact(_OverFacts):
    """Something of the author's choosing is not seen in a whole window, from the end of its action on."""

    kind = ClaimKind.ABSENCE

    def __str__(self) -> str:
        return f"never {self.about} after {self.window.since.what}"

    def claims(self, evidence: Evidence) -> tuple[Finding, ...]:
        """One claim: it was not seen, by any source that would have shown it."""
        about = f"never {self.about}"
        # What happens while the action lasts may be what the action ends.
        from_s = self.window.since.at.latest_s
        fitting = tuple(fact for fact in self._fitting(evidence) if fact.at.latest_s >= from_s)
        sure = tuple(fact for fact in fitting if fact.at.earliest_s >= from_s and self.window.proves(fact.at))
        if sure:
            return (false(about, Reason.FACT_SEEN, *sure[:3]),)
        pending = open_or_lost(about, evidence, self.window, sources_of(self.fact, evidence))
        if pending or not fitting:
            return (pending or true(about),)
        note = "whether it came within the window or just outside cannot be told"
        return (unknown(about, Reason.INCONCLUSIVE_ORDER, *fitting[:3], note=note),)
