"""What is installed on the phone: the user's apps and the system's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from harness.virtual.apps.delegate import UIApplicationDelegate
from harness.virtual.kernel.display.homescreen import HomeScreen
from harness.virtual.kernel.subscription import Subscribers


@dataclass(frozen=True)
class AppBundle:
    """One application bundle.

    Attributes:
        bundle_id: ``CFBundleIdentifier``.
        name: display name.
        version: ``CFBundleShortVersionString``.
        executable: ``CFBundleExecutable``.
        delegate: makes the app's delegate, once per process.
        background_modes: ``UIBackgroundModes``.
        debuggable: whether it carries ``get-task-allow``.
        build: ``CFBundleVersion``.
        is_system: whether it came with the phone and cannot be removed.
        file_sharing: ``UIFileSharingEnabled``: whether its Documents are open to a computer.
        task_identifiers: ``BGTaskSchedulerPermittedIdentifiers``.
        url_schemes: ``CFBundleURLSchemes``: the schemes of the URLs that it opens.
        environment: what the app code is run with on top of a launch's own environment.
    """

    bundle_id: str
    name: str
    version: str
    executable: str
    delegate: Callable[[], UIApplicationDelegate] = UIApplicationDelegate
    background_modes: tuple[str, ...] = ()
    debuggable: bool = False
    build: str = "1"
    is_system: bool = False
    environment: tuple[tuple[str, str], ...] = field(default=())
    file_sharing: bool = False
    task_identifiers: tuple[str, ...] = ()
    url_schemes: tuple[str, ...] = ()


SETTINGS = AppBundle("com.apple.Preferences", "Settings", "1.0", "Preferences", is_system=True)
"""The Settings app, on every phone."""

SYSTEM_APPS: tuple[AppBundle, ...] = (
    SETTINGS,
    AppBundle(
        "com.apple.mobilesafari",
        "Safari",
        "1.0",
        "MobileSafari",
        is_system=True,
        url_schemes=("http", "https"),
    ),
    AppBundle("com.apple.mobilenotes", "Notes", "1.0", "MobileNotes", is_system=True),
    AppBundle("com.apple.mobilephone", "Phone", "1.0", "MobilePhone", is_system=True),
    AppBundle("com.apple.MobileSMS", "Messages", "1.0", "MobileSMS", is_system=True),
    AppBundle("com.apple.Music", "Music", "1.0", "Music", is_system=True),
    AppBundle("com.apple.weather", "Weather", "1.0", "Weather", is_system=True),
)
"""Apps that every phone has; what they are called is from memory, so guessed."""


class InstalledApps:
    """The installed applications of one phone, in the order of installation.

    Attributes:
        home_screen: where their icons are.
        on_removed: told the bundle identifier of every app that was taken away.
    """

    def __init__(self, apps: tuple[AppBundle, ...] = SYSTEM_APPS) -> None:
        self._apps = {app.bundle_id: app for app in apps}
        self._ever = dict(self._apps)
        self.on_removed: Subscribers[str] = Subscribers()
        self.home_screen = HomeScreen(lambda: tuple(self._apps))

    def code_of(self, bundle_id: str) -> AppBundle | None:
        """The bundle whose code this phone can run under an identifier, installed at present or not.

        The code of an app is Python that the phone was started with; a package brings none.
        """
        return self._ever.get(bundle_id)

    def get(self, bundle_id: str) -> AppBundle | None:
        """The app of that identifier, or ``None``."""
        return self._apps.get(bundle_id)

    def add(self, app: AppBundle) -> None:
        """Install an app, or replace the one of the same identifier."""
        self._apps[app.bundle_id] = app
        self._ever[app.bundle_id] = app

    def remove(self, bundle_id: str) -> AppBundle | None:
        """Take an app away; ``None`` when there was none."""
        app = self._apps.pop(bundle_id, None)
        if app is not None:
            self.on_removed.tell(bundle_id)
        return app

    def __iter__(self) -> Iterator[AppBundle]:
        return iter(tuple(self._apps.values()))

    def __len__(self) -> int:
        return len(self._apps)
