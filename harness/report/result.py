"""What a test came to: the phases that pytest ran, and the verdicts that were reached in them.

Theory. The phases are looked at in the order in which they ran, and the first that did not pass decides::

    expectations were not met     -> the worst of their verdicts
    an assertion of the test's own -> failed
    a HarnessError                -> error: the rack or the configuration, in whatever phase
    anything else                 -> failed in the test itself, error in what is around it

So an expectation that failed outranks an error of the teardown after it; both are told. A test that looked
at a verdict itself, and was content with it, has passed: what the report says is what pytest's exit status
says.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from harness.model.reasons import WORST_FIRST

CRASH = "crash"
"""What stands for a phase that was not told of, because the worker died in it."""

WHENS = ("setup", "call", "teardown")
"""The phases of a test, in order."""


class Blame(StrEnum):
    """What ended a phase that did not pass."""

    NONE = ""
    ASSERTION = "assertion"
    HARNESS = "harness"
    OTHER = "other"


@dataclass(frozen=True)
class Left:
    """What the process that ran a phase tells of it, beyond what pytest does.

    Attributes:
        blame: what ended it.
        verdicts: outcomes of the expectations that it failed by.
        timeline: path of its timeline, or empty.
        artifacts: path of its directory of artifacts, or empty.
        app_version: version of the app under test, or empty.
        phone: fields of the phone's identity; ``None`` before it has one.
        bundle_id: the app under test, or empty.
        nonce: its run nonce, or empty.
    """

    blame: Blame = Blame.NONE
    verdicts: tuple[str, ...] = ()
    timeline: str = ""
    artifacts: str = ""
    app_version: str = ""
    phone: dict[str, str] | None = None
    bundle_id: str = ""
    nonce: str = ""


@dataclass(frozen=True)
class Phase:
    """One phase of one attempt, as pytest reported it.

    Attributes:
        nodeid: pytest's name of the test.
        when: ``setup``, ``call`` or ``teardown``; ``crash`` when the worker died.
        outcome: ``passed``, ``failed``, ``skipped`` or ``rerun``.
        started_s: seconds since 1970 by this host's clock.
        duration_s: wall time.
        message: why it did not pass.
        worker: the xdist worker, or empty.
        sections: title and text of what was captured, from the beginning of the attempt.
        left: what it left.
    """

    nodeid: str
    when: str
    outcome: str
    started_s: float
    duration_s: float
    message: str = ""
    worker: str = ""
    sections: tuple[tuple[str, str], ...] = ()
    left: Left = field(default_factory=Left)


def result_of(phases: Sequence[Phase]) -> tuple[str, str]:
    """What an attempt came to, and the phase that decided it.

    Args:
        phases: at least one, in the order in which they ran.
    """
    told = [(phase_result(phase), _when(phase, phases)) for phase in phases]
    red = [one for one in told if one[0] not in ("passed", "skipped")]
    skipped = [one for one in told if one[0] == "skipped"]
    passed = [one for one in told if one[1] == "call"] or told
    return [*red, *skipped, *passed][0]


def _when(phase: Phase, phases: Sequence[Phase]) -> str:
    """The phase that it was; a worker dies in the one after the last that it told of."""
    if phase.when != CRASH:
        return phase.when
    over = {one.when for one in phases}
    return next(when for when in WHENS if when not in over)


def phase_result(phase: Phase) -> str:
    """What one phase came to."""
    if phase.when == CRASH:
        return "error"
    if phase.outcome in ("passed", "skipped"):
        return phase.outcome
    match phase.left.blame:
        case Blame.HARNESS:
            return "error"
        case Blame.ASSERTION:
            return worst_of(phase.left.verdicts) or "failed"
        case _:
            return "failed" if phase.when == "call" else "error"


def worst_of(outcomes: Collection[str]) -> str:
    """The worst of the outcomes of verdicts; empty when there are none."""
    return next((outcome.value for outcome in WORST_FIRST if outcome in outcomes), "")


def message_of(phases: Sequence[Phase]) -> str:
    """Why an attempt did not pass: every phase that did not, in order; more than one by their names."""
    told = [(phase.when, phase.message) for phase in phases if phase.message and phase.outcome != "passed"]
    if len(told) == 1:
        return told[0][1]
    return "\n\n".join(f"{when}: {message}" for when, message in told)
