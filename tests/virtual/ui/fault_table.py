"""Every verb of a screen, and everything that goes wrong with one."""

from __future__ import annotations

from functools import partial

from harness.drivers.ui.supervisor import PORTS
from harness.drivers.ui.wda.client import WdaClient
from harness.model.raw import InstalledApp
from harness.model.settings import BackgroundRefresh
from harness.virtual.apps.runner import RUNNER_ID, runner_app
from harness.virtual.faults.screen_verbs import ALERTS
from harness.virtual.kernel.display.homescreen import Folder
from harness.virtual.kernel.front.front import Shown
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.wda.server import server_of
from tests.virtual.ui.desk import NEWS, QUIET, SETTINGS
from tests.virtual.ui.faulty import APP, PROMPT, Fault, Scene, Verb, pid_of

NEWS_APP = InstalledApp(NEWS.bundle_id, NEWS.name, NEWS.version, NEWS.executable, NEWS.background_modes)


# Verbs.


def _is_in_front(phone: VirtualPhone, _: object) -> bool:
    return phone.springboard.front is not None and phone.springboard.front.bundle_id == APP


def _open_app(phone: VirtualPhone) -> None:
    phone.user_launch(APP)


def _open_settings(phone: VirtualPhone) -> None:
    phone.user_launch(SETTINGS)


def _swiped_away(phone: VirtualPhone, _: object) -> bool:
    return phone.is_force_quit(APP) and pid_of(phone, APP) is None and APP not in phone.front.cards


def _lock(phone: VirtualPhone) -> None:
    phone.lock()


VERBS = (
    Verb("swipe_away", lambda screen: screen.swipe_away(APP), _swiped_away, ("force-quit",), _open_app),
    Verb("tap_icon", lambda screen: screen.tap_icon(APP), _is_in_front),
    Verb(
        "terminate",
        lambda screen: screen.terminate(APP),
        lambda phone, _: pid_of(phone, APP) is None,
        prepare=_open_app,
    ),
    Verb(
        "open_url",
        lambda screen: screen.open_url(APP, "harness-downloader://do?command=%7B%7D"),
        _is_in_front,
    ),
    Verb(
        "tap",
        lambda screen: screen.tap(APP, "exit"),
        lambda phone, _: pid_of(phone, APP) is None,
        prepare=_open_app,
    ),
    Verb(
        "tap_notification",
        lambda screen: screen.tap_notification(APP),
        _is_in_front,
        prepare=lambda phone: phone.front.post_notification(APP, "Done", ""),
    ),
    Verb(
        "go_home",
        lambda screen: screen.go_home(),
        lambda phone, _: phone.front.shown is Shown.HOME,
        prepare=_open_settings,
    ),
    Verb("lock", lambda screen: screen.lock(), lambda phone, _: phone.locked),
    Verb("unlock", lambda screen: screen.unlock(), lambda phone, _: not phone.locked, prepare=_lock),
    Verb(
        "ask_siri",
        lambda screen: screen.ask_siri("Turn off Wi-Fi"),
        lambda phone, _: not phone.conditions.wifi_on,
        ("wifi",),
    ),
    Verb(
        "background_refresh",
        lambda screen: screen.background_refresh(),
        lambda phone, told: told is phone.settings.background_refresh,
        prepare=lambda phone: phone.settings.set_background_refresh(BackgroundRefresh.WIFI),
    ),
    Verb(
        "set_background_refresh",
        lambda screen: screen.set_background_refresh(BackgroundRefresh.OFF),
        lambda phone, _: phone.settings.background_refresh is BackgroundRefresh.OFF,
        ("refresh", "refresh of news", "refresh of the app"),
    ),
    Verb(
        "app_refresh",
        lambda screen: screen.app_refresh(NEWS_APP),
        lambda phone, told: told is phone.settings.refreshes(NEWS.bundle_id),
        prepare=lambda phone: phone.settings.set_app_refresh(NEWS.bundle_id, False),
    ),
    Verb(
        "set_app_refresh",
        lambda screen: screen.set_app_refresh(NEWS_APP, False),
        lambda phone, _: not phone.settings.refreshes(NEWS.bundle_id),
        ("refresh of news",),
    ),
    Verb(
        "low_power",
        lambda screen: screen.low_power(),
        lambda phone, told: told is phone.settings.low_power,
    ),
    Verb(
        "set_low_power",
        lambda screen: screen.set_low_power(True),
        lambda phone, _: phone.settings.low_power,
        ("low power",),
    ),
    Verb(
        "wifi",
        lambda screen: screen.wifi(),
        lambda phone, told: told is phone.conditions.wifi_on,
        prepare=lambda phone: phone.conditions.switch_wifi(False),
    ),
    Verb(
        "set_wifi",
        lambda screen: screen.set_wifi(False),
        lambda phone, _: not phone.conditions.wifi_on,
        ("wifi",),
    ),
    Verb(
        "airplane_mode",
        lambda screen: screen.airplane_mode(),
        lambda phone, told: told is phone.conditions.airplane,
        prepare=lambda phone: phone.conditions.switch_airplane(True),
    ),
    Verb(
        "set_airplane_mode",
        lambda screen: screen.set_airplane_mode(True),
        lambda phone, _: phone.conditions.airplane,
        ("airplane", "wifi"),
    ),
)


# What goes wrong with who works the screen.


def _mend(scene: Scene) -> None:
    scene.phone.service_faults.screen.mend()


def _crash(scene: Scene) -> None:
    scene.phone.service_faults.screen.crash()


def _fail(times: int, scene: Scene) -> None:
    scene.phone.service_faults.screen.fail(times)


def _slow(scene: Scene) -> None:
    scene.phone.service_faults.screen.slow_s = 90.0


def _lose_session(scene: Scene) -> None:
    scene.phone.service_faults.screen.loses_session_on_wifi = True


def _stale(times: int, scene: Scene) -> None:
    scene.phone.service_faults.screen.make_stale(times)


def _ignore(scene: Scene) -> None:
    scene.phone.service_faults.screen.switches_ignore_taps = True


async def _another_client(scene: Scene) -> None:
    """Somebody else makes a session, which ends the one there is."""
    other = WdaClient(scene.runner.url, "of another client")
    try:
        await other.ask("POST", "session", {"capabilities": {}}, doing="making a session", within_s=10.0)
    finally:
        await other.close()


def _ask_automation(passcode: str | None, scene: Scene) -> None:
    scene.phone.conditions.passcode = passcode
    scene.phone.front.automation.asks = True


def _allow_automation(scene: Scene) -> None:
    alerts, passcode = scene.phone.front.alerts, scene.phone.conditions.passcode
    if passcode is not None:
        alerts.enter_passcode(passcode)
        _unlock_phone(scene)
    elif alerts.showing is not None:
        alerts.press(alerts.showing.buttons[-1])


def _remove_runner(scene: Scene) -> None:
    scene.phone.uninstall(RUNNER_ID)


def _install_runner(scene: Scene) -> None:
    scene.phone.install(runner_app(server_of))


def _take_ports(ports: range, scene: Scene) -> None:
    process = scene.phone.processes.of_bundle(QUIET.bundle_id)
    assert process is not None
    for port in ports:
        scene.phone.listeners.listen(port, server_of(process), process.pid)


# What goes wrong with the phone.


def _alert(about: str, scene: Scene) -> None:
    scene.phone.front.alerts.show(ALERTS[about])


def _answer_alert(scene: Scene) -> None:
    alerts = scene.phone.front.alerts
    if alerts.showing is not None:
        alerts.press(alerts.showing.buttons[0])


def _lock_phone(scene: Scene) -> None:
    scene.phone.lock()


def _lock_by_passcode(scene: Scene) -> None:
    scene.phone.conditions.passcode = "1234"
    scene.phone.lock()


def _unlock_phone(scene: Scene) -> None:
    scene.phone.conditions.passcode = None
    scene.phone.unlock()


def _end_settings(scene: Scene) -> None:
    pid = pid_of(scene.phone, SETTINGS)
    if pid is not None:
        scene.phone.signal(pid, 9)


def _hide_icon(scene: Scene) -> None:
    scene.phone.apps.home_screen.arrange(((), (Folder("Others", ((APP,),)),)))


def _show_icon(scene: Scene) -> None:
    scene.phone.apps.home_screen.arrange(((), (APP,)))


def _remove_card(scene: Scene) -> None:
    scene.phone.front.open_switcher()
    if APP in scene.phone.front.cards:
        scene.phone.front.swipe_card_away(APP)
    scene.phone.front.close_switcher()


def _restrict(yes: bool, scene: Scene) -> None:
    scene.phone.settings.set_restricted(yes)


def _low_power(on: bool, scene: Scene) -> None:
    scene.phone.settings.set_low_power(on)


AMID = 4
"""In the midst of most verbs: the phone was found unlocked and without an alert, and more is under way."""

CUT = Fault(
    "cable is cut amid it",
    lambda scene: scene.cut_cable(),
    AMID,
    mend=lambda scene: scene.plug_in(),
    patience=PROMPT,
)
"""Only where there is one."""

FAULTS = (
    Fault("runner crashes at once", _crash, 0),
    Fault("runner crashes amid it", _crash, AMID),
    Fault("runner crashes again and again", _crash, 0, every=3, mend=_mend, lasts=True),
    Fault("runner fails once", partial(_fail, 1), 0),
    Fault("runner fails once amid it", partial(_fail, 1), AMID),
    Fault("runner fails always", partial(_fail, 100_000), AMID, mend=_mend, patience=PROMPT),
    Fault("runner is too slow", _slow, AMID, mend=_mend, patience=PROMPT, is_slow=True),
    Fault("session goes with Wi-Fi", _lose_session, 0, mend=_mend),
    Fault("another client at once", _another_client, 0),
    Fault("another client amid it", _another_client, AMID),
    Fault("another client again and again", _another_client, 0, every=2),
    Fault("elements go stale once", partial(_stale, 1), AMID),
    Fault("elements are always stale", partial(_stale, 100_000), 0, mend=_mend),
    Fault("switches ignore taps", _ignore, 0, mend=_mend),
    Fault("automation not allowed", partial(_ask_automation, None), mend=_allow_automation, patience=PROMPT),
    Fault(
        "automation not allowed, with passcode",
        partial(_ask_automation, "1234"),
        mend=_allow_automation,
        patience=PROMPT,
    ),
    Fault("runner not installed", _remove_runner, mend=_install_runner),
    Fault("a port is taken", partial(_take_ports, PORTS[:1])),
    Fault("all ports are taken", partial(_take_ports, PORTS), lasts=True),
    *(
        Fault(f"{about} alert {when}", partial(_alert, about), at, mend=_answer_alert)
        for about in ALERTS
        for when, at in (("at once", 0), ("amid it", AMID))
    ),
    Fault("phone is locked", _lock_phone, mend=_unlock_phone),
    Fault("phone is locked by passcode", _lock_by_passcode, mend=_unlock_phone),
    Fault("phone gets locked amid it", _lock_phone, AMID, mend=_unlock_phone),
    Fault("Settings ends amid it", _end_settings, AMID),
    Fault("icon is in a folder", _hide_icon, mend=_show_icon),
    Fault("card is gone", _remove_card),
    Fault("refresh is restricted", partial(_restrict, True), mend=partial(_restrict, False)),
    Fault("Low Power Mode is on", partial(_low_power, True), mend=partial(_low_power, False)),
)
