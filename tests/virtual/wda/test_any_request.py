"""Whatever a client asks, in whatever order, it gets an answer of WebDriverAgent's shape."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.virtual.wda.call import Route
from harness.virtual.wda.replies import HTTP_STATUSES, Trouble
from harness.virtual.wda.routes import ROUTES
from tests.virtual.rig import APP
from tests.virtual.wda.world import ELEMENT, SETTINGS, SPRINGBOARD, Client, World, with_client

VALUES = st.one_of(
    st.sampled_from(
        ["up", "home", "XCUIElementTypeSwitch", "class name", "id", "Wi-Fi", "App-prefs:WIFI", "de"]
    ),
    st.sampled_from([SETTINGS, APP.bundle_id, SPRINGBOARD]),
    st.integers(-5, 900),
    st.none(),
    st.just({}),
    st.just([{"type": "pointer", "actions": [{"type": "pointerDown"}, {"type": "pointerUp"}]}]),
)

NAMES = st.sampled_from(
    [
        "bundleId",
        "using",
        "value",
        "x",
        "y",
        "fromX",
        "fromY",
        "toX",
        "toY",
        "holdDuration",
        "direction",
        "name",
        "text",
        "url",
        "actions",
        "settings",
        "orientation",
        "arguments",
        "environment",
        "toElement",
    ]
)

# Waiting takes time, of which this client lets none pass.
ASKED = st.sampled_from([route for route in ROUTES if route.pattern != "/wda/deactivateApp"])

Asked = tuple[Route, bool, dict[str, object]]
"""A route, whether within the session, and what is said with it."""

REQUESTS: st.SearchStrategy[Asked] = st.tuples(
    ASKED, st.booleans(), st.dictionaries(NAMES, VALUES, max_size=6)
)


async def elements_of(client: Client) -> list[str]:
    """Identifiers of some elements, of which none may be left."""
    found = await client.post("/elements", using="class name", value="XCUIElementTypeSwitch")
    return [each[ELEMENT] for each in found.value] if found.status == 200 else []


@settings(max_examples=25)
@given(st.lists(REQUESTS, max_size=12))
def test_whatever_is_asked_is_answered_with_a_value_or_with_a_word_and_its_status(
    requests: list[Asked],
) -> None:
    async def check(world: World, client: Client) -> None:
        world.phone.user_launch(SETTINGS)
        known = [*await elements_of(client), "none"]
        for number, (route, in_session, arguments) in enumerate(requests):
            path = route.pattern.replace(":uuid", known[number % len(known)]).replace(":name", "value")
            prefix = client.session if in_session else ""
            answer = await client.bare(route.method, prefix + path or "/", arguments)
            if answer.status != 200:
                assert HTTP_STATUSES[Trouble(answer.error)] == answer.status
        assert (await client.bare("GET", "/status")).value["ready"] is True
        assert world.phone.processes.get(world.pid) is not None

    with_client(check)
