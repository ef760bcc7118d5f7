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
    """Who cancelled the task that a line of the app tells the end of.

    Returns:
        ``None`` when nobody did, or when the reason beside the error is none that is known here: an app that
        logs no reasons has ``UNTOLD`` there, and is not to blame for what it does not tell.
    """
    if line.name != Callback.DID_COMPLETE or str(line.detail.get("code")) != CANCELLED:
        return None
    reason = line.detail.get("reason")
    return Reason.TRANSFER_CANCELLED_APP if reason is None else BY_SYSTEM.get(str(reason))


def cancellation(lines: Iterable[CallbackSeen]) -> tuple[Reason, CallbackSeen] | None:
    """The first cancellation that some lines tell of, with its line."""
    return next(((reason, line) for line in lines if (reason := cancelled_by(line))), None)
