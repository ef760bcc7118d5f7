from __future__ import annotations

from harness.farm.agent.telling import Event, Happening, Troubles


def test_a_trouble_is_told_once_and_its_end_is_told() -> None:
    told: list[Event] = []
    troubles = Troubles(told.append)
    for _ in range(3):
        troubles.begin("store", "the database does not answer")
    assert troubles.lasting() == ("the database does not answer",)
    troubles.end("store", "it answers again")
    troubles.end("store", "it answers again")
    assert [str(event) for event in told] == ["the database does not answer", "it answers again"]
    assert [event.happening for event in told] == [Happening.TROUBLE, Happening.OVER]
    assert troubles.lasting() == ()


def test_another_reason_is_told_too_and_troubles_of_two_phones_are_two() -> None:
    told: list[Event] = []
    troubles = Troubles(told.append)
    troubles.begin("a", "no socket", phone="v-a")
    troubles.begin("b", "no socket", phone="v-b")
    troubles.begin("a", "no phone", phone="v-a")
    assert [str(event) for event in told] == ["v-a: no socket", "v-b: no socket", "v-a: no phone"]


def test_steps_that_fail_for_one_reason_are_one_trouble() -> None:
    told: list[Event] = []
    troubles = Troubles(told.append)
    for about in ("store", "watch", "health"):
        troubles.begin(about, "the database does not answer")
    assert troubles.lasting() == ("the database does not answer",)
    troubles.end("watch", "the phones can be looked at again")
    troubles.end("store", "the database answers again")
    troubles.end("health", "the health can be looked at again")
    assert [str(event) for event in told] == ["the database does not answer", "the database answers again"]


def test_a_step_that_fails_for_a_reason_of_its_own_later_is_told_with_its_end() -> None:
    told: list[Event] = []
    troubles = Troubles(told.append)
    troubles.begin("store", "the database does not answer")
    troubles.begin("watch", "the database does not answer")
    troubles.begin("watch", "no usbmuxd")
    troubles.end("watch", "the phones can be looked at again")
    assert [str(event) for event in told][1:] == ["no usbmuxd", "the phones can be looked at again"]
    assert troubles.lasting() == ("the database does not answer",)
