"""Fingers that go anywhere: whatever they touch, the screen can be drawn and tells the truth."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.model.settings import BackgroundRefresh
from harness.virtual.kernel.front.pages import PageKind
from harness.virtual.kernel.installed import SETTINGS
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.wda.layout import layout_of
from harness.virtual.wda.node import Kind, Node
from harness.virtual.wda.pages.draw import draw
from harness.virtual.wda.pages.scrolling import scroll_by, scroll_to
from harness.virtual.wda.pages.settings.words import LANGUAGES, Word, Words
from tests.virtual.wda.pages.support import PHONES, a_phone, hit_by, in_settings, tap_node

MOVES = st.one_of(
    st.tuples(st.just("tap"), st.integers(0, 40)),
    st.tuples(st.just("reach"), st.integers(0, 60)),
    st.tuples(st.just("swipe away"), st.integers(0, 5)),
    st.tuples(st.just("scroll"), st.integers(-900, 900)),
    st.tuples(st.just("settings"), st.just(0)),
    st.tuples(st.just("home"), st.just(0)),
    st.tuples(st.just("switcher"), st.just(0)),
    st.tuples(st.just("notifications"), st.just(0)),
    st.tuples(st.just("low power"), st.integers(0, 1)),
    st.tuples(st.just("restricted"), st.integers(0, 1)),
)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(PHONES),
    st.sampled_from(LANGUAGES),
    st.booleans(),
    st.lists(MOVES, min_size=1, max_size=25),
)
def test_wherever_fingers_go_the_screen_is_whole_and_shows_how_things_stand(
    kind: tuple[str, str], language: str, cellular: bool, moves: list[tuple[str, int]]
) -> None:
    with a_phone(*kind, language=language, cellular=cellular) as phone:
        in_settings(phone)
        for what, how in moves:
            move(phone, what, how)
            check(phone, draw(phone))
        phone.switch_off()


def move(phone: VirtualPhone, what: str, how: int) -> None:
    root = draw(phone)
    match what:
        case "tap":
            tap_one(phone, [node for node in root.walk() if node.tapped is not None], how)
        case "reach":
            hidden = [node for node in root.walk() if not node.visible]
            if hidden:
                scroll_to(phone, hidden[how % len(hidden)])
        case "swipe away":
            cards = [node.swiped_up for node in root.walk() if node.swiped_up is not None]
            if cards:
                cards[how % len(cards)]()
        case "scroll":
            scroll_by(phone, how)
        case "settings":
            phone.user_launch(SETTINGS.bundle_id)
        case "home":
            phone.front.press_home()
        case "switcher":
            phone.front.open_switcher()
        case "notifications":
            phone.front.post_notification("dev.harness.fetcher", "New", "")
            phone.front.open_notification_centre()
        case "low power":
            phone.settings.set_low_power(bool(how))
        case _:
            phone.settings.set_restricted(bool(how))


def tap_one(phone: VirtualPhone, nodes: list[Node], which: int) -> None:
    if nodes:
        assert tap_node(phone, nodes[which % len(nodes)])


def check(phone: VirtualPhone, root: Node) -> None:
    window = layout_of(phone).window
    assert [node for node in root.walk() if node.kind is Kind.APPLICATION] == [root]
    for node in root.walk():
        if node.tapped is not None:
            assert node.visible
            assert node.enabled
            assert window.holds(*(node.tap_zone or node.rect).centre)
            assert hit_by(root, node) is node
        if node.kind is Kind.SWITCH:
            assert (node.value == "1") is stands(phone, node), node.label


def stands(phone: VirtualPhone, switch: Node) -> bool:
    """What the kernel says of a switch that is on the screen."""
    words, settings_ = Words(phone.front.language), phone.settings
    page = phone.front.settings.pages[-1]
    if switch.label == words(Word.AIRPLANE):
        return phone.conditions.airplane
    if switch.label == words(Word.LOW_POWER):
        return settings_.low_power
    if page.kind is PageKind.WIFI:
        return phone.conditions.wifi_on
    if page.kind is PageKind.APP:
        return settings_.refreshes(page.bundle_id) and not settings_.low_power
    if switch.label == words(Word.REFRESH):
        return settings_.background_refresh is BackgroundRefresh.ON and not settings_.low_power
    return next(row.switch for row in settings_.rows() if row.name == switch.label) is True
