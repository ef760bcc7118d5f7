"""The virtual phone judged by pymobiledevice3: by its command line, and by its classes beside that."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from harness.virtual.address import RackAddress
from tests.virtual.judges.client import COMMAND_WITHIN_S
from tests.virtual.judges.judging import cases, judge, named
from tests.virtual.judges.standing import Standing, standing
from tests.virtual.judges.tables.command import NEW, Command
from tests.virtual.judges.tables.pymobiledevice3 import TABLE


@pytest.fixture(scope="module")
def stand() -> Iterator[Standing]:
    with standing(("16.7", *NEW)) as it:
        yield it


@pytest.fixture(scope="module")
def direct(stand: Standing) -> RackAddress:
    """Where the phones with RSD are reached: a tunnel per command takes longer than the command."""
    opening = asyncio.run_coroutine_threadsafe(stand.rack.open_direct(stand.address), stand.loop)
    return opening.result(COMMAND_WITHIN_S)


def environment(stand: Standing) -> Mapping[str, str]:
    """What leads the client to the rack, and to the command of the package that is installed here."""
    commands = str(Path(sys.executable).parent)
    return {**stand.environment(), "PATH": os.pathsep.join((commands, os.environ.get("PATH", "")))}


def options(stand: Standing, direct: RackAddress, ios: str) -> tuple[str, ...]:
    """What leads it to one phone."""
    udid = stand.phone(ios).spec.udid
    rsd = next(phone.rsd for phone in direct.phones if phone.udid == udid)
    return ("--rsd", *rsd.rsplit(":", 1)) if rsd else ("--udid", udid)


@pytest.mark.parametrize(("row", "ios"), cases(row for row in TABLE if not row.alone), ids=named)
def test_a_command_gets_what_a_phone_would_tell(
    stand: Standing, direct: RackAddress, row: Command, ios: str
) -> None:
    judge(row, stand, ios, environment(stand), options(stand, direct, ios))


@pytest.mark.parametrize(("row", "ios"), cases(row for row in TABLE if row.alone), ids=named)
def test_a_command_that_changes_the_phone_for_good(row: Command, ios: str) -> None:
    # A phone takes its time to boot; here it takes less of the host's.
    with standing((ios,), clock_rate=100.0) as alone:
        udid = alone.phone(ios).spec.udid
        judge(row, alone, ios, environment(alone), ("--udid", udid))
