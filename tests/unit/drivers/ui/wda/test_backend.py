"""What answers of a WebDriverAgent mean, and what is no answer of one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from harness.drivers.ui.backend import AlertShown, Drag, Element, Locator, Rect, Using
from harness.drivers.ui.wda.backend import WdaBackend
from harness.drivers.ui.wda.client import MEANINGS, WdaRefusal, error_of
from harness.errors import (
    CapabilityMissing,
    CommandTimeout,
    DeviceError,
    HarnessError,
    RunnerFailed,
    ScreenChanged,
    ScreenUnexpected,
)
from tests.unit.drivers.ui.bench import PHONE, Answer, RunnerPhone, refused, worked

WIFI = Locator(Using.ID, "com.apple.settings.wifi")
ROW = Element("E1", WIFI)


def answered(answer: Answer, check: Callable[[WdaBackend], Awaitable[Any]]) -> Any:
    """What a verb makes of one answer to all that it asks."""

    async def main() -> Any:
        async with worked(RunnerPhone(lambda method, path, body: answer)) as backend:
            return await check(backend)

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("stale element reference", ScreenChanged),
        ("element not interactable", ScreenUnexpected),
        ("unknown error", ScreenUnexpected),
        ("unexpected alert open", ScreenUnexpected),
        ("a word that nobody knows", ScreenUnexpected),
        ("unknown command", CapabilityMissing),
        ("timeout", CommandTimeout),
        ("session not created", RunnerFailed),
    ],
)
def test_each_refusal_is_a_named_error(word: str, kind: type[DeviceError]) -> None:
    with pytest.raises(kind) as raised:
        answered(refused(word), lambda backend: backend.click(ROW))
    error = raised.value
    assert type(error) is kind
    assert error.phone == PHONE
    assert error.what == f"tapping {WIFI} failed: {word}: because of {word}"
    assert error.fix


@pytest.mark.parametrize("word", MEANINGS)
def test_every_meaning_says_what_to_do(word: str) -> None:
    error = error_of(WdaRefusal(word, "said\nand more"), PHONE, "tapping")
    assert error.what == f"tapping failed: {word}: said"
    assert (error.fix or "").endswith(".")


def test_only_no_such_element_is_a_miss() -> None:
    assert answered(refused("no such element"), lambda backend: backend.find(WIFI)) is None
    for word in ("stale element reference", "unknown error", "invalid selector", "unknown command"):
        with pytest.raises(HarnessError):
            answered(refused(word), lambda backend: backend.find(WIFI))


def test_an_answer_that_is_no_json_is_not_from_webdriveragent() -> None:
    async def main() -> None:
        phone = RunnerPhone(plain=b"<html>Bad Gateway</html>")
        async with worked(phone) as backend:
            with pytest.raises(RunnerFailed, match="not answered as WebDriverAgent does: HTTP 502"):
                await backend.find(WIFI)

    asyncio.run(main())


@pytest.mark.parametrize("value", [None, "E1", [], {"other": "E1"}])
def test_an_element_without_an_identifier_is_strange(value: object) -> None:
    with pytest.raises(ScreenUnexpected, match="was answered with"):
        answered((200, value), lambda backend: backend.find(WIFI))


@pytest.mark.parametrize("value", [None, {}, {"x": 1, "y": 2, "width": "w", "height": 4}])
def test_a_rectangle_that_is_none_is_strange(value: object) -> None:
    with pytest.raises(ScreenUnexpected):
        answered((200, value), lambda backend: backend.window())


def test_elements_come_under_both_keys_and_in_order() -> None:
    value = [{"ELEMENT": "A"}, {"element-6066-11e4-a52e-4f735466cecf": "B"}]
    found = answered((200, value), lambda backend: backend.find_all(WIFI))
    assert found == (Element("A", WIFI), Element("B", WIFI))


@pytest.mark.parametrize(
    ("value", "text"), [("1", "1"), (None, None), (True, "true"), (False, "false"), (0, "0"), ("", "")]
)
def test_attributes_are_text_or_nothing(value: object, text: str | None) -> None:
    assert answered((200, value), lambda backend: backend.attribute(ROW, "value")) == text


def test_a_rectangle_is_in_points() -> None:
    value = {"x": 0, "y": 10.5, "width": 100, "height": 44}
    rect = answered((200, value), lambda backend: backend.rect(ROW))
    assert rect == Rect(0, 10.5, 100, 44)
    assert rect.centre == (50, 32.5)


def test_without_an_alert_there_is_none() -> None:
    assert answered(refused("no such alert"), lambda backend: backend.alert()) is None


def test_an_alert_has_text_and_buttons() -> None:
    def answer(method: str, path: str, body: Any) -> Answer:
        return 200, "Update\nTonight" if path == "alert/text" else ["Later", "Install"]

    async def main() -> AlertShown | None:
        async with worked(RunnerPhone(answer)) as backend:
            return await backend.alert()

    assert asyncio.run(main()) == AlertShown("Update\nTonight", ("Later", "Install"))


def test_a_drag_is_given_the_time_that_it_takes() -> None:
    """At one point per second a drag over 2 points takes two seconds, and is no command that hangs."""
    asked: list[Any] = []

    def answer(method: str, path: str, body: Any) -> Answer:
        asked.append((path, body))
        return 200, None

    async def main() -> None:
        async with worked(RunnerPhone(answer)) as backend:
            await backend.drag(Drag((1, 2), (3, 4), press_s=0.5, hold_s=1.0, points_per_s=100))

    asyncio.run(main())
    body = {
        "fromX": 1,
        "fromY": 2,
        "toX": 3,
        "toY": 4,
        "pressDuration": 0.5,
        "holdDuration": 1.0,
        "velocity": 100,
    }
    assert asked[0] == ("wda/pressAndDragWithVelocity", body)


def test_a_phone_that_does_not_answer_in_time_is_a_timeout_and_the_next_request_finds_it_well() -> None:
    async def main() -> None:
        phone = RunnerPhone(lambda method, path, body: (200, "<AppiumAUT/>"))
        async with worked(phone) as backend:
            await backend.source()
            phone.delay_s = 5.0
            with pytest.raises(CommandTimeout, match=r"measuring the screen had no answer within 0\.2 s"):
                await backend._look("measuring the screen", "window/rect", within_s=0.2)  # pyright: ignore[reportPrivateUsage]
            phone.delay_s = 0.0
            assert await backend.source() == "<AppiumAUT/>"
        assert len(phone.starts) == 1

    asyncio.run(main())
