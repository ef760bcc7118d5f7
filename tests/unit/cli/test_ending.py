"""What the log tells of an end that was seen through the screen."""

from __future__ import annotations

import asyncio

import pytest

from harness.cli import ending
from harness.cli.ending import WAYS, watch_end
from harness.model.exits import ExitCause, ExitStory
from tests.unit.evidence.lines import IT
from tests.unit.evidence.phones import APP, HandPhone, logged

SWIPED = f"(10, {0xDEADFA11}, {0xDEADFA11})"
KILLED = "(2, 9, 9)"


def _story(*said: str) -> ExitStory:
    phone = HandPhone()

    async def end() -> None:
        phone.log_streams[-1].tell(*(logged(101.0, line, "runningboardd") for line in said))

    return asyncio.run(watch_end(phone, APP, 41, end))


def test_a_swipe_is_proven_by_the_code_that_the_phone_recorded() -> None:
    story = _story(f"{IT} termination reported by launchd {SWIPED}")
    assert story.cause is WAYS["user"].cause


def test_a_process_that_ended_of_something_else_meanwhile_is_not_taken_for_swiped() -> None:
    story = _story(f"{IT} termination reported by launchd {KILLED}")
    assert story.cause is ExitCause.OTHER_SIGNAL


def test_the_end_of_another_process_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "TOLD_WITHIN_S", 0.2)
    story = _story(f"{IT.replace('41', '42')} termination reported by launchd {SWIPED}")
    assert (story.cause, story.ended) == (ExitCause.UNKNOWN, False)


def test_a_silent_log_leaves_the_cause_unknown_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "TOLD_WITHIN_S", 0.2)
    story = _story()
    assert (story.cause, story.note) == (ExitCause.UNKNOWN, "nothing shows that it ended")


def test_a_log_that_is_lost_meanwhile_leaves_the_cause_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "TOLD_WITHIN_S", 0.2)
    phone = HandPhone()

    async def end() -> None:
        phone.log_streams[-1].cut()

    assert asyncio.run(watch_end(phone, APP, 41, end)).cause is ExitCause.UNKNOWN
