"""Installed apps, over installation_proxy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from harness.model.raw import InstalledApp

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider

ATTRIBUTES = (
    "CFBundleIdentifier",
    "CFBundleDisplayName",
    "CFBundleName",
    "CFBundleShortVersionString",
    "CFBundleExecutable",
    "UIBackgroundModes",
    "Entitlements",
)


async def look_up(
    provider: LockdownServiceProvider, *, bundle_id: str | None = None
) -> tuple[InstalledApp, ...]:
    """One app of any kind, or all apps of the user; sorted by bundle identifier."""
    from pymobiledevice3.services.installation_proxy import InstallationProxyService

    options: dict[str, Any] = {"ReturnAttributes": list(ATTRIBUTES)}
    options |= {"ApplicationType": "User"} if bundle_id is None else {"BundleIDs": [bundle_id]}
    async with InstallationProxyService(provider) as proxy:
        found = await proxy.lookup(options) or {}
    return tuple(parse_app(identifier, found[identifier]) for identifier in sorted(found))


def parse_app(bundle_id: str, fields: Mapping[str, Any]) -> InstalledApp:
    """An app as installation_proxy describes it.

    Args:
        bundle_id: the key under which it was described.
        fields: its Info.plist keys, and ``Entitlements``.
    """
    entitlements = cast("Mapping[str, Any]", fields.get("Entitlements") or {})
    modes = cast("list[Any]", fields.get("UIBackgroundModes") or [])
    return InstalledApp(
        bundle_id=bundle_id,
        name=str(fields.get("CFBundleDisplayName") or fields.get("CFBundleName") or bundle_id),
        version=str(fields.get("CFBundleShortVersionString") or ""),
        executable=str(fields.get("CFBundleExecutable") or ""),
        background_modes=tuple(str(mode) for mode in modes),
        debuggable=entitlements.get("get-task-allow") is True,
    )
