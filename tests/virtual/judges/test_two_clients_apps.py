"""installation_proxy: pymobiledevice3 and libimobiledevice are told of the same apps as the kernel has."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from pymobiledevice3.services.installation_proxy import InstallationProxyService

from harness.virtual.kernel.installed import AppBundle
from harness.virtual.services.installation_proxy import app_row
from tests.virtual.judges.clib import Apps
from tests.virtual.judges.twins import Twins, effort, twins
from tests.virtual.rig import APP, STORE_APP

pytestmark = pytest.mark.judge("libimobiledevice")

BUNDLES = (APP.bundle_id, STORE_APP.bundle_id, "com.apple.Preferences", "com.example.nothing")
ATTRIBUTES = ("CFBundleIdentifier", "CFBundleVersion", "Path", "Container", "Entitlements", "NoSuchAttribute")
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "ApplicationType": st.sampled_from(("User", "System", "Any")),
        "ReturnAttributes": st.lists(st.sampled_from(ATTRIBUTES), min_size=1, unique=True),
    },
)

Rows = dict[str, dict[str, Any]]


class Machine(RuleBasedStateMachine):
    """Apps come and go; whatever is asked about them, both are told what the kernel has."""

    def __init__(self, both: Twins, python: InstallationProxyService, c: Apps) -> None:
        super().__init__()
        self._both, self._python, self._c = both, python, c

    @rule(app=st.sampled_from((APP, STORE_APP)), build=st.integers(1, 3))
    def install(self, app: AppBundle, build: int) -> None:
        newer = AppBundle(app.bundle_id, app.name, app.version, app.executable, build=str(build))
        self._both.stand.do(lambda: self._both.phone.install(newer))

    @rule(app=st.sampled_from((APP, STORE_APP)))
    def uninstall(self, app: AppBundle) -> None:
        self._both.wait(self._python.uninstall(app.bundle_id))
        assert self._both.stand.do(lambda: self._both.phone.apps.get(app.bundle_id)) is None

    @rule(options=OPTIONS, wanted=st.lists(st.sampled_from(BUNDLES), min_size=1, unique=True))
    def lookup(self, options: dict[str, Any], wanted: list[str]) -> None:
        async def ask() -> Rows | None:
            return await self._python.lookup({**options, "BundleIDs": wanted})

        ours, theirs = self._both.wait(ask()), self._c.lookup(wanted, options)
        assert ours == theirs
        assert set(ours or ()) == set(self._kernel(options)) & set(wanted)

    @rule(options=OPTIONS)
    def browse(self, options: dict[str, Any]) -> None:
        async def ask() -> list[dict[str, Any]]:
            return await self._python.browse(dict(options))

        ours, theirs = self._both.wait(ask()), self._c.browse(options)
        assert ours == theirs
        kernel, attributes = self._kernel(options), options.get("ReturnAttributes")
        wanted = attributes or [key for row in kernel.values() for key in row]
        kept = [{key: row[key] for key in row if key in wanted} for row in kernel.values()]
        found = [{key: row[key] for key in row if key in wanted} for row in ours]
        assert found == kept

    def _kernel(self, options: dict[str, Any]) -> Rows:
        phone = self._both.phone
        rows = self._both.stand.do(lambda: {app.bundle_id: app_row(phone, app) for app in phone.apps})
        kind = options.get("ApplicationType", "Any")
        return {name: row for name, row in rows.items() if kind in ("Any", row["ApplicationType"])}


@pytest.mark.parametrize("ios", ["16.7", "26.0"])
def test_both_clients_are_told_of_the_same_apps(pytestconfig: pytest.Config, ios: str) -> None:
    with twins(ios) as both, ExitStack() as stack:
        python = InstallationProxyService(both.python)
        stack.callback(lambda: both.wait(python.close()))
        c = stack.enter_context(both.c.apps())

        class Here(Machine):
            def __init__(self) -> None:
                super().__init__(both, python, c)

        run_state_machine_as_test(Here, settings=effort(pytestconfig))
