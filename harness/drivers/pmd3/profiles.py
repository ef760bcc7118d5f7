"""Putting configuration profiles on a phone, and taking them off again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider


async def install_profile(provider: LockdownServiceProvider, profile: bytes) -> None:
    """Hand a phone a profile; one that nobody supervises waits for its user's consent."""
    from pymobiledevice3.services.mobile_config import MobileConfigService

    async with MobileConfigService(provider) as configuration:
        await configuration.install_profile(profile)


async def remove_profile(provider: LockdownServiceProvider, identifier: str) -> None:
    """Take a profile off a phone; one that is not there is no error."""
    from pymobiledevice3.services.mobile_config import MobileConfigService

    async with MobileConfigService(provider) as configuration:
        await configuration.remove_profile(identifier)
