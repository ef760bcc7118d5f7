"""Switching a phone's Wi-Fi, and having it simulate a bad network.

Wi-Fi goes through the configuration service, as mobile device management does it: without the screen, and
the phone answers once it has itself read the radio's power back (background-execution.md §2.5). A host has no
way to read the switch later; that it stays so shows in what the phone reaches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from harness.drivers.pmd3.instruments import Instruments
from harness.drivers.pmd3.way import Way
from harness.errors import CapabilityMissing, DeviceLost, SetupImpossible
from harness.model.identity import PhoneIdentity

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider
    from pymobiledevice3.services.dvt.instruments.condition_inducer import ConditionInducerService

COMMAND_S = 20.0


async def switch_wifi(
    provider: LockdownServiceProvider, identity: PhoneIdentity, on: bool, *, by_cable: bool
) -> None:
    """Switch Wi-Fi of a phone that is reached by a cable.

    Args:
        provider: of the phone.
        identity: the phone.
        on: whether it shall be on.
        by_cable: whether the cable is what it was opened over, where there is one.

    Raises:
        SetupImpossible: it is not, so that switching Wi-Fi off would cut the way to it, by whatever means.
    """
    from pymobiledevice3.services.mobile_config import MobileConfigService

    if not on and not (by_cable and await _has_cable(identity)):
        raise SetupImpossible(
            "it is reached over Wi-Fi, which would be switched off",
            phone=identity.name,
            fix="Plug its cable in, and allow `connection: usb` in devices.yaml.",
        )
    async with MobileConfigService(provider) as configuration:
        await configuration.set_wifi_power_state(on)


async def _has_cable(identity: PhoneIdentity) -> bool:
    from pymobiledevice3.usbmux import select_device

    return await select_device(identity.udid, connection_type="USB") is not None


@dataclass(frozen=True)
class Condition:
    """A condition that a phone can simulate.

    Attributes:
        name: as it is asked for, such as ``SlowNetworkEdge``.
        title: what it is, in the phone's words.
        kind: what it is one of, in the phone's words, such as ``Network Link``.
        is_active: whether the phone simulates it now.
    """

    name: str
    title: str
    kind: str
    is_active: bool


async def list_conditions(instruments: Instruments) -> tuple[Condition, ...]:
    """The conditions that a phone knows, in its order."""
    groups = await (await instruments.conditions()).available_condition_inducers()
    return tuple(
        Condition(
            str(profile.get("identifier")),
            str(profile.get("name")),
            str(group.get("name")),
            bool(group.get("isActive")) and group.get("activeProfile") == profile.get("identifier"),
        )
        for group in groups
        for profile in cast("list[dict[str, Any]]", group.get("profiles") or [])
    )


class Pmd3Induced:
    """A condition that the phone simulates; implements ``model.capabilities.Induced``.

    It lasts as long as the connection of the instruments: a phone whose cable was pulled stops by itself.

    Args:
        way: the way to the phone.
        service: the channel that asked for the condition.
    """

    def __init__(self, way: Way, service: ConditionInducerService) -> None:
        self._way = way
        self._service = service

    async def lasts(self) -> bool:
        """Whether the phone lists it as active, asked over the connection that it ends with."""
        async with self._way.command("asking for the condition", COMMAND_S):
            groups = await self._service.available_condition_inducers()
        return any(one.get("isActive") for one in groups)

    async def stop(self) -> None:
        """Stop simulating it; one that has ended already is no error."""
        try:
            async with self._way.command("stopping the condition", COMMAND_S):
                await _stop(self._service)
        except DeviceLost:
            return  # and the condition with the connection that held it


async def induce(way: Way, instruments: Instruments, phone: str, condition: str) -> Pmd3Induced:
    """Have the phone simulate a condition, in place of another one.

    Raises:
        CapabilityMissing: it knows no such condition.
    """
    service = await instruments.conditions()
    groups = await service.available_condition_inducers()
    group = next((one for one in groups if condition in _profiles(one)), None)
    if group is None:
        known = sorted(name for one in groups for name in _profiles(one))
        raise CapabilityMissing(
            f"it knows no condition {condition!r}", phone=phone, fix=f"It knows {', '.join(known)}."
        )
    if any(one.get("isActive") for one in groups):
        await _stop(service)  # a second one is refused
    await service.enable_condition_with_identifier_profile_identifier_(str(group["identifier"]), condition)
    return Pmd3Induced(way, service)


async def stop_inducing(instruments: Instruments) -> None:
    """End whatever condition the phone simulates; none is no error."""
    await _stop(await instruments.conditions())


async def _stop(service: ConditionInducerService) -> None:
    await service.disable_active_condition()
    # The call has no answer of its own; one that was asked later tells that it was read.
    await service.available_condition_inducers()


def _profiles(group: dict[str, Any]) -> tuple[str, ...]:
    profiles = cast("list[dict[str, Any]]", group.get("profiles") or [])
    return tuple(str(profile.get("identifier")) for profile in profiles)
