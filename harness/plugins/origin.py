"""``@pytest.mark.origin(trouble="captive-portal", ...)``: what is wrong with the server before a test begins.

It is so from the moment at which all else that the test asks for is set up, the way to the origin proven
included, until the body calls ``origin.listen()`` or the test ends, however it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from harness.errors import CapabilityMissing, HarnessError
from harness.plugins.scenarios import not_told, tells_a_story

if TYPE_CHECKING:
    from harness.api.session import TestSession
    from harness.api.wanted import WantedTrouble

NAME = "origin"

MARK = (
    "origin(trouble='refuse'|'drop'|'stall'|'slow'|'reset'|'captive-portal'|'expired-certificate'|"
    "'name-gone', after_bytes=0, bytes_per_s=None): what is wrong with the server before the test begins, "
    "until origin.listen() or the end of the test. The nearest mark counts, 'none' too. docs/origin.md says "
    "what each does on the wire."
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark."""
    config.addinivalue_line("markers", MARK)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Read every mark before anything is run.

    Raises:
        pytest.UsageError: there is no such trouble, or the test has no origin.
    """
    for item in items:
        if item.get_closest_marker(NAME) is None:
            continue
        try:
            trouble_wanted(item)
        except HarnessError as error:
            raise pytest.UsageError(f"{item.nodeid}: {error}") from error
        if NAME not in getattr(item, "fixturenames", ()):
            raise pytest.UsageError(f"{item.nodeid}: it has trouble with an origin that it does not ask for")


def trouble_wanted(item: pytest.Item) -> WantedTrouble | None:
    """What the nearest mark of a test asks for.

    Raises:
        ConfigError: there is no such trouble, or what is said besides makes no sense.
    """
    mark = item.get_closest_marker(NAME)
    if mark is None:
        return None
    from harness.api.wanted import parse_trouble  # with it comes the origin, which not every run has

    return parse_trouble(mark.args, mark.kwargs)


@pytest.fixture(autouse=True)
def harness_origin(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have the server be as the test's mark says; the end of the test's origin puts it right."""
    wanted = trouble_wanted(request.node)
    if wanted is None or not wanted.is_any:
        yield
        return
    # That a phone without Wi-Fi cannot reach the origin is proven with a server that would answer.
    request.getfixturevalue("harness_conditions")
    session: TestSession = request.getfixturevalue("test_session")
    origin = request.getfixturevalue(NAME)
    try:
        origin.trouble(wanted.kind, after_bytes=wanted.after_bytes, bytes_per_s=wanted.bytes_per_s)
    except CapabilityMissing as error:
        if not tells_a_story(request.node):
            raise
        not_told(request, f"not with this origin: {error.what}", session.phone.identity.name)
    yield
