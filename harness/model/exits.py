"""How processes end: the domains a phone reports an end in, and the one word the harness has for why.

A phone tells an end as (domain, code) plus its own words, and spells the domain in several ways: a
number in runningboardd's line, a word in FrontBoard's, another in a report. This module knows the
spellings and the words of the harness; which evidence says which cause is for ``expect`` to weigh.
Source of domains and codes: background-execution.md §1.4, log-grammar.md §1.3, §1.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.model.facts.base import Fact
from harness.model.facts.coverage import Gap
from harness.model.time import Instant


class ExitDomain(StrEnum):
    """Who a phone says ended a process."""

    VOLUNTARY = "voluntary"
    JETSAM = "jetsam"
    SIGNAL = "signal"
    CODESIGNING = "codesigning"
    DYLD = "dyld"
    FRONTBOARD = "frontboard"
    RUNNINGBOARD = "runningboard"
    WATCHDOG = "watchdog"
    GUARD = "guard"
    OTHER = "other"


DOMAIN_NUMBERS: dict[int, ExitDomain] = {
    0: ExitDomain.VOLUNTARY,
    1: ExitDomain.JETSAM,
    2: ExitDomain.SIGNAL,
    3: ExitDomain.CODESIGNING,
    6: ExitDomain.DYLD,
    10: ExitDomain.FRONTBOARD,
    15: ExitDomain.RUNNINGBOARD,
    20: ExitDomain.WATCHDOG,
    23: ExitDomain.GUARD,
}
"""Number of an ``RBSProcessExitStatus`` domain, or of a launchd namespace -> the harness's word (§1.4)."""

DOMAIN_SPELLINGS: dict[str, ExitDomain] = {
    **{domain.value: domain for domain in ExitDomain},
    "exit": ExitDomain.VOLUNTARY,
    "springboard": ExitDomain.FRONTBOARD,
    "fbscene": ExitDomain.FRONTBOARD,
    "assertiond": ExitDomain.RUNNINGBOARD,
}
"""Every spelling, in small letters -> the harness's word; some changed between versions (grammar §1.5)."""


def domain_of(spelling: str | int) -> ExitDomain:
    """The domain that a phone means by a word or a number; ``OTHER`` for one nobody has described."""
    if isinstance(spelling, int):
        return DOMAIN_NUMBERS.get(spelling, ExitDomain.OTHER)
    return DOMAIN_SPELLINGS.get(spelling.strip().lower(), ExitDomain.OTHER)


class ExitCause(StrEnum):
    """Why a process ended, in one word."""

    OUR_KILL = "our kill"
    OTHER_SIGNAL = "other signal"
    JETSAM = "jetsam"
    WATCHDOG = "watchdog"
    LAUNCH_WATCHDOG = "launch watchdog"
    SCENE_CREATE_WATCHDOG = "scene-create watchdog"
    SCENE_UPDATE_WATCHDOG = "scene-update watchdog"
    EXIT_WATCHDOG = "exit watchdog"
    BACKGROUND_TASK_WATCHDOG = "background-task watchdog"
    URL_SESSION_WATCHDOG = "URL-session watchdog"
    FETCH_WATCHDOG = "background-fetch watchdog"
    ASSERTION_WATCHDOG = "assertion watchdog"
    CRASH = "crash"
    USER_FORCE_QUIT = "user force quit"
    AUTOMATION = "automation"
    VOLUNTARY = "voluntary exit"
    UPDATE = "update"
    REPLACED = "replaced by a new launch"
    CODE_SIGNING = "code signing"
    THERMAL = "thermal"
    LOCK_HELD = "lock held"
    VOIP = "VoIP rule"
    SYSTEM_RULE = "other rule of the system"
    UNKNOWN = "unknown"

    def includes(self, other: ExitCause) -> bool:
        """Whether an exit of ``other`` is one of this cause: every watchdog is a ``WATCHDOG``."""
        return self is other or (self is ExitCause.WATCHDOG and other in WATCHDOGS)


WATCHDOGS: frozenset[ExitCause] = frozenset(
    {
        ExitCause.LAUNCH_WATCHDOG,
        ExitCause.SCENE_CREATE_WATCHDOG,
        ExitCause.SCENE_UPDATE_WATCHDOG,
        ExitCause.EXIT_WATCHDOG,
        ExitCause.BACKGROUND_TASK_WATCHDOG,
        ExitCause.URL_SESSION_WATCHDOG,
        ExitCause.FETCH_WATCHDOG,
        ExitCause.ASSERTION_WATCHDOG,
    }
)
"""Every watchdog that says which it was; ``WATCHDOG`` alone is one that did not."""


@dataclass(frozen=True)
class Testimony:
    """What one fact says of an end.

    Attributes:
        fact: the fact.
        says: in words, what it was taken to mean.
        stands: whether it agrees with the cause that was found.
    """

    __test__ = False

    fact: Fact
    says: str
    stands: bool


@dataclass(frozen=True)
class ExitStory:
    """How one process ended, and everything that was said of it.

    Attributes:
        bundle_id: the app.
        pid: the process.
        cause: why; ``UNKNOWN`` when the evidence leaves it open.
        at: when, by the source that dates it best; ``None`` when nothing shows that it ended.
        testimony: what each piece of evidence says, the strongest first.
        gaps: evidence lost around the end.
        note: why it is unknown, or what was overruled; in words.
    """

    bundle_id: str
    pid: int
    cause: ExitCause
    at: Instant | None
    testimony: tuple[Testimony, ...] = ()
    gaps: tuple[Gap, ...] = ()
    note: str = ""

    @property
    def ended(self) -> bool:
        """Whether the process is known to have ended."""
        return self.at is not None

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What speaks for the cause."""
        return tuple(each.fact for each in self.testimony if each.stands)

    @property
    def against(self) -> tuple[Fact, ...]:
        """What speaks against it."""
        return tuple(each.fact for each in self.testimony if not each.stands)
