"""Transfers that ended with the process of their app, which those of a background session do not.

A transfer that an app has handed to nsurlsessiond goes on without the app (background-execution.md §1.8).
One whose connection breaks in the moment in which the process ends, and which nobody asks for again although
nothing stands in the way, was the process's own: the app has not handed it over, and waits for a wake that
nobody owes it.
"""

from __future__ import annotations

from harness.evidence.view import Evidence
from harness.expect.deeds import DEEDS, spells_of
from harness.expect.endings import exits_of
from harness.expect.question import Window
from harness.model.exits import ExitCause
from harness.model.facts import ActionTaken, Fact, Source, TransferPhase, TransferSeen, Verb
from harness.model.time import Instant

ENDS_WITHIN_S = 1.0
"""How far apart a process and its connection may be seen to end; guessed: the phone's network stack closes
what a process leaves open, at once."""

ENDS_APP_ALONE = frozenset(
    {
        ExitCause.OUR_KILL,
        ExitCause.OTHER_SIGNAL,
        ExitCause.JETSAM,
        ExitCause.VOLUNTARY,
        ExitCause.AUTOMATION,
    }
)
"""Ends of an app that leave nsurlsessiond and its transfers as they were (background-execution.md §1.4)."""


def perished(evidence: Evidence, window: Window, bundle_id: str) -> tuple[Fact, ...]:
    """What shows that all of this test's transfers ended with their app; nothing where one may not have.

    Args:
        evidence: what is known.
        window: of the question; requests are looked for up to its deadline.
        bundle_id: the app.
    """
    deadline_s = window.deadline_s
    seen = [fact for fact in evidence.of(TransferSeen, until_s=deadline_s) if fact.nonce == evidence.nonce]
    if not seen or not evidence.covers(Source.RECEIPT, seen[0].at.latest_s, deadline_s):
        return ()
    last = list({fact.request: fact for fact in seen}.values())
    ends = [
        story
        for story in exits_of(evidence, bundle_id, since_s=None, until_s=deadline_s)
        if story.cause in ENDS_APP_ALONE
    ]
    shown: list[Fact] = []
    for fact in last:
        end = next((story for story in ends if story.at and _ended_together(fact.at, story.at)), None)
        if fact.phase is not TransferPhase.BROKEN or end is None or _was_cut(evidence, fact):
            return ()
        shown += [fact, *end.facts[:1]]
    return tuple(dict.fromkeys(shown))


def _ended_together(connection: Instant, process: Instant) -> bool:
    return (
        connection.earliest_s >= process.earliest_s - ENDS_WITHIN_S
        and connection.latest_s <= process.latest_s + ENDS_WITHIN_S
    )


def _was_cut(evidence: Evidence, broken: TransferSeen) -> bool:
    """Whether the test itself, or the phone's restart, may have broken the connection."""
    from_s, to_s = broken.at.earliest_s - ENDS_WITHIN_S, broken.at.latest_s + ENDS_WITHIN_S
    acts = evidence.of(ActionTaken, since_s=from_s, until_s=to_s)
    if any(act.verb is Verb.REBOOT for act in acts):
        return True
    spells = [spell for deed in DEEDS for spell in spells_of(evidence, deed, to_s)]
    return any(spell.ended is None or spell.ended.at.latest_s >= from_s for spell in spells)
