"""A person's hand, as an app that tests open."""

from __future__ import annotations

from collections.abc import Mapping

from harness.virtual.apps.delegate import UIApplicationDelegate
from harness.virtual.apps.uikit import ProcessInfo, UIApplication
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.processes.process import current_process

BUNDLE_ID = "dev.harness.hand"
"""Opened with a bundle identifier as its argument, it swipes that app out of the app switcher."""


class Hand(UIApplicationDelegate):
    """Does to another app what a person does in the app switcher."""

    def application_did_finish_launching(
        self, application: UIApplication, options: Mapping[str, object]
    ) -> None:
        """Swipe away the apps that the launch arguments name."""
        phone = current_process().phone
        for bundle_id in ProcessInfo.current().arguments:
            phone.force_quit(bundle_id)


HAND = AppBundle(BUNDLE_ID, "Hand", "1.0", "Hand", delegate=Hand, debuggable=True)
"""The bundle to install."""
