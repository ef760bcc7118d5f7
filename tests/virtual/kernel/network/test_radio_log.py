"""What the system log says of the radios, and that every rule of the network says where it is from."""

from __future__ import annotations

from pathlib import Path

from harness.virtual.kernel.network.rules import NETWORK_RULES
from tests.virtual.kernel.support import Bench


def test_wifi_that_is_switched_off_takes_its_link_down(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.conditions.switch_wifi(False)
    bench.phone.conditions.switch_wifi(False)
    bench.phone.conditions.switch_wifi(True)
    assert bench.lines("wifid") == ["WiFi state changed: Off", "Link went down", "WiFi state changed: On"]


def test_wifi_that_goes_out_of_range_stays_on(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.conditions.bring_wifi_in_range(False)
    assert bench.lines("wifid") == ["Link went down"]


def test_airplane_mode_is_told_once_and_says_that_wifi_goes_with_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.conditions.switch_airplane(True)
    bench.phone.conditions.switch_airplane(True)
    bench.phone.conditions.switch_airplane(False)
    told = [line for line in bench.lines("SpringBoard") if "Airplane" in line]
    assert told == ["Airplane Mode is now On", "Airplane Mode is now Off"]
    assert bench.lines("wifid")[0] == "WiFi state changed: Off"


def test_every_rule_of_the_network_has_a_name_of_its_own_and_a_source() -> None:
    assert len({row.key for row in NETWORK_RULES}) == len(NETWORK_RULES)
    assert all(row.source for row in NETWORK_RULES)
