"""Log points are a feature: they tell from a user's phone what the code did there. S61 of the catalogue."""

from __future__ import annotations

import pytest

from harness.api import App, Device
from harness.model.facts import LogPointSeen
from harness.model.states import AppState
from harness.model.triggers import Trigger
from harness.scenarios.downloading import ANSWERED_WITHIN_S, ASLEEP_WITHIN_S

TEXT = "reached the third step"
"""What is logged, publicly once and privately once at every level."""

HIDDEN = "<private>"
"""What stands in the log of a stock phone in place of a private value."""

KEPT = frozenset({"notice", "error", "fault"})
"""The levels that are on unless somebody switches them off; the cheaper ones are off on most phones."""


@pytest.mark.scenario("S61")
@pytest.mark.device(ios=">=15")
def test_log_points_are_readable_as_far_as_they_are_public(device: Device, app: App) -> None:
    """S61: without a debugger, what is public can be read, and what is private is hidden from everybody."""
    app.launch()
    wrote = app.do(Trigger.WRITE_LOG, text=TEXT).mark
    app.expect_fact(
        LogPointSeen,
        about="a public log point that can be read",
        where=is_readable,
        since=wrote,
        within_s=ANSWERED_WITHIN_S,
    )
    app.expect_fact(
        LogPointSeen,
        about="a private log point that is hidden",
        where=is_hidden,
        since=wrote,
        within_s=ANSWERED_WITHIN_S,
    )
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=ASLEEP_WITHIN_S)


def is_readable(line: LogPointSeen) -> bool:
    """Whether a line that is on by default has its text."""
    return line.level in KEPT and TEXT in line.text


def is_hidden(line: LogPointSeen) -> bool:
    """Whether a line that is on by default has lost its text."""
    return line.level in KEPT and HIDDEN in line.text and TEXT not in line.text
