from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.virtual.kernel.front.front import Shown
from harness.virtual.kernel.front.pages import PageKind
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.wda.node import Kind, Node, Rect
from harness.virtual.wda.pages.draw import draw
from harness.virtual.wda.touch import Drag, Finger
from tests.virtual.rig import APP, spec
from tests.virtual.wda.trees import WHOLE
from tests.virtual.wda.world import SETTINGS, Client, World, with_client


@pytest.fixture
def phone(tmp_path: Path) -> VirtualPhone:
    return VirtualPhone(spec(), tmp_path, apps=[APP])


class Touched:
    """Nodes that say when they are touched."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def node(self, name: str, rect: Rect = WHOLE, *children: Node, zone: Rect | None = None) -> Node:
        """A button that notes its taps."""
        return Node(
            Kind.BUTTON, rect, name, tapped=lambda: self.names.append(name), tap_zone=zone, children=children
        )


def tapped(phone: VirtualPhone, make: Callable[[Touched], Node], x: float = 50, y: float = 50) -> list[str]:
    """The names of what a tap reaches."""
    touched = Touched()
    Finger(phone, make(touched)).tap(x, y)
    return touched.names


SMALL = Rect(40, 40, 20, 20)


def test_a_tap_reaches_what_lies_deepest_and_nothing_else(phone: VirtualPhone) -> None:
    assert tapped(phone, lambda on: on.node("a", WHOLE, on.node("b", WHOLE, on.node("c", SMALL)))) == ["c"]


def test_of_two_that_lie_over_each_other_a_tap_reaches_the_one_in_front(phone: VirtualPhone) -> None:
    assert tapped(phone, lambda on: Node(Kind.WINDOW, WHOLE, children=(on.node("a"), on.node("b")))) == ["b"]


def test_a_tap_beside_the_zone_of_a_row_falls_through_to_what_lies_under_it(phone: VirtualPhone) -> None:
    far = Rect(300, 40, 50, 20)
    assert tapped(phone, lambda on: on.node("a", WHOLE, on.node("b", WHOLE, zone=far))) == ["a"]
    assert tapped(phone, lambda on: on.node("a", WHOLE, on.node("b", WHOLE, zone=far)), 320, 50) == ["b"]


def test_a_tap_on_nothing_does_nothing(phone: VirtualPhone) -> None:
    assert tapped(phone, lambda on: on.node("a", SMALL), 5, 5) == []


def test_what_is_grey_takes_a_tap_and_does_nothing(phone: VirtualPhone) -> None:
    touched = Touched()
    grey = Node(Kind.SWITCH, WHOLE, enabled=False, tapped=lambda: touched.names.append("grey"))
    assert not Finger(phone, touched.node("a", WHOLE, grey)).tap(50, 50)
    assert touched.names == []


def test_an_alert_takes_every_touch(phone: VirtualPhone) -> None:
    def under_alert(on: Touched) -> Node:
        alert = Node(Kind.ALERT, SMALL, children=(on.node("ok", SMALL),))
        return Node(Kind.APPLICATION, WHOLE, children=(on.node("a"), alert))

    assert tapped(phone, under_alert, 5, 5) == []
    assert tapped(phone, under_alert) == ["ok"]
    phone.user_launch(SETTINGS)
    Finger(phone, under_alert(Touched())).drag(Drag((200, 805), (200, 400)))
    assert phone.front.shown is Shown.APP


def test_a_phone_whose_screen_is_dark_takes_no_touch(phone: VirtualPhone) -> None:
    phone.go_to_sleep()
    assert tapped(phone, lambda on: on.node("a")) == []
    Finger(phone, draw(phone)).drag(Drag((200, 805), (200, 400)))
    assert phone.locked


def test_a_finger_that_hardly_moves_taps(phone: VirtualPhone) -> None:
    touched = Touched()
    Finger(phone, touched.node("a")).drag(Drag((50, 50), (52, 51)))
    assert touched.names == ["a"]


BOTTOM = 812 * 0.995


def test_up_from_the_bar_goes_home_and_with_a_rest_to_the_app_switcher(phone: VirtualPhone) -> None:
    phone.user_launch(SETTINGS)
    Finger(phone, draw(phone)).drag(Drag((187, BOTTOM), (187, 365), rest_s=1))
    assert phone.front.shown is Shown.SWITCHER
    assert phone.front.cards == (SETTINGS,)
    Finger(phone, draw(phone)).drag(Drag((187, BOTTOM), (187, 365)))
    assert phone.front.shown is Shown.HOME


def test_up_from_the_bar_leaves_an_app(phone: VirtualPhone) -> None:
    phone.user_launch(SETTINGS)
    Finger(phone, draw(phone)).drag(Drag((187, BOTTOM), (187, 365)))
    assert phone.front.shown is Shown.HOME


def test_up_from_the_bar_unlocks_a_phone_without_a_passcode_only(phone: VirtualPhone) -> None:
    up = Drag((187, BOTTOM), (187, 365))
    phone.lock()
    Finger(phone, draw(phone)).drag(up)
    assert not phone.locked
    phone.conditions.passcode = "1234"
    phone.lock()
    Finger(phone, draw(phone)).drag(up)
    assert phone.locked


def test_a_phone_with_a_home_button_has_no_bar() -> None:
    with tempfile.TemporaryDirectory() as root:
        phone = VirtualPhone(spec("15.8", model="iPhone9,3"), Path(root))
        phone.user_launch(SETTINGS)
        Finger(phone, draw(phone)).drag(Drag((187, 666), (187, 300), rest_s=1))
        assert phone.front.shown is Shown.APP


def test_a_card_that_is_swiped_up_is_gone_with_its_app() -> None:
    async def check(world: World, client: Client) -> None:
        phone = world.phone
        phone.user_launch(APP.bundle_id)
        phone.user_launch(SETTINGS)
        size = (await client.get("/window/size")).value
        x, low, middle = size["width"] / 2, size["height"] * 0.995, size["height"] * 0.45
        ways = {"fromX": x, "fromY": low, "toX": x, "toY": middle, "pressDuration": 0.1, "velocity": 400}
        await client.post("/wda/pressAndDragWithVelocity", holdDuration=1.0, **ways)
        card = await client.find("predicate string", f"name BEGINSWITH 'card:{APP.bundle_id}'")
        assert (await client.post(f"/wda/element/{card}/swipe", direction="up")).status == 200
        assert phone.front.cards == (SETTINGS,)
        assert phone.processes.of_bundle(APP.bundle_id) is None
        assert phone.is_force_quit(APP.bundle_id)

    with_client(check)


def test_a_drag_scrolls_settings_and_a_click_brings_what_is_below_into_sight() -> None:
    async def check(world: World, client: Client) -> None:
        await client.post("/wda/apps/launch", bundleId=SETTINGS)
        ways = {"fromX": 200, "fromY": 600, "toX": 200, "toY": 300, "duration": 0}
        await client.post("/wda/dragfromtoforduration", **ways)
        assert world.phone.front.settings.scrolled_points == 300
        await client.post("/wda/swipe", direction="down")
        assert world.phone.front.settings.scrolled_points < 300
        last = await client.find("class chain", "**/XCUIElementTypeCell[`name == 'Safari'`]")
        assert (await client.get(f"/element/{last}/displayed")).value is False
        assert (await client.post(f"/element/{last}/click")).status == 200
        assert world.phone.front.settings.pages[-1].bundle_id == "com.apple.mobilesafari"

    with_client(check)


def test_an_edge_swipe_goes_back_a_page_of_settings() -> None:
    async def check(world: World, client: Client) -> None:
        await client.post("/wda/apps/launch", bundleId=SETTINGS)
        await client.post(f"/element/{await client.find('id', 'Wi-Fi')}/click")
        assert world.phone.front.settings.pages[-1].kind is PageKind.WIFI
        ways = {"fromX": 2, "fromY": 400, "toX": 300, "toY": 400, "duration": 0}
        await client.post("/wda/dragfromtoforduration", **ways)
        assert world.phone.front.settings.pages[-1].kind is PageKind.ROOT

    with_client(check)


def test_a_click_on_what_nothing_takes_is_answered_as_any_other() -> None:
    async def check(world: World, client: Client) -> None:
        await client.post("/wda/apps/launch", bundleId=SETTINGS)
        bar = await client.find("class name", "XCUIElementTypeNavigationBar")
        before = draw(world.phone)
        assert (await client.post(f"/element/{bar}/click")).status == 200
        assert draw(world.phone).label == before.label

    with_client(check)


FINGER = {"type": "pointer", "id": "finger", "parameters": {"pointerType": "touch"}}


def moves(*steps: tuple[str, dict[str, object]]) -> list[dict[str, object]]:
    """W3C's actions of one finger."""
    return [{**FINGER, "actions": [{"type": kind, **fields} for kind, fields in steps]}]


def test_actions_tap_and_drag_and_rest() -> None:
    async def check(world: World, client: Client) -> None:
        await client.post("/wda/apps/launch", bundleId=SETTINGS)
        wifi = await client.find("id", "Wi-Fi")
        origin = {"element-6066-11e4-a52e-4f735466cecf": wifi}
        tap = moves(
            ("pointerMove", {"x": 0, "y": 0, "origin": origin, "duration": 0}),
            ("pointerDown", {}),
            ("pointerUp", {}),
        )
        assert (await client.post("/actions", actions=tap)).status == 200
        assert world.phone.front.settings.pages[-1].kind is PageKind.WIFI
        drag = moves(
            ("pointerMove", {"x": 187, "y": 808}),
            ("pointerDown", {"button": 0}),
            ("pointerMove", {"x": 0, "y": -450, "origin": "pointer", "duration": 600}),
            ("pause", {"duration": 1000}),
            ("pointerUp", {"button": 0}),
        )
        assert (await client.post("/actions", actions=drag)).status == 200
        assert world.phone.front.shown is Shown.SWITCHER

    with_client(check)


@pytest.mark.parametrize(
    "actions", [None, 3, [3], [{"type": "pointer"}], moves(("leap", {})), moves(("pause", {"duration": "x"}))]
)
def test_actions_that_cannot_be_read_are_an_invalid_argument(actions: object) -> None:
    async def check(_: World, client: Client) -> None:
        assert (await client.post("/actions", actions=actions)).error == "invalid argument"

    with_client(check)


def test_arguments_of_the_wrong_kind_are_an_invalid_argument() -> None:
    async def check(_: World, client: Client) -> None:
        for path, arguments in (
            ("/wda/swipe", {}),
            ("/wda/swipe", {"direction": "sideways"}),
            ("/wda/tap", {"x": "1", "y": 2}),
            ("/wda/dragfromtoforduration", {"fromX": 1}),
            ("/wda/apps/launch", {}),
            ("/wda/apps/launch", {"bundleId": SETTINGS, "environment": 3}),
        ):
            assert (await client.post(path, **arguments)).error == "invalid argument", path

    with_client(check)
