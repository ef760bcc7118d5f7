"""What a janitor does about phones that it cannot reach; about others see tests/faults/test_kill_fuzz.py."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from harness.api import janitor
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.farm.leases.view import PhoneView
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.undo import Undo, UndoOp


class Left:
    """Phones that a process has left altered, none of which can be reached.

    Args:
        leases: the lease file.
    """

    def __init__(self, leases: Path) -> None:
        self.leases = leases

    def by(self, hardware: Hardware) -> str:
        """Leave a phone altered; returns the id of who did."""
        with closing(LeaseStore.open(self.leases)) as store:
            store.know([PhoneIdentity("phone", "u1", "16.7", "iPhone10,3", hardware)])
            with store.register("gone") as holder, holder.acquire(["u1"], within_s=0) as lease:
                lease.will_change("u1", UndoOp(Undo.WIFI, "on"))
        return holder.id

    @property
    def phone(self) -> PhoneView:
        with closing(LeaseStore.open(self.leases)) as store:
            found = store.snapshot().phone("u1")
        assert found is not None
        return found


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Left:
    monkeypatch.setenv("HARNESS_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("USBMUXD_SOCKET_ADDRESS", "/nonexistent/usbmuxd")
    monkeypatch.setattr(janitor, "PERSISTS_S", 0.0)
    return Left(tmp_path / "leases.sqlite3")


def test_a_phone_that_is_away_is_left_to_the_next_and_not_blamed(left: Left) -> None:
    holder = left.by(Hardware.REAL)
    assert janitor.main([str(left.leases), holder]) == 0
    assert (left.phone.state, left.phone.reason) == (PhoneState.DIRTY, "")
    assert [str(entry.op) for entry in left.phone.due] == ["wifi back to on"]


def test_a_virtual_phone_that_went_with_its_rack_is_free(left: Left) -> None:
    holder = left.by(Hardware.VIRTUAL)
    assert janitor.main([str(left.leases), holder]) == 0
    assert (left.phone.state, left.phone.undo) == (PhoneState.FREE, ())


def test_what_others_left_altered_is_not_its_business(left: Left) -> None:
    left.by(Hardware.REAL)
    with closing(LeaseStore.open(left.leases)) as store:
        assert store.left_altered_by("somebody else") == ()


@pytest.mark.parametrize("text", [None, "version: nonsense"])
def test_a_devices_yaml_that_is_wrong_by_now_does_not_keep_it_from_its_work(
    left: Left, tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "devices.yaml"
    if text is not None:
        file.write_text(text)
    holder = left.by(Hardware.VIRTUAL)
    assert janitor.main(["--devices", str(file), str(left.leases), holder]) == 0
    assert left.phone.state is PhoneState.FREE
