"""Stages that only the phone's screen can answer: the runner, dialogs, and what Settings shows.

Theory. What no service of the phone tells is read as a person reads it: the runner opens Settings, and
presses Home afterwards. So these stages hold the phone, and none of them is part of a quick look.
"""

from __future__ import annotations

from harness.errors import AppNotInstalled, SetupImpossible
from harness.farm.health.patient import NO_SCREEN, NO_SCREEN_FIX, Patient
from harness.farm.health.result import Health, NotNeeded, NotTried, Unfit, Warned
from harness.model.identity import Connection
from harness.model.settings import BackgroundRefresh

REFRESH_FIX = "Turn it on in Settings > General > Background App Refresh."


async def runner_installed(patient: Patient) -> str:
    """The WebDriverAgent runner is on the phone."""
    if patient.ui is None:
        raise NotTried(NO_SCREEN, NO_SCREEN_FIX)
    way = patient.ui
    if way.wda_url is not None:
        return f"somebody keeps one at {way.wda_url}"
    app = await (await patient.driver()).app_info(way.runner)
    if app is None:
        fix = "Sign WebDriverAgentRunner and install it, or name the one that is there in devices.yaml."
        raise AppNotInstalled(f"{way.runner} is not installed", phone=patient.name, fix=fix)
    return f"{app.name} {app.version}"


async def runner_answers(patient: Patient) -> str:
    """It starts, and answers ``/status``."""
    return f"it answers at {await (await patient.eyes()).runner.up()}"


async def dialogs(patient: Patient) -> str:
    """No alert of the system lies over the screen, where it would swallow touches."""
    alert = await (await patient.eyes()).backend.alert()
    if alert is None:
        return "none is on the screen"
    buttons = ", ".join(repr(button) for button in alert.buttons)
    raise Unfit(
        f"{alert.text!r} lies over the screen, with the buttons {buttons}",
        phone=patient.name,
        fix="Answer it on the phone.",
    )


async def low_power(patient: Patient) -> str:
    """Low Power Mode is off: under it, apps are not refreshed in the background."""
    if await (await patient.eyes()).screen.low_power():
        fix = "Turn it off in Settings > Battery, and have the phone charged."
        raise Unfit("Low Power Mode is on", phone=patient.name, fix=fix)
    return "it is off"


async def refresh(patient: Patient) -> str:
    """Background App Refresh is on for the phone: else no app is woken for its transfers."""
    try:
        value = await (await patient.eyes()).screen.background_refresh()
    except SetupImpossible as error:
        raise Warned(error.what, error.fix or REFRESH_FIX) from error
    if value is BackgroundRefresh.OFF:
        raise Unfit("it is off for all apps", phone=patient.name, fix=REFRESH_FIX)
    return f"it is on: {value}"


async def app_refresh(patient: Patient) -> str:
    """Background App Refresh is on for the app, where it has a switch of its own."""
    app = await (await patient.driver()).app_info(patient.app)
    if app is None:
        raise NotTried(f"{patient.app} is not installed")
    try:
        on = await (await patient.eyes()).screen.app_refresh(app)
    except SetupImpossible as error:
        # It has no switch: none of its background modes gives it one, or those of all apps are grey.
        grey = patient.results["background refresh"].health is Health.WARNING
        raise (NotTried if grey else NotNeeded)(error.what) from error
    if not on:
        raise Unfit(f"it is off for {patient.app}", phone=patient.name, fix=REFRESH_FIX)
    return f"it is on for {patient.app}"


async def wifi(patient: Patient) -> str:
    """Wi-Fi is on and, as far as that shows, joined: a phone that is seen over the network has joined one."""
    if Connection.NETWORK in patient.phone.ways:
        return "it is on and joined: this host sees the phone by it"
    if not patient.results["dialogs"].health.goes_on:
        raise NotTried("it needs: dialogs")
    if not await (await patient.eyes()).screen.wifi():
        raise Unfit(
            "it is off", phone=patient.name, fix="Turn it on in Settings > Wi-Fi, and join a network."
        )
    return "it is on; whether it has joined a network, --origin shows"


async def auto_lock(patient: Patient) -> str:
    """How soon the phone locks itself, which is told nowhere that a tool reads."""
    raise NotTried(
        "no service tells after how long a phone locks itself, and no page here reads it",
        "Set it to Never in Settings > Display & Brightness > Auto-Lock.",
    )
