from __future__ import annotations

from harness.api.ways import by_ssh
from harness.config.devices import DeviceEntry, DevicesFile, HostSpec

FILE = DevicesFile(
    version=1,
    hosts={"mini1": HostSpec(ssh="farm@mini1"), "mini2": HostSpec(ssh="farm@mini2"), "desk": HostSpec()},
    devices=(DeviceEntry(name="a", udid="00008120-00AB", host="mini1"),),
)


def test_the_sockets_of_other_machines_are_carried_by_ssh() -> None:
    assert by_ssh(FILE, "") == {"mini1": "farm@mini1", "mini2": "farm@mini2"}
    assert by_ssh(None, "") == {}


def test_a_job_at_a_mini_needs_no_ssh_to_the_agent_beside_it() -> None:
    assert by_ssh(FILE, "mini1") == {"mini2": "farm@mini2"}
