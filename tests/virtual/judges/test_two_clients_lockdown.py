"""lockdown's values: pymobiledevice3 and libimobiledevice read and set the same ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from pymobiledevice3.exceptions import LockdownError

from harness.virtual.transport.lockdown_values import values_of
from tests.virtual.judges.clib import Refused
from tests.virtual.judges.twins import Twins, effort, twins

pytestmark = pytest.mark.judge("libimobiledevice")

DOMAINS = (
    "",
    "com.apple.international",
    "com.apple.disk_usage",
    "com.apple.mobile.battery",
    "com.apple.mobile.wireless_lockdown",
    "com.apple.Accessibility",
    "com.example.nothing",
)
KEYS = (
    "DeviceName",
    "ProductVersion",
    "UniqueDeviceID",
    "DevicePublicKey",
    "SupportedDeviceFamilies",
    "Language",
    "BatteryCurrentCapacity",
    "EnableWifiConnections",
    "TotalDiskCapacity",
    "ZoomTouchEnabledByiTunes",
    "NoSuchKey",
)
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=30)
PASSING = ("TimeIntervalSince1970",)
"""What goes on between two questions."""

REFUSED = "refused"


class Machine(RuleBasedStateMachine):
    """Both are told what the kernel has, and what one sets the other reads."""

    def __init__(self, both: Twins) -> None:
        super().__init__()
        self._both = both

    def _kernel(self, domain: str) -> dict[str, Any]:
        phone = self._both.phone
        values = self._both.stand.do(lambda: values_of(phone, b""))
        return {key: value for key, value in values.get(domain, {}).items() if key not in PASSING}

    def _python(self, domain: str, key: str) -> Any:
        async def ask() -> Any:
            return await self._both.python.get_value(domain or None, key or None)

        return _refused(lambda: self._both.wait(ask()))

    @rule(domain=st.sampled_from(DOMAINS), key=st.sampled_from(KEYS))
    def one_value(self, domain: str, key: str) -> None:
        wanted = self._kernel(domain).get(key, REFUSED)
        ours, theirs = self._python(domain, key), _refused(lambda: self._both.c.value(domain, key))
        assert ours == theirs
        assert ours == wanted or key == "DevicePublicKey"

    @rule(domain=st.sampled_from(DOMAINS))
    def every_value_of_a_domain(self, domain: str) -> None:
        both = (self._python(domain, ""), _refused(lambda: self._both.c.value(domain, "")))
        ours, theirs = ({key: value for key, value in one.items() if key not in PASSING} for one in both)
        assert ours == theirs
        assert ours | {"DevicePublicKey": b""} == self._kernel(domain) | {"DevicePublicKey": b""}

    @rule(name=NAMES, by_c=st.booleans())
    def name_the_phone(self, name: str, by_c: bool) -> None:
        if by_c:
            self._both.c.set_value("", "DeviceName", name)
        else:
            self._both.wait(self._both.python.set_value(name, key="DeviceName"))
        assert self._both.stand.do(lambda: self._both.phone.preferences.device_name) == name
        self.one_value("", "DeviceName")

    @rule(key=st.sampled_from(("ProductVersion", "UniqueDeviceID", "NoSuchKey")))
    def set_what_may_not_be_set(self, key: str) -> None:
        before = self._kernel("")
        ours = _refused(lambda: self._both.wait(self._both.python.set_value("x", key=key)))
        theirs = _refused(lambda: self._both.c.set_value("", key, "x"))
        assert (ours, theirs, self._kernel("")) == (REFUSED, REFUSED, before)


def _refused(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except (LockdownError, Refused):
        return REFUSED


@pytest.mark.parametrize("ios", ["15.8", "26.0"])
def test_both_clients_read_and_set_the_same_values(pytestconfig: pytest.Config, ios: str) -> None:
    with twins(ios) as both:

        class Here(Machine):
            def __init__(self) -> None:
                super().__init__(both)

        run_state_machine_as_test(Here, settings=effort(pytestconfig))
