"""How long iOS took to wake the app: from the release of the last byte to the first sign of it running.

Both moments are the phone's, and each has its error: the latency's error is the sum of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.evidence.record import Entry
from harness.evidence.view import Evidence
from harness.expect.lives import life_at
from harness.expect.question import Window
from harness.expect.relaunch import ExpectRelaunch
from harness.expect.wake import Wake, runs_code, wake_of
from harness.model.facts import ActionTaken, AppFact, Fact, Mark, Verb
from harness.model.reasons import Reason
from harness.model.run import Judged
from harness.model.time import Instant

KINDS = {Reason.PASS_RELAUNCHED: "relaunch", Reason.PASS_RESUMED: "resume"}
"""What was proven -> what the latency is of."""


@dataclass(frozen=True)
class Latency:
    """One wake that was proven.

    Attributes:
        kind: ``relaunch`` or ``resume``.
        latency_s: phone time from the release to the first sign.
        error_s: the true one lies within ``latency_s ± error_s``.
    """

    kind: str
    latency_s: float
    error_s: float


def latencies_of(entries: Iterable[Entry], bundle_id: str, nonce: str) -> tuple[Latency, ...]:
    """The latencies that a timeline proves: of wakes that were expected since a release.

    A wake that was expected since something else, such as a kill, tells of the transfer's length and not of
    iOS, so it has none.
    """
    known = tuple(entries)
    facts = tuple(
        sorted((entry for entry in known if isinstance(entry, Fact)), key=lambda fact: fact.at.at_s)
    )
    evidence = Evidence(facts, nonce=nonce)
    actions = (fact for fact in facts if isinstance(fact, ActionTaken))
    released = {action.at for action in actions if action.verb is Verb.RELEASE and action.done}
    return tuple(_measured(known, evidence, bundle_id, released))


def _measured(
    entries: Iterable[Entry], evidence: Evidence, bundle_id: str, released: set[Instant]
) -> Iterator[Latency]:
    for judged in entries:
        if not isinstance(judged, Judged) or judged.since not in released:
            continue
        kind = KINDS.get(judged.reason)
        wake = _wake(evidence, bundle_id, judged) if kind else None
        if kind and wake:
            error_s = wake.at.error_s + judged.since.error_s
            yield Latency(kind, wake.at.at_s - judged.since.at_s, error_s)


def _wake(evidence: Evidence, bundle_id: str, judged: Judged) -> Wake | None:
    window = Window(Mark(judged.since, "release"), judged.deadline_s)
    if judged.reason is Reason.PASS_RELAUNCHED:
        return ExpectRelaunch(bundle_id, window).find(evidence)
    inside = evidence.of_app(AppFact, bundle_id, since_s=window.from_s, until_s=window.deadline_s)
    ran = next((fact for fact in inside if fact.pid and runs_code(fact)), None)
    if ran is None:
        return None
    return wake_of(evidence, bundle_id, window, life_at(evidence, bundle_id, ran.pid, ran.at))
