"""``harness devices`` and ``harness leases``: who has what, how well it is, and again when it changes."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from socket import gethostname
from typing import Any

import pytest

from harness.farm.health.ladder import Step, Tried
from harness.farm.health.rotation import CAME_AND_WENT as FLAPPED
from harness.farm.health.rotation import Against, Finding
from harness.farm.leases.published import PublishedPhone
from harness.farm.leases.request import Request
from harness.farm.leases.store import LeaseStore
from harness.model.identity import Connection, Hardware, PhoneIdentity
from tests.virtual.cli.desk import HARNESS, WITHIN_S, Desk, running_desk, stdout_of

_DEVICES = """\
version: 1
hosts: {mini2: {ssh: farm@mini2}}
devices:
  - {name: v-16, virtual: {ios: "16.7", model: "iPhone10,3", seed: 5}}
  - {name: other, udid: 00008120-000000000000001C, host: mini2}
"""
LOCKED = Finding(Against.LOOK, "it is locked", "Unlock it.", "unlocked")
FAR = PhoneIdentity("far-15", "00008120-00000000000000FA", "17.6", "iPhone15,4", Hardware.REAL)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running_desk(tmp_path_factory.mktemp("desk"), _DEVICES) as desk:
        yield desk


@pytest.fixture
def udid(desk: Desk) -> Iterator[str]:
    udid = _rows(desk, "devices")["v-16"]["udid"]
    yield udid
    with _store(desk) as store:
        store.clear(udid)


@contextmanager
def _store(desk: Desk) -> Generator[LeaseStore]:
    store = LeaseStore.open(desk.directory / "state" / "leases.sqlite3")
    try:
        yield store
    finally:
        store.close()


def _rows(desk: Desk, command: str) -> dict[str, dict[str, Any]]:
    done = desk.run(command, "--json")
    assert done.returncode == 0
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row.get("name") or row["phone"]: row for row in rows}


def test_where_usbmuxd_does_not_answer_real_phones_say_so_and_what_to_do(desk: Desk) -> None:
    real = "  - {name: desk-15, udid: 00008120-001A2B3C4D5E6F70}\n"
    (desk.directory / "real.yaml").write_text(_DEVICES + real)
    blind = Desk(desk.directory, str(desk.directory / "nothing"))
    done = blind.run("devices", "--devices", "real.yaml", "--json")
    rows = {row["name"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert rows["desk-15"]["state"] == "away"
    assert rows["desk-15"]["note"].startswith(f"usbmuxd on {gethostname()} does not answer. Start it again")
    assert rows["other"]["note"] == "it is not attached"
    assert rows["v-16"]["state"] == "free"


def test_a_phone_out_of_rotation_says_why_for_how_long_and_what_to_do(desk: Desk, udid: str) -> None:
    with _store(desk) as store:
        store.health.strike(udid, LOCKED)
        store.health.note_step(udid, Tried(Step.RECONNECT, "it is locked"))
    row = _rows(desk, "devices")["v-16"]
    assert (row["state"], row["health"], row["strikes"]) == ("quarantined", "bad", 1)
    assert (row["why"], row["fix"]) == ("it is locked", "Unlock it.")
    assert 0 < row["out_until_s"] - row["since_s"] <= 600
    table = desk.run("devices").stdout
    assert "out of rotation for 10 min more: it is locked. Unlock it." in table
    assert "Tried: reconnect: it is locked" in table


def test_a_phone_that_is_out_for_its_health_is_taken_back_by_its_name(desk: Desk, udid: str) -> None:
    with _store(desk) as store:
        store.health.strike(udid, FLAPPED)
    refused = desk.run("state", "dev.harness.downloader", "--phone", "v-16")
    assert refused.returncode == 4
    assert "out of rotation for 10 min more: it came and went" in refused.stderr
    assert "Check the cable" in refused.stderr
    back = desk.run("restore", "--phone", "v-16")
    assert (back.returncode, back.stdout) == (0, "v-16: back in rotation\n")
    assert _rows(desk, "devices")["v-16"]["state"] == "free"


@pytest.mark.parametrize(
    "command", [("state", "dev.harness.downloader"), ("doctor",)], ids=["state", "doctor"]
)
def test_a_phone_that_was_seen_to_is_had_by_the_next_command(
    desk: Desk, udid: str, command: tuple[str, ...]
) -> None:
    with _store(desk) as store:
        store.health.strike(udid, LOCKED)
    assert desk.run(*command, "--phone", "v-16").returncode == 0
    assert _rows(desk, "devices")["v-16"]["health"] == "good"


def test_who_has_a_phone_and_for_which_test_is_listed_with_how_well_it_is(desk: Desk, udid: str) -> None:
    with _store(desk) as store, store.register("pytest gw0") as holder:
        holder.acquire([udid], within_s=0, note="test_a_long_download")
        row = _rows(desk, "devices")["v-16"]
    assert (row["state"], row["holder"]) == ("leased", f"pytest gw0 (pid {os.getpid()})")
    assert (row["note"], row["health"], row["connection"]) == ("test_a_long_download", "unknown", "usb")


def test_phones_of_another_host_are_listed_as_its_agent_tells(desk: Desk) -> None:
    with _store(desk) as store, store.take_host("mini2", name="harness agent") as seat:
        seat.publish([PublishedPhone(FAR, "mini2", {"rack": "a"}, (Connection.NETWORK,))])
        row = _rows(desk, "devices")["far-15"]
        table = desk.run("devices").stdout
    assert (row["host"], row["connection"], row["state"]) == ("mini2", "network", "free")
    assert "host" in table.splitlines()[0].split()
    gone = _rows(desk, "devices")
    assert gone["far-15"]["state"] == "offline"
    assert (gone["other"]["state"], gone["other"]["host"]) == ("away", "mini2")


def test_who_waits_is_listed_with_priority_and_each_phone_that_is_needed(desk: Desk, udid: str) -> None:
    with _store(desk) as store, store.register("pytest gw0") as holder, store.register("nightly") as other:
        lease = holder.acquire([udid], within_s=0)
        wish = Request(((udid,), (FAR.udid, udid)), "test_of_two", 30.0, priority=5)
        asking = threading.Thread(target=lambda: other.request(wish).release())
        asking.start()
        while not store.snapshot().waiting:
            threading.Event().wait(0.02)
        rows = [json.loads(line) for line in desk.run("leases", "--json").stdout.splitlines()]
        table = desk.run("leases").stdout
        with store.take_host("mini2", name="harness agent") as seat:
            seat.publish([PublishedPhone(FAR, "mini2")])
            lease.release()
            for grant in _opening(seat):
                seat.opened(grant, "/tmp/x.sock")
            asking.join(20)
            for grant in seat.duties().to_close:
                seat.closed(grant)
    (waits,) = [row for row in rows if row["state"] == "waited for"]
    assert (waits["priority"], waits["slots"]) == (5, [[udid], [FAR.udid, udid]])
    assert "v-16 and 1 of " in table
    assert "priority" in table.splitlines()[0].split()


def _opening(seat: Any) -> Any:
    while not (grants := seat.duties().to_open):
        seat.wait(0.1)
    return grants


def test_watching_adds_a_table_for_each_change_and_ends_at_ctrl_c(desk: Desk, udid: str) -> None:
    with desk.start("devices", "--watch") as watch:
        lines = stdout_of(watch)
        assert "free" in _until(lines, "v-16").split()
        with _store(desk) as store:
            store.health.strike(udid, LOCKED)
        assert "quarantined" in _until(lines, "quarantined")
        watch.send_signal(signal.SIGINT)
        assert watch.wait(WITHIN_S) == 130


def test_watching_for_machines_tells_only_what_changed(desk: Desk, udid: str) -> None:
    with desk.start("devices", "--watch", "--json") as watch:
        lines = stdout_of(watch)
        assert "free" in _until(lines, '"v-16"')
        assert "away" in _until(lines, '"other"')
        with _store(desk) as store:
            store.health.strike(udid, LOCKED)
        changed = json.loads(next(line for line in lines if "far-15" not in line))
        assert (changed["name"], changed["state"]) == ("v-16", "quarantined")


def _until(lines: Any, word: str) -> str:
    return next(line for line in lines if word in line)


def test_on_a_terminal_the_table_is_drawn_in_place(desk: Desk, udid: str) -> None:
    controller, terminal = pty.openpty()
    watch = subprocess.Popen(
        [*HARNESS, "devices", "--watch"],
        env=desk.environment | {"TERM": "xterm-256color", "COLUMNS": "200", "LINES": "40"},
        cwd=desk.directory,
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    limit = threading.Timer(WITHIN_S, watch.kill)
    limit.start()
    try:
        assert b"v-16" in _drawn(controller, b"v-16")
        with _store(desk) as store:
            store.health.strike(udid, LOCKED)
        # A line of the table that is drawn over: the cursor goes up for it.
        assert b"\x1b[1A" in _drawn(controller, b"quarantined")
        watch.send_signal(signal.SIGINT)
        _drawn(controller, b"")
        assert watch.wait(WITHIN_S) == 130
    finally:
        limit.cancel()
        watch.kill()
        watch.wait(WITHIN_S)
        os.close(controller)


def _drawn(controller: int, until: bytes) -> bytes:
    """What a terminal is told until it shows something; all that is left when nothing is looked for."""
    seen = b""
    while not until or until not in seen:
        try:
            read = os.read(controller, 65536)
        except OSError:  # Linux says so where others tell the end
            break
        if not read:
            break
        seen += read
    return seen
