from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cli.out import Out
from harness.cli.shell import Prompt, chosen_rack
from harness.errors import FarmError, NoSuchDevice
from harness.virtual.address import PhoneAddress, RackAddress
from harness.virtual.control_client import open_control
from tests.virtual.cli.desk import Desk

_DEVICES = """\
version: 1
devices:
  - {name: v-16, virtual: {ios: "16.7", model: "iPhone10,3", seed: 3}}
  - {name: v-15, virtual: {ios: "15.8", model: "iPhone10,3", seed: 3}}
"""


@pytest.fixture
def empty(tmp_path: Path) -> Desk:
    """A desk where no rack runs yet."""
    (tmp_path / "devices.yaml").write_text(_DEVICES)
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def rack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, RackAddress]]:
    directory = tmp_path_factory.mktemp("desk")
    (directory / "devices.yaml").write_text(_DEVICES)
    desk = Desk(directory)
    with desk.serving() as address:
        yield desk, address


@pytest.fixture
def desk(rack: tuple[Desk, RackAddress]) -> Desk:
    return rack[0]


def test_one_thing_is_done_and_said_nothing_about(desk: Desk) -> None:
    done = desk.shell("--phone", "v-16", "--", "battery", "percent=41", "power=off")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert desk.show("v-16")["battery_percent"] == 41
    assert desk.show("v-15")["battery_percent"] == 100


def test_what_is_told_is_data_for_people_and_for_machines(desk: Desk) -> None:
    assert "thermal: nominal\n" in desk.shell("--phone", "v-15", "show").stdout
    assert "dev.harness.downloader\n" in desk.shell("--phone", "v-15", "apps").stdout
    assert "cut-cable [after_bytes=count]" in desk.shell("help").stdout
    assert json.loads(desk.shell("--json", "help").stdout)["verbs"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["cut-cabel"], 2, "near it: cut-cable"),
        (["--phone", "v-16", "battery", "200"], 2, "0 to 100"),
        (["--phone", "v-16", "refuse-service", "com.apple.af"], 2, "com.apple.afc"),
        (["--phone", "v-16", "plug-in"], 3, "its cable is in"),
        (["lock"], 3, "there are v-16, v-15. Say which phone"),
        (["--phone", "v-99", "lock"], 4, "no virtual phone here is called v-99"),
    ],
)
def test_what_cannot_be_done_is_said_with_an_exit_code(
    desk: Desk, words: list[str], code: int, said: str
) -> None:
    done = desk.shell(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    error = json.loads(desk.shell("--json", *words).stdout)["error"]
    assert error["exit_code"] == code


def test_lines_are_done_one_by_one_and_a_slip_ends_nothing(desk: Desk) -> None:
    said = "# a comment\n\nheat serious\nheta fair\nshow\n'unended\nheat nominal\nquit\nlock\n"
    done = desk.shell("--phone", "v-15", said=said)
    assert done.returncode == 0
    assert "thermal: serious" in done.stdout
    assert "'heta' is no verb; near it: heat" in done.stderr
    assert (desk.show("v-15")["thermal"], desk.show("v-15")["locked"]) == ("nominal", False)


def test_words_are_completed_from_the_table_and_from_the_phone(rack: tuple[Desk, RackAddress]) -> None:
    with open_control(rack[1].control) as client:
        prompt = Prompt(Out(as_json=False), client, "v-16", stdin=io.StringIO())

        def after(line: str) -> list[str]:
            text = line.rpartition(" ")[2]
            at = len(line) - len(text)
            return prompt.completedefault(text, line, at, len(line)) if at else prompt.completenames(text)

        assert after("cut") == ["cut-cable"]
        assert after("log dr") == ["drop"]
        assert after("log drop ") == ["every="]
        assert after("tap dev.harness.d") == ["dev.harness.downloader"]
        assert {"trust", "dont-trust"} <= set(after("tap "))
        assert after("heat s") == ["serious"]
        assert after("wifi o") == ["off", "on"]
        assert after("refuse-service com.apple.spr") == ["com.apple.springboardservices"]
        assert after("nonsense ") == []


def test_no_rack_is_said_with_the_way_to_one(empty: Desk) -> None:
    done = empty.shell("show")
    assert done.returncode == 4
    assert done.stderr == (
        "harness: no rack of virtual phones runs. Start one: harness virtual serve devices.yaml\n"
    )


def test_two_racks_of_one_file_have_different_phones_and_one_has_to_be_meant(
    desk: Desk, rack: tuple[Desk, RackAddress]
) -> None:
    with desk.serving() as second:
        first = {phone.udid for phone in rack[1].phones}
        assert first.isdisjoint(phone.udid for phone in second.phones)
        done = desk.shell("--phone", "v-16", "show")
        assert done.returncode == 4
        assert "Say which phone with --phone UDID" in done.stderr
        assert desk.shell("--phone", second.phones[0].udid, "show").returncode == 0
    with desk.serving() as third:
        assert {phone.udid for phone in third.phones}.isdisjoint(first)


def test_a_file_has_its_own_udids_again_when_its_rack_has_ended(empty: Desk) -> None:
    with empty.serving() as first:
        pass
    with empty.serving() as second:
        assert [phone.udid for phone in first.phones] == [phone.udid for phone in second.phones]


def test_a_rack_without_a_control_socket_is_not_found(empty: Desk) -> None:
    with empty.serving("--no-control") as address:
        assert address.control == ""
        assert not Path(address.usbmux).with_name("control").exists()
        done = empty.shell("--phone", "v-16", "show")
    assert done.returncode == 4
    assert "Start it without --no-control" in done.stderr


def test_a_script_is_carried_out_by_the_rack_that_is_given_it(empty: Desk) -> None:
    script = empty.directory / "faults.jsonl"
    script.write_text('{"do": "battery", "phone": "v-15", "percent": 3}\n')
    with empty.serving("--faults", "faults.jsonl"):
        assert empty.show("v-15")["battery_percent"] == 3
    script.write_text('{"do": "batery", "phone": "v-15", "percent": 3}\n')
    done = empty.run("virtual", "serve", "devices.yaml", "--faults", "faults.jsonl")
    assert done.returncode == 2
    assert done.stderr.startswith("harness: faults.jsonl:1: 'batery' is no verb; near it: battery")


def _rack(*names: str, control: str = "/somewhere") -> RackAddress:
    phones = tuple(PhoneAddress(name, f"00008030-{name}", "16.7", "iPhone10,3") for name in names)
    return RackAddress(1, "", "", "", control, phones)


def test_a_rack_that_has_no_control_socket_does_not_stand_in_the_way_of_one_that_has() -> None:
    closed, open_one = _rack("v-16", control=""), _rack("v-16")
    assert chosen_rack([closed, open_one], "v-16") is open_one
    with pytest.raises(NoSuchDevice):
        chosen_rack([], None)
    with pytest.raises(FarmError, match="2 racks"):
        chosen_rack([open_one, _rack("v-18")], None)
    assert chosen_rack([open_one, _rack("v-18")], "00008030-V-18").phones[0].name == "v-18"
