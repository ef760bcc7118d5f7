"""``@pytest.mark.conditions(wifi="off", ...)``: what a test asks of its phone before its body begins.

The phone is put into them once all else that the test asks for is set up: the app is in a known state by
then, and the way to the origin was proven while there was one. They hold for the whole body unless the body
changes them, and are put back when the test ends, however it ends.

Where the phone or the app cannot be put into one of them, the test ends in an error that says why: a test of
your own that could not be set up must not pass for one that ran. A story of the catalogue is skipped and
listed instead, since nobody has all the phones that the catalogue is written for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from harness.errors import CapabilityMissing, HarnessError, SetupImpossible
from harness.plugins.scenarios import not_told, tells_a_story

if TYPE_CHECKING:
    from harness.api.conditions import Conditions
    from harness.api.session import TestSession

NAME = "conditions"

MARK = (
    "conditions(background_refresh='off'|'wifi'|'on', app_refresh='off', low_power='on', airplane='on', "
    "wifi='off', network='SlowNetwork100PctLoss', stands_in=False): the phone is put so before the test "
    "begins, and back when it ends. A mark of the test counts before one of its class or module, name by "
    "name. stands_in=True lets 100 % loss stand for Wi-Fi off where nothing takes Wi-Fi away."
)

BEFORE = ("app", "origin")
"""What is set up first, if the test asks for it."""


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark."""
    config.addinivalue_line("markers", MARK)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Read every mark before anything is run.

    Raises:
        pytest.UsageError: there is no such condition or position; or the test asks for no phone.
    """
    for item in items:
        if item.get_closest_marker(NAME) is None:
            continue
        try:
            conditions_of(item)
        except HarnessError as error:
            raise pytest.UsageError(f"{item.nodeid}: {error}") from error
        if "phone_choice" not in getattr(item, "fixturenames", ()):
            what = "conditions are those of a phone, and the test asks for none of device, app and origin"
            raise pytest.UsageError(f"{item.nodeid}: {what}")


def conditions_of(item: pytest.Item) -> Conditions:
    """What a test asks of its phone, by all its marks; the nearest one counts.

    Raises:
        ConfigError: there is no such condition or position.
    """
    from harness.api.conditions import parse_conditions

    told: dict[str, object] = {}
    for mark in item.iter_markers(NAME):
        told = dict(mark.kwargs) | told
    return parse_conditions(told)


@pytest.fixture(autouse=True)
def harness_conditions(request: pytest.FixtureRequest) -> Iterator[None]:
    """Put the phone into the conditions of the test; the end of its session puts it back."""
    if request.node.get_closest_marker(NAME) is None:
        yield
        return
    wanted = conditions_of(request.node)
    session: TestSession = request.getfixturevalue("test_session")
    for name in BEFORE:
        if name in request.fixturenames:
            request.getfixturevalue(name)
    try:
        _apply(request, wanted, session)
    except (CapabilityMissing, SetupImpossible) as error:
        if not tells_a_story(request.node):
            raise
        not_told(request, f"not on this phone: {error.what}", session.phone.identity.name)
    yield


def _apply(request: pytest.FixtureRequest, wanted: Conditions, session: TestSession) -> None:
    from harness.api.device import Device

    wanted.apply(Device(session))
    if wanted.takes_wifi and "origin" in request.fixturenames:
        request.getfixturevalue("origin").prove_out_of_reach(request.getfixturevalue("app"))
