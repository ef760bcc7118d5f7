from __future__ import annotations

import base64

import pytest

from tests.virtual.rig import APP
from tests.virtual.wda.world import ELEMENT, SETTINGS, SPRINGBOARD, Client, World, with_client

SWITCH = "**/XCUIElementTypeSwitch[`name == 'Airplane Mode'`]"


async def in_settings(client: Client) -> None:
    """Bring Settings to the front."""
    assert (await client.post("/wda/apps/launch", bundleId=SETTINGS)).status == 200


def test_an_element_tells_what_it_is() -> None:
    async def check(_: World, client: Client) -> None:
        await in_settings(client)
        element = f"/element/{await client.find('class chain', SWITCH)}"
        assert (await client.get(f"{element}/attribute/value")).value == "0"
        assert (await client.get(f"{element}/attribute/wdLabel")).value == "Airplane Mode"
        assert (await client.get(f"{element}/attribute/enabled")).value is True
        assert (await client.get(f"{element}/text")).value == "0"
        assert (await client.get(f"{element}/name")).value == "XCUIElementTypeSwitch"
        assert (await client.get(f"{element}/enabled")).value is True
        assert (await client.get(f"{element}/displayed")).value is True
        assert (await client.get(f"{element}/selected")).value is False
        assert set((await client.get(f"{element}/rect")).value) == {"x", "y", "width", "height"}
        assert (await client.get(f"{element}/attribute/colour")).error == "invalid argument"

    with_client(check)


def test_an_element_is_told_under_both_keys_and_the_same_one_has_the_same_identifier() -> None:
    async def check(_: World, client: Client) -> None:
        await in_settings(client)
        found = (await client.post("/element", using="class chain", value=SWITCH)).value
        assert found[ELEMENT] == found["ELEMENT"]
        assert await client.find("class chain", SWITCH) == found[ELEMENT]

    with_client(check)


def test_an_element_is_the_same_while_only_its_value_changes() -> None:
    async def check(world: World, client: Client) -> None:
        await in_settings(client)
        element = await client.find("class chain", SWITCH)
        world.phone.conditions.switch_airplane(True)
        assert (await client.get(f"/element/{element}/attribute/value")).value == "1"

    with_client(check)


def test_an_element_that_is_not_on_the_screen_any_more_is_stale() -> None:
    async def check(world: World, client: Client) -> None:
        await in_settings(client)
        element = await client.find("class chain", SWITCH)
        world.phone.press_home()
        for answer in (
            await client.post(f"/element/{element}/click"),
            await client.get(f"/element/{element}/rect"),
        ):
            assert (answer.status, answer.error) == (404, "stale element reference")

    with_client(check)


def test_an_element_of_a_page_is_stale_on_the_next_page_though_one_like_it_stands_there() -> None:
    async def check(_: World, client: Client) -> None:
        await in_settings(client)
        first = await client.find("class chain", "**/XCUIElementTypeNavigationBar")
        await client.post(f"/element/{await client.find('class chain', CELL_OF_WIFI)}/click")
        assert (await client.get(f"/element/{first}/rect")).error == "stale element reference"

    with_client(check)


CELL_OF_WIFI = "**/XCUIElementTypeCell[`name == 'Wi-Fi'`]"


def test_an_element_of_another_process_of_the_app_is_stale() -> None:
    async def check(_: World, client: Client) -> None:
        await in_settings(client)
        element = await client.find("class chain", SWITCH)
        await client.post("/wda/apps/terminate", bundleId=SETTINGS)
        await in_settings(client)
        assert (await client.get(f"/element/{element}/rect")).error == "stale element reference"

    with_client(check)


def test_an_identifier_that_was_never_given_is_stale() -> None:
    async def check(_: World, client: Client) -> None:
        assert (await client.get("/element/none/rect")).error == "stale element reference"

    with_client(check)


def test_nothing_found_is_no_such_element_alone_and_an_empty_list_of_all() -> None:
    async def check(_: World, client: Client) -> None:
        asked = {"using": "id", "value": "none"}
        one = await client.post("/element", **asked)
        assert (one.status, one.error) == (404, "no such element")
        every = await client.post("/elements", **asked)
        assert (every.status, every.value) == (200, [])

    with_client(check)


def test_what_is_below_an_element_is_found_from_it() -> None:
    async def check(_: World, client: Client) -> None:
        await in_settings(client)
        cell = await client.find("class chain", CELL_OF_WIFI)
        below = await client.post(
            f"/element/{cell}/elements", using="class name", value="XCUIElementTypeStaticText"
        )
        assert len(below.value) == 2
        missing = await client.post(
            f"/element/{cell}/element", using="class name", value="XCUIElementTypeSwitch"
        )
        assert missing.error == "no such element"

    with_client(check)


def test_a_selector_that_cannot_be_read_is_an_invalid_selector() -> None:
    async def check(_: World, client: Client) -> None:
        answer = await client.post("/element", using="predicate string", value="name ==")
        assert (answer.status, answer.error) == (400, "invalid selector")
        assert (await client.post("/element", using="id")).error == "invalid argument"

    with_client(check)


def test_a_session_that_looks_at_springboard_sees_nothing_of_an_app_in_front() -> None:
    async def check(_: World, client: Client) -> None:
        await in_settings(client)
        await client.post("/appium/settings", settings={"defaultActiveApplication": SPRINGBOARD})
        assert (await client.post("/element", using="class chain", value=SWITCH)).error == "no such element"
        assert (await client.get("/wda/activeAppInfo")).value["bundleId"] == SPRINGBOARD
        await client.post("/appium/settings", settings={"defaultActiveApplication": "auto"})
        assert await client.find("class chain", SWITCH)

    with_client(check)


def test_a_session_that_looks_at_an_app_in_the_background_sees_what_is_in_front() -> None:
    async def check(_: World, client: Client) -> None:
        await in_settings(client)
        await client.post("/appium/settings", settings={"defaultActiveApplication": APP.bundle_id})
        assert await client.find("class chain", SWITCH)

    with_client(check)


@pytest.mark.parametrize("path", ["/source", "/source?format=xml", "/source?format=json"])
def test_the_source_shows_what_is_on_the_screen(path: str) -> None:
    async def check(world: World, client: Client) -> None:
        await in_settings(client)
        inside = str((await client.get(path)).value)
        outside = str((await client.bare("GET", path)).value)
        assert "Airplane Mode" in inside
        assert inside == outside
        world.phone.press_home()
        assert "Airplane Mode" not in str((await client.get(path)).value)

    with_client(check)


def test_a_source_in_an_unknown_format_is_refused_and_attributes_can_be_left_out() -> None:
    async def check(_: World, client: Client) -> None:
        assert (await client.get("/source?format=yaml")).error == "invalid argument"
        assert 'visible="' not in (await client.get("/source?excluded_attributes=visible")).value

    with_client(check)


def test_a_picture_is_the_kernels() -> None:
    async def check(world: World, client: Client) -> None:
        assert base64.b64decode((await client.get("/screenshot")).value) == world.phone.screen.png()

    with_client(check)


def test_nothing_on_the_screen_takes_text() -> None:
    async def check(_: World, client: Client) -> None:
        await in_settings(client)
        element = await client.find("class chain", SWITCH)
        assert (await client.post(f"/element/{element}/value", text="a")).error == "invalid element state"
        assert (await client.get("/element/active")).error == "no such element"

    with_client(check)
