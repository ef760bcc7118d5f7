"""Courier with a mistake in it, one per app: what a rack is served beside the one that has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from harness.virtual.apps.courier import Courier
from harness.virtual.apps.sample import COURIER
from harness.virtual.apps.uikit import UIApplication


class Hasty(Courier):
    """Gives the completion handler back before it has been told anything."""

    def application_handle_events_for_background_url_session(
        self, application: UIApplication, identifier: str, completion_handler: Callable[[], None]
    ) -> None:
        """Open the session, and be done."""
        super().application_handle_events_for_background_url_session(
            application, identifier, completion_handler
        )
        self.give_back(identifier)


class Greedy(Courier):
    """Starts everything that is under way once more when it is opened."""

    def resume_fetches(self) -> None:
        """Ask again for what the book says is being fetched."""
        super().resume_fetches()
        for label, entry in self.book.items():
            if entry["state"] == "fetching":
                self.start(label)


MISTAKES: Mapping[str, type[Courier]] = {"hasty": Hasty, "greedy": Greedy}
"""Name, which is the end of the bundle identifier -> code."""

APPS = tuple(
    replace(
        COURIER,
        bundle_id=f"{COURIER.bundle_id}.{name}",
        name=f"Courier {name}",
        executable=f"Courier-{name}",
        delegate=app,
    )
    for name, app in MISTAKES.items()
)
