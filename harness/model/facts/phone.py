"""Facts about the phone itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.model.facts.base import Fact
from harness.model.ladder import By, Fidelity, Toggle


@dataclass(frozen=True, kw_only=True)
class DarwinSeen(Fact):
    """A Darwin notification was posted on the phone; ``at`` spans from the last proof to its arrival."""

    name: str


class Radio(StrEnum):
    """Names of settings of which the log tells, and nothing that can be asked."""

    WIFI = "wifi"
    AIRPLANE_MODE = "airplane mode"


CELLULAR = "cellular"
"""Name of a reading: ``none`` of a phone without such a radio."""

CONDITION = "condition"
"""Name of a reading: the condition that the phone simulates, or ``none``."""


@dataclass(frozen=True, kw_only=True)
class SettingRead(Fact):
    """A setting or condition of the phone, as it was read back.

    Attributes:
        name: a name of ``harness.model.settings``, a ``Radio``, which is ``on`` or ``off``, ``CELLULAR`` or
            ``CONDITION``.
        value: as text; ``unknown`` where the phone does not tell.
    """

    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class SettingChanged(Fact):
    """The harness changed a setting by one step of its ladder, and verified it as that step does.

    Attributes:
        toggle: which setting.
        value: what it was set to, in the words of ``UndoOp.value``; for a condition, its name.
        by: the step that was taken.
        fidelity: whether that is what a person does, or stands in for it.
        verified: how it was read back.
        bundle_id: the app whose setting it is, or empty for the phone's.
        passed_over: the steps before it that this phone does not offer, each with why; empty for none.
    """

    toggle: Toggle
    value: str
    by: By
    fidelity: Fidelity
    verified: str
    bundle_id: str = ""
    passed_over: str = ""

    def __str__(self) -> str:
        stands_in = "" if self.fidelity is Fidelity.SAME else f", {self.fidelity}"
        whose = f" for {self.bundle_id}" if self.bundle_id else ""
        return f"{self.toggle} {self.value}{whose} by {self.by}{stands_in}"


@dataclass(frozen=True, kw_only=True)
class ClockCompared(Fact):
    """How the phone's clock stood to this host's, from all exchanges up to then.

    Attributes:
        ahead_s: phone time less this host's own, both since 1970; less than 0 where the phone is behind.
        error_s: the true difference lies within ``ahead_s ± error_s``.
        drift: seconds per second by which the phone gained; ``None`` where its clock jumped.
        drift_error: the true gain lies within ``drift ± drift_error``.
    """

    ahead_s: float
    error_s: float
    drift: float | None = None
    drift_error: float = 0.0
