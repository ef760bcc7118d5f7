"""What a timeline holds besides evidence: how its run began, and what was judged over it on the way.

With these two a stored timeline can be judged again: each judgement rests on the entries before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.model.identity import PhoneIdentity
from harness.model.reasons import ClaimKind, Outcome, Reason
from harness.model.time import Instant


@dataclass(frozen=True, kw_only=True)
class Begun:
    """The first entry of a timeline.

    Attributes:
        test: pytest's name of the test.
        nonce: its run nonce.
        phone: the phone.
        bundle_id: the app under test.
        host_s: when, seconds since 1970 by this host's clock.
        format: of the file.
    """

    test: str
    nonce: str
    phone: PhoneIdentity
    bundle_id: str
    host_s: float
    format: int = 1


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A question and the verdict it got over the entries before this one.

    Attributes:
        question: the question, as ``harness.expect.stored`` writes it.
        told: the question in words.
        kind: what sort of claim it was.
        outcome: of the verdict.
        reason: of the verdict.
        since: the mark it looked on from.
        deadline_s: end of its window, phone time.
        story: the verdict told whole, for a reader.
    """

    question: str
    told: str
    kind: ClaimKind
    outcome: Outcome
    reason: Reason
    since: Instant
    deadline_s: float
    story: str = ""


def deciding(judged: Iterable[Judged], result: str) -> Judged | None:
    """The judgement that made a test what it came to; ``None`` when no judgement did.

    What failed first is the cause of what follows; what passed last is what the test was for.

    Args:
        judged: the judgements of a test, in order.
        result: what it came to.
    """
    alike = [each for each in judged if each.outcome == result]
    if not alike:
        return None
    return alike[-1 if result == Outcome.PASSED else 0]
