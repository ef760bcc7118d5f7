"""installd: puts apps on a phone, puts other builds in their place, and takes them away.

Theory of an update (background-execution.md §1.2, §1.5). Whatever instance of the app there is ends, most
often a suspended one, and none of its code runs for that; what was in front gives way to the home screen.
The bundle gets a new place, and so does the container with the app's data, so a path that an old build has
stored leads nowhere. What the system keeps for the app goes on, because it belongs to the app and not to
its process: background transfers, watched regions, requests for background tasks, the force-quit flag, what
its user has set. The next launch runs the new build. In whose name the old instance ends, and what is
logged of it, is guessed.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from harness.virtual.kernel.containers import random_uuid
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.processes.exits import by_frontboard
from harness.virtual.kernel.rules import TerminationCode

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

NAME = "installd"
INSTALLED = "com.apple.mobile.application_installed"
UNINSTALLED = "com.apple.mobile.application_uninstalled"
"""Darwin notifications, posted afterwards. Source: the names that clients of notification_proxy know."""


class Installd:
    """The installd of one phone.

    Args:
        phone: the phone.
        ids: makes the names of bundle containers reproducible.
    """

    def __init__(self, phone: VirtualPhone, ids: random.Random) -> None:
        self._phone = phone
        self._ids = ids
        self._bundle_uuids: dict[str, str] = {}

    def executable_path(self, app: AppBundle) -> str:
        """Where the app's executable is, as the phone names it."""
        name = f"{app.executable}.app/{app.executable}"
        if app.is_system:
            return f"/Applications/{name}"
        if app.bundle_id not in self._bundle_uuids:
            self._bundle_uuids[app.bundle_id] = random_uuid(self._ids)
        return f"/private/var/containers/Bundle/Application/{self._bundle_uuids[app.bundle_id]}/{name}"

    def install(self, app: AppBundle) -> None:
        """Install an app, or put another version in the place of the installed one, whose data stays."""
        phone, old = self._phone, self._phone.apps.get(app.bundle_id)
        with phone.work.batch():
            if old is not None:
                self._log(f"Updating {app.bundle_id} from {old.version} ({old.build}) to {_version(app)}")
            self._end(app.bundle_id, f"Installing {app.bundle_id}")
            self._bundle_uuids.pop(app.bundle_id, None)
            phone.containers.relocate(app.bundle_id)
            phone.provisioning.forget(app.bundle_id)
            phone.apps.add(app)
            self._log(f"Installed {app.bundle_id} {_version(app)} at {self.executable_path(app)}")
            phone.darwin.post(INSTALLED)

    def uninstall(self, bundle_id: str) -> None:
        """Take an app away with its data; one that is not installed is no error."""
        was_there = self._phone.apps.get(bundle_id) is not None
        self._end(bundle_id, f"Uninstalling {bundle_id}")
        self._phone.apps.remove(bundle_id)
        self._phone.springboard.switcher.removed(bundle_id)
        self._phone.urlsession.forget_app(bundle_id)
        self._phone.containers.remove(bundle_id)
        if was_there:
            self._phone.darwin.post(UNINSTALLED)

    def _end(self, bundle_id: str, why: str) -> None:
        running = self._phone.processes.of_bundle(bundle_id)
        if running is not None:
            cause = by_frontboard(TerminationCode.NONE, why)
            self._phone.runningboard.request_termination(running, cause, NAME)

    def _log(self, message: str) -> None:
        self._phone.core.log_as(NAME, message)


def _version(app: AppBundle) -> str:
    return f"{app.version} ({app.build})"
