"""What a test changed is put back: what was there first, last change first, and whatever goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.api.changes import Change, Changes, put_back, verb_of
from harness.errors import DeviceLost
from harness.farm.leases.lease import Lease
from harness.farm.leases.store import LeaseStore
from harness.model.facts import Verb
from harness.model.raw import InstalledApp
from harness.model.settings import BackgroundRefresh
from harness.model.undo import Undo, UndoOp
from tests.unit.evidence.phones import HandPhone

WIFI = UndoOp(Undo.WIFI, "on")
CONDITION = UndoOp(Undo.CONDITION, "none")
AIRPLANE = UndoOp(Undo.AIRPLANE_MODE, "off")
OPS = {
    "wifi True": (WIFI, Verb.WIFI_ON),
    "wifi False": (UndoOp(Undo.WIFI, "off"), Verb.WIFI_OFF),
    "stop inducing": (CONDITION, Verb.STOP_INDUCING),
    "refresh wifi": (UndoOp(Undo.BACKGROUND_REFRESH, "wifi"), Verb.SET_BACKGROUND_REFRESH),
    "refresh of a.b.c False": (UndoOp(Undo.BACKGROUND_REFRESH, "off", "a.b.c"), Verb.SET_BACKGROUND_REFRESH),
    "low power True": (UndoOp(Undo.LOW_POWER_MODE, "on"), Verb.SET_LOW_POWER),
    "airplane False": (AIRPLANE, Verb.SET_AIRPLANE_MODE),
}


class AppPhone(HandPhone):
    """A phone that has every app."""

    async def app_info(self, bundle_id: str) -> InstalledApp | None:
        return InstalledApp(bundle_id, bundle_id, "1.0", "App")


@pytest.fixture
def lease(tmp_path: Path) -> Iterator[Lease]:
    store = LeaseStore.open(tmp_path / "leases.sqlite3")
    with store.register("a test") as holder:
        yield holder.acquire(["0000"], within_s=0)
    store.close()


def changes_of(phone: HandPhone, lease: Lease | None = None) -> tuple[Changes, list[Verb]]:
    verbs: list[Verb] = []

    async def act(change: Change) -> None:
        await change.put_back()

    def note(change: Change) -> None:
        verbs.append(change.verb)
        asyncio.run(act(change))

    return Changes(phone, note, lease), verbs


@pytest.mark.parametrize("act", OPS)
def test_every_undo_is_what_a_phone_can_do(act: str) -> None:
    phone = AppPhone()
    op, verb = OPS[act]
    asyncio.run(put_back(phone, op))
    assert phone.acts == [act]
    assert verb_of(op) is verb


def test_an_app_that_is_gone_has_taken_its_switch_with_it(lease: Lease) -> None:
    phone = HandPhone()
    changes, _ = changes_of(phone, lease)
    changes.will_change(UndoOp(Undo.BACKGROUND_REFRESH, "on", "a.b.c"))
    changes.put_all_back()
    assert phone.acts == []
    assert not lease.is_altered()


def test_the_last_change_is_put_back_first() -> None:
    phone = HandPhone()
    changes, verbs = changes_of(phone)
    changes.will_change(WIFI)
    changes.will_undo(Verb.MOVE, "back home", phone.stop_simulating_location)
    changes.will_change(CONDITION)
    changes.put_all_back()
    assert phone.acts == ["stop inducing", "move home", "wifi True"]
    assert verbs == [Verb.STOP_INDUCING, Verb.MOVE, Verb.WIFI_ON]


def test_what_was_there_before_the_first_change_is_what_is_put_back() -> None:
    phone = HandPhone()
    changes, _ = changes_of(phone)
    changes.will_change(UndoOp(Undo.BACKGROUND_REFRESH, "wifi"))
    changes.will_change(UndoOp(Undo.BACKGROUND_REFRESH, "off"))
    changes.put_all_back()
    assert phone.ui.refresh is BackgroundRefresh.WIFI
    changes.put_all_back()
    assert len(phone.acts) == 1


def test_an_undo_is_in_the_journal_before_and_gone_after(lease: Lease) -> None:
    changes, _ = changes_of(HandPhone(), lease)
    assert not lease.is_altered()
    changes.will_change(WIFI)
    assert lease.is_altered()
    changes.put_all_back()
    assert not lease.is_altered()


def test_what_could_not_be_put_back_stays_in_the_journal_and_the_rest_is_put_back(lease: Lease) -> None:
    phone = HandPhone()
    phone.fails.add("stop inducing")
    changes, _ = changes_of(phone, lease)
    changes.will_change(WIFI)
    changes.will_change(CONDITION)
    with pytest.raises(DeviceLost, match="stop inducing"):
        changes.put_all_back()
    assert phone.acts == ["wifi True"]
    assert lease.is_altered()


def test_of_two_failures_both_are_told() -> None:
    phone = HandPhone()
    phone.fails |= {"stop inducing", "wifi True"}
    changes, _ = changes_of(phone)
    changes.will_change(WIFI)
    changes.will_change(CONDITION)
    with pytest.raises(DeviceLost, match="stop inducing") as raised:
        changes.put_all_back()
    assert "wifi True" in raised.value.__notes__[0]
