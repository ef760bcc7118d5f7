"""Process control: what pymobiledevice3 launches go-ios lists and kills, and the other way round."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from pymobiledevice3.lockdown import create_using_usbmux
from pymobiledevice3.services.dvt.instruments.device_info import DeviceInfo
from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider
from pymobiledevice3.services.dvt.instruments.process_control import ProcessControl

from tests.virtual.judges.standing import Standing, standing
from tests.virtual.judges.twins import effort
from tests.virtual.rig import APP, STORE_APP

pytestmark = pytest.mark.judge("go-ios")

IOS = "16.7"
APPS = st.sampled_from((APP.bundle_id, STORE_APP.bundle_id))
SLOWER = 4
"""How many times fewer steps than other machines: each starts go-ios more than once."""


class Machine(RuleBasedStateMachine):
    """Whoever acts: both list what the kernel runs."""

    def __init__(
        self, stand: Standing, runner: asyncio.Runner, control: ProcessControl, info: DeviceInfo
    ) -> None:
        super().__init__()
        self._stand, self._runner, self._control, self._info = stand, runner, control, info
        self._phone = stand.phone(IOS)

    def _running(self) -> dict[str, int]:
        """Bundle identifier -> process identifier of every app, as the kernel has it."""

        def look() -> dict[str, int]:
            every = self._phone.running_processes()
            return {each.bundle_id: each.pid for each in every if each.is_application}

        return self._stand.do(look)

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(work)

    def _ios(self, *words: str) -> str:
        options = (f"--udid={self._phone.spec.udid}", "--tunnel-info-port=1")
        answer = self._stand.run(["ios", *words, *options], self._stand.environment(), self._stand.home)
        assert answer.code == 0, answer
        return answer.out

    @rule(bundle_id=APPS, by_go=st.booleans(), kill_existing=st.booleans())
    def launch(self, bundle_id: str, by_go: bool, kill_existing: bool) -> None:
        before = self._running().get(bundle_id)
        if by_go:
            self._ios("launch", bundle_id, *(["--kill-existing"] if kill_existing else []))
            pid = self._running()[bundle_id]
        else:
            pid = self._wait(self._control.launch(bundle_id, kill_existing=kill_existing))
        assert self._running()[bundle_id] == pid
        assert (pid == before) is (before is not None and not kill_existing)

    @rule(bundle_id=APPS, by_go=st.booleans())
    def kill(self, bundle_id: str, by_go: bool) -> None:
        pid = self._running().get(bundle_id)
        if pid is None:
            return
        if by_go:
            self._ios("kill", f"--pid={pid}")
            assert self._stand.becomes(lambda: self._phone.processes.get(pid) is None)
        else:
            self._wait(self._control.kill(pid))
        assert bundle_id not in self._running()

    @invariant()
    def both_list_what_runs(self) -> None:
        kernel = sorted(self._running().values())
        theirs: list[dict[str, Any]] = json.loads(self._ios("ps", "--apps")) or []
        ours: list[dict[str, Any]] = self._wait(self._info.proclist())
        assert sorted(process["Pid"] for process in theirs) == kernel
        assert sorted(process["pid"] for process in ours if process["isApplication"]) == kernel

    def teardown(self) -> None:
        for pid in self._running().values():
            self._stand.do(lambda pid=pid: self._phone.signal(pid, 9))


def test_both_clients_control_the_same_processes(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = effort(pytestconfig)
    fewer = settings(
        limits,
        max_examples=max(1, limits.max_examples // SLOWER),
        stateful_step_count=max(4, limits.stateful_step_count // SLOWER),
    )
    with standing((IOS,)) as stand, asyncio.Runner() as runner:
        for name, value in stand.environment().items():
            monkeypatch.setenv(name, value)

        async def begin() -> tuple[DvtProvider, ProcessControl, DeviceInfo]:
            lockdown = await create_using_usbmux(serial=stand.phone(IOS).spec.udid)
            dvt = await DvtProvider(lockdown).__aenter__()
            return dvt, await ProcessControl(dvt).__aenter__(), await DeviceInfo(dvt).__aenter__()

        dvt, control, info = runner.run(begin())

        class Here(Machine):
            def __init__(self) -> None:
                super().__init__(stand, runner, control, info)

        try:
            run_state_machine_as_test(Here, settings=fewer)
        finally:
            runner.run(dvt.close())
