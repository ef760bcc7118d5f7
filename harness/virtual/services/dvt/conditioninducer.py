"""DVT ConditionInducer: a slow network, a hot phone.

Source of calls and fields: virtual-iphone.md §4 (list of DTX protocols) and public clients, which also
show that a second condition is refused and that one goes with the connection that asked for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.virtual.kernel.developer.induced import (
    CONDITIONS,
    Condition,
    ConditionActive,
    Induced,
    NoSuchCondition,
    Profile,
)
from harness.virtual.services.support.dvt_channel import DtxFailure, DvtChannel

DOMAIN = "DTConditionInducer"
"""Guessed; clients look at the text."""


class ConditionInducer(DvtChannel):
    """The channel that puts the phone into conditions."""

    identifier = "com.apple.instruments.server.services.ConditionInducer"

    def methods(self) -> Mapping[str, Callable[..., object]]:
        """See ``DvtChannel.methods``."""
        return {
            "availableConditionInducers": self._available,
            "enableConditionWithIdentifier:profileIdentifier:": self._enable,
            "disableConditionWithIdentifier:": self._disable,
            "disableActiveCondition": self._disable_active,
        }

    def close(self) -> None:
        """See ``DvtChannel.close``."""
        self.phone.induced.disable_if_of(self)

    def _available(self) -> list[dict[str, object]]:
        return [_row(condition, self.phone.induced.active) for condition in CONDITIONS.values()]

    def _enable(self, condition_id: object, profile_id: object) -> bool:
        try:
            self.phone.induced.enable(str(condition_id), str(profile_id), self)
        except ConditionActive as error:
            # A phone's words. Source: public clients.
            raise DtxFailure("A condition is already active.", domain=DOMAIN) from error
        except NoSuchCondition as error:
            raise DtxFailure(error.what, domain=DOMAIN) from error
        return True

    def _disable(self, condition_id: object) -> bool:
        active = self.phone.induced.active
        if active is None or active.condition.identifier != condition_id:
            return False
        self.phone.induced.disable()
        return True

    def _disable_active(self) -> bool:
        # Whoever asked for it: guessed, as is the answer of the call above when there is nothing to do.
        # Of this one appium-ios-remotexpc says: true, and an error when no condition is active.
        if self.phone.induced.active is None:
            raise DtxFailure("No condition is active.", domain=DOMAIN)
        self.phone.induced.disable()
        return True


def _row(condition: Condition, active: Induced | None) -> dict[str, object]:
    profile = active.profile if active is not None and active.condition is condition else None
    return {
        "activeProfile": profile.identifier if profile is not None else "",
        "identifier": condition.identifier,
        "isActive": profile is not None,
        "isDestructive": condition.destructive,
        "isInternal": False,
        "name": condition.name,
        "profiles": [_profile(one) for one in condition.profiles.values()],
        "profilesSorted": True,
    }


def _profile(profile: Profile) -> dict[str, object]:
    return {"description": profile.description, "identifier": profile.identifier, "name": profile.name}
