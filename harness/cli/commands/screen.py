"""The commands that do one thing to a phone's screen, as a finger would."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.cli.oneoff import Asked
from harness.cli.options import Bundle, Devices, Json, Phone, Wait
from harness.cli.work import later


def home(phone: Phone = None, devices: Devices = None, wait: Wait = 0, as_json: Json = False) -> None:
    """Press Home."""
    from harness.cli import screen

    asked = Asked("home", phone, devices, wait)
    later(as_json, lambda out: screen.do(asked, out, lambda ui: ui.go_home(), "the home screen is in front"))


def lock(phone: Phone = None, devices: Devices = None, wait: Wait = 0, as_json: Json = False) -> None:
    """Lock the phone; `harness unlock` unlocks one that asks for no passcode."""
    from harness.cli import screen

    asked = Asked("lock", phone, devices, wait)
    later(as_json, lambda out: screen.do(asked, out, lambda ui: ui.lock(), "it is locked"))


def unlock(phone: Phone = None, devices: Devices = None, wait: Wait = 0, as_json: Json = False) -> None:
    """Unlock a phone that asks for no passcode."""
    from harness.cli import screen

    asked = Asked("unlock", phone, devices, wait)
    later(as_json, lambda out: screen.do(asked, out, lambda ui: ui.unlock(), "it is unlocked"))


def open_url(
    bundle_id: Bundle,
    url: Annotated[str, typer.Argument(metavar="URL", help="Such as myapp://library.")],
    phone: Phone = None,
    devices: Devices = None,
    wait: Wait = 0,
    as_json: Json = False,
) -> None:
    """Open a URL with an app, which brings it to the foreground."""
    from harness.cli import screen

    asked = Asked("open-url", phone, devices, wait)
    told = f"{bundle_id} is in the foreground, opened by {url}"
    later(as_json, lambda out: screen.do(asked, out, lambda ui: ui.open_url(bundle_id, url), told, bundle_id))


def tap(
    bundle_id: Bundle,
    identifier: Annotated[
        str, typer.Argument(metavar="IDENTIFIER", help="Accessibility identifier of what is tapped.")
    ],
    phone: Phone = None,
    devices: Devices = None,
    wait: Wait = 0,
    as_json: Json = False,
) -> None:
    """Tap something in an app that is in the foreground."""
    from harness.cli import screen

    asked = Asked("tap", phone, devices, wait)
    told = f"{identifier} of {bundle_id} was tapped"
    later(
        as_json,
        lambda out: screen.do(asked, out, lambda ui: ui.tap(bundle_id, identifier), told, bundle_id),
    )


def siri(
    words: Annotated[str, typer.Argument(metavar="WORDS", help="In the phone's language.")],
    phone: Phone = None,
    devices: Devices = None,
    wait: Wait = 0,
    as_json: Json = False,
) -> None:
    """Tell Siri something; what comes of it is not read."""
    from harness.cli import screen

    asked = Asked("siri", phone, devices, wait)
    told = f"Siri was told: {words}"
    later(as_json, lambda out: screen.do(asked, out, lambda ui: ui.ask_siri(words), told))
