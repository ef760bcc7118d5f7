"""The virtual phone judged by libimobiledevice's tools, command by command."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.virtual.judges.judging import judge
from tests.virtual.judges.standing import Standing, standing
from tests.virtual.judges.tables.command import Command
from tests.virtual.judges.tables.libimobiledevice import LEFT_OUT, TABLE, TOOLS

pytestmark = pytest.mark.judge("libimobiledevice")


@pytest.fixture(scope="module")
def stand() -> Iterator[Standing]:
    with standing() as it:
        yield it


@pytest.mark.commands([row for row in TABLE if not row.alone])
def test_a_command_gets_what_a_phone_would_tell(stand: Standing, row: Command, ios: str) -> None:
    judge(row, stand, ios, stand.environment(prefix="UNIX:"))


@pytest.mark.commands([row for row in TABLE if row.alone])
def test_a_command_that_changes_the_phone_for_good(row: Command, ios: str) -> None:
    # A phone takes its time to boot; here it takes less of the host's.
    with standing((ios,), clock_rate=100.0) as alone:
        judge(row, alone, ios, alone.environment(prefix="UNIX:"))


def test_every_tool_is_in_the_table_or_left_out_with_a_reason() -> None:
    judged = {row.line.split()[0] for row in TABLE}
    assert judged.isdisjoint(LEFT_OUT)
    assert judged | set(LEFT_OUT) == set(TOOLS)


def test_no_tool_beside_those_known_is_installed() -> None:
    beside = Path(shutil.which("idevice_id") or "").parent
    installed = {path.name for path in beside.glob("idevice*") if re.fullmatch(r"idevice\w+", path.name)}
    assert installed <= set(TOOLS)


def test_it_finds_the_phones_over_tcp_too(stand: Standing) -> None:
    answer = stand.run(["idevice_id", "-l"], {"USBMUXD_SOCKET_ADDRESS": stand.address.usbmux_tcp}, stand.home)
    assert answer.out.split() == [phone.udid for phone in stand.address.phones]
