"""Who cancelled a transfer, as the error tells that its task ended with.

A background task that the system cancels ends with ``NSURLErrorCancelled`` and a reason beside it; one that
the app cancelled has none. Source: background-execution.md §1.8.10.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.model.callbacks import Callback
from harness.model.facts import CallbackSeen
from harness.model.reasons import Reason

CANCELLED = "-999"
"""``NSURLErrorCancelled``, as text."""

BY_SYSTEM: dict[str, Reason] = {
    "0": Reason.TRANSFER_CANCELLED_FORCE_QUIT,
    "1": Reason.TRANSFER_CANCELLED_BAR_OFF,
    "2": Reason.TRANSFER_CANCELLED_RESOURCES,
}
"""Value of ``NSURLErrorBackgroundTaskCancelledReasonKey``, as text -> reason."""

KNOWN = (*BY_SYSTEM.values(), Reason.TRANSFER_CANCELLED_APP)
"""Every way in which a transfer can have been cancelled."""


def cancelled_by(line: CallbackSeen) -> Reason | None:
    """Who cancelled the task that a line of the app tells the end of; ``None`` when nobody did."""
    if line.name != Callback.DID_COMPLETE or str(line.detail.get("code")) != CANCELLED:
        return None
    return BY_SYSTEM.get(str(line.detail.get("reason")), Reason.TRANSFER_CANCELLED_APP)


def cancellation(lines: Iterable[CallbackSeen]) -> tuple[Reason, CallbackSeen] | None:
    """The first cancellation that some lines tell of, with its line."""
    return next(((reason, line) for line in lines if (reason := cancelled_by(line))), None)
