"""WebDriverAgent of the virtual phone judged by an independent client, over lockdown and over RSD."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from harness.virtual.address import RackAddress
from tests.virtual.judges.client import COMMAND_WITHIN_S
from tests.virtual.judges.judging import judge
from tests.virtual.judges.standing import Standing, standing
from tests.virtual.judges.tables.command import Command
from tests.virtual.judges.tables.web_driver_agent import ROWS


@pytest.fixture(scope="module")
def stand() -> Iterator[Standing]:
    with standing() as it:
        yield it


@pytest.fixture(scope="module")
def direct(stand: Standing) -> RackAddress:
    """Where the phones with RSD are reached."""
    opening = asyncio.run_coroutine_threadsafe(stand.rack.open_direct(stand.address), stand.loop)
    return opening.result(COMMAND_WITHIN_S)


@pytest.mark.commands(ROWS)
def test_a_command_does_to_the_phone_what_it_would_to_a_phone(
    stand: Standing, direct: RackAddress, row: Command, ios: str
) -> None:
    udid = stand.phone(ios).spec.udid
    rsd = next(phone.rsd for phone in direct.phones if phone.udid == udid)
    options = ("--rsd", *rsd.rsplit(":", 1)) if rsd else ("--udid", udid)
    judge(row, stand, ios, stand.environment(), options)
