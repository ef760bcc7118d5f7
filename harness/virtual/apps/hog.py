"""Hog: an app that uses up the phone's memory for as long as it is open, until it is ended for it itself."""

from __future__ import annotations

from collections.abc import Mapping

from harness.virtual.apps.delegate import UIApplicationDelegate
from harness.virtual.apps.runtime import allocate
from harness.virtual.apps.uikit import DispatchQueue, UIApplication

CHUNK_BYTES = 128 << 20
"""How much it asks for at a time."""

EVERY_S = 0.2
"""Phone time between two such requests."""


class Hog(UIApplicationDelegate):
    """The app."""

    def application_did_finish_launching(
        self, application: UIApplication, options: Mapping[str, object]
    ) -> None:
        """Begin."""
        self._ask()

    def _ask(self) -> None:
        allocate(CHUNK_BYTES)
        DispatchQueue.main().async_after(EVERY_S, self._ask)
