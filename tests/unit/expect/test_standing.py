"""What speaks for a network that was taken away, and for a setting that was put off, and what does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.expect.callbacks import ExpectCallbacks
from harness.expect.fields import exactly
from harness.expect.question import judge
from harness.model.callbacks import Callback
from harness.model.facts import (
    CELLULAR,
    CONDITION,
    OUT_OF_REACH,
    SettingChanged,
    SettingRead,
    Source,
    TransferAsked,
    TransferPhase,
    Verb,
)
from harness.model.interfaces import Interface
from harness.model.ladder import By, Fidelity, Toggle
from harness.model.reasons import Outcome, Reason
from harness.model.time import written
from tests.unit.expect.asking import answer, callbacks, no_wake
from tests.unit.expect.story import BUNDLE, FOREIGN_NONCE, NEW, OLD, SESSION, Story, dead, story

ALL_LOST = "SlowNetwork100PctLoss"
PASSED = (Outcome.PASSED, Reason.PASS_CLAIMS_PROVEN)
UNPROVEN = (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_GAP)

TAKEN = {"Wi-Fi": (Verb.WIFI_OFF, ""), "packets": (Verb.INDUCE, ALL_LOST)}


def never(told: Story) -> ExpectCallbacks:
    """The app is not told that its transfer has ended, as long as its network is away."""
    return replace(callbacks(Callback.DID_COMPLETE, pid=0)(told), count=exactly(0))


def taken(what: str, begun: Story | None = None) -> Story:
    verb, detail = TAKEN[what]
    return (begun or dead()).act(verb, 6, detail=detail)


def nothing_asked_for() -> Story:
    """The app is dead, and no transfer of this test was ever begun."""
    told = story().launched(at=0.5).backgrounded(at=2).suspended(at=3)
    return told.killed(at=5)


@pytest.mark.parametrize("what", TAKEN)
class TestANetworkThatWasTakenAway:
    """That nothing came is owed to it only where something could have come."""

    def test_an_answer_that_is_free_to_come_and_does_not_speaks_for_it(self, what: str) -> None:
        assert answer(taken(what), never) == PASSED

    def test_so_does_one_whose_connection_breaks(self, what: str) -> None:
        assert answer(taken(what).receipt(TransferPhase.BROKEN, at=6.1), never) == PASSED

    def test_so_does_one_that_was_sent_whole_and_woke_nobody(self, what: str) -> None:
        assert answer(taken(what).delivered(at=7), never) == PASSED

    def test_one_that_was_sent_whole_and_woke_the_app_may_have_come(self, what: str) -> None:
        told = taken(what).delivered(at=7).started(at=8, pid=NEW).suspended(at=9, pid=NEW)
        assert answer(told, never) == UNPROVEN

    def test_where_nothing_was_on_its_way_nothing_speaks_for_it(self, what: str) -> None:
        assert answer(taken(what, nothing_asked_for()), never) == UNPROVEN

    def test_another_tests_transfer_does_not(self, what: str) -> None:
        begun = nothing_asked_for().receipt(TransferPhase.STARTED, at=5.5, nonce=FOREIGN_NONCE)
        assert answer(taken(what, begun), never) == UNPROVEN

    def test_nor_does_one_that_was_over_before(self, what: str) -> None:
        assert answer(taken(what, dead().receipt(TransferPhase.BROKEN, at=5.5)), never) == UNPROVEN

    def test_what_the_gate_holds_needs_no_such_proof(self, what: str) -> None:
        assert answer(taken(what, dead().held(at=5.5)), never) == PASSED

    def test_nor_does_the_silence_of_an_app_that_a_person_has_quit(self, what: str) -> None:
        begun = nothing_asked_for().act(Verb.FORCE_QUIT, 5.5)
        assert answer(taken(what, begun), never) == PASSED

    def test_with_receipts_lost_it_cannot_be_told(self, what: str) -> None:
        assert answer(taken(what).cut(Source.RECEIPT, 10, 20), never) == UNPROVEN

    def test_an_error_speaks_for_it_and_the_app_is_judged_by_it(self, what: str) -> None:
        told = taken(what, nothing_asked_for())
        told.line(Callback.DID_COMPLETE, at=8, pid=OLD, session=SESSION, detail={"code": -1009})
        assert answer(told, never) == (Outcome.FAILED, Reason.CALLBACK_UNEXPECTED)

    @pytest.mark.parametrize("code", [-999, -1001])
    def test_an_error_that_comes_with_a_network_too_does_not(self, what: str, code: int) -> None:
        told = taken(what, nothing_asked_for())
        told.line(Callback.DID_COMPLETE, at=8, pid=OLD, session=SESSION, detail={"code": code})
        assert answer(told, never)[0] is Outcome.INCONCLUSIVE

    def test_what_was_asked_after_it_was_given_back_is_another_matter(self, what: str) -> None:
        given_back = {"Wi-Fi": Verb.WIFI_ON, "packets": Verb.STOP_INDUCING}[what]
        assert answer(taken(what, nothing_asked_for()).act(given_back, 20), never) == PASSED


@pytest.mark.parametrize(("at_s", "value"), [(20, ALL_LOST), (1000, "none"), (1000, "SlowNetworkEdge")])
def test_a_condition_that_was_not_seen_to_last_to_the_end_does_not_speak_for_itself(
    at_s: float, value: str
) -> None:
    assert answer(taken("packets", nothing_asked_for()).read(CONDITION, value, at=at_s), never) == UNPROVEN


def test_one_that_was_still_there_at_the_end_does() -> None:
    assert answer(taken("packets", nothing_asked_for()).read(CONDITION, ALL_LOST, at=1000), never) == PASSED


class TestByCellular:
    """A phone whose Wi-Fi is off may go on by cellular, so that its word for it is not enough."""

    def off(self) -> Story:
        told = taken("Wi-Fi", nothing_asked_for())
        told.facts.append(SettingRead(at=written(7), source=Source.SYSTEM_LOG, name="wifi", value="off"))
        return told

    def asked(self, told: Story, *, at: float, by_cellular: bool, name: str = "e42") -> Story:
        told.facts.append(
            TransferAsked(
                at=written(at), source=Source.HARNESS, bundle_id=BUNDLE, id=name, by_cellular=by_cellular
            )
        )
        return told

    def test_with_no_more_than_that_nobody_knows_where_cellular_leads(self) -> None:
        assert answer(self.off(), never) == UNPROVEN

    def test_a_phone_without_cellular_has_no_other_way(self) -> None:
        told = self.off().read(CELLULAR, "none", at=6.5)
        assert answer(told, never) == PASSED

    def test_a_transfer_that_is_kept_from_cellular_has_none_either(self) -> None:
        assert answer(self.asked(self.off(), at=5.5, by_cellular=False), never) == PASSED

    def test_one_of_several_that_is_not_leaves_it_open(self) -> None:
        told = self.asked(self.off(), at=5.5, by_cellular=False)
        assert answer(self.asked(told, at=5.6, by_cellular=True, name="e43"), never) == UNPROVEN

    def test_an_attempt_of_which_the_origin_sees_nothing_shows_that_it_leads_nowhere(self) -> None:
        told = self.asked(self.off(), at=8, by_cellular=True, name=OUT_OF_REACH)
        assert answer(told, never) == PASSED

    def test_one_from_before_wifi_was_off_shows_nothing(self) -> None:
        told = self.asked(self.off(), at=5.5, by_cellular=True, name=OUT_OF_REACH)
        assert answer(told, never) == UNPROVEN

    def test_nor_does_one_while_receipts_are_lost(self) -> None:
        told = self.asked(self.off(), at=8, by_cellular=True, name=OUT_OF_REACH)
        assert answer(told.cut(Source.RECEIPT, 9, 10), never) == UNPROVEN

    def test_a_request_of_it_that_comes_by_cellular_spoils_the_experiment(self) -> None:
        told = self.asked(self.off(), at=8, by_cellular=True, name=OUT_OF_REACH)
        told.receipt(TransferPhase.STARTED, at=9, name=OUT_OF_REACH, interface=Interface.CELLULAR)
        assert answer(told, never) == (Outcome.INVALID, Reason.INVALID_CELLULAR_LEAK)

    def test_but_not_one_of_transfers_that_are_kept_from_cellular(self) -> None:
        told = self.asked(self.off(), at=8, by_cellular=True, name=OUT_OF_REACH)
        told.receipt(TransferPhase.STARTED, at=9, name=OUT_OF_REACH, interface=Interface.CELLULAR)
        assert answer(self.asked(told, at=9.5, by_cellular=False), never) == PASSED


@pytest.mark.parametrize("reading", [("airplane mode", "on"), ("wifi", "off")])
def test_airplane_mode_takes_both_ways_along(reading: tuple[str, str]) -> None:
    told = nothing_asked_for().act(Verb.SET_AIRPLANE_MODE, 6, detail="on")
    assert answer(told, never) == UNPROVEN
    assert answer(told.read(*reading, at=7), never) == PASSED


def test_what_stands_in_for_wifi_off_is_owned_up_to() -> None:
    told = taken("Wi-Fi")
    told.facts.append(
        SettingChanged(
            at=written(6),
            source=Source.HARNESS,
            toggle=Toggle.WIFI,
            value="off",
            by=By.ACCESS_POINT,
            fidelity=Fidelity.STANDS_IN,
            verified="its exit status",
        )
    )
    notes = [finding.note for finding in judge(never(told), told.evidence()).guards]
    assert "by the access point, which stands in for it" in notes


class TestBackgroundRefresh:
    """An app that is left alone because of it."""

    def off(self) -> Story:
        told = dead().act(Verb.SET_BACKGROUND_REFRESH, 5.5, detail="off")
        return told.released(at=6).delivered(at=7)

    @pytest.mark.parametrize(("at_s", "status"), [(5.0, "denied"), (5.8, "available"), (5.8, None)])
    def test_an_answer_from_before_or_that_does_not_say_so_proves_nothing(
        self, at_s: float, status: str | None
    ) -> None:
        told = self.off().line("acknowledged", at=at_s, pid=OLD, detail={"background_refresh": status})
        assert answer(told, no_wake(Reason.NOT_WOKEN_BAR_OFF))[0] is not Outcome.PASSED

    def test_an_answer_that_says_so_does(self) -> None:
        told = self.off().line("acknowledged", at=5.8, pid=OLD, detail={"background_refresh": "denied"})
        passed = (Outcome.PASSED, Reason.NOT_WOKEN_BAR_OFF)
        assert answer(told, no_wake(Reason.NOT_WOKEN_BAR_OFF)) == passed
