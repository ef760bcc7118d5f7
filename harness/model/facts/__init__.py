"""Facts: what the evidence says happened, each with its instant and its source.

A fact states what one source showed, not what is true: two sources telling of the same wake give two
facts. What follows from them is for ``expect`` to say.
"""

from harness.model.facts.actions import ActionTaken, Mark, Verb
from harness.model.facts.base import CLASS_OF, AppFact, EvidenceClass, Fact, Source
from harness.model.facts.coverage import Gap, Watermark
from harness.model.facts.phone import DarwinSeen, SettingRead
from harness.model.facts.processes import (
    Bootstrapped,
    DebuggerSeen,
    OpenRequested,
    ProcessAbsent,
    ProcessEnded,
    ProcessSeen,
    ReportFound,
    ReportKind,
    StateSeen,
    TerminationRequested,
)
from harness.model.facts.sessions import (
    CallbackSeen,
    ResumeDelaySet,
    SessionAssertion,
    TransferPhase,
    TransferSeen,
    WakeRefused,
)

__all__ = [
    "CLASS_OF",
    "ActionTaken",
    "AppFact",
    "Bootstrapped",
    "CallbackSeen",
    "DarwinSeen",
    "DebuggerSeen",
    "EvidenceClass",
    "Fact",
    "Gap",
    "Mark",
    "OpenRequested",
    "ProcessAbsent",
    "ProcessEnded",
    "ProcessSeen",
    "ReportFound",
    "ReportKind",
    "ResumeDelaySet",
    "SessionAssertion",
    "SettingRead",
    "Source",
    "StateSeen",
    "TerminationRequested",
    "TransferPhase",
    "TransferSeen",
    "Verb",
    "WakeRefused",
    "Watermark",
]
