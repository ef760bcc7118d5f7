"""Facts about the phone itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.model.facts.base import Fact


@dataclass(frozen=True, kw_only=True)
class DarwinSeen(Fact):
    """A Darwin notification was posted on the phone; ``at`` spans from the last proof to its arrival."""

    name: str


class Radio(StrEnum):
    """Names of settings of which the log tells, and nothing that can be asked."""

    WIFI = "wifi"
    AIRPLANE_MODE = "airplane mode"


@dataclass(frozen=True, kw_only=True)
class SettingRead(Fact):
    """A setting or condition of the phone, as it was read back.

    Attributes:
        name: a name of ``harness.model.settings``, or a ``Radio``, which is ``on`` or ``off``.
        value: as text; ``unknown`` where the phone does not tell.
    """

    name: str
    value: str


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
