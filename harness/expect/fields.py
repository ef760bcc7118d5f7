"""What a callback must carry to count, and how often it must come."""

from __future__ import annotations

from dataclasses import dataclass

from harness.expect.cancelled import cancelled_by
from harness.model.facts import CallbackSeen
from harness.model.reasons import MEANINGS, Reason

NO_ERROR = "none"
"""Value of ``Fields.error`` for a task that ended well."""

ANY_ERROR = "any"
"""Value of ``Fields.error`` for a task that ended badly, however."""


@dataclass(frozen=True)
class Fields:
    """What a line of the app must say besides its name; an empty field may be anything.

    Attributes:
        task: ``taskDescription`` of the task.
        thread: ``main`` or ``other``.
        app_state: UIKit application state: ``active``, ``inactive``, ``background``.
        error: ``none``, ``any``, or the code of the error as text, such as ``-999``.
        cancelled: who cancelled the task, as a reason ``TRANSFER_CANCELLED:…``; ``None`` for whatever.
    """

    task: str = ""
    thread: str = ""
    app_state: str = ""
    error: str = ""
    cancelled: Reason | None = None

    def fits(self, line: CallbackSeen) -> bool:
        """Whether a line says all that is asked for."""
        said = ((self.task, line.task), (self.thread, line.thread), (self.app_state, line.app_state))
        is_so_cancelled = self.cancelled in (None, cancelled_by(line))
        return (
            all(asked in ("", value) for asked, value in said) and self._error_fits(line) and is_so_cancelled
        )

    @property
    def is_error(self) -> bool:
        """Whether it is asked of the task that it ended badly."""
        return self.cancelled is not None or self.error not in ("", NO_ERROR)

    def _error_fits(self, line: CallbackSeen) -> bool:
        code = line.detail.get("code")
        fitting = {"": True, NO_ERROR: code is None, ANY_ERROR: code is not None}
        return fitting.get(self.error, str(code) == self.error)

    def __str__(self) -> str:
        named = (
            ("task", self.task),
            ("thread", self.thread),
            ("state", self.app_state),
            ("error", self.error),
            ("cancelled", MEANINGS[self.cancelled].sentence if self.cancelled else ""),
        )
        return ", ".join(f"{name} {value}" for name, value in named if value)


ANYTHING = Fields()
"""Whatever a line says besides its name."""


@dataclass(frozen=True)
class Count:
    """How often something must come in the whole window.

    Attributes:
        least: no less often.
        most: no more often; ``None`` for no limit.
    """

    least: int
    most: int | None

    def __str__(self) -> str:
        if self.most == 0:
            return "never"
        return (
            f"exactly {self.least} time(s)" if self.most == self.least else f"at least {self.least} time(s)"
        )


def exactly(times: int) -> Count:
    """Neither more nor less often, up to the end of the window.

    Raises:
        ValueError: that is no number of times.
    """
    if times < 0:
        raise ValueError(f"nothing comes {times} times")
    return Count(times, times)


def at_least(times: int) -> Count:
    """So often or more.

    Raises:
        ValueError: that is no number of times, or asks for nothing.
    """
    if times < 1:
        raise ValueError("at least once, or it asks for nothing")
    return Count(times, None)


NEVER = Count(0, 0)
"""Not once, up to the end of the window."""
