from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from harness.errors import DeviceLost, HarnessError
from harness.farm.health import ladder
from harness.farm.health.ladder import LADDER, Bound, Step, Tried, climb, may_help
from harness.farm.health.rotation import CAME_AND_WENT, Against, Finding

NO_TUNNEL = Finding(Against.LOOK, "the tunnel does not open", "Restart it.", "tunnel")
LOCKED = Finding(Against.LOOK, "it is locked", "Unlock it.", "unlocked")
ALL = list(Step)


class VirtualRecoverer:
    """Takes steps on no phone.

    Args:
        fails: the steps that raise.
        hangs: the steps that never end.
    """

    def __init__(self, fails: Sequence[Step] = (), hangs: Sequence[Step] = ()) -> None:
        self._fails = fails
        self._hangs = hangs
        self.took: list[Step] = []

    async def take(self, step: Step) -> None:
        self.took.append(step)
        if step in self._fails:
            raise DeviceLost("it did not come back", phone="desk-15")
        if step in self._hangs:
            await asyncio.Event().wait()


def _climb(
    finding: Finding,
    recoverer: VirtualRecoverer,
    looks: Sequence[Finding | None],
    taken: dict[Step, int] | None = None,
    strikes: int = 1,
) -> tuple[Finding | None, list[Tried]]:
    told, answers = list[Tried](), iter(looks)

    async def look() -> Finding | None:
        return next(answers)

    async def taken_today(step: Step) -> int:
        return (taken or {}).get(step, 0)

    async def tell(tried: Tried) -> None:
        told.append(tried)

    return asyncio.run(climb(finding, recoverer, look, taken_today, tell, strikes)), told


def test_the_ladder_has_every_step_once_and_each_takes_longer_and_is_rarer_than_the_one_before() -> None:
    assert [bound.step for bound in LADDER] == ALL
    assert sorted(LADDER, key=lambda bound: bound.within_s) == list(LADDER)
    assert sorted(LADDER, key=lambda bound: -bound.per_day) == list(LADDER)


def test_the_first_step_that_a_look_confirms_is_the_last_one() -> None:
    recoverer = VirtualRecoverer()
    left, told = _climb(NO_TUNNEL, recoverer, [NO_TUNNEL, None])
    assert left is None
    assert recoverer.took == [Step.RECONNECT, Step.RESTART_SERVICES]
    assert told == [
        Tried(Step.RECONNECT, "the tunnel does not open"),
        Tried(Step.RESTART_SERVICES, "the phone is well", helped=True),
    ]


def test_a_step_that_failed_is_told_and_the_next_one_is_taken() -> None:
    recoverer = VirtualRecoverer(fails=ALL)
    left, told = _climb(NO_TUNNEL, recoverer, [])
    assert left == NO_TUNNEL
    assert [one.step for one in told] == ALL
    assert {one.came for one in told} == {"it did not come back"}


def test_a_step_that_hangs_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    short = tuple(Bound(one.step, 0.01, one.per_day, one.does, one.seen_by) for one in LADDER)
    monkeypatch.setattr(ladder, "LADDER", short)
    left, told = _climb(NO_TUNNEL, VirtualRecoverer(hangs=[Step.RECONNECT]), [None])
    assert left is None
    assert told[0] == Tried(Step.RECONNECT, "it had not ended within 0.01 s")


def test_a_step_that_was_taken_too_often_today_is_left_out_and_that_is_told() -> None:
    recoverer = VirtualRecoverer()
    left, told = _climb(NO_TUNNEL, recoverer, [NO_TUNNEL, NO_TUNNEL], {Step.REBOOT: 2})
    assert left == NO_TUNNEL
    assert Step.REBOOT not in recoverer.took
    assert told[-1] == Tried(Step.REBOOT, "not tried: it was, 2 times within a day", taken=False)


def test_what_only_a_person_can_put_right_is_left_to_one() -> None:
    recoverer = VirtualRecoverer()
    assert _climb(LOCKED, recoverer, []) == (LOCKED, [])
    assert (recoverer.took, may_help(CAME_AND_WENT)) == ([], ())


def test_a_step_that_brings_something_else_to_light_is_not_followed_by_one_that_cannot_help() -> None:
    recoverer = VirtualRecoverer()
    left, told = _climb(NO_TUNNEL, recoverer, [LOCKED])
    assert (left, recoverer.took, len(told)) == (LOCKED, [Step.RECONNECT], 1)


def test_a_phone_that_is_lost_again_after_a_step_begins_one_step_higher() -> None:
    lost = Finding(Against.LOST, "it went away amid a test", "Check the cable.")
    first, second = VirtualRecoverer(), VirtualRecoverer()
    assert _climb(lost, first, [None], strikes=2)[0] is None
    assert _climb(lost, second, [None], strikes=5)[0] is None
    assert (first.took, second.took) == ([Step.RESTART_SERVICES], [Step.REBOOT])


def test_a_mistake_of_the_harness_is_not_taken_for_the_phones() -> None:
    class Broken(VirtualRecoverer):
        async def take(self, step: Step) -> None:
            raise ValueError("a bug")

    assert not issubclass(ValueError, HarnessError)
    with pytest.raises(ValueError, match="a bug"):
        _climb(NO_TUNNEL, Broken(), [])
