"""The ports of a phone by usbmuxd: why one cannot be reached, told for what it was."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from pymobiledevice3 import usbmux
from pymobiledevice3.exceptions import ConnectionFailedError, ConnectionFailedToUsbmuxdError

from harness.drivers.pmd3.runner import Ports
from harness.errors import CommandRefused, DeviceError, DeviceLost
from harness.model.identity import Connection, Hardware, PhoneIdentity

PHONE = PhoneIdentity("desk-15", "0" * 24, "16.7", "iPhone10,3", Hardware.REAL)


@dataclass(frozen=True)
class Attached:
    """A phone that usbmuxd lists, and that no port of is reached."""

    error: Exception

    async def connect(self, port: int, usbmux_address: str | None = None) -> None:
        raise self.error


def reached(
    monkeypatch: pytest.MonkeyPatch, listed: Attached | None, connection: Connection | None = None
) -> DeviceError:
    """What is raised for a port of a phone that usbmuxd lists so, or not."""

    async def select_device(*args: object, **options: object) -> Attached | None:
        return listed

    monkeypatch.setattr(usbmux, "select_device", select_device)
    with pytest.raises(DeviceError) as raised:
        asyncio.run(Ports(PHONE, None, connection).connect(8200))
    assert raised.value.phone == "desk-15"
    return raised.value


def test_a_port_at_which_nothing_listens_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    error = reached(monkeypatch, Attached(ConnectionFailedError("CONNREFUSED")))
    assert isinstance(error, CommandRefused)
    assert "nothing listens at its port 8200" in str(error)


def test_a_usbmuxd_that_went_away_is_not_a_port_at_which_nothing_listens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    error = reached(monkeypatch, Attached(ConnectionFailedToUsbmuxdError()))
    assert not isinstance(error, CommandRefused)
    assert "usbmuxd" in str(error)


@pytest.mark.parametrize(
    ("connection", "fix"), [(None, "cable"), (Connection.USB, "cable"), (Connection.NETWORK, "network")]
)
def test_a_phone_that_is_not_attached_so_says_how_to_attach_it(
    monkeypatch: pytest.MonkeyPatch, connection: Connection | None, fix: str
) -> None:
    error = reached(monkeypatch, None, connection)
    assert isinstance(error, DeviceLost)
    assert error.fix is not None
    assert fix in error.fix
