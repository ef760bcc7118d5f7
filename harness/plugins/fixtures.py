"""The fixtures of a test: ``device``, ``app``, ``origin`` and ``timeline``."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import NoDeviceFree, NoSuchDevice
from harness.plugins.devices import PhoneChoice
from harness.plugins.options import devices_file
from harness.plugins.scenarios import not_told, tells_a_story
from harness.plugins.scheduling import seat_of

if TYPE_CHECKING:
    from harness.api.app import App
    from harness.api.desk import Desk, LeasedPhone
    from harness.api.device import Device
    from harness.api.needs import Needs
    from harness.api.origin import Origin
    from harness.api.origins import Origins
    from harness.api.session import TestSession
    from harness.config.profile import AppProfile
    from harness.evidence.tape import Tape
    from harness.evidence.timeline import Timeline
    from harness.runtime.loop import LoopThread

SESSION = pytest.StashKey["TestSession"]()

TAPE_SUFFIX = ".tape.jsonl"
"""How the name of a tape ends; before that it is the timeline's."""


@pytest.fixture
def leased_phone(
    desk: Desk,
    phone_choice: PhoneChoice,
    scenario_needs: Needs,
    request: pytest.FixtureRequest,
    pytestconfig: pytest.Config,
) -> LeasedPhone:
    """A phone for the test, held and opened; kept for the next test that can use it too."""
    from harness.api.needs import new_enough

    try:
        candidates = new_enough(desk.candidates(phone_choice.wanted), scenario_needs)
    except NoSuchDevice as error:
        if not tells_a_story(request.node):
            raise
        # The catalogue asks for phones that not everybody has; a test of one's own asks for one's own.
        not_told(request, error.what.splitlines()[0], "devices.yaml")
    wait_s = float(str(pytestconfig.getoption("--device-wait")))
    try:
        return desk.take(candidates, note=request.node.nodeid, within_s=wait_s, seat=seat_of(request.node))
    except NoDeviceFree as error:
        error.fix = error.fix or "Wait longer with --device-wait SECONDS; `harness leases` shows who has what"
        raise


@pytest.fixture
def timeline(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Timeline]:
    """The timeline of the test: what is known, with its run nonce, in a file that survives a crash."""
    from harness.evidence.timeline import Timeline

    named = request.config.getoption("--timelines")
    directory = Path(named) if named else tmp_path_factory.getbasetemp() / "timelines"
    directory.mkdir(parents=True, exist_ok=True)
    nonce = secrets.token_hex(4)
    name = re.sub(r"[^A-Za-z0-9.-]+", "_", request.node.nodeid.rpartition("/")[2])
    with Timeline(directory / f"{name}-{nonce}.jsonl", nonce=nonce) as made:
        yield made


@pytest.fixture
def tape(timeline: Timeline, pytestconfig: pytest.Config) -> Iterator[Tape | None]:
    """With ``--tapes``, all that the sources of evidence are told, in a file beside the timeline."""
    if not pytestconfig.getoption("--tapes") or timeline.path is None:
        yield None
        return
    from harness.evidence.tape import Tape

    with Tape(timeline.path.with_suffix(TAPE_SUFFIX)) as made:
        yield made


@pytest.fixture
def test_session(
    harness_loop: LoopThread,
    fit_phone: LeasedPhone,
    app_profile: AppProfile,
    timeline: Timeline,
    tape: Tape | None,
    request: pytest.FixtureRequest,
) -> Iterator[TestSession]:
    """What the objects of the test share; the sources of evidence are live before its first action."""
    from harness.api.accesspoint import AccessPoint
    from harness.api.opening import open_session
    from harness.expect.story import ExpectationFailed

    session = open_session(
        harness_loop,
        fit_phone.phone,
        app_profile,
        timeline,
        fit_phone.installed,
        test=request.node.nodeid,
        tape=tape,
        observe_exits=request.node.get_closest_marker("observe_exits") is not None,
        journal=fit_phone.lease,
        access_point=AccessPoint.of(devices_file(request.config)),
    )
    request.node.stash[SESSION] = session
    yield session
    session.close()
    unmet = session.take_unmet()
    if unmet:
        # Nobody told of them: the plugin that does was switched off, or a fixture's end expected something.
        raise ExpectationFailed(*unmet)


@pytest.fixture
def device(test_session: TestSession) -> Device:
    """The phone."""
    from harness.api.device import Device

    return Device(test_session)


@pytest.fixture
def app(test_session: TestSession) -> App:
    """The app under test, brought to a known state."""
    from harness.api.app import App

    made = App(test_session)
    made.reset()
    return made


@pytest.fixture(scope="session")
def origins(pytestconfig: pytest.Config, harness_loop: LoopThread) -> Iterator[Origins]:
    """The origin servers of this process, each started when a phone first needs it."""
    from harness.api.origins import Origins

    made = Origins(harness_loop, devices_file(pytestconfig))
    yield made
    made.close()


@pytest.fixture
def origin(origins: Origins, test_session: TestSession, app: App) -> Iterator[Origin]:
    """The origin as far as this test goes; its URLs carry the run nonce.

    Before the first test on a real phone the way to it is proven by the app fetching a probe.
    """
    from harness.api.origin import Origin
    from harness.model.identity import Hardware

    identity = test_session.phone.identity
    server = origins.serving(identity.hardware)
    with origins.believed(test_session.phone), Origin.of_run(test_session, server) as made:
        if identity.hardware is Hardware.REAL:
            origins.prove(app, made, identity.udid)
        yield made
