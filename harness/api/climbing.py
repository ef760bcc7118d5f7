"""Climbing the ladder of a setting: its steps are tried in order until one is there, and what it did is told.

Of each step three things can become. The phone does not offer it: it is passed over, with the reason kept,
and the next one is tried. It was taken and verified: that is the end, and a ``SettingChanged`` says which it
was. It was taken and could not be verified: that raises, for the phone may stand either way, and another step
on top would only hide which.

How to put a thing back is read and written down for each step before that step touches anything, and struck
again when the step turns out not to be there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from harness.api.accesspoint import AccessPoint
from harness.api.siri import WIFI_WORDS, language_of
from harness.errors import CapabilityMissing, SettingNotApplied
from harness.model.capabilities import Phone
from harness.model.facts import SettingChanged, Source
from harness.model.ladder import LADDERS, By, Step, Toggle
from harness.model.time import Instant

_T = TypeVar("_T")

Taking = Callable[[], Awaitable[object]]
"""Takes one step; returns once it is verified."""


@dataclass(frozen=True)
class Climbed:
    """How far a climb came.

    Attributes:
        toggle: what was changed.
        step: the step that was taken.
        passed_over: those before it that are not there, each with why.
    """

    toggle: Toggle
    step: Step
    passed_over: tuple[str, ...] = ()

    def told(self, value: str, at: Instant, bundle_id: str = "") -> SettingChanged:
        """The same for the timeline.

        Args:
            value: what it was set to.
            at: when.
            bundle_id: the app whose setting it is.
        """
        return SettingChanged(
            at=at,
            source=Source.HARNESS,
            toggle=self.toggle,
            value=value,
            by=self.step.by,
            fidelity=self.step.fidelity,
            verified=self.step.verified,
            bundle_id=bundle_id,
            passed_over="; ".join(self.passed_over),
        )


class Climb:
    """One climb: the steps that are left to try, and what was passed over.

    Args:
        toggle: what is to be changed.
        phone: name of the phone.
        ways: the steps that can be tried here; the others are not offered to this caller.
    """

    def __init__(self, toggle: Toggle, phone: str, ways: Mapping[By, _T]) -> None:
        self._toggle = toggle
        self._phone = phone
        self._passed: list[str] = []
        self.left = [step for step in LADDERS[toggle] if step.by in ways]

    def pass_over(self, step: Step, missing: CapabilityMissing) -> None:
        """Note that a step is not there."""
        self._passed.append(f"{step.by}: {missing.what}")

    def reached(self, step: Step) -> Climbed:
        """What there is to tell once a step was taken."""
        return Climbed(self._toggle, step, tuple(self._passed))

    def over(self, fix: str) -> CapabilityMissing:
        """What to raise when no step was there.

        Args:
            fix: what would give the phone one.
        """
        what = f"nothing here changes {self._toggle}: {'; '.join(self._passed) or 'it has no step'}"
        return CapabilityMissing(what, phone=self._phone, fix=fix)


BY_HAND_FIX = "Do it by hand, or give the phone a `ui:` in devices.yaml."


async def climb(phone: Phone, toggle: Toggle, ways: Mapping[By, Taking]) -> Climbed:
    """Take the first step that is there.

    Args:
        phone: the phone.
        toggle: what is changed.
        ways: the steps that may be taken.

    Raises:
        CapabilityMissing: none is there; says of each why.
        SettingNotApplied: one was taken, and does not read back.
    """
    attempt = Climb(toggle, phone.identity.name, ways)
    for step in attempt.left:
        try:
            await ways[step.by]()
        except CapabilityMissing as missing:
            attempt.pass_over(step, missing)
        else:
            return attempt.reached(step)
    raise attempt.over(BY_HAND_FIX)


def ways_to_switch_wifi(phone: Phone, on: bool) -> Mapping[By, Taking]:
    """The steps that switch the radio itself."""

    async def by_screen() -> None:
        await phone.ui.set_wifi(on)

    async def by_siri() -> None:
        await switch_wifi_by_siri(phone, on)

    return {
        By.CONFIGURATION_SERVICE: lambda: phone.set_wifi(on),
        By.SETTINGS: by_screen,
        By.SIRI: by_siri,
    }


async def switch_wifi_by_siri(phone: Phone, on: bool) -> None:
    """Tell Siri to switch Wi-Fi, and read the switch.

    Raises:
        CapabilityMissing: nothing talks to Siri here, or not in the phone's language.
        SettingNotApplied: the switch stands as it did.
    """
    language = await language_of(phone)
    if language not in WIFI_WORDS:
        what = f"nobody here knows how to tell Siri in {language!r}"
        raise CapabilityMissing(what, phone=phone.identity.name, fix=f"Known: {', '.join(WIFI_WORDS)}.")
    await phone.ui.ask_siri(WIFI_WORDS[language][on])
    if await phone.ui.wifi() is not on:
        what = f"Siri was told to switch Wi-Fi {'on' if on else 'off'}, and it is not"
        raise SettingNotApplied(what, phone=phone.identity.name, fix="Does Siri answer on this phone?")


async def put_wifi_back(phone: Phone, on: bool, access_point: AccessPoint | None) -> Climbed | None:
    """Have Wi-Fi as it was: the radio by its ladder, and the access point, where there is one.

    Which of the two was used is not written down, and doing either twice does no harm.

    Raises:
        CapabilityMissing: nothing switches the radio, and there is no access point that could have been used.
    """
    if access_point is not None:
        await access_point.switch(on, phone.identity.udid)
    try:
        return await climb(phone, Toggle.WIFI, ways_to_switch_wifi(phone, on))
    except CapabilityMissing:
        if access_point is None:
            raise
        return None
