"""What a story takes, which app it gets, and what is said where something lacks."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from harness.api.needs import Needs, app_lacks, choose_app, needs_of, new_enough, phone_lacks, story
from harness.api.straining import HOG
from harness.config.profile import AppProfile
from harness.errors import ConfigError
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.raw import InstalledApp
from harness.model.rungs import Rung
from harness.model.triggers import Trigger
from tests.unit.evidence.phones import HandPhone


def profile(name: str, *can: Trigger, package: str | None = None, debuggable: bool = True) -> AppProfile:
    made = AppProfile(
        version=1, bundle_id=f"a.b.{name}", name=name, can=can, package=package, debuggable=debuggable
    )
    return made.located(Path("p.yaml"))


DOWN = profile("down", Trigger.START_DOWNLOAD)
UP = profile("up", Trigger.START_UPLOAD)
BOTH = profile("both", Trigger.START_DOWNLOAD, Trigger.START_UPLOAD)


class PhoneWithHog(HandPhone):
    async def app_info(self, bundle_id: str) -> InstalledApp | None:
        return InstalledApp(bundle_id, "Hog", "1", "Hog", (), True) if bundle_id == HOG else None


def lacks(phone: HandPhone, app: AppProfile, *rungs: Rung) -> tuple[Rung, ...]:
    return asyncio.run(phone_lacks(phone, app, Needs((), rungs)))


def test_stories_together_take_what_each_of_them_takes_once() -> None:
    needs = needs_of(["S6", "s16", "S5"])
    assert needs == Needs((Trigger.START_DOWNLOAD, Trigger.START_UPLOAD), (Rung.WIFI,))


def test_a_story_that_does_not_exist_is_told_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"no story 'S999'.*S"):
        story("S999")


def test_a_story_that_no_test_tells_says_why() -> None:
    with pytest.raises(ConfigError, match=r"no test tells S38, .*: HealthKit is not modelled"):
        story("s38")


def test_a_story_gets_the_first_app_that_can_be_told_it() -> None:
    assert choose_app((DOWN, UP, BOTH), Needs((Trigger.START_UPLOAD,))) == (UP, "")
    assert choose_app((BOTH, UP), Needs((Trigger.START_UPLOAD,))) == (BOTH, "")


def test_where_no_app_can_be_told_it_the_first_says_what_it_lacks() -> None:
    needs = Needs((Trigger.START_DOWNLOAD, Trigger.OPEN_SCREEN, Trigger.TICK))
    assert choose_app((DOWN, UP), needs) == (DOWN, "cannot be told open-screen, tick")


def test_an_app_from_the_app_store_is_not_debugged() -> None:
    needs = Needs((), (Rung.DEBUGGER,))
    assert "not signed for development" in app_lacks(profile("store", debuggable=False), needs)
    assert app_lacks(DOWN, needs) == ""


def test_a_story_that_came_with_an_ios_prefers_phones_that_have_it() -> None:
    old, new = (PhoneIdentity(ios, ios, ios, "iPhone15,4", Hardware.VIRTUAL) for ios in ("18.5", "26.0"))
    continued = Needs((), (Rung.CONTINUED_PROCESSING,))
    assert new_enough((old, new), continued) == (new,)
    assert new_enough((old,), continued) == (old,), "which then says what it lacks"
    assert new_enough((old, new), Needs((), (Rung.WIFI,))) == (old, new)


def test_a_phone_lacks_the_rungs_that_it_does_not_offer() -> None:
    phone = HandPhone()
    phone.rungs = frozenset({Rung.WIFI})
    assert lacks(phone, DOWN, Rung.APP_SWITCHER, Rung.WIFI, Rung.REBOOT) == (Rung.APP_SWITCHER, Rung.REBOOT)


def test_memory_can_be_pressed_where_the_app_for_it_is_installed() -> None:
    assert lacks(HandPhone(), DOWN, Rung.MEMORY_PRESSURE) == (Rung.MEMORY_PRESSURE,)
    assert lacks(PhoneWithHog(), DOWN, Rung.MEMORY_PRESSURE) == ()


def test_a_real_phone_takes_another_build_only_where_there_is_a_package() -> None:
    phone = HandPhone()
    phone.rungs = frozenset({Rung.UPGRADE})
    assert lacks(phone, DOWN, Rung.UPGRADE) == ()
    phone.identity = PhoneIdentity("desk", "0000", "17.4", "iPhone15,4", Hardware.REAL)
    assert lacks(phone, DOWN, Rung.UPGRADE) == (Rung.UPGRADE,)
    assert lacks(phone, profile("own", package="own.ipa"), Rung.UPGRADE) == ()
