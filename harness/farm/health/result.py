"""What an examination finds: the words for it, and how a check says what is not well."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.errors import DeviceError


class Health(StrEnum):
    """What became of a stage. Only ``FAILED`` makes a phone unfit for tests."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NOT_NEEDED = "not needed"
    NOT_TRIED = "not tried"

    @property
    def goes_on(self) -> bool:
        """Whether what needs the stage can be tried."""
        return self in (Health.OK, Health.WARNING, Health.NOT_NEEDED)


@dataclass(frozen=True)
class StageResult:
    """One stage of one phone.

    Attributes:
        stage: its name.
        health: what became of it.
        detail: what was found, with its figures, or why it was not tried.
        fix: what to do about it, in a sentence; empty where nothing is to be done.
    """

    stage: str
    health: Health
    detail: str
    fix: str = ""


class Unfit(DeviceError):
    """The phone answers, and no test should run on it as it is."""


class Otherwise(Exception):
    """A stage neither passes nor fails.

    Args:
        detail: what was found, or why it was not tried.
        fix: what to do about it, in a sentence.
    """

    health = Health.NOT_TRIED

    def __init__(self, detail: str, fix: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.fix = fix


class NotTried(Otherwise):
    """A stage cannot be tried here."""


class NotNeeded(Otherwise):
    """A stage means nothing on this phone."""

    health = Health.NOT_NEEDED


class Warned(Otherwise):
    """The phone can be used, and somebody should do something about it soon."""

    health = Health.WARNING
