"""Every stage of doctor fails by its fault, on phones before and behind the tunnel."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pytest

from harness.drivers.ui.ways import UiWay
from harness.farm.health.patient import Patient
from harness.farm.health.result import Health, StageResult
from harness.farm.health.stages import QUICK, STAGES, Stage, examine, quick_look
from harness.farm.reach import ReachablePhone
from harness.model.identity import Connection, Hardware, PhoneIdentity
from harness.virtual.apps.runner import RUNNER_ID
from harness.virtual.faults.bench import FaultBench
from harness.virtual.faults.verbs import GRAMMAR
from harness.virtual.faults.words import fields_of
from harness.virtual.kernel.phone import VirtualPhone
from tests.virtual.judges.standing import Standing, standing
from tests.virtual.rig import APP, STORE_APP

VERSIONS = ("15.8", "16.7", "18.5")
APP_ID = APP.bundle_id


def _with_needs(*names: str) -> tuple[Stage, ...]:
    """The stages of these names, behind all that they need."""
    wanted = set(names)
    for stage in reversed(STAGES):
        if stage.name in wanted:
            wanted |= set(stage.needs)
    return tuple(stage for stage in STAGES if stage.name in wanted)


SCREEN = _with_needs("app refresh", "wi-fi")
"""What ends on the screen."""


@pytest.fixture(scope="module")
def stand() -> Iterator[Standing]:
    with standing(VERSIONS) as it:
        for ios in VERSIONS:
            phone = it.phone(ios)
            it.do(lambda phone=phone: phone.install(replace(APP, background_modes=("fetch",))))
        yield it


@dataclass(frozen=True)
class Fault:
    """Something that befalls a phone, and what doctor makes of it.

    Attributes:
        lines: what is done, as the shell has it.
        undone: what takes it back.
        stage: the one stage that is not well then.
        health: what becomes of it.
        says: what is in its detail.
    """

    lines: str
    undone: str
    stage: str
    says: str
    health: Health = Health.FAILED


QUICK_FAULTS = (
    Fault("battery percent=5", "battery percent=100", "battery", "5 %, and it is fed"),
    Fault(
        "battery percent=100 temperature_c=47",
        "battery percent=100 temperature_c=29",
        "heat",
        "the battery is at 47.0 °C",
    ),
    Fault("storage free_mb=300", "storage free_mb=30000", "storage", "300 MB of 47,984 MB are free"),
    Fault("storage free_mb=900", "storage free_mb=30000", "storage", "900 MB", Health.WARNING),
    Fault("clock by_s=90", "clock by_s=-90", "clock", "s ahead of this host's, give or take"),
    Fault("clock by_s=-90", "clock by_s=90", "clock", "s behind this host's, give or take"),
    Fault("clock by_s=20", "clock by_s=-20", "clock", "s ahead of this host's", Health.WARNING),
    Fault(
        f"profile ends {APP_ID} -1",
        f"profile ends {APP_ID} 300",
        "app signing",
        "ended 1 days ago",
    ),
    Fault(
        f"profile ends {APP_ID} 3",
        f"profile ends {APP_ID} 300",
        "app signing",
        "has 3 days left",
        Health.WARNING,
    ),
    Fault(
        f"profile for-phone {APP_ID} off",
        f"profile for-phone {APP_ID} on",
        "app signing",
        "does not name this phone",
    ),
    Fault(
        f"certificate ends {APP_ID} 3",
        f"certificate ends {APP_ID} 300",
        "app signing",
        "the certificate 'Apple Development: Virtual (VIRTUAL000)' has 3 days left",
        Health.WARNING,
    ),
    Fault(
        f"profile ends {RUNNER_ID} -1", f"profile ends {RUNNER_ID} 300", "runner signing", "ended 1 days ago"
    ),
)
"""What shows without the screen."""

SCREEN_FAULTS = (
    Fault("alert low-battery", "press-alert Close", "dialogs", "'Low Power Mode', 'Close'"),
    Fault("low-power on", "low-power off", "low power mode", "Low Power Mode is on"),
    Fault("refresh off", "refresh on", "background refresh", "it is off for all apps"),
    Fault(
        f"refresh {APP_ID} off",
        f"refresh {APP_ID} on",
        "app refresh",
        f"it is off for {APP_ID}",
    ),
    Fault("wifi off", "wifi on", "wi-fi", "it is off"),
)
"""What only the screen shows."""


def _done(stand: Standing, phone: VirtualPhone, line: str) -> None:
    bench = FaultBench(stand.rack)
    # Words that are not given by name may have spaces in them.
    fields = fields_of(line.split(), GRAMMAR) | {"phone": phone.spec.name}
    stand.do(lambda: bench.ask(fields))


def _reachable(stand: Standing, phone: VirtualPhone, hardware: Hardware = Hardware.VIRTUAL) -> ReachablePhone:
    spec = phone.spec
    identity = PhoneIdentity(spec.name, spec.udid, spec.ios, spec.model, hardware)
    return ReachablePhone(identity, stand.address.usbmux, stand.address.clock, (Connection.USB,))


def _examined(stand: Standing, ios: str, stages: Sequence[Stage]) -> Mapping[str, StageResult]:
    """Stages of a phone; one of which only the quick ones are tried is taken for a real one, with a clock."""
    phone = stand.phone(ios)
    hardware = Hardware.REAL if stages is QUICK else Hardware.VIRTUAL
    patient = Patient(
        _reachable(stand, phone, hardware),
        APP_ID,
        hold=lambda: "",
        ui=UiWay(),
        host_s=lambda: stand.do(lambda: phone.clock.now_s - phone.clock.set_forward_s),
    )
    return {result.stage: result for result in asyncio.run(examine(patient, stages))}


def _amiss(results: Mapping[str, StageResult]) -> dict[str, Health]:
    """The stages that are not well and of which something can be said."""
    return {
        name: result.health
        for name, result in results.items()
        if result.health in (Health.WARNING, Health.FAILED)
    }


@pytest.mark.parametrize("ios", VERSIONS)
@pytest.mark.parametrize("fault", QUICK_FAULTS, ids=lambda fault: fault.lines)
def test_what_a_quick_look_finds(stand: Standing, fault: Fault, ios: str) -> None:
    _fails_by(stand, fault, ios, QUICK)


@pytest.mark.parametrize("ios", VERSIONS)
@pytest.mark.parametrize("fault", SCREEN_FAULTS, ids=lambda fault: fault.lines)
def test_what_the_screen_shows(stand: Standing, fault: Fault, ios: str) -> None:
    _fails_by(stand, fault, ios, SCREEN)


def _fails_by(stand: Standing, fault: Fault, ios: str, stages: Sequence[Stage]) -> None:
    phone = stand.phone(ios)
    _done(stand, phone, fault.lines)
    try:
        results = _examined(stand, ios, stages)
    finally:
        _done(stand, phone, fault.undone)
    assert _amiss(results) == {fault.stage: fault.health}
    assert fault.says in results[fault.stage].detail
    assert results[fault.stage].fix


@pytest.mark.parametrize("ios", VERSIONS)
def test_a_phone_that_is_well_passes_every_stage_that_can_be_tried(stand: Standing, ios: str) -> None:
    results = _examined(stand, ios, STAGES)
    assert _amiss(results) == {}
    untried = {name for name, result in results.items() if result.health is Health.NOT_TRIED}
    assert untried == {"passcode", "auto-lock", "origin reachable"}


@pytest.mark.parametrize("ios", VERSIONS)
def test_a_passcode_shows_when_the_phone_is_locked(stand: Standing, ios: str) -> None:
    phone = stand.phone(ios)
    for line in ("passcode 1234", "lock"):
        _done(stand, phone, line)
    try:
        results = _examined(stand, ios, _with_needs("unlocked", "passcode"))
    finally:
        for line in ("unlock", "passcode"):
            _done(stand, phone, line)
    assert _amiss(results) == {"unlocked": Health.FAILED, "passcode": Health.WARNING}


@pytest.mark.parametrize("ios", VERSIONS)
def test_a_phone_on_the_cable_and_on_wifi_is_one_phone_that_has_joined_a_network(
    stand: Standing, ios: str
) -> None:
    phone = stand.phone(ios)
    _done(stand, phone, "join-network")
    try:
        results = _examined(stand, ios, _with_needs("dialogs", "wi-fi"))
    finally:
        _done(stand, phone, "leave-network")
    assert results["seen"].detail == "by usb and network, which are one phone; it is reached by usb"
    assert results["wi-fi"].detail == "it is on and joined: this host sees the phone by it"


@pytest.mark.parametrize("ios", VERSIONS)
def test_a_runner_that_is_not_there_is_what_is_missing(stand: Standing, ios: str) -> None:
    patient = Patient(
        _reachable(stand, stand.phone(ios)),
        APP_ID,
        hold=lambda: "",
        ui=UiWay(runner="com.example.none"),
    )
    results = {result.stage: result for result in asyncio.run(examine(patient, SCREEN))}
    assert _amiss(results) == {"runner installed": Health.FAILED}
    assert results["dialogs"].detail == "it needs: runner answers"


def test_an_app_of_the_store_needs_no_profile(stand: Standing) -> None:
    phone = _reachable(stand, stand.phone("16.7"))
    results = {result.stage: result for result in asyncio.run(quick_look(phone, STORE_APP.bundle_id))}
    assert results["app signing"].health is Health.NOT_NEEDED


@pytest.mark.parametrize("ios", VERSIONS)
def test_a_quick_look_only_reads(stand: Standing, ios: str) -> None:
    phone = stand.phone(ios)
    before = _state(stand, phone)
    results = asyncio.run(quick_look(_reachable(stand, phone), APP_ID, ui=UiWay()))
    assert {result.stage for result in results} == {stage.name for stage in QUICK}
    assert _amiss({result.stage: result for result in results}) == {}
    assert _state(stand, phone) == before


def test_a_quick_look_is_one_session_of_lockdown_and_three_small_services(stand: Standing) -> None:
    phone = _reachable(stand, stand.phone("18.5"))
    before = stand.do(stand.rack.asked)
    asyncio.run(quick_look(phone, APP_ID, ui=UiWay()))
    after = stand.do(stand.rack.asked)
    asked = {str(question): count - before.get(question, 0) for question, count in after.items()}
    services = {question.partition("/")[0] for question, count in asked.items() if count}
    assert services == {
        "usbmux",
        "com.apple.mobile.lockdown",
        "com.apple.mobile.diagnostics_relay",
        "com.apple.mobile.installation_proxy",
        "com.apple.misagent",
    }
    assert asked["com.apple.mobile.lockdown/StartSession"] == 1
    # The battery, the profiles, and who signed the app and the runner.
    assert asked["com.apple.mobile.lockdown/StartService"] == 4


def _state(stand: Standing, phone: VirtualPhone) -> Sequence[object]:
    """What launching anything, or working the screen, would change."""
    return stand.do(
        lambda: (
            tuple(sorted(process.pid for process in phone.processes)),
            phone.springboard.front,
            phone.locked,
        )
    )
