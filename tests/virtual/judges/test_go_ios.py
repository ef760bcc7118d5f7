"""The virtual phone judged by go-ios: over usbmux before iOS 17, through its own tunnels after.

It has a TCP, HTTP/2 and XPC of its own, and so proves the tunnel independently of others.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.virtual.judges.agent import tunnels
from tests.virtual.judges.judging import judge
from tests.virtual.judges.standing import Standing, standing
from tests.virtual.judges.tables.acts import run_app
from tests.virtual.judges.tables.command import NEW, OLD, Command
from tests.virtual.judges.tables.go_ios import LEFT_OUT, TABLE
from tests.virtual.rig import APP

pytestmark = pytest.mark.judge("go-ios")

NO_TUNNEL = ("--tunnel-info-port=1",)
"""Nobody answers there: a tunnel of this host's is none of this test's."""

SHARED = tuple(row for row in TABLE if not row.alone)


@pytest.fixture(scope="module")
def stand() -> Iterator[Standing]:
    with standing() as it:
        yield it


@pytest.fixture(scope="module")
def tunnelled(stand: Standing) -> Iterator[tuple[str, ...]]:
    """The options that lead through the tunnels to the phones that have one."""
    identity = stand.home / "tunnels"
    identity.mkdir()
    udids = [stand.phone(ios).spec.udid for ios in NEW]
    with tunnels(udids, stand.environment(), identity) as options:
        yield options


def hold(stand: Standing, row: Command, ios: str, options: tuple[str, ...]) -> None:
    udid = stand.phone(ios).spec.udid
    judge(row, stand, ios, stand.environment(), (f"--udid={udid}", *options))


@pytest.mark.commands(SHARED, OLD)
def test_a_command_gets_what_a_phone_would_tell_over_usbmux(stand: Standing, row: Command, ios: str) -> None:
    hold(stand, row, ios, NO_TUNNEL)


@pytest.mark.commands(SHARED, NEW)
def test_a_command_gets_what_a_phone_would_tell_through_the_tunnel(
    stand: Standing, tunnelled: tuple[str, ...], row: Command, ios: str
) -> None:
    hold(stand, row, ios, tunnelled)


@pytest.mark.commands([row for row in TABLE if row.alone])
def test_a_command_that_changes_the_phone_for_good(row: Command, ios: str) -> None:
    # A phone takes its time to boot; here it takes less of the host's.
    with standing((ios,), clock_rate=100.0) as alone:
        hold(alone, row, ios, NO_TUNNEL)


def test_a_launch_does_not_end_an_instance_that_runs_unless_asked(stand: Standing) -> None:
    phone = stand.phone("16.7")

    def pid() -> int:
        process = stand.do(lambda: phone.processes.of_bundle(APP.bundle_id))
        assert process is not None
        return process.pid

    def launch(*more: str) -> None:
        words = ["ios", "launch", APP.bundle_id, *more, f"--udid={phone.spec.udid}", *NO_TUNNEL]
        assert stand.run(words, stand.environment(), stand.home).code == 0

    stand.do(lambda: run_app(phone))
    first = pid()
    launch()
    assert pid() == first
    launch("--kill-existing")
    assert pid() != first


def test_every_subcommand_is_in_the_table_or_left_out_with_a_reason() -> None:
    told = subprocess.run(["ios", "--help"], capture_output=True, text=True, check=True).stdout
    commands = told.partition("\nCommands:\n")[2].partition("\n\n")[0].splitlines()
    # Two blanks at least stand between a subcommand and what it is for.
    known = {line.strip().partition("  ")[0] for line in commands}
    judged = {name for name in known for row in TABLE if f"{row.line} ".startswith(f"ios {name} ")}
    # Of a subcommand with subcommands, those are meant.
    judged -= {name for name in judged if name in LEFT_OUT}
    assert known - judged == set(LEFT_OUT)
