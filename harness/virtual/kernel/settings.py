"""What people set about work in the background: Background App Refresh, Low Power Mode, restrictions.

Where things are kept (background-execution.md §1.7)::

    the whole phone   allowed or not, and by Wi-Fi only or not; a phone without cellular has only the first
    each app          a dictionary of bundle identifiers; an app that is not in it is allowed

What the screen lets a person change::

    restrictions lock it            nothing
    Low Power Mode is on            nothing: everything is grey and shown off, what is stored stays
    off for the whole phone         the position for the phone; the apps' rows have no switch
    else                            both; an app has a row only for some of its background modes

Every change is posted and logged, and whoever has to do something about it observes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from harness.errors import HarnessError
from harness.model.interfaces import Interface
from harness.model.settings import BackgroundRefresh
from harness.virtual.kernel.conditions import Change, Conditions
from harness.virtual.kernel.core import Core
from harness.virtual.kernel.darwin import DarwinCenter
from harness.virtual.kernel.installed import SETTINGS, AppBundle, InstalledApps
from harness.virtual.kernel.subscription import Subscribers, Subscription
from harness.virtual.versions.row import Row, Standing

REFRESH_CHANGED = "kKeepAppsUpToDateEnabledChangedNotification"
"""The Darwin notification of every change of Background App Refresh."""

LOW_POWER_CHANGED = "com.apple.system.lowpowermode"
"""The Darwin notification of a change of Low Power Mode."""

REFRESH_LINE = "setAutomaticAppUpdatesAllowed:[value BOOLValue]] {value}"
"""What Settings logs with every change; the beginning of the line is not known."""

MODES_WITH_ROW = "remote-notification newsstand-content fetch processing"
"""The ``UIBackgroundModes`` of which one gives an app a row among those of Background App Refresh."""

WITHOUT_ROW = "com.apple.Passbook com.apple.reminders"
"""Apps that have no row whatever their modes are."""

LOW_POWER_ENDS_PERCENT = 80
"""The charge at which Low Power Mode ends while the battery is being charged."""

SETTING_RULES: tuple[Row, ...] = (
    Row("REFRESH_CHANGED", REFRESH_CHANGED, "§1.7: in Apple's binaries", Standing.DOCUMENTED),
    Row("LOW_POWER_CHANGED", LOW_POWER_CHANGED, "from memory", Standing.GUESSED),
    Row("REFRESH_LINE", REFRESH_LINE, "§1.7: its end; its beginning is not known", Standing.GUESSED),
    Row("MODES_WITH_ROW", MODES_WITH_ROW, "§1.7: in Apple's binaries", Standing.DOCUMENTED),
    Row("WITHOUT_ROW", WITHOUT_ROW, "§1.7 names them; identifiers from memory", Standing.GUESSED),
    Row("LOW_POWER_ENDS_PERCENT", LOW_POWER_ENDS_PERCENT, "Apple's user guide: at 80 %", Standing.DOCUMENTED),
)
"""Every rule above, where it is from and how far to trust it."""


class SettingLocked(HarnessError):
    """The screen lets nobody change it: restricted, in Low Power Mode, or off for the whole phone."""


class NoSuchSwitch(HarnessError):
    """There is no such switch on this phone: no middle position without cellular, no row for that app."""


class RefreshStatus(StrEnum):
    """``UIBackgroundRefreshStatus``: what an app learns of its own background refresh."""

    RESTRICTED = "restricted"
    DENIED = "denied"
    AVAILABLE = "available"


class SettingKind(StrEnum):
    """What observers are told has changed."""

    BACKGROUND_REFRESH = "background refresh"
    APP_REFRESH = "background refresh of an app"
    LOW_POWER = "low power mode"
    RESTRICTIONS = "restrictions"


@dataclass(frozen=True)
class SettingChange:
    """One change.

    Attributes:
        what: which setting.
        bundle_id: the app, for ``SettingKind.APP_REFRESH``.
    """

    what: SettingKind
    bundle_id: str = ""


@dataclass(frozen=True)
class AppRow:
    """An app's row in the list of Background App Refresh.

    Attributes:
        bundle_id: which.
        name: as it is shown.
        switch: where its switch stands; ``None`` for a plain row, which has none.
        greyed: whether the row cannot be changed at present.
    """

    bundle_id: str
    name: str
    switch: bool | None
    greyed: bool


class Settings:
    """The settings of one phone: refresh allowed by Wi-Fi and cellular, for every app; no Low Power Mode.

    Args:
        core: for its processes and its log.
        conditions: for the battery, which ends Low Power Mode.
        darwin: where changes are posted.
        apps: who may have a row.
        has_cellular: whether refresh has a middle position.
    """

    def __init__(
        self,
        core: Core,
        conditions: Conditions,
        darwin: DarwinCenter,
        apps: InstalledApps,
        *,
        has_cellular: bool,
    ) -> None:
        self._core = core
        self._conditions = conditions
        self._darwin = darwin
        self._apps = apps
        self._has_cellular = has_cellular
        self._refresh = BackgroundRefresh.ON
        self._app_list: dict[str, bool] = {}
        self._low_power = False
        self._restricted = False
        self._percent = conditions.battery.percent
        self._observers: Subscribers[SettingChange] = Subscribers()
        conditions.observe(self._condition_changed)

    def observe(self, callback: Callable[[SettingChange], None]) -> Subscription:
        """Tell ``callback`` of every later change."""
        return self._observers.add(callback)

    # Background App Refresh.

    @property
    def background_refresh(self) -> BackgroundRefresh:
        """The position for the whole phone, as it is stored."""
        return self._refresh

    def set_background_refresh(self, value: BackgroundRefresh) -> None:
        """Set the position for the whole phone, as a person does; what it is already is no change.

        Raises:
            SettingLocked: restricted, or in Low Power Mode.
            NoSuchSwitch: the middle position, on a phone without cellular.
        """
        self._refuse_if_greyed()
        if value is BackgroundRefresh.WIFI and not self._has_cellular:
            raise NoSuchSwitch("without cellular, Background App Refresh is one switch, on or off")
        if value is self._refresh:
            return
        self._refresh = value
        change = SettingChange(SettingKind.BACKGROUND_REFRESH)
        self._refresh_changed(change, value is not BackgroundRefresh.OFF)

    def refreshes(self, bundle_id: str) -> bool:
        """Whether the stored settings allow an app to refresh; Low Power Mode leaves them as they are.

        nsurlsessiond's gate asks no more than this. Source: background-execution.md §1.7, inferred.
        """
        return self._refresh is not BackgroundRefresh.OFF and self._app_list.get(bundle_id, True)

    def refreshes_over(self, interface: Interface | None) -> bool:
        """Whether refresh may happen at all with that way to the world."""
        allowed = {
            BackgroundRefresh.OFF: (),
            BackgroundRefresh.WIFI: (Interface.WIFI,),
            BackgroundRefresh.ON: tuple(Interface),
        }
        return interface in allowed[self._refresh]

    def refresh_status(self, bundle_id: str) -> RefreshStatus:
        """What ``backgroundRefreshStatus`` tells an app.

        Restricted is what is off and cannot be put on again; Low Power Mode denies. Source: Apple's
        documentation of ``UIBackgroundRefreshStatus`` and of ``backgroundRefreshStatus``.
        """
        if not self.refreshes(bundle_id):
            return RefreshStatus.RESTRICTED if self._restricted else RefreshStatus.DENIED
        return RefreshStatus.DENIED if self._low_power else RefreshStatus.AVAILABLE

    def has_row(self, bundle_id: str) -> bool:
        """Whether an app has a row; one with only background transfers, audio or location has none."""
        app = self._apps.get(bundle_id)
        return app is not None and _has_row(app)

    def rows(self) -> tuple[AppRow, ...]:
        """The apps' rows as the screen shows them, by name."""
        listed = sorted((app for app in self._apps if _has_row(app)), key=lambda app: app.name)
        return tuple(
            AppRow(app.bundle_id, app.name, self._switch(app.bundle_id), self.is_greyed) for app in listed
        )

    def set_app_refresh(self, bundle_id: str, on: bool) -> None:
        """Set an app's switch, as a person does; what it is already is no change.

        Raises:
            SettingLocked: restricted, in Low Power Mode, or off for the whole phone.
            NoSuchSwitch: the app has no row.
        """
        self._refuse_if_greyed()
        if not self.has_row(bundle_id):
            raise NoSuchSwitch(f"{bundle_id} has no row: none of its background modes gives it one")
        if self._refresh is BackgroundRefresh.OFF:
            raise SettingLocked("Background App Refresh is off for the whole phone: its rows have no switch")
        if on is self._app_list.get(bundle_id, True):
            return
        self._app_list[bundle_id] = on
        self._refresh_changed(SettingChange(SettingKind.APP_REFRESH, bundle_id), on)

    # Low Power Mode and restrictions.

    @property
    def low_power(self) -> bool:
        """Whether Low Power Mode is on."""
        return self._low_power

    def set_low_power(self, on: bool) -> None:
        """Switch Low Power Mode on or off; what it is already is no change."""
        if on is self._low_power:
            return
        self._low_power = on
        self._darwin.post(LOW_POWER_CHANGED)
        self._observers.tell(SettingChange(SettingKind.LOW_POWER))

    @property
    def restricted(self) -> bool:
        """Whether restrictions keep people from changing Background App Refresh."""
        return self._restricted

    def set_restricted(self, on: bool) -> None:
        """Lock Background App Refresh as it stands, as Screen Time does, or unlock it."""
        if on is self._restricted:
            return
        self._restricted = on
        self._observers.tell(SettingChange(SettingKind.RESTRICTIONS))

    @property
    def is_greyed(self) -> bool:
        """Whether nothing of Background App Refresh can be changed at present."""
        return self._restricted or self._low_power

    def _switch(self, bundle_id: str) -> bool | None:
        if self._refresh is BackgroundRefresh.OFF:
            return None
        return not self._low_power and self._app_list.get(bundle_id, True)

    def _refuse_if_greyed(self) -> None:
        if self._restricted:
            raise SettingLocked("Background App Refresh is restricted", fix="Lift the restriction.")
        if self._low_power:
            raise SettingLocked(
                "Background App Refresh is grey in Low Power Mode", fix="Switch Low Power Mode off."
            )

    def _refresh_changed(self, change: SettingChange, value: bool) -> None:
        # The line is Settings' own, so it is there only when somebody has that app open.
        process = self._core.processes.of_bundle(SETTINGS.bundle_id)
        if process is not None:
            self._core.log.emit(process.name, process.pid, REFRESH_LINE.format(value=int(value)))
        self._darwin.post(REFRESH_CHANGED)
        self._observers.tell(change)

    def _condition_changed(self, what: str) -> None:
        if what != Change.BATTERY:
            return
        before, battery = self._percent, self._conditions.battery
        self._percent = battery.percent
        # Only a charge that comes to the mark ends it: a person may switch it on above.
        if battery.external_power and before < LOW_POWER_ENDS_PERCENT <= battery.percent:
            self.set_low_power(False)


def _has_row(app: AppBundle) -> bool:
    modes = set(MODES_WITH_ROW.split())
    return not modes.isdisjoint(app.background_modes) and app.bundle_id not in WITHOUT_ROW.split()
