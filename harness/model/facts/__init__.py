"""Facts: what the evidence says happened, each with its instant and its source.

A fact states what one source showed, not what is true: two sources telling of the same wake give two
facts. What follows from them is for ``expect`` to say.
"""

from harness.model.facts.actions import ActionTaken, Mark, Verb
from harness.model.facts.base import CLASS_OF, AppFact, EvidenceClass, Fact, Source
from harness.model.facts.coverage import Gap, Watermark
from harness.model.facts.phone import ClockCompared, DarwinSeen, Radio, SettingRead
from harness.model.facts.processes import (
    AppWarned,
    Bootstrapped,
    DebuggerSeen,
    ExitPending,
    LogPointSeen,
    OpenRequested,
    ProcessAbsent,
    ProcessEnded,
    ProcessSeen,
    ReportFound,
    ReportKind,
    StateHint,
    StateSeen,
    TerminationRequested,
    Warned,
)
from harness.model.facts.sessions import (
    ActivityPhase,
    BackgroundActivity,
    CallbackSeen,
    HeldBack,
    Hindrance,
    ResumeDelaySet,
    SessionAssertion,
    TransferPhase,
    TransferSeen,
    WakeRefused,
    WakeStep,
    WakeTold,
)

__all__ = [
    "CLASS_OF",
    "ActionTaken",
    "ActivityPhase",
    "AppFact",
    "AppWarned",
    "BackgroundActivity",
    "Bootstrapped",
    "CallbackSeen",
    "ClockCompared",
    "DarwinSeen",
    "DebuggerSeen",
    "EvidenceClass",
    "ExitPending",
    "Fact",
    "Gap",
    "HeldBack",
    "Hindrance",
    "LogPointSeen",
    "Mark",
    "OpenRequested",
    "ProcessAbsent",
    "ProcessEnded",
    "ProcessSeen",
    "Radio",
    "ReportFound",
    "ReportKind",
    "ResumeDelaySet",
    "SessionAssertion",
    "SettingRead",
    "Source",
    "StateHint",
    "StateSeen",
    "TerminationRequested",
    "TransferPhase",
    "TransferSeen",
    "Verb",
    "WakeRefused",
    "WakeStep",
    "WakeTold",
    "Warned",
    "Watermark",
]
