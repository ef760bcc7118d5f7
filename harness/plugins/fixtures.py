"""The fixtures of a test: ``device`` or ``devices``, ``app`` or ``apps``, ``origin`` and ``timeline``."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import NoDeviceFree, NoSuchDevice
from harness.plugins.devices import PhoneChoice, choices_of
from harness.plugins.interrupted import AGAIN, is_second, without_lost
from harness.plugins.options import devices_file
from harness.plugins.scenarios import not_told, tells_a_story
from harness.plugins.scheduling import seat_of
from harness.plugins.timing import WAITED

if TYPE_CHECKING:
    from harness.api.app import App
    from harness.api.desk import Desk
    from harness.api.device import Device
    from harness.api.leasedphones import LeasedPhone
    from harness.api.needs import Needs
    from harness.api.origin import Origin
    from harness.api.origins import Origins
    from harness.api.session import TestSession
    from harness.config.profile import AppProfile
    from harness.evidence.tape import Tape
    from harness.evidence.timeline import Timeline
    from harness.model.identity import PhoneIdentity
    from harness.runtime.loop import LoopThread

SESSION = pytest.StashKey["TestSession"]()
"""The session of the test's phone, or of the first of them."""

OTHERS = pytest.StashKey[tuple["TestSession", ...]]()
"""Those of the other phones, of a test with several."""

TAPE_SUFFIX = ".tape.jsonl"
"""How the name of a tape ends; before that it is the timeline's."""


@pytest.fixture
def leased_phones(
    desk: Desk,
    phone_choice: PhoneChoice,
    scenario_needs: Needs,
    request: pytest.FixtureRequest,
    pytestconfig: pytest.Config,
) -> tuple[LeasedPhone, ...]:
    """The phones of the test, held and opened all at once; kept for the next test that can use them too."""
    item: pytest.Item = request.node
    try:
        slots = _slots(desk, item, scenario_needs)
    except NoSuchDevice as error:
        if not tells_a_story(item):
            raise
        # The catalogue asks for phones that not everybody has; a test of one's own asks for one's own.
        not_told(request, error.what.splitlines()[0], "devices.yaml")
    wait_s = float(str(pytestconfig.getoption("--device-wait")))
    began_s = time.monotonic()
    try:
        return desk.take_all(
            without_lost(item, slots),
            note=item.nodeid,
            within_s=wait_s,
            seat=seat_of(item),
            priority=AGAIN if is_second(item) else 0,
        )
    except NoDeviceFree as error:
        error.fix = error.fix or "Wait longer with --device-wait SECONDS; `harness leases` shows who has what"
        raise
    finally:
        item.stash[WAITED] = time.monotonic() - began_s


def _slots(desk: Desk, item: pytest.Item, needs: Needs) -> tuple[tuple[PhoneIdentity, ...], ...]:
    """Per phone that a test needs, those that would do and are there."""
    from harness.api.needs import new_enough

    return tuple(new_enough(desk.candidates(choice.wanted), needs) for choice in choices_of(item))


@pytest.fixture
def leased_phone(leased_phones: tuple[LeasedPhone, ...]) -> LeasedPhone:
    """The phone of the test; the first of them, of a test with several."""
    return leased_phones[0]


@pytest.fixture
def usbmux(desk: Desk, leased_phones: tuple[LeasedPhone, ...]) -> str:
    """Path of a usbmuxd that shows the phones of the test and no others, for clients that know no leases.

    ``USBMUXD_SOCKET_ADDRESS`` leads most clients to it. It is the same for every test of this process.
    """
    return desk.usbmux()


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
def test_sessions(
    harness_loop: LoopThread,
    leased_phones: tuple[LeasedPhone, ...],
    test_session: TestSession,
    request: pytest.FixtureRequest,
) -> Iterator[tuple[TestSession, ...]]:
    """The session of each phone of the test; every other phone than the first has a timeline of its own."""
    from harness.api.accesspoint import AccessPoint
    from harness.api.opening import open_session
    from harness.evidence.timeline import Timeline

    first = test_session.timeline
    with ExitStack() as opened:
        made = [test_session]
        for number, one in enumerate(leased_phones[1:], start=2):
            path = first.path.with_suffix(f".{number}.jsonl") if first.path else None
            session = open_session(
                harness_loop,
                one.phone,
                test_session.profile,
                opened.enter_context(Timeline(path, nonce=first.nonce)),
                one.installed,
                test=request.node.nodeid,
                journal=one.lease,
                access_point=AccessPoint.of(devices_file(request.config)),
            )
            opened.callback(session.close)
            made.append(session)
        request.node.stash[OTHERS] = tuple(made[1:])
        yield tuple(made)


@pytest.fixture
def devices(test_sessions: tuple[TestSession, ...]) -> tuple[Device, ...]:
    """The phones of a test with several, in the order of its mark."""
    from harness.api.device import Device

    return tuple(map(Device, test_sessions))


@pytest.fixture
def apps(test_sessions: tuple[TestSession, ...]) -> tuple[App, ...]:
    """The app under test on each phone of the test, brought to a known state there."""
    from harness.api.app import App

    made = tuple(map(App, test_sessions))
    for one in made:
        one.reset()
    return made


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
