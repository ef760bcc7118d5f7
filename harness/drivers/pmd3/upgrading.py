"""Installing another build over an app, over AFC and installation_proxy."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider

UPGRADE_S = 300.0
"""Protective deadline in wall seconds: a large app takes minutes to send and to verify."""


async def upgrade(provider: LockdownServiceProvider, package: Path) -> None:
    """Install a package over the app of its bundle identifier, whose data stays.

    Args:
        provider: of the phone.
        package: an ``.ipa``, or the directory of an ``.app``.
    """
    from pymobiledevice3.services.installation_proxy import InstallationProxyService

    contents = await asyncio.to_thread(_contents, package)
    async with InstallationProxyService(provider) as proxy:
        await proxy.install_from_bytes(contents, "Upgrade")


def _contents(package: Path) -> bytes:
    """The bytes of an ``.ipa``, made of an ``.app`` where that is what is there."""
    from pymobiledevice3.services.installation_proxy import create_ipa_contents_from_directory

    return create_ipa_contents_from_directory(str(package)) if package.is_dir() else package.read_bytes()
