"""What almost counted, and the one thing that spoke against each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.model.callbacks import Callback
from harness.model.facts import CallbackSeen
from tests.unit.expect.asking import WITHIN_S, ask, callbacks
from tests.unit.expect.story import ACT_S, FOREIGN_NONCE, FOREIGN_SESSION, NEW, OLD, SESSION, Story, dead

RELEASED_S = 6.0
DEADLINE_S = RELEASED_S + ACT_S + WITHIN_S

DONE = Callback.DID_FINISH_DOWNLOADING


def called(
    *, at: float, pid: int = NEW, session: str = SESSION, nonce: str | None = None
) -> Callable[[Story], Story]:
    if nonce is None:
        return lambda told: told.line(DONE, at=at, pid=pid, session=session)
    return lambda told: told.line(DONE, at=at, pid=pid, session=session, nonce=nonce)


WHY = {
    "before the mark": called(at=RELEASED_S - 0.5),
    "after the deadline": called(at=DEADLINE_S + 1),
    "at the edge of the window": called(at=DEADLINE_S + 4e-5),
    f"of another test (nonce {FOREIGN_NONCE})": called(at=8, nonce=FOREIGN_NONCE),
    f"in another process than {NEW}": called(at=8, pid=OLD),
    f"in session {FOREIGN_SESSION}": called(at=8, session=FOREIGN_SESSION),
}
"""What a reader is told -> the callback that it is told of; in all else it is the one that was wanted."""


@pytest.mark.parametrize("why", WHY)
def test_a_callback_that_almost_counted_is_told_with_what_speaks_against_it(why: str) -> None:
    told = WHY[why](dead().released(at=RELEASED_S).delivered(at=7))
    near = ask(told, callbacks(DONE)).backdrop.near
    assert {miss.why for miss in near} == {why}
    assert all(isinstance(miss.fact, CallbackSeen) and miss.fact.name == DONE for miss in near)


@pytest.mark.parametrize("at_s", [RELEASED_S - 0.5, DEADLINE_S + 1], ids=["before", "after"])
def test_one_that_would_not_have_counted_within_the_window_is_none_outside_it(at_s: float) -> None:
    told = called(at=at_s, pid=OLD)(dead().released(at=RELEASED_S).delivered(at=7))
    assert ask(told, callbacks(DONE)).backdrop.near == ()


def test_a_callback_of_another_name_is_none() -> None:
    told = dead().released(at=RELEASED_S).delivered(at=7).called(Callback.DID_COMPLETE, at=8)
    assert ask(told, callbacks(DONE)).backdrop.near == ()
