"""A person's hand, as an app that tests open."""

from __future__ import annotations

from collections.abc import Mapping

from harness.virtual.apps.delegate import UIApplicationDelegate
from harness.virtual.apps.uikit import ProcessInfo, UIApplication
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.processes.process import current_process

BUNDLE_ID = "dev.harness.hand"
"""Opened with a bundle identifier as its argument, it swipes that app out of the app switcher."""

CELLULAR_OFF, CELLULAR_ON = "cellular-off", "cellular-on"
"""Arguments for which it switches cellular data instead."""


class Hand(UIApplicationDelegate):
    """Does to other apps, and to cellular data, what a person does."""

    def application_did_finish_launching(
        self, application: UIApplication, options: Mapping[str, object]
    ) -> None:
        """Do what the launch arguments say."""
        phone = current_process().phone
        for word in ProcessInfo.current().arguments:
            if word in (CELLULAR_OFF, CELLULAR_ON):
                phone.conditions.switch_cellular(word == CELLULAR_ON)
            else:
                phone.force_quit(word)


HAND = AppBundle(BUNDLE_ID, "Hand", "1.0", "Hand", delegate=Hand, debuggable=True)
"""The bundle to install."""
