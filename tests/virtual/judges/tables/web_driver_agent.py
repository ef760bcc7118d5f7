"""What pymobiledevice3 11.45 is to get out of WebDriverAgent by its command line, and to do by it.

The runner is launched from inside: that clients launch it, too, their rows about process control show.
"""

from __future__ import annotations

from pathlib import Path

from harness.virtual.kernel.front.front import Shown
from harness.virtual.kernel.front.pages import PageKind
from harness.virtual.kernel.installed import SETTINGS
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.wda.bundle import WEB_DRIVER_AGENT
from harness.virtual.wda.layout import layout_of
from harness.virtual.wda.server import WDA
from tests.virtual.judges.shape import Shape
from tests.virtual.judges.tables.command import EITHER, Command, Reads
from tests.virtual.rig import APP

DRIVER = "pymobiledevice3 developer wda"

GENERAL = "\"label == 'General' AND visible == 1\""
"""A predicate for a row of Settings, as words of a shell."""


def start(phone: VirtualPhone) -> None:
    """Put the runner on the phone and launch it in the background."""
    phone.install(WEB_DRIVER_AGENT)
    phone.launch(WEB_DRIVER_AGENT.bundle_id, activate_suspended=True)


def start_over_app(phone: VirtualPhone) -> None:
    """The same, with the sample app in front."""
    phone.user_launch(APP.bundle_id)
    start(phone)


def start_over_settings(phone: VirtualPhone) -> None:
    """The same, with Settings in front."""
    phone.user_launch(SETTINGS.bundle_id)
    start(phone)


def start_locked(phone: VirtualPhone) -> None:
    """The same, on a phone that is locked without a passcode."""
    phone.lock()
    start(phone)


def remove(phone: VirtualPhone) -> None:
    """Take the runner away, and leave the phone as rows find it."""
    phone.unlock()
    phone.uninstall(WEB_DRIVER_AGENT.bundle_id)
    phone.press_home()


def page(phone: VirtualPhone) -> PageKind:
    """Which page of Settings is on top."""
    return phone.front.settings.pages[-1].kind


def window(phone: VirtualPhone) -> Shape:
    """The size of the screen, in points."""
    whole = layout_of(phone).window
    return {"width": int(whole.width), "height": int(whole.height)}


def is_a_picture(_phone: VirtualPhone, home: Path) -> bool:
    """Whether the client wrote one."""
    return (home / "screen.png").read_bytes().startswith(b"\x89PNG")


ROWS: tuple[Command, ...] = (
    Command(
        f"{WDA}/GET /status",
        f"{DRIVER} status",
        {"value": {"ready": True, "os": {"version": "{ios}"}}},
        Reads.JSON,
        before=start,
        undo=remove,
    ),
    Command(
        f"{WDA}/POST /session",
        f"{DRIVER} launch {SETTINGS.bundle_id}",
        [r"\A[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\n\Z"],
        before=start,
        then=lambda phone, _home: phone.front.shown is Shown.APP,
        undo=remove,
    ),
    Command(
        f"{WDA}/POST /element/:uuid/click",
        f"{DRIVER} tap --using 'predicate string' {GENERAL} --bundle-id {SETTINGS.bundle_id}",
        before=start,
        then=lambda phone, _home: page(phone) is PageKind.GENERAL,
        undo=remove,
    ),
    Command(
        f"{WDA}/POST /element",
        f"{DRIVER} tap nothing-of-that-name",
        [r"unable to find an element using 'accessibility id', value 'nothing-of-that-name'"],
        ios=EITHER,
        code=1,
        before=start,
        undo=remove,
    ),
    Command(
        f"{WDA}/POST /wda/pressButton",
        f"{DRIVER} press home",
        ios=EITHER,
        before=start_over_app,
        then=lambda phone, _home: phone.front.shown is Shown.HOME,
        undo=remove,
    ),
    Command(
        f"{WDA}/POST /wda/unlock",
        f"{DRIVER} unlock",
        ios=EITHER,
        before=start_locked,
        then=lambda phone, _home: not phone.locked,
        undo=remove,
    ),
    Command(
        f"{WDA}/GET /source",
        f"{DRIVER} list-items --types StaticText",
        [r'"label": "Airplane Mode"'],
        ios=EITHER,
        before=start_over_settings,
        undo=remove,
    ),
    Command(
        f"{WDA}/GET /screenshot",
        f"{DRIVER} screenshot screen.png",
        ios=EITHER,
        before=start,
        then=is_a_picture,
        undo=remove,
    ),
    Command(
        f"{WDA}/GET /window/size",
        f"{DRIVER} window-size",
        reads=Reads.JSON,
        ios=EITHER,
        before=start,
        undo=remove,
        truth=window,
    ),
    Command(
        f"{WDA}/POST /wda/dragfromtoforduration",
        f"{DRIVER} swipe 180 500 180 300 --bundle-id {SETTINGS.bundle_id}",
        ios=EITHER,
        before=start,
        then=lambda phone, _home: phone.front.settings.scrolled_points > 0,
        undo=remove,
    ),
    Command(
        f"{WDA}/POST /wda/keys",
        f"{DRIVER} type hello",
        [r"Nothing on this screen takes text"],
        ios=EITHER,
        code=1,
        before=start,
        undo=remove,
    ),
)
"""Every command of ``developer wda``."""
