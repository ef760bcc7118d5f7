"""``harness condition``: in force while the command runs, and gone with it, however it ends."""

from __future__ import annotations

import json
import signal
import time

from tests.virtual.cli.desk import WITHIN_S, Desk, stdout_of

EDGE = "SlowNetworkEdge"


def _in_force(desk: Desk) -> list[str]:
    rows = [json.loads(line) for line in desk.run("condition", "list", "--json").stdout.splitlines()]
    assert EDGE in [row["condition"] for row in rows]
    return [row["condition"] for row in rows if row["state"] == "in force"]


def test_a_condition_holds_its_phone_until_ctrl_c_and_then_is_over(desk: Desk) -> None:
    with desk.start("condition", EDGE, "--json") as holding:
        told = json.loads(stdout_of(holding).readline())
        assert (told["condition"], told["phone"]) == (EDGE, "v-16")
        refused = desk.run("condition", "off")
        assert refused.returncode == 4
        assert f"held by harness condition {EDGE} (pid {holding.pid})" in refused.stderr
        holding.send_signal(signal.SIGINT)
        assert holding.wait(WITHIN_S) == 130
    assert _in_force(desk) == []
    assert "nothing is to be put back" in desk.run("restore").stderr


def test_a_condition_whose_command_was_killed_is_over_and_its_phone_is_free_again(desk: Desk) -> None:
    with desk.start("condition", EDGE) as holding:
        stdout_of(holding).readline()
        holding.kill()
    deadline_s = time.monotonic() + WITHIN_S
    while (listed := desk.run("leases")).stderr != "every phone is free\n":
        assert time.monotonic() < deadline_s, listed.stdout
    assert _in_force(desk) == []


def test_a_condition_that_the_phone_does_not_know_is_answered_with_those_it_knows(desk: Desk) -> None:
    done = desk.run("condition", "Tunnel", "--json")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["kind"], EDGE in error["fix"]) == (3, "CapabilityMissing", True)
    assert "nothing is to be put back" in desk.run("restore").stderr


def test_ending_what_is_not_in_force_is_no_error(desk: Desk) -> None:
    assert desk.json("condition", "off")["condition"] is None
