"""Unmodified clients at the sockets of leases: they see their phone, work on it, and are cut."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import pytest

from harness.farm.gate.scoped import ScopedSocket
from harness.farm.gate.worker import WorkerSocket
from tests.virtual.farm.gated import VERSIONS, Gated, gated
from tests.virtual.judges.client import COMMAND_WITHIN_S, Client


@dataclass(frozen=True)
class Kind:
    """A client.

    Attributes:
        judge: its name among the judges; empty for one that is always there.
        lists: lists the phones.
        reads: asks the phone at ``{udid}`` something.
        works: what else is done with a phone, iOS -> commands and a word of what they print.
        follows: goes on by itself until the phone is gone.
        service: what that asks of the phone.
        prefix: ahead of the path in ``USBMUXD_SOCKET_ADDRESS``.
    """

    judge: str
    lists: str
    reads: str
    works: dict[str, tuple[tuple[str, str], ...]]
    follows: str
    service: str = "com.apple.syslog_relay"
    prefix: str = ""


PYMOBILEDEVICE3 = Kind(
    "",
    "pymobiledevice3 usbmux list",
    "pymobiledevice3 lockdown info --udid {udid}",
    {
        "16.7": (
            ("pymobiledevice3 afc ls / --udid {udid}", "DCIM"),
            ("pymobiledevice3 apps list --udid {udid}", "dev.harness.plain"),
            ("pymobiledevice3 developer dvt proclist --udid {udid}", "SpringBoard"),
        ),
        "18.5": (
            ("pymobiledevice3 afc ls / --udid {udid}", "DCIM"),
            ("pymobiledevice3 developer dvt proclist --userspace --udid {udid}", "SpringBoard"),
        ),
    },
    "pymobiledevice3 syslog live --udid {udid}",
    service="com.apple.os_trace_relay",
)
GO_IOS = Kind(
    "go-ios",
    "ios list",
    "ios info --udid={udid}",
    {
        "16.7": (
            ("ios fsync tree --path=/ --udid={udid}", "DCIM"),
            ("ios ps --udid={udid}", "SpringBoard"),
        ),
        "18.5": (("ios fsync tree --path=/ --udid={udid}", "DCIM"),),
    },
    "ios syslog --udid={udid}",
)
LIBIMOBILEDEVICE = Kind(
    "libimobiledevice",
    "idevice_id -l",
    "ideviceinfo -u {udid}",
    {
        "16.7": (("ideviceinstaller -u {udid} -l", "dev.harness.plain"),),
        "18.5": (("ideviceinstaller -u {udid} -l", "dev.harness.plain"),),
    },
    "idevicesyslog -x -u {udid}",
    prefix="UNIX:",
)

KINDS = [
    PYMOBILEDEVICE3,
    *(pytest.param(kind, marks=pytest.mark.judge(kind.judge)) for kind in (GO_IOS, LIBIMOBILEDEVICE)),
]

ON_PHONES = [
    pytest.param(kind, ios, marks=[pytest.mark.judge(kind.judge)] if kind.judge else [])
    for kind in (PYMOBILEDEVICE3, GO_IOS, LIBIMOBILEDEVICE)
    for ios in VERSIONS
]

TUNNEL = "pymobiledevice3 syslog live --userspace --udid {udid}"


@pytest.fixture(scope="module")
def rack() -> Iterator[Gated]:
    with gated() as it:
        yield it


def client(it: Gated, kind: Kind, path: str, udid: str) -> Client:
    return Client("judged", udid, it.environment(path, kind.prefix))


def asked(it: Gated, udid: str, service: str = "") -> int:
    """How often a service of a phone was asked something so far; all of them where none is named."""
    counts = it.stand.do(it.stand.rack.end(udid).asked.counts)
    return sum(count for question, count in counts.items() if str(question).startswith(service))


@contextlib.contextmanager
def following(
    it: Gated, command: str, granted: ScopedSocket, service: str, prefix: str = ""
) -> Generator[subprocess.Popen[bytes]]:
    """A client that goes on by itself, and has begun to: one that has not may wait for a phone that comes."""
    before = asked(it, granted.udid, service)
    process = it.start(command.format(udid=granted.udid), granted.path, prefix)
    try:
        assert it.becomes(lambda: asked(it, granted.udid, service) > before)
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.lists.split()[0])
def test_a_client_sees_the_phone_of_its_lease_and_no_other(rack: Gated, kind: Kind) -> None:
    mine, others = (rack.udid(ios) for ios in VERSIONS)
    with rack.grant("16.7") as granted:
        told = client(rack, kind, granted.path, mine).says(kind.lists)
    assert mine in told
    assert others not in told


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.lists.split()[0])
def test_a_client_that_names_another_phone_does_not_get_it(rack: Gated, kind: Kind) -> None:
    before = asked(rack, rack.udid("18.5"))
    with rack.grant("16.7") as granted:
        assert client(rack, kind, granted.path, rack.udid("18.5")).run(kind.reads).code != 0
        assert granted.connections == 0
    assert asked(rack, rack.udid("18.5")) == before


@pytest.mark.parametrize(("kind", "ios"), ON_PHONES)
def test_a_client_works_on_the_phone_of_its_lease(rack: Gated, kind: Kind, ios: str) -> None:
    with rack.grant(ios) as granted:
        at = client(rack, kind, granted.path, granted.udid)
        assert ios in at.says(kind.reads)
        for command, word in kind.works[ios]:
            assert word in at.says(command)


@pytest.mark.parametrize(("kind", "ios"), ON_PHONES)
def test_a_client_in_the_midst_of_something_is_cut_with_its_lease(rack: Gated, kind: Kind, ios: str) -> None:
    with (
        rack.grant(ios) as granted,
        following(rack, kind.follows, granted, kind.service, kind.prefix) as process,
    ):
        rack.do(granted.close())
        assert granted.connections == 0
        process.wait(COMMAND_WITHIN_S)
        # It is told so by its socket, and finds nobody to ask again.
        assert client(rack, kind, granted.path, granted.udid).run(kind.reads).code != 0


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.lists.split()[0])
def test_a_client_at_a_workers_socket_sees_the_phones_of_two_racks(rack: Gated, kind: Kind) -> None:
    with gated() as other, rack.grant("16.7") as here, other.grant("18.5") as there:
        mine = rack.do(WorkerSocket.open())
        try:
            rack.do(mine.take(here.udid, here.path))
            rack.do(mine.take(there.udid, there.path))
            told = client(rack, kind, mine.path, "").says(kind.lists)
            assert here.udid in told
            assert there.udid in told
            for granted, ios in ((here, "16.7"), (there, "18.5")):
                assert ios in client(rack, kind, mine.path, granted.udid).says(kind.reads)
            other.do(there.close())
            assert rack.becomes(lambda: mine.udids == (here.udid,))
            assert there.udid not in client(rack, kind, mine.path, "").says(kind.lists)
        finally:
            rack.do(mine.close())


def test_the_tunnel_of_a_client_runs_through_its_lease_and_ends_with_it(rack: Gated) -> None:
    service = "com.apple.os_trace_relay"
    with rack.grant("18.5") as granted, following(rack, TUNNEL, granted, service) as process:
        # Lockdown's connection, and the one that carries the tunnel, in which the service is asked.
        assert granted.connections == 2
        rack.do(granted.close())
        assert process.wait(COMMAND_WITHIN_S) != 0
