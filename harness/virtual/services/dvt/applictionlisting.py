"""DVT applictionListing (Apple's spelling): the installed applications."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from posixpath import dirname

from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.dvt_channel import DvtChannel

STOCKS_WIDGET: dict[str, object] = {
    "BundlePath": "/Applications/Stocks.app/PlugIns/StocksWidget.appex",
    "CFBundleIdentifier": "com.apple.stocks.widget",
    "DisplayName": "StocksWidget",
    "ExecutableName": "StocksWidget",
    "Restricted": 1,
    "Type": "PluginKit",
    "Version": "1.0",
}
"""One extension among the applications, as phones list them. Source: virtual-iphone.md §3."""


class ApplicationListing(DvtChannel):
    """The channel that lists applications."""

    identifier = "com.apple.instruments.server.services.device.applictionListing"

    def methods(self) -> Mapping[str, Callable[..., object]]:
        """See ``DvtChannel.methods``."""
        return {
            "installedApplicationsMatching:registerUpdateToken:": self._installed,
            "unregisterUpdateToken:": self._unregister,
        }

    def _installed(self, _matching: object, _token: object) -> list[dict[str, object]]:
        return [*(_row(self.phone, app) for app in self.phone.apps), dict(STOCKS_WIDGET)]

    def _unregister(self, _token: object) -> None:
        return None


def _row(phone: VirtualPhone, app: AppBundle) -> dict[str, object]:
    return {
        "BundlePath": dirname(phone.executable_path(app)),
        "CFBundleIdentifier": app.bundle_id,
        "DisplayName": app.name,
        "ExecutableName": app.executable,
        "Restricted": int(app.is_system),
        "Type": "System" if app.is_system else "User",
        "Version": app.version,
    }
