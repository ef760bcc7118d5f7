"""What an expectation asks is data, whatever it was told to look on from."""

from __future__ import annotations

import pytest

from harness.api.app import App
from harness.api.troubles import Lasting
from harness.expect.stored import from_text, to_text
from harness.model.facts import Mark
from harness.model.states import AppState
from harness.model.time import Instant
from harness.runtime.loop import LoopThread
from tests.unit.api.test_altering import AppPhone, session_on

AT = Instant(1_790_000_000.25, 0.125)
MARK = Mark(AT, "origin refuses")


def listen() -> Mark:
    return Mark(AT, "origin listens")


MARKS = {"of a moment": MARK, "of what lasts": Lasting(AT, MARK.what, listen)}


@pytest.mark.parametrize("which", MARKS)
def test_a_question_since_any_mark_can_be_stored_and_asked_again(which: str) -> None:
    with LoopThread() as loop:
        app = App(session_on(loop, AppPhone()))
        question = app.state_question(AppState.SUSPENDED, within_s=5, since=MARKS[which])
    assert question.window.since == MARK
    assert from_text(to_text(question)) == question
